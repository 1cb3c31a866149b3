"""Whatever institutions send: each gets a code, a reason and a place, changes nothing else, and holds nobody up."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from events.kafka import topics
from events.kafka.login import Login, topic_from
from events.kafka.topics import WantedTopics
from simulation.records import WrittenRecord, event, told_as_json
from tests.journeys import stages
from tests.journeys.city import City, sent, somebody, stay, until
from tests.journeys.letters import HOSPITAL, notice, with_header, with_text

SAMPLE = Path(__file__).parents[1] / "events" / "records" / "adt-a03.hl7"


def _nameless() -> WrittenRecord:
    person = somebody()
    return told_as_json(sent(HOSPITAL, "bad-name"), "discharge.notified", stay(replace(person, name="")))


def _elsewhere() -> WrittenRecord:
    person = somebody(address="서울특별시 강남구 테헤란로 1")
    return told_as_json(sent(HOSPITAL, "bad-town"), "discharge.notified", stay(person))


def _never_was() -> WrittenRecord:
    good = notice("bad-date")
    day = f"{datetime.now(UTC):%Y-%m-%d}T"
    return with_text(good, f'"discharged_at": "{day}', '"discharged_at": "2026-02-30T')


REFUSED: Mapping[str, tuple[WrittenRecord, str]] = {
    "source-not-yours": (with_header(notice("bad-source"), "ce_source", b"urn:institution:seoul-hospital"), "source"),
    "unreadable": (
        WrittenRecord("bad-bytes", b"\x00\xff\xfe{]", (("ce_id", b"bad-bytes"), *notice("x").headers[2:])),
        "/",
    ),
    "name-missing": (_nameless(), "name"),
    "not-our-municipality": (_elsewhere(), "address"),
    "date-senseless": (_never_was(), "discharged_at"),
    "type-unknown": (with_header(notice("bad-type"), "ce_type", b"discharge.imagined"), "type"),
    "header-not-utf8": (with_header(notice("bad-header"), "ce_subject", b"\xff\xfe"), "ce_subject"),
    "not-your-event": (
        event(sent(HOSPITAL, "bad-role"), "visit.completed", {"subject": "C0000000000.1.V1", "units": 1}),
        "ce_type",
    ),
}

NOT_KEPT = ("not-our-municipality",)  # nobody here may act on it


@pytest.mark.parametrize("code", REFUSED)
async def test_a_record_nobody_can_use_is_refused_to_its_sender_and_holds_nobody_up(city: City, code: str) -> None:
    bad, place = REFUSED[code]
    behind = notice(f"behind-{code}")
    before = await _state(city)
    await city.publish(HOSPITAL, bad, behind)
    assert (await city.acknowledged(HOSPITAL, f"behind-{code}")).data["status"] == "opened"
    refused = await city.hears(HOSPITAL, "notice.rejected", where={"code": code})
    assert refused.data["reason"]
    assert place in refused.data.get("place", "")
    parked = [each for each in await city.does("handoff parked list --json") if each["code"] == code]
    kept = [] if code in NOT_KEPT else [(HOSPITAL, refused.data.get("place", ""), True)]
    assert [(each["sender"], each["place"], bool(each["reason"])) for each in parked] == kept
    assert await _state(city) == {**before, "cases": before["cases"] + 1}


async def test_a_parked_record_is_looked_at_and_given_up(city: City) -> None:
    await city.publish(HOSPITAL, with_header(notice("bad-2"), "ce_type", b"discharge.dreamt"))
    where = {"code": "type-unknown", "message_id": "bad-2"}
    await city.hears(HOSPITAL, "notice.rejected", where=where)
    number = max(each["number"] for each in await city.does("handoff parked list --json"))
    assert (await city.does(f"handoff parked show {number} --json"))["code"] == "type-unknown"
    assert (await city.ran(f"handoff parked retry {number} --as coordinator")).code == 3
    await city.does(f"handoff parked drop {number} --as coordinator")
    assert number not in [each["number"] for each in await city.does("handoff parked list --json")]


async def test_a_record_of_900_kb_is_taken_and_holds_nobody_up(city: City) -> None:
    large = with_text(notice("large"), '"actor": {', '"annex": "' + "x" * 900_000 + '", "actor": {')
    await city.publish(HOSPITAL, large, notice("behind-large"))
    assert (await city.acknowledged(HOSPITAL, "behind-large")).data["status"] == "opened"
    assert (await city.acknowledged(HOSPITAL, "large")).data["status"] == "opened"


async def test_an_unreadable_record_of_900_kb_is_parked_whole(city: City) -> None:
    await city.publish(HOSPITAL, WrittenRecord("", b"{" * 900_000), notice("behind-large-2"))
    assert (await city.acknowledged(HOSPITAL, "behind-large-2")).data["status"] == "opened"
    parked = await city.does("handoff parked list --json")
    assert [each["code"] for each in parked if each["size"] == 900_000] == ["unreadable"]


async def test_an_event_of_a_later_number_is_parked_with_a_task(city: City) -> None:
    known = {each["task"] for each in await city.tasks()}
    message_id = await city.says("nhis-gwangmyeong", "candidate.listed")
    where = {"code": "type-not-yet-handled", "message_id": message_id}
    assert (await city.hears("nhis-gwangmyeong", "notice.rejected", where=where)).data["reason"]
    parked = [each for each in await city.does("handoff parked list --json") if each["sender"] == "nhis-gwangmyeong"]
    assert [each["code"] for each in parked] == ["type-not-yet-handled"]
    tasks = [each for each in await city.tasks() if each["task"] not in known]
    assert [each["subject"] for each in tasks if each["kind"] == "type-not-yet-handled"] == [str(parked[0]["number"])]


async def test_contradicting_death_data_starts_nothing_and_lets_contact_wait_for_a_person(city: City) -> None:
    told = stay(somebody())
    dead = replace(told, moments={"died_at": datetime.now(UTC) - timedelta(hours=40), **told.moments})
    before = await _state(city)
    held = await city.acknowledged(HOSPITAL, await city.notifies(HOSPITAL, dead))
    assert held.data["status"] == "held"
    assert (await _state(city))["cases"] == before["cases"]
    case = await city.opened(told)
    await city.notifies(HOSPITAL, dead, "person.died")
    task = await city.task("confirm-death", case)
    assert task["about"]["who"] == HOSPITAL
    assert "contact" not in [each["kind"] for each in await city.tasks(case)]
    assert (await city.show(case))["end"] is None


async def test_an_answer_for_an_offer_that_is_gone_changes_nothing(city: City) -> None:
    case = await stages.approved(city)
    offer = await stages.offered(city, case)
    provider = (await city.show(case))["lines"][0]["provider"]
    await city.says(provider, "referral.declined", offer, reason="no-capacity")

    async def elsewhere() -> bool:
        return bool((await city.show(case))["lines"][0]["offer"] != offer)

    await until(elsewhere, "the line is offered on")
    before = (await city.show(case))["lines"]
    await city.says(provider, "referral.accepted", offer)
    gone = await city.hears(provider, "notice.rejected", where={"code": "offer-gone"})
    assert (gone.data["place"], bool(gone.data["reason"])) == (offer, True)
    assert (await city.show(case))["lines"] == before


async def test_a_fact_about_a_closed_case_is_a_task_and_opens_nothing(city: City) -> None:
    told = stay(somebody())
    case = await city.opened(told)
    await city.does(f"handoff close {case} --outcome opened-in-error --as coordinator")
    await city.at_stage(case, "closed")
    message_id = await city.notifies(HOSPITAL, told, "discharge.corrected")
    task = await city.task("after-closing", case)
    assert (task["owner"], task["about"]["kind"]) == ("coordinator", "discharge.corrected")
    assert (await city.show(case))["timeline"][-1]["what"] == "fact after closing"
    answered = [each for each in await city.heard(HOSPITAL) if each.data.get("message_id") == message_id]
    assert all(each.data.get("code") == "case-closed" for each in answered)


async def test_a_strangers_topic_is_parked_and_shown_to_operators(city: City) -> None:
    engine = Login("engine", city.desk.keys.engine_password)
    stranger = {"stranger-clinic": city.desk.keys.institution_password("stranger-clinic")}
    await topics.provision(city.desk.endpoints.kafka_bootstrap, engine, WantedTopics(list(stranger), stranger))
    await city.publish("stranger-clinic", notice("from-nowhere", "stranger-clinic"))

    async def shown() -> list[dict[str, Any]]:
        parked = await city.does("handoff parked list --json")
        return [each for each in parked if each["topic"] == topic_from("stranger-clinic")]

    [parked] = await until(shown, "the stranger's record is parked")
    assert parked["code"] == "sender-unknown"
    assert parked["reason"]


async def test_the_published_sample_waits_at_the_door_then_one_task_names_its_contradictions(
    city: City,
) -> None:
    await city.publish(
        HOSPITAL, WrittenRecord("MSG00001", SAMPLE.read_bytes(), (("content-type", b"application/hl7-v2"),))
    )
    held = await city.acknowledged(HOSPITAL, "MSG00001")
    assert (held.data["status"], [each["code"] for each in held.data["unclear"]]) == ("held", ["door-not-checked"])
    [number] = [each["number"] for each in await city.does("handoff doors list --json")]  # born in 1988
    await city.does(f"handoff doors settle {number} --case --severe-disability --as coordinator")
    tasks = [each for each in await city.tasks() if "event-moment-differs" in str(each["about"])]
    assert [each["kind"] for each in tasks] == ["held-notice"]
    named = {(each["code"], each["place"]) for each in tasks[0]["about"]["settle"]}
    assert {place for _, place in named} >= {"EVN-1", "EVN-6", "PID-11", "PID-29"}
    assert {code for code, _ in named} >= {
        "event-differs",
        "event-moment-differs",
        "address-abroad",
        "death-before-discharge",
        "death-before-admission",
        "discharge-long-past",
    }


async def _state(city: City) -> dict[str, int]:
    """What a record that is refused must not change."""
    tasks = [each for each in await city.tasks() if each["kind"] == "held-notice"]
    return {"cases": len(await city.does("handoff cases --all --json")), "held": len(tasks)}
