"""A file read as if an institution had sent it: what we understood, what we could not use, what would happen."""

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
from handoff.vocabulary.words import LimitName

_LEADS_TO = {
    IntakeOutcome.OPENED: "It opens a case.",
    IntakeOutcome.JOINED: "It joins the open case {case}.",
    IntakeOutcome.ENTERED: "It is told to the open case {case}.",
    IntakeOutcome.HELD: "It is taken and acknowledged as held; the coordinator gets a task to settle:",
    IntakeOutcome.EARLY: (
        "It waits for the notice of its discharge, at most {early}; then it is deleted. Nobody is told."
    ),
    IntakeOutcome.LATE: "Case {case} has closed: it becomes a row of its timeline and a task. It changes nothing.",
    IntakeOutcome.RESENT: "It is known already, word for word: nothing happens.",
    IntakeOutcome.REJECTED: "It is rejected.",
    IntakeOutcome.ANSWER: "It answers {subject}, if that was put to {sender} and is still awaited.",
}
_NOBODY_ASKED = (
    "The stack does not run, so nobody was asked whether the person or the message is known: it counts as the first "
    "telling. Of somebody with an open case it would join that case."
)
_NOBODY_ASKED_WHETHER_AWAITED = "The stack does not run, so nobody was asked whether we know it and await this."


async def read_file(connections: Connections, file: Path, sender: str | None) -> Answer:
    """Read a file as if it had come by an institution's topic; nothing is sent or stored.

    Raises:
        UsageError: no such institution.
    """
    ran = await read_as(connections, publication(file), sender)
    code = Exit.REFUSED if ran.outcome == IntakeOutcome.REJECTED else Exit.DONE
    return Answer(content(ran, str(file)), _shown(connections, ran, file, guessed=sender is None), code)


def _shown(connections: Connections, ran: DryRun, file: Path, *, guessed: bool) -> list[RenderableType]:
    who = f"{ran.sender}{' (nobody was named: --as INSTITUTION)' if guessed else ''}"
    lines: list[RenderableType] = [
        f"{file}: {ran.kind or 'no event that we know'} ({ran.fields.form}), as if from {who}",
        "",
    ]
    rows = [(each.ours, each.place, each.raw, each.read) for each in ran.fields.fields]
    lines += [table(("Our field", "Theirs", "As sent", "As understood"), rows), ""] if rows else []
    lines += [f"Could not be used: {each.place} ({each.ours})" for each in lost(ran)]
    why = "Not read, and not needed" if ran.fields.form == "hl7v2" else "Not of the contract (misspelt?), not read"
    lines += [f"{why}: {', '.join(ran.fields.unread)}"] if ran.fields.unread else []
    return [*lines, _leads_to(connections, ran), *_details(ran), *_nobody_asked(ran)]


def _nobody_asked(ran: DryRun) -> list[str]:
    """What somebody who could be asked might say otherwise: nothing, of what is rejected whoever is asked."""
    if ran.asked or ran.outcome == IntakeOutcome.REJECTED:
        return []
    return [_NOBODY_ASKED_WHETHER_AWAITED if ran.outcome == IntakeOutcome.ANSWER else _NOBODY_ASKED]


def _leads_to(connections: Connections, ran: DryRun) -> str:
    subject = next((each.read for each in ran.fields.fields if each.ours == "subject"), "")
    early = connections.profile.limit(LimitName.EARLY_FACT, connections.now()).within
    return _LEADS_TO[ran.outcome].format(case=ran.case_id, early=early, subject=subject, sender=ran.sender)


def _details(ran: DryRun) -> list[str]:
    rejected = [f"  {ran.code}{f' at {ran.place}' if ran.place else ''}: {ran.reason}"] if ran.code else []
    settle = [f"  {each['code']}{_at(each)}{_says(each)}" for each in ran.settle]
    told = [f"{ran.sender} is told {kind}, which names message {ran.message_id or '(none)'}." for kind, _ in ran.told]
    return [*rejected, *settle, *told]


def _at(settle: Mapping[str, str]) -> str:
    return f" at {settle['place']}" if settle.get("place") else ""


def _says(settle: Mapping[str, str]) -> str:
    return f": {settle['says']}" if settle.get("says") else ""
