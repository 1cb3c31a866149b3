import json
from dataclasses import replace

from events.readers import content, from_json, place, to_json
from tests.events.readers.told import DISCHARGE, PERSON, answer, event, fact_of, message


def test_a_resend_with_a_new_message_time_is_the_same_content() -> None:
    first = message(sent="20260401101000+0900", recorded="202604011005")
    again = message(sent="20260401120000+0900", recorded="202604011155", control="C-2")
    assert content(fact_of(first)) == content(fact_of(again))


def test_another_patient_under_a_reused_id_is_other_content() -> None:
    assert content(fact_of(message())) != content(fact_of(message(name="김^가람", numbers="0816", visit="V-2")))


def test_another_moment_or_another_reference_is_other_content() -> None:
    contents = {
        content(fact_of(each))
        for each in (message(), message(discharged="202604011001"), message(visit="V-2"), message(trigger="A13"))
    }
    assert len(contents) == 4


def test_the_same_moment_in_another_offset_is_the_same_content() -> None:
    seoul = event({"person": PERSON, "discharge": DISCHARGE})
    utc = event({"person": PERSON, "discharge": DISCHARGE | {"discharged_at": "2026-04-01T01:00:00Z"}})
    assert content(fact_of(seoul)) == content(fact_of(utc))


def test_two_missed_visits_under_one_id_differ_by_when_they_occurred() -> None:
    fact = fact_of(answer("visit.missed", {"reason": "no-answer"}, "C1.1.V1"))
    later = replace(fact, occurred_at=fact.occurred_at.replace(minute=30))
    assert content(fact) != content(later)


def test_a_field_that_nobody_told_leaves_no_trace() -> None:
    assert b"null" not in content(fact_of(message(phone="", address="")))
    assert b"phone" not in content(fact_of(message(phone="")))


def test_a_fact_comes_back_from_the_store_as_it_went() -> None:
    lines = [{"service": "meal-delivery", "quantity": 5}]
    for record in (message(dead="Y", says="A01"), event(), answer("plan.drafted", {"lines": lines}, "C1")):
        fact = fact_of(record)
        assert from_json(to_json(fact)) == fact


def test_a_doubt_is_told_in_the_senders_terms() -> None:
    assert place("hl7v2", "discharge.died_at") == "PID-29"
    assert place("cloudevents", "discharge.died_at") == "/discharge/died_at"
    assert place("desk", "discharge.died_at") == "discharge.died_at"


def test_how_closely_a_moment_was_told_is_kept_and_is_no_content() -> None:
    to_the_day, to_the_minute = message(admitted="20260320"), message(admitted="202603200000")
    assert content(fact_of(to_the_day)) == content(fact_of(to_the_minute))
    stored = from_json(to_json(fact_of(to_the_day))).discharge
    assert stored is not None
    assert stored.precision == {"admitted_at": 86400, "discharged_at": 60}


ODD = 'quote " back\\slash / 각 é \u2028 \x7f 🙂 & <b>'


def test_content_is_canonical_whatever_it_holds() -> None:
    """Earlier builds wrote it with Python's encoder: a resend across two builds is one."""
    lines = [{"service": "meal-delivery", "quantity": 5, "urgent": True, "prefers": "gm-meals-01"}]
    facts = [fact_of(record) for record in (message(dead="Y"), event(), answer("plan.drafted", {"lines": lines}, "C1"))]
    for fact in (*facts, replace(facts[0], reference=ODD, body={"z": ODD, "a": [1, 0.5, {"d": 1, "c": 2}]})):
        read = json.loads(content(fact))
        assert content(fact) == json.dumps(read, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
