import copy
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.case.dispatch import EVENTS, refusal, take
from handoff.case.messages import CaseEvent, RecordedLine
from handoff.case.provider_offers import end_expired
from handoff.case.state import CaseState
from tests.case.cases import NOON, Telling, hours, opened, planned, serving


def test_nobody_is_assessed_before_consent() -> None:
    telling = Telling()
    telling.fact("discharge.notified", code="actual", until=NOON)
    assert telling.fact("presurvey.completed", "dong", quantity=3) == ["set_aside"]
    assert telling.written[-1].code == "no-consent"


def test_a_low_score_waits_for_guidance_and_an_own_survey_is_enough_for_a_plan() -> None:
    telling = opened()
    telling.fact("presurvey.completed", "dong", quantity=1)
    telling.learn("presurvey_recorded", "guide")
    assert telling.action("plan.drafted") == ["set_aside"]
    other = opened()
    other.fact("presurvey.completed", "dong", quantity=3)
    other.learn("presurvey_recorded", "own-survey")
    assert other.action("plan.drafted") == ["plan_submitted"]


def test_only_the_version_that_awaits_can_be_decided() -> None:
    telling = planned()
    assert telling.fact("plan.approved", "gm-conference", quantity=2) == ["set_aside"]
    assert telling.fact("plan.approved", "gm-conference", quantity=1) == ["plan_approved"]
    assert telling.fact("plan.rejected", "gm-conference", quantity=1) == ["set_aside"]


def test_an_urgent_line_is_offered_before_approval_and_the_others_after() -> None:
    telling = planned(RecordedLine("C1.1", "series", urgent=True), RecordedLine("C1.2", "series"))
    assert [line.line for line in telling.case.lines.values() if telling.case.may_offer(line)] == ["C1.1"]
    telling.fact("plan.approved", "gm-conference")
    assert all(telling.case.may_offer(line) for line in telling.case.lines.values())


def test_a_rejected_plan_undoes_what_was_provisional() -> None:
    telling = planned(RecordedLine("C1.1", "series", urgent=True))
    telling.learn("offer_made", "offered", "C1.1.O1", "C1.1")
    telling.fact("plan.rejected", "gm-conference", code="too-much")
    assert telling.case.lines["C1.1"].state == "removed"
    assert telling.fact("referral.accepted", "meals", subject="C1.1.O1") == ["set_aside"]


def test_a_new_version_keeps_what_runs_and_ends_what_it_leaves_out() -> None:
    telling = serving()
    telling.action("plan.drafted")
    telling.learn(
        "plan_submitted",
        "submitted",
        "2",
        lines=[RecordedLine("C1.1", "series", keeps="C1.1"), RecordedLine("C1.3", "one-off")],
    )
    assert telling.case.lines["C1.2"].state == "offered"
    telling.fact("plan.approved", "gm-conference", quantity=2)
    states = {name: line.state for name, line in telling.case.lines.items()}
    assert states == {"C1.1": "accepted", "C1.2": "removed", "C1.3": "planned"}
    assert telling.case.lines["C1.1"].visit == "C1.1.V1"


def test_a_rejected_change_leaves_the_plan_in_force_alone() -> None:
    telling = serving()
    telling.action("plan.drafted")
    kept, added = RecordedLine("C1.1", "series", keeps="C1.1"), RecordedLine("C1.3", "one-off")
    telling.learn("plan_submitted", "submitted", "2", lines=[kept, added])
    telling.fact("plan.rejected", "gm-conference", quantity=2)
    states = {name: line.state for name, line in telling.case.lines.items()}
    assert states == {"C1.1": "accepted", "C1.2": "offered", "C1.3": "removed"}


def test_a_decline_sends_that_line_alone_to_the_next() -> None:
    telling = serving()
    assert telling.fact("referral.declined", "helpers", subject="C1.2.O1", code="no-capacity") == ["offer_declined"]
    assert telling.case.may_offer(telling.case.lines["C1.2"])
    assert telling.case.lines["C1.1"].state == "accepted"


