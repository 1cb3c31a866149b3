from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.contract.event_types import checked, told
from events.readers import InboundRecord, read
from events.readers.normal import content
from handoff.fact import Fact, Unreadable
from handoff.profile.model import Profile
from handoff.subjects import line_of
from simulation.first_visits import AskedOffer, Habit, habit
from simulation.play import begin, cast
from simulation.player import Player, Town
from simulation.records import ReceivedLetter, WrittenRecord
from simulation.scenario import Meant, scenario

BEGAN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def town(demo: Profile) -> Town:
    return Town.of([scenario(1, 1, 20, demo)], 10)


@pytest.fixture
def players(demo: Profile, town: Town) -> dict[str, Player]:
    players = cast(demo, town)
    begin(players, BEGAN)
    return {player.code: player for player in players}


def after(days: float) -> datetime:
    return BEGAN + timedelta(seconds=10 * days)


def meant(town: Town, situation: str) -> Meant:
    return next(each for each in town.scenario.meant if each.course.situation == situation)


def letter(kind: str, subject: str, data: Mapping[str, Any]) -> ReceivedLetter:
    checked(kind, data)
    return ReceivedLetter(kind, f"{kind}-{subject}-{len(data)}", subject, data)


def as_read(written: WrittenRecord, code: str, now: datetime) -> Fact | Unreadable:
    return read(InboundRecord(code, written.value, written.headers), now)


def facts(written: Iterable[WrittenRecord], code: str, now: datetime) -> list[Fact]:
    return [fact for each in written if isinstance(fact := as_read(each, code, now), Fact)]


def offered(offer: str, service: str) -> ReceivedLetter:
    data = {"offer_id": offer, "line_id": line_of(offer), "service": service, "kind": "series", "quantity": 5}
    return letter("referral.offered", offer, {**data, "per": "week", "days": 14})


def confirmed(offer: str, whom: Meant) -> ReceivedLetter:
    data = {"offer_id": offer, "line_id": line_of(offer), "person": {"phone": whom.person.phone}}
    return letter("referral.confirmed", offer, data)


def scheduled(visit: str, offer: str, number: int) -> ReceivedLetter:
    data = {"visit_id": visit, "line_id": line_of(visit), "offer_id": offer, "service": "household-help"}
    return letter("visit.scheduled", visit, {**data, "number": number, "planned_at": after(1).isoformat()})


def test_every_notice_is_read_without_a_doubt_but_the_one_meant_to_be_doubtful(players: dict[str, Player]) -> None:
    for code, player in players.items():
        for written in player.due(after(10)):
            fact = as_read(written, code, after(10))
            if written.situation == "unreadable":
                assert isinstance(fact, Unreadable)
                assert fact.message_id == written.message_id
                continue
            assert isinstance(fact, Fact)
            doubts = {doubt.code for doubt in fact.doubts}
            assert doubts == ({"event-differs"} if written.situation == "held-settled" else set())


def test_two_institutions_tell_of_the_same_person_and_moment(players: dict[str, Player], town: Town) -> None:
    who = meant(town, "told-by-two")
    notices = [
        fact
        for code in (who.facility, "nhis-gwangmyeong")
        for fact in facts(players[code].due(after(10)), code, after(10))
        if fact.person and fact.person.phone == who.person.phone
    ]
    assert [fact.sender for fact in notices] == [who.facility, "nhis-gwangmyeong"]
    assert told(notices[0]).until == told(notices[1]).until
    assert len({fact.person and fact.person.birth_date for fact in notices}) == 1


def test_an_id_is_reused_for_another_patient(players: dict[str, Player], town: Town) -> None:
    who = meant(town, "id-reused")
    written = [each for each in players[who.facility].due(after(10)) if each.notice]
    (reused,) = [each for each in written if each.meant == who.key]
    (before,) = [each for each in written if each.message_id == reused.message_id and each is not reused]
    assert before.notice != reused.notice
    assert before.value != reused.value


