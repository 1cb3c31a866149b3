"""What Temporal's own pages and the worker's log say of a case: words, ids and codes."""

from datetime import UTC, datetime, timedelta
from typing import Any

from structlog.testing import capture_logs
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.sdk.v1 import WorkflowMetadata

from handoff.case.messages import Due, Milestone
from handoff.case.state import CaseState
from tests.workflows.record_histories import names
from tests.workflows.story import accepts, approved, declines
from tests.workflows.test_replay import replayed
from tests.workflows.town import MEALS, Town
from workflows.client import Handoffs
from workflows.details import state_in_words
from workflows.payloads import PAYLOADS
from workflows.summaries import LONGEST, awaited_in_words, case_in_words, milestones_in_words

NOON = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
OWN = {
    EventType.EVENT_TYPE_MARKER_RECORDED,
    EventType.EVENT_TYPE_TIMER_STARTED,
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
}


def entry(what: str, subject: str = "", code: str = "") -> Milestone:
    return Milestone(f"{what}:{subject}", what, NOON, subject=subject, code=code)


# the words


def test_milestones_of_one_kind_name_their_subjects_together() -> None:
    moment = [
        entry("offer_declined", "C1.1.O1", "no-capacity"),
        entry("offer_made", "C1.1"),
        entry("offer_made", "C1.2"),
    ]
    assert milestones_in_words("C1", moment) == "offer declined C1.1.O1 (no-capacity); offer made C1.1, C1.2"
    assert milestones_in_words("C1", [entry("plan_approved", "C1")]) == "plan approved"  # the page is the case's own


def test_clocks_that_warn_or_run_out_are_named_by_what_they_wait_for() -> None:
    moment = [entry("late", "presurvey"), entry("late", "answer:C1.1.O1"), entry("overdue", "plan")]
    said = "due soon: the pre-survey, the provider's answer C1.1.O1; overdue: an approved plan"
    assert milestones_in_words("C1", moment) == said


def test_a_line_that_is_too_long_is_cut_and_no_character_in_half() -> None:
    for name in ("C1.1.O1", "가"):
        line = milestones_in_words("C1", [entry("offer_made", f"{name}{number}") for number in range(90)])
        assert LONGEST - 3 < len(line.encode()) <= LONGEST
        assert line.startswith(f"offer made {name}0, {name}1")
        assert line.endswith("…")


def test_a_timer_says_what_ends_then_and_what_is_warned_of() -> None:
    later = NOON + timedelta(hours=1)
    answer = Due("answer:C1.1.O1", NOON, None, "gm-meals-01")
    dues = [answer, Due("plan", later, NOON, "coordinator"), Due("consent", later, later, "coordinator")]
    case = CaseState("C1", dues={due.name: due for due in dues})
    ends = "the provider's answer C1.1.O1 by gm-meals-01"
    assert awaited_in_words(case, NOON) == f"{ends}; warning: an approved plan by coordinator"
    case.warned.append("plan")
    assert awaited_in_words(case, NOON) == ends


def test_a_case_is_called_by_its_id_where_no_municipality_is_known() -> None:
    assert (case_in_words("C1"), case_in_words("C1", "Gwangmyeong")) == ("case C1", "case C1, Gwangmyeong")


def test_the_details_of_a_case_tell_what_is_late_before_what_is_next() -> None:
    case = CaseState("C1", dues={"plan": Due("plan", NOON, None, "coordinator")}, overdue=["first-contact"])
    assert state_in_words(case).splitlines() == [
        "**stage: consent**",
        "",
        "- late: the first contact",
        "- next: an approved plan by coordinator, until 2026-11-02 03:00 UTC",
    ]
    assert state_in_words(CaseState("C1")) == "**stage: consent**"
    assert state_in_words(CaseState("C1", end="reason-3")) == "**ended: reason-3**"


# beside the events


def words(payload: Payload) -> Any:
    return PAYLOADS.payload_converter.from_payload(payload) if payload.data else ""


async def summaries(town: Town, kind: EventType.ValueType) -> list[str]:
    events = (await town.history()).events
    return [words(event.user_metadata.summary) for event in events if event.event_type == kind]