def test_an_acceptance_after_the_withdrawal_changes_nothing() -> None:
    telling = serving()
    telling.fact("consent.withdrawn", "desk")
    assert telling.fact("referral.accepted", "helpers", subject="C1.2.O1") == ["set_aside"]
    assert telling.written[-1].code == "offer-gone"
    assert telling.case.lines["C1.1"].state == "accepted"
    assert not telling.case.may_offer(telling.case.lines["C1.2"])


def test_the_rest_of_a_part_accepted_is_a_line_of_its_own() -> None:
    telling = serving()
    telling.fact("referral.partly-accepted", "helpers", subject="C1.2.O1", quantity=1)
    telling.learn("offer_partly_accepted", "partly", about="C1.2.O1", lines=[RecordedLine("C1.2r1", "series")])
    assert telling.case.lines["C1.2"].state == "accepted"
    assert telling.case.may_offer(telling.case.lines["C1.2r1"])


def test_a_provider_that_changes_its_mind_gives_the_line_back() -> None:
    telling = serving()
    assert telling.fact("referral.changed", "meals", subject="C1.1.O1") == ["offer_changed_mind"]
    assert not telling.case.may_offer(telling.case.lines["C1.1"])
    telling.learn("offer_changed_mind", "changed", "C1.1.O1", about="C1.1.O1")
    assert telling.case.may_offer(telling.case.lines["C1.1"])


@pytest.mark.parametrize(
    ("code", "state"),
    [("provider:x", "planned"), ("service:meal", "planned"), ("wait", "waiting"), ("give-up:none", "given-up")],
)
def test_a_gap_is_answered_in_four_ways(code: str, state: str) -> None:
    telling = serving()
    telling.fact("referral.declined", "helpers", subject="C1.2.O1", code="other")
    telling.learn("offer_made", "gap", about="C1.2")
    assert telling.action("gap.answered", subject="C1.2", code=code) == ["gap_answered"]
    assert telling.case.lines["C1.2"].state == state


def test_a_case_is_not_ended_by_the_wrong_field() -> None:
    telling = serving()
    assert refusal(telling.case, CaseEvent("case.closed", NOON, "kim", code="reason-3")) is not None
    assert refusal(telling.case, CaseEvent("case.closed", NOON, "kim", code="outcome-nonsense")) is not None
    telling.learn("visit_completed", "completed", about="C1.1.V1")
    assert refusal(telling.case, CaseEvent("case.closed", NOON, "kim", code="outcome-unmet-need")) is not None
    telling.closes("reason-3")
    assert telling.case.end == "reason-3"


def test_a_visit_that_the_record_does_not_know_begins_no_support() -> None:
    telling = serving()
    telling.fact("visit.completed", "meals", subject="C1.1.V9")
    telling.learn("visit_completed", "gone", about="C1.1.V9")
    assert not telling.case.support_began
    assert telling.case.lines["C1.1"].visit == "C1.1.V1"


def test_asking_whether_something_may_be_done_changes_nothing() -> None:
    telling = serving()
    before = copy.deepcopy(telling.case)
    for kind in EVENTS:
        refusal(telling.case, CaseEvent(kind, NOON, "kim", subject="C1.1.O1", until=hours(3)))
    assert telling.case == before


KIND = st.sampled_from(sorted(EVENTS))
SUBJECT = st.sampled_from(["", "C1", "C1.1", "C1.2", "C1.1.O1", "C1.2.O1", "C1.1.V1", "C1.9.O1"])
CODE = st.sampled_from(["", "actual", "expected", "reason-3", "outcome-refused", "wait", "eligible"])


@settings(max_examples=300)
@given(st.lists(st.tuples(KIND, SUBJECT, CODE, st.integers(-50, 50)), max_size=12))
def test_whatever_is_told_in_whatever_order_every_word_leaves_a_milestone(
    told: list[tuple[str, str, str, int]],
) -> None:
    telling = serving()
    for number, (kind, subject, code, hour) in enumerate(told, start=10):
        entries = take(telling.case, CaseEvent(kind, NOON, "anybody", number, number, subject, code, until=hours(hour)))
        assert entries
        assert len({entry.key for entry in entries}) == len(entries)
    for line in telling.case.lines.values():
        assert not (line.state == "offered" and not line.offer)
        assert not (line.visit and line.state != "accepted")


