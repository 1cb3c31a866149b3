"""Every code that a case's timeline can hold has its words."""

import ast
import re
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Union, cast, get_args, get_origin

import pytest

from console.line_ends import line_ended
from console.reasons import (
    ENDS,
    REFUSED,
    STEPS,
    TOLD,
    WORDS,
    because,
    in_order,
    in_words,
    refused,
    what,
    what_in_words,
)
from events.contract.event_types import EVENT_TYPES
from events.contract.words import WeekKind
from handoff.case import dispatch
from handoff.case.closing import OUTCOMES
from handoff.case.joining import JOINED
from handoff.profile.limits import LIMITS
from handoff.store.queries.stored import StoredLine
from handoff.vocabulary.rows import Word
from handoff.vocabulary.states import EndedBy, LineState
from handoff.vocabulary.words import MilestoneName, PersonKind
from handoff.worklist.next_action import CLOCKS
from handoff.worklist.task_kinds import KINDS as TASKS
from tests.console.office import Office, shown
from tests.workflows.record_histories import names, read
from tests.workflows.story import served
from tests.workflows.town import Town
from workflows.replay import replay
from workflows.runs import Run
from workflows.steps import STEPS as STORY

TOLD_IN = Path(dispatch.__file__).parent
# Limits of intake: no case has such a clock.
NOT_OF_A_CASE = {"acknowledge", "early-fact", "held-notice", "confirm-week"}
A_CODE = re.compile(r"[#@_]|[a-z]\.[a-z]")


@dataclass(frozen=True)
class Row:
    what: str
    why: str = ""
    code: str = ""
    subject: str = ""
    case_id: str = ""
    outcome: dict[str, Any] | None = None
    key: str = ""


def written(name: str) -> Iterator[str]:
    """Literal words that the domain gives to an argument of this name, or as a refusal's code."""
    for path in TOLD_IN.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            if name == "refusal" and getattr(node.func, "id", "") == "Refusal":
                yield str(ast.literal_eval(node.args[0]))
            for keyword in node.keywords:
                if keyword.arg == name:
                    yield from filter(None, map(_word, ast.walk(keyword.value)))


