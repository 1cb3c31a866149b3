"""The first draft of a plan as TOML: what is known, the lines of the last plan, and the catalogue."""

import json
from collections.abc import Iterable

from console.connections import Connections
from console.errors import NotFoundError
from console.moments import local
from console.reasons import in_words
from handoff.profile.model import Profile
from handoff.profile.register import Service
from handoff.store.queries import reads
from handoff.store.queries.reads import CaseWhole
from handoff.store.queries.stored import StoredLine
from handoff.store.record.assessments import AssessmentRow, Assessments
from handoff.store.record.plans import ENDED
from handoff.vocabulary.outcomes import AnswerCode
from handoff.vocabulary.services import SafetyNeed
from handoff.vocabulary.states import LineKind, PlanState

CHOOSE = "# What {profile} has: remove the # from each line that is needed, and fill in the quantity."


async def draft_plan(connections: Connections, case: str, send: str) -> str:
    """The text of a draft that a person completes and sends. Nothing is sent here.

    Args:
        connections: to the store.
        case: the case of the plan.
        send: the command that sends the plan; it is written into the draft.

    Raises:
        NotFoundError: there is no such case.
    """
    async with connections.engine.connect() as conn:
        whole = await reads.whole(conn, case, connections.now())
        assessed = await Assessments().read(conn, "case_id = $1", case)
    if whole is None:
        raise NotFoundError(f"There is no case {case}. `handoff cases` lists the open ones.")
    parts = [_known(whole, assessed, send), *_from_before(whole), _catalogue(connections.profile)]
    return "\n\n".join(parts) + "\n"


def _known(whole: CaseWhole, assessed: Iterable[AssessmentRow], send: str) -> str:
    row = whole.case
    return "\n".join(
        [
            f"# The individual support plan of case {row.case_id}: a draft. Complete it, then send it:",
            f"#   {send}",
            *(f"# {_assessment(row)}" for row in sorted(assessed, key=lambda row: row.assessed_at)),
            f"# Eligibility: {row.eligibility or 'not known'}; priority: {row.priority or 'not known'}.",
            f"# Discharged: {local(row.discharged_at) or 'not yet'}.",
            "#",
            "# Further keys of a line: urgent = true (offered before the decision),",
            '# prefers = "provider", keeps = "the earlier line that goes on as this one",',
            f"# safety = [what a visitor has to know: {', '.join(SafetyNeed)}].",
        ]
    )


def _assessment(row: AssessmentRow) -> str:
    score = f", score {row.score}" if row.score else ""
    findings = ", ".join(f"{name.replace('_', ' ')}: {_toml(value)}" for name, value in row.found.items())
    return f"Assessed {local(row.assessed_at)}: {row.key}{score}, {in_words(row.result)}" + (
        f" ({findings})." if findings else "."
    )


def _from_before(whole: CaseWhole) -> list[str]:
    """The lines of the plan in force that go on. Without such lines: those of a rejected version."""
    last = whole.plans[-1] if whole.plans else None
    going_on = [_line(row, keeps=row.line_id) for row in whole.lines if row.state not in ENDED and not row.part_of]
    if going_on:
        return ["# These lines go on from the last plan. Remove those that are to end.", *going_on]
    if last is None or last.state != PlanState.REJECTED:
        return []
    fallen = [_line(row) for row in whole.lines if row.version == last.version and not row.part_of]
    return [f"# Version {last.version} was rejected: {in_words(last.reason or AnswerCode.OTHER)}. It said:", *fallen]


def _line(row: StoredLine, **more: str) -> str:
    named = ("service", "kind", "quantity", "per", "days", "urgent", "prefers", "safety", "starts_on")
    weekdays = [word for word in row.weekdays.split(",") if word]
    values = {name: getattr(row, name) for name in named} | {"weekdays": weekdays} | more
    return "\n".join(["[[lines]]", *(f"{name} = {_toml(value)}" for name, value in values.items() if value)])


def _catalogue(profile: Profile) -> str:
    return "\n\n".join([CHOOSE.format(profile=profile.code), *(_offered(service) for service in profile.services)])


def _offered(service: Service) -> str:
    kind, *others = service.kinds
    lines = [
        "[[lines]]",
        f"service = {_toml(service.code)}  # {service.name_en}, {service.name_ko}",
        f"kind = {_toml(kind)}" + (f"  # or {', '.join(others)}" if others else ""),
    ]
    if kind == LineKind.SERIES:
        lines += ["quantity = 1  # visits in the period", 'per = "week"  # or day, month', "days = 28"]
    elif kind == LineKind.ONE_OFF:
        lines += ["quantity = 1  # visits in all"]
    return "\n".join(f"# {line}" for line in lines)


def _toml(value: object) -> str:
    """A value as TOML: JSON writes texts, numbers, true and false the same way."""
    return json.dumps(value, ensure_ascii=False)