def test_the_deciding_body_s_own_version_needs_no_second_word() -> None:
    telling = planned()
    assert telling.fact("plan.changed", "gm-conference", quantity=1) == ["plan_submitted"]
    assert telling.case.change is not None
    telling.learn("plan_submitted", "submitted", "2", lines=[RecordedLine("C1.3", "series")])
    assert telling.case.plan == 2


def test_a_provider_that_can_do_less_keeps_its_part() -> None:
    telling = serving()
    told = telling.fact("referral.changed", "meals", subject="C1.1.O1", code="quantity", quantity=1)
    assert told == ["offer_partly_accepted"]
    assert telling.case.lines["C1.1"].visit == "C1.1.V1"


@pytest.mark.parametrize("code", ["weekdays", "quantity"])
@pytest.mark.parametrize(("cancelled", "waits"), [("C1.1.V1", True), ("C1.1.O1", False)])
def test_a_change_that_cancels_the_next_visit_lets_the_line_plan_or_end(
    code: str, cancelled: str, *, waits: bool
) -> None:
    telling = serving()
    [what] = telling.fact("referral.changed", "meals", subject="C1.1.O1", code=code, quantity=1)
    telling.learn(what, "changed" if code == "weekdays" else "accepted", cancelled, about="C1.1.O1")
    assert telling.case.lines["C1.1"].wants_visit == waits


@pytest.mark.parametrize(("kind", "code"), [("service.ended", "other"), ("referral.changed", "cannot-go-on")])
@pytest.mark.parametrize(("waits", "visit"), [(True, "C1.1.V1"), (False, "")])
def test_a_line_goes_on_if_the_record_does_not_agree_to_its_end(
    kind: str, code: str, visit: str, *, waits: bool
) -> None:
    telling = serving()
    telling.case.ending_waits = waits
    [what] = telling.fact(kind, "others", subject="C1.1", code=code)
    assert (telling.case.lines["C1.1"].state == "accepted") is waits
    telling.learn(what, "gone", "C1.1.O1", about="C1.1")
    line = telling.case.lines["C1.1"]
    assert (line.state, line.offer, line.visit) == ("accepted", "C1.1.O1", visit)


def test_a_line_ends_as_the_record_ended_it() -> None:
    telling = serving()
    telling.fact("service.ended", "meals", subject="C1.1", code="goal-reached")
    telling.learn("service_ended", "ended-early", "C1.1", about="C1.1")
    line = telling.case.lines["C1.1"]
    assert (line.state, line.visit, line.over) == ("ended-early", "", True)


@pytest.mark.parametrize("waits", [True, False])
def test_a_line_that_is_given_back_from_a_day_on_goes_to_others_then(*, waits: bool) -> None:
    telling = serving()
    telling.case.giving_back_waits = telling.case.ending_waits = waits
    [what] = telling.action("referral.changed", subject="C1.1.O1", code="cannot-go-on", until=hours(200))
    line = telling.case.lines["C1.1"]
    assert (what, telling.case.may_offer(line)) == (
        ("service_end_set", False) if waits else ("offer_changed_mind", True)
    )
    if waits:
        assert end_expired(telling.case, "C1.1.O9", "") is None
        assert end_expired(telling.case, "C1.1.O1", "") == "offer_changed_mind"
        assert telling.case.may_offer(line)


@pytest.mark.parametrize(
    ("kind", "visit", "ends"),
    [
        ("series", "C1.1.V1", False),
        ("one-off", "C1.1.V1", False),
        ("series", "", True),
        ("one-off", "", True),
        ("on-demand", "C1.1.V1", True),
    ],
)
def test_the_end_of_a_line_waits_for_the_report_of_a_visit_before_it(kind: str, visit: str, *, ends: bool) -> None:
    line = serving().case.lines["C1.1"]
    case = CaseState("C1", lines={"C1.1": replace(line, kind=kind, visit=visit)})
    assert end_expired(case, "C1.1", "") == ("service_ended" if ends else None)
    assert case.lines["C1.1"].over is ends


def test_refusing_the_lookup_alone_ends_nothing() -> None:
    telling = serving()
    assert telling.fact("consent.refused", "desk", code="lookup") == ["lookup_refused"]
    assert telling.case.consent == "given"