def _word(node: ast.AST) -> str:
    """A literal word, or that of a member of a vocabulary; "": it is neither."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        vocabulary = {each.__name__: each for each in Word.__subclasses__()}.get(node.value.id)
        return str(vocabulary[node.attr]) if vocabulary and node.attr in vocabulary.__members__ else ""
    return ""


def literals(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    elif get_origin(annotation) in (Union, types.UnionType):
        for each in get_args(annotation):
            yield from literals(each)


def test_every_kind_of_thing_told_has_words_as_a_cause() -> None:
    handled = {kind for kind, each in EVENT_TYPES.items() if each.direction == "from" and each.handled}
    assert set(dispatch.EVENTS) | handled - set(WeekKind) - set(PersonKind) == set(TOLD)


def test_every_note_and_every_result_of_the_story_has_words() -> None:
    whys = {word for word in written("why") if not word.endswith("-")} | {"readmitted", "discharge-cancelled"}
    whys |= {f"already-{stands}" for stands in ("readmitted", "discharge-cancelled")}
    assert whys - set(WORDS) == set()
    assert set(written("code")) - set(WORDS) == set()


def test_every_code_that_the_contract_knows_has_words() -> None:
    events = [
        each for each in EVENT_TYPES.values() if each.direction == "from" and each.code in each.model.model_fields
    ]
    coded = [(each.model, each.code) for each in events]
    codes = {code for model, field in coded for code in literals(model.model_fields[field].annotation)}
    assert len(codes) > 20
    assert codes - set(WORDS) == set()


def test_every_end_of_a_case_has_words() -> None:
    assert set(ENDS) == {f"reason-{number}" for number in range(1, 6)} | {f"outcome-{word}" for word in OUTCOMES} | {
        JOINED
    }


def test_every_refusal_has_words() -> None:
    for code in written("refusal"):
        assert code in REFUSED or refused(code) != code.replace("-", " "), code


def test_every_clock_that_rings_says_what_was_waited_for() -> None:
    for limit in set(LIMITS) - NOT_OF_A_CASE:
        assert limit in CLOCKS, limit
        for clock_row in ("late", "overdue"):
            assert CLOCKS[limit][0] in because(Row(clock_row, f"{limit}:C7F3K9Q2M4X.1"))
    for limit in dispatch.EXPIRIES:
        assert limit in CLOCKS
    assert because(Row("late", "contact-attempt:tell-result")) == f"due soon: {TASKS['tell-result'].asks}"
    assert because(Row("check_due", "check:day-3")) == "its day has come"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("referral.declined#7", "the provider declined"),
        ("plan_submitted:plan.drafted#a12", "a plan was written"),
        ("answer:C7F3K9Q2M4X.1.O1@20260402T090000.000000", "the provider's answer did not come in time"),
        ("hold_expired:readmission-hold@20260402T090000.000000", "the return from hospital did not come in time"),
        ("visit_planned:C7F3K9Q2M4X.1:visit.missed#9", "the visit was missed"),
        ("give-up:no-provider", "the line is given up: no provider"),
        ("provider:gm-meals-01", "another provider: gm-meals-01"),
        ("wait:C7F3K9Q2M4X.1@20260402T090000.000000", "the wait is over"),
        ("plan-2", "version 2 of the plan"),
        ("too-costly", "too costly"),
    ],
)
def test_a_cause_is_told_without_its_key(code: str, words: str) -> None:
    assert in_words(code) == words


def test_people_read_plain_words_for_a_step_and_json_keeps_its_name() -> None:
    row = Row("gap_opened", subject="C7F3K9Q2M4X.1", case_id="C7F3K9Q2M4X")
    assert what_in_words(row) == "service gap opened (C7F3K9Q2M4X.1)"
    assert what(row) == "gap opened (C7F3K9Q2M4X.1)"


def test_only_steps_have_words_of_their_own() -> None:
    steps = {step.name for follow in STORY.values() for step in follow}
    assert set(STEPS) <= steps | {MilestoneName.CANCELLATION_REQUESTED}  # that one comes from outside


def test_an_offer_and_its_gap_have_the_plan_as_reason_and_once_it_is_approved_the_approval() -> None:
    why = "plan_submitted:plan.drafted#4"
    early, gap, late = Row("offer_made", why), Row("gap_opened", why), Row("gap_opened", why)
    reasons = [reason for _, reason in in_order([early, gap, Row("plan_approved"), late])]  # type: ignore[list-item]
    assert reasons == ["a plan was written", "a plan was written", "", "the plan was approved"]


def test_consent_that_stood_in_the_notice_says_so() -> None:
    assert because(Row("consent_given", code="actual")) == "it came with the notice"


def test_what_was_set_aside_says_what_it_was_and_why() -> None:
    row = Row("set_aside", "plan.approved", "not-awaited")
    assert because(row) == "the plan was approved: the case awaits no event of this kind now"


@pytest.mark.parametrize("name", names())
async def test_no_story_that_was_ever_kept_shows_a_code_to_people(name: str) -> None:
    history = read(name)
    replayed = await replay(Run(history.workflow_id, history.run_id, history.events))
    assert replayed.written
    for each in replayed.written:
        words = because(_row(each.entry))
        assert not A_CODE.search(words), (each.entry, words)


def _row(entry: Any) -> Row:
    return Row(entry.what, entry.why, entry.code, entry.subject)


async def test_people_read_why_each_thing_happened(town: Town, office: Office) -> None:
    await served(town)
    words = await shown(office, f"show {town.case_id}")
    for reason in ("the plan was approved", "the provider accepted", "consent stands"):
        assert reason in words
    assert "plan_submitted:" not in words
    coded = (await office.answers(f"show {town.case_id} --json"))["timeline"]
    assert any(each["why"].startswith("plan_submitted:") for each in coded)
    beside = await shown(office, f"history {town.case_id}")
    assert "the provider accepted" in beside
    assert "engine: offer made" in beside


@pytest.mark.parametrize(
    ("by", "who", "says"),
    [
        (EndedBy.MUNICIPALITY, "kim", "ended early by the municipality kim: closed"),
        (EndedBy.MUNICIPALITY, "", "ended early by the municipality: closed"),
        (EndedBy.PROVIDER, "gm-meals-01", "ended early by the provider gm-meals-01: closed"),
        (EndedBy.DEATH, "kim", "ended early by the death: closed"),
    ],
)
def test_a_line_says_who_ended_it_if_that_is_recorded(by: str, who: str, says: str) -> None:
    line = types.SimpleNamespace(state=LineState.ENDED_EARLY, ended_by=by, ended_who=who, reason="closed")
    assert line_ended(cast("StoredLine", line)) == says
