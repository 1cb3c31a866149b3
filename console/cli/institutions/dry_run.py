"""A file read as if an institution had sent it: what was understood, what was not, and what would happen."""

from collections.abc import Mapping
from pathlib import Path

from rich.console import RenderableType

from console.cli.order import Answer, Exit
from console.cli.output import table
from console.connections import Connections
from console.dry_run import content, lost, read_as
from events.contract.words import IntakeOutcome
from events.intake.dry_run import DryRun
from events.publishing import publication
from handoff.vocabulary.awaited import LimitName

_LEADS_TO = {
    IntakeOutcome.OPENED: "It opens a case.",
    IntakeOutcome.JOINED: "It joins the open case {case}.",
    IntakeOutcome.ENTERED: "It goes to the open case {case}.",
    IntakeOutcome.HELD: "It is acknowledged as held. The coordinator gets a task to settle:",
    IntakeOutcome.AT_DOOR: (
        "The person is below the age of eligibility. It opens no case, and stands in `handoff doors list` until "
        "somebody has asked about:"
    ),
    IntakeOutcome.NOT_ELIGIBLE: "Every door is shut by what it says. It is recorded as not eligible, without a case.",
    IntakeOutcome.EARLY: (
        "It waits for the notice of its discharge, without name and contact, at most {early}. Then it is deleted, and "
        "nobody is notified."
    ),
    IntakeOutcome.LATE: "Case {case} is closed. It becomes a row of the timeline and a task, and changes nothing else.",
    IntakeOutcome.RESENT: "The same message came before. Nothing happens.",
    IntakeOutcome.IGNORED: "It is passed over, and not kept: {why}.",
    IntakeOutcome.REJECTED: "It is rejected.",
    IntakeOutcome.KEPT: "We fail to read it, and the fault is ours: it is kept, and the next build tries again.",
    IntakeOutcome.ANSWER: "It answers {subject}, if we asked {sender} and still wait for the answer.",
}
_PERSON_UNKNOWN = (
    "The stack does not run, so we could not look up the person or the message. Both count as unknown. If the person "
    "has an open case, the notice would join it."
)
_BEFORE_IT = "that a message before it opens"  # in the same file
_AWAITED_UNKNOWN = "The stack does not run, so we could not look up whether this answer is awaited."


async def read_file(connections: Connections, file: Path, sender: str | None) -> Answer:
    """Read a file as if it had come by an institution's topic; nothing is sent or stored.

    Raises:
        UsageError: no such institution.
    """
    runs = await read_as(connections, publication(file), sender)
    code = Exit.REFUSED if any(ran.outcome == IntakeOutcome.REJECTED for ran in runs) else Exit.DONE
    shown = [_shown(connections, ran, file, guessed=sender is None) for ran in runs]
    if len(runs) == 1:
        return Answer(content(runs[0], str(file)), shown[0], code)
    lines = [line for ran, part in zip(runs, shown, strict=True) for line in (f"Message {ran.index}", *part, "")]
    return Answer([{"index": ran.index, **content(ran, str(file))} for ran in runs], lines[:-1], code)


def _shown(connections: Connections, ran: DryRun, file: Path, *, guessed: bool) -> list[RenderableType]:
    who = f"{ran.sender}{' (to name another: --as INSTITUTION)' if guessed else ''}"
    lines: list[RenderableType] = [
        f"{file}: {ran.kind or _without_kind(ran)} ({ran.fields.form}), as if from {who}",
        "",
    ]
    rows = [(field.ours, field.place, field.raw, field.read) for field in ran.fields.fields]
    lines += [table(("Our field", "Theirs", "As sent", "As understood"), rows), ""] if rows else []
    lines += [f"Could not be used: {field.place} ({field.ours})" for field in lost(ran)]
    why = "Not read, not needed" if ran.fields.form == "hl7v2" else "Not read, not in the contract (misspelt?)"
    lines += [f"{why}: {', '.join(ran.fields.unread)}"] if ran.fields.unread else []
    return [*lines, _leads_to(connections, ran), *_details(ran), *_not_looked_up(ran)]


def _without_kind(ran: DryRun) -> str:
    return "no event of ours" if ran.outcome == IntakeOutcome.IGNORED else "unknown event type"


def _not_looked_up(ran: DryRun) -> list[str]:
    """What the store could not be asked. A record that is rejected or ignored needs no answer from it."""
    passed_over = ran.outcome == IntakeOutcome.IGNORED and not _of_nobody(ran)
    if ran.asked or passed_over or ran.outcome in (IntakeOutcome.REJECTED, IntakeOutcome.KEPT):
        return []
    return [_AWAITED_UNKNOWN if ran.outcome == IntakeOutcome.ANSWER else _PERSON_UNKNOWN]


def _of_nobody(ran: DryRun) -> bool:
    """Whether it is ignored only because its person has no case. A message without effect has no kind."""
    return ran.outcome == IntakeOutcome.IGNORED and bool(ran.kind)


def _leads_to(connections: Connections, ran: DryRun) -> str:
    subject = next((field.read for field in ran.fields.fields if field.ours == "subject"), "")
    early = connections.profile.limit(LimitName.EARLY_FACT, connections.now()).within
    return _LEADS_TO[ran.outcome].format(
        case=ran.case_id or _BEFORE_IT, early=early, subject=subject, sender=ran.sender, why=ran.reason
    )


def _details(ran: DryRun) -> list[str]:
    rejected = (
        [f"  {ran.code}{f' at {ran.place}' if ran.place else ''}: {ran.reason}"]
        if ran.outcome == IntakeOutcome.REJECTED
        else []
    )
    settle = [f"  {question['code']}{_at(question)}{_says(question)}" for question in ran.settle]
    if not settle and ran.doubts:
        settle = ["In doubt:", *(f"  {doubt.code}{_at(vars(doubt))}{_says(vars(doubt))}" for doubt in ran.doubts)]
    letters = [f"{ran.sender} gets {kind}, which names message {ran.message_id or '(none)'}." for kind, _ in ran.told]
    asked = [f"  {look_up.code}: {look_up.says}" for look_up in ran.look_ups]
    return [*rejected, *settle, *asked, *letters]


def _at(settle: Mapping[str, str]) -> str:
    return f" at {settle['place']}" if settle.get("place") else ""


def _says(settle: Mapping[str, str]) -> str:
    return f": {settle['says']}" if settle.get("says") else ""