async def metadata(town: Town) -> WorkflowMetadata:
    return await town.env.client.get_workflow_handle(town.handle.id).query(
        "__temporal_workflow_metadata", result_type=WorkflowMetadata
    )


async def called(town: Town) -> Any:
    about = (await town.handle.describe()).raw_description.execution_config
    return words(about.user_metadata.summary)


async def test_every_write_says_which_milestones_and_about_what(town: Town) -> None:
    await approved(town, MEALS)
    await declines(town)
    line = f"{town.case_id}.1"
    assert await summaries(town, EventType.EVENT_TYPE_MARKER_RECORDED) == [
        "case screened (actual); consent given (actual)",
        "assessment requested",
        "presurvey recorded",
        "plan submitted",
        f"plan approved; offer made {line}",
        f"offer declined {line}.O1 (no-capacity); offer made {line}",
    ]


async def test_a_write_that_cannot_be_taken_back_says_so_too(town: Town) -> None:
    await town.hospital_tells()
    await town.closes("outcome-guided-elsewhere")
    await town.ended()
    said = await summaries(town, EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)
    assert said == ["closing (outcome-guided-elsewhere)", "closed (outcome-guided-elsewhere)"]


async def test_every_timer_says_what_is_awaited_and_of_whom(town: Town) -> None:
    await approved(town, MEALS)
    _, provider = await town.offer()
    await town.until((await town.clock("answer")).due_at)
    said = await summaries(town, EventType.EVENT_TYPE_TIMER_STARTED)
    assert said[0] == "warning: the first contact by coordinator"
    assert f"the provider's answer {town.case_id}.1.O1 by {provider}" in said
    assert "" not in said


def stage_of(event: HistoryEvent) -> list[str]:
    return [marker.label.id for marker in event.event_group_markers]


async def test_what_a_stage_does_is_in_one_event_group(town: Town) -> None:
    await approved(town, MEALS)
    await accepts(town)
    events = (await town.history()).events
    grouped = [stage for event in events for stage in stage_of(event)]
    assert list(dict.fromkeys(grouped)) == ["consent", "assessment", "plan", "services"]
    assert not [event for event in events if event.event_type in OWN and not stage_of(event)]


async def test_a_case_is_called_by_its_id_and_its_municipality(town: Town) -> None:
    town.handoffs = Handoffs(town.env.client, "Gwangmyeong")
    await town.hospital_tells()
    assert await called(town) == f"case {town.case_id}, Gwangmyeong"


async def test_what_a_case_can_be_told_and_asked_is_described(town: Town) -> None:
    await town.hospital_tells()
    definition = (await metadata(town)).definition
    ours = [*definition.signal_definitions, *definition.update_definitions]
    ours += [each for each in definition.query_definitions if not each.name.startswith("__")]
    assert {each.name for each in ours} == {"tell", "act", "state"}
    assert all(each.description for each in ours)


async def test_the_current_details_tell_stage_lines_and_what_is_next(town: Town) -> None:
    await approved(town, MEALS)
    offer, provider = await town.offer()
    said = (await metadata(town)).current_details.splitlines()
    assert said[:2] == ["**stage: services**", ""]
    assert f"- line {town.case_id}.1: offered" in said
    assert [each for each in said if each.startswith(f"- next: the provider's answer {offer} by {provider}, until 20")]


# the log


async def test_a_story_logs_its_stages_once_each_and_how_the_case_ended(town: Town) -> None:
    with capture_logs() as lines:
        await approved(town, MEALS)
        await town.closes("outcome-guided-elsewhere")
        await town.ended()
    told = [line for line in lines if line.get("case") == town.case_id]
    story = [(line["event"], line.get("stage") or line.get("end")) for line in told if line["event"] != "written"]
    assert story == [
        ("stage", "assessment"),
        ("stage", "plan"),
        ("stage", "services"),
        ("stage", "closed"),
        ("ended", "outcome-guided-elsewhere"),
    ]
    milestones = [milestone for line in told if line["event"] == "written" for milestone in line["milestones"]]
    assert milestones[:3] == ["case_screened", "consent_given", "assessment_requested"]
    assert milestones[-1] == "closed"


async def test_a_replay_logs_nothing() -> None:
    with capture_logs() as lines:
        for name in names():
            assert await replayed(name) is None
    assert lines == []