def test_a_resend_waits_for_the_acknowledgement_and_is_the_same_notice(players: dict[str, Player], town: Town) -> None:
    who = meant(town, "resent")
    hospital = players[who.facility]
    (first,) = [each for each in hospital.due(after(5)) if each.meant == who.key]
    acknowledged = {"message_id": first.message_id, "case_id": "C1", "status": "opened", "reference": who.reference}
    hospital.hear(letter("notice.acknowledged", "C1", acknowledged), after(5))
    (again,) = hospital.due(after(6))
    assert (again.message_id, again.notice) == (first.message_id, first.notice)
    assert again.value != first.value  # HL7 feeds write the time of sending anew
    told_first, told_again = facts([first, again], who.facility, after(6))
    assert content(told_first) == content(told_again)


def test_a_readmission_waits_for_the_first_service_and_the_person_returns(
    players: dict[str, Player], town: Town
) -> None:
    who = meant(town, "readmitted")
    hospital = players[who.facility]
    hospital.due(after(10))
    acknowledged = {"message_id": "x", "case_id": "C1", "status": "opened", "reference": who.reference}
    hospital.hear(letter("notice.acknowledged", "C1", acknowledged), after(10))
    hospital.hear(letter("handoff.progressed", "C1", {"case_id": "C1", "state": "first-service"}), after(11))
    said = facts(hospital.due(after(13)), who.facility, after(13))
    assert [fact.kind for fact in said] == ["admission.occurred", "discharge.notified"]


def test_the_first_provider_asked_declines_and_the_next_accepts(players: dict[str, Player], town: Town) -> None:
    town.cases["C1"], provider = meant(town, "declined"), players["gm-household-01"]
    provider.hear(offered("C1.1.O1", "household-help"), after(1))
    provider.hear(offered("C1.1.O2", "household-help"), after(1))
    assert [each.kind for each in provider.due(after(2))] == ["referral.declined", "referral.accepted"]


def lines_of(habit_: Habit) -> str:
    """An offer whose provider has this habit."""
    offers = (f"C{number}.1.O1" for number in range(99))
    return next(offer for offer in offers if habit(offer, AskedOffer(None, "meal-delivery")) == habit_)


def test_one_in_five_first_visits_is_late_and_one_in_ten_is_named_only_when_asked() -> None:
    habits = Counter(habit(f"C{number}.1.O1", AskedOffer(None, "meal-delivery")) for number in range(1000))
    assert 170 <= habits[Habit.LATE] <= 230
    assert 75 <= habits[Habit.ONLY_WHEN_ASKED] <= 125


@pytest.mark.parametrize(("habit_", "days"), [(Habit.SOON, 0.7), (Habit.LATE, 4.5)])
def test_a_provider_names_a_day_of_its_own(players: dict[str, Player], habit_: Habit, days: float) -> None:
    provider, offer = players["gm-meals-01"], lines_of(habit_)
    provider.hear(offered(offer, "meal-delivery"), after(1))
    (answer,) = facts(provider.due(after(2)), "gm-meals-01", after(2))
    assert answer.kind == "referral.accepted"
    assert told(answer).until == after(1.05 + days)


def test_a_provider_that_is_asked_names_its_first_visit_after_the_discharge(players: dict[str, Player]) -> None:
    provider, offer = players["gm-meals-01"], lines_of(Habit.ONLY_WHEN_ASKED)
    provider.hear(offered(offer, "meal-delivery"), after(1))
    (answer,) = facts(provider.due(after(2)), "gm-meals-01", after(2))
    assert (answer.kind, told(answer).until) == ("referral.accepted", None)
    asked = {"offer_id": offer, "line_id": line_of(offer), "service": "meal-delivery"}
    home = {"expected_at": after(5).isoformat()}
    provider.hear(letter("appointment.requested", offer, {**asked, **home}), after(2))
    (proposed,) = facts(provider.due(after(3)), "gm-meals-01", after(3))
    assert (proposed.kind, proposed.subject, told(proposed).until) == ("visit.proposed", offer, after(5.7))


def test_a_silent_provider_says_nothing_at_all(players: dict[str, Player], town: Town) -> None:
    town.cases["C1"], provider = meant(town, "silent"), players["gm-household-01"]
    provider.hear(offered("C1.1.O1", "accompaniment"), after(1))
    assert provider.due(after(100)) == []


def test_a_part_is_accepted_and_the_rest_is_taken_whole(players: dict[str, Player], town: Town) -> None:
    town.cases["C1"], provider = meant(town, "partly-accepted"), players["gm-meals-01"]
    provider.hear(offered("C1.1.O1", "meal-delivery"), after(1))
    provider.hear(offered("C1.1r1.O1", "meal-delivery"), after(1))
    part, rest = facts(provider.due(after(2)), "gm-meals-01", after(2))
    assert (part.kind, told(part).quantity, rest.kind) == ("referral.partly-accepted", 2, "referral.accepted")


def test_the_first_visit_is_missed_and_the_one_that_makes_up_for_it_is_not(
    players: dict[str, Player], town: Town
) -> None:
    provider = players["gm-household-01"]
    provider.hear(offered("C1.1.O1", "household-help"), after(0))
    provider.due(after(0.9))
    provider.hear(confirmed("C1.1.O1", meant(town, "visit-missed")), after(0.9))
    for number in (1, 2):
        provider.hear(scheduled(f"C1.1.V{number}", "C1.1.O1", number), after(0.9))
    assert provider.due(after(0.99)) == []
    assert sorted(each.kind for each in provider.due(after(1.1))) == ["visit.completed", "visit.missed"]


def test_nobody_visits_a_person_in_hospital(players: dict[str, Player]) -> None:
    provider = players["gm-household-01"]
    provider.hear(scheduled("C1.1.V1", "C1.1.O1", 1), after(0))
    suspended = {"case_id": "C1", "state": "suspended", "visits": ["C1.1.V1"]}
    provider.hear(letter("handoff.progressed", "C1", suspended), after(0.5))
    assert provider.due(after(5)) == []


def test_a_stranger_is_surveyed_and_served_too(players: dict[str, Player]) -> None:
    centre, provider = players["gm-centre-soha"], players["gm-household-01"]
    centre.hear(letter("assessment.requested", "C9", {"case_id": "C9", "assessment": "presurvey"}), after(0))
    provider.hear(offered("C9.1.O1", "household-help"), after(0))
    (survey,) = facts(centre.due(after(1)), "gm-centre-soha", after(1))
    assert (survey.kind, told(survey).quantity) == ("presurvey.completed", 3)
    assert [each.kind for each in provider.due(after(1))] == ["referral.accepted"]


def test_the_conference_grants_no_plan_that_asks_for_too_much(players: dict[str, Player], town: Town) -> None:
    who, conference = meant(town, "plan-rejected"), players["gm-conference"]
    for version in (1, 2):
        lines = [{"line_id": f"C1.{n}", **line} for n, line in enumerate(who.plan(version), start=1)]
        submitted = {"case_id": "C1", "version": version, "lines": lines, "score": version}
        conference.hear(ReceivedLetter("plan.submitted", f"plan-{version}", "C1", submitted), after(version))
        (decided,) = facts(conference.due(after(version + 0.5)), "gm-conference", after(version + 0.5))
        assert decided.kind == ("plan.rejected" if version == 1 else "plan.approved")
        assert told(decided).quantity == version


def test_a_letter_that_comes_twice_is_answered_once(players: dict[str, Player]) -> None:
    provider, offer = players["gm-household-01"], offered("C1.1.O1", "household-help")
    provider.hear(offer, after(0))
    assert len(provider.due(after(1))) == 1
    provider.hear(offer, after(1))
    assert provider.due(after(2)) == []
