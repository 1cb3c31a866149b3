"""A file read as if an institution had sent it: what we understood, what we could not use, what would happen."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from asyncpg import InterfaceError, PostgresConnectionError
from sqlalchemy.exc import SQLAlchemyError

from events.intake.dry_run import ANSWER, DryRun, Store, dry_run
from events.publishing import publication
from events.readers import InboundRecord
from handoff.profile.model import Profile
from workers.cli.order import Answer, Exit, UsageError
from workers.cli.words import table
from workers.compose import Desk
from workers.embedded.endpoints import NoStackError
from workers.embedded.keys import NoKeysError

_LEADS_TO = {
    "opened": "It opens a case.",
    "joined": "It joins the open case {case}.",
    "entered": "It is told to the open case {case}.",
    "held": "It is taken and acknowledged as held; the coordinator gets a task to settle:",
    "early": "It waits for the notice of its discharge, at most {early}; then it is deleted. Nobody is told.",
    "late": "Case {case} has closed: it becomes a row of its timeline and a task. It changes nothing.",
    "resent": "It is known already, word for word: nothing happens.",
    "rejected": "It is rejected.",
    ANSWER: "It answers {subject}, if that was put to {sender} and is still awaited.",
}
_NOBODY_ASKED = (
    "The stack does not run, so nobody was asked whether the person or the message is known: it counts as the first "
    "telling. Of somebody with an open case it would join that case."
)
_NOBODY_ASKED_WHETHER_AWAITED = "The stack does not run, so nobody was asked whether we know it and await this."


async def read_file(desk: Desk, file: Path, sender: str | None) -> Answer:
    """Read a file as if it had come by an institution's topic; nothing is sent or stored.

    Raises:
        UsageError: no such institution.
    """
    record = publication(file)
    institution = sender or _claimed(desk.profile, record.headers)
    if desk.profile.institution(institution) is None:
        known = ", ".join(desk.profile.topics())
        raise UsageError(
            f"{institution!r} is not registered. Institutions of {desk.profile.code} with topics: {known}."
        )
    ran = await _ran(desk, InboundRecord(institution, record.value, record.headers))
    code = Exit.REFUSED if ran.outcome == "rejected" else Exit.DONE
    return Answer(_content(ran, str(file)), _shown(desk, ran, file, guessed=sender is None), code)


def _claimed(profile: Profile, headers: tuple[tuple[str, bytes], ...]) -> str:
    """The institution that the file itself names; HL7 names none of our codes: the first hospital stands in."""
    source = dict(headers).get("ce_source", b"").decode("utf-8", "replace")
    names = (source, source.rpartition(":")[2], source.rpartition("/")[2])
    named = next((name for name in names if name in profile.topics()), "")
    return named or next((each.code for each in profile.institutions if each.role == "hospital"), "desk")


async def _ran(desk: Desk, record: InboundRecord) -> DryRun:
    """With what the record of people and cases knows, if it can be asked."""
    try:
        return await dry_run(record, desk.profile, desk.now(), Store(desk.engine, desk.vault))
    except (NoStackError, NoKeysError, OSError, SQLAlchemyError, PostgresConnectionError, InterfaceError):
        return await dry_run(record, desk.profile, desk.now())


def _content(ran: DryRun, file: str) -> dict[str, Any]:
    return {
        "file": file,
        "as": ran.sender,
        "form": ran.fields.form,
        "type": ran.kind,
        "message_id": ran.message_id,
        "fields": [asdict(each) for each in ran.fields.fields],
        "not_used": [
            *({"place": each.place, "why": f"{each.ours} cannot be read from it"} for each in _lost(ran)),
            *({"place": place, "why": "not read"} for place in ran.fields.unread),
        ],
        "doubts": [asdict(each) for each in ran.doubts],
        "outcome": ran.outcome,
        "case": ran.case_id or None,
        "code": ran.code or None,
        "reason": ran.reason or None,
        "place": ran.place or None,
        "settle": [dict(each) for each in ran.settle],
        "told": [{"type": kind, "data": dict(data)} for kind, data in ran.told],
        "asked": ran.asked,
    }


def _lost(ran: DryRun) -> list[Any]:
    """What stood there and could not be used; of a rejected record nothing was."""
    return [] if ran.outcome == "rejected" else [each for each in ran.fields.fields if each.raw and not each.read]


def _shown(desk: Desk, ran: DryRun, file: Path, *, guessed: bool) -> list[Any]:
    who = f"{ran.sender}{' (nobody was named: --as INSTITUTION)' if guessed else ''}"
    lines: list[Any] = [f"{file}: {ran.kind or 'no event that we know'} ({ran.fields.form}), as if from {who}", ""]
    rows = [(each.ours, each.place, each.raw, each.read) for each in ran.fields.fields]
    lines += [table(("Our field", "Theirs", "As sent", "As understood"), rows), ""] if rows else []
    lines += [f"Could not be used: {each.place} ({each.ours})" for each in _lost(ran)]
    why = "Not read, and not needed" if ran.fields.form == "hl7v2" else "Not of the contract (misspelt?), not read"
    lines += [f"{why}: {', '.join(ran.fields.unread)}"] if ran.fields.unread else []
    return [*lines, _leads_to(desk, ran), *_details(ran), *_nobody_asked(ran)]


def _nobody_asked(ran: DryRun) -> list[str]:
    """What somebody who could be asked might say otherwise: nothing, of what is rejected whoever is asked."""
    if ran.asked or ran.outcome == "rejected":
        return []
    return [_NOBODY_ASKED_WHETHER_AWAITED if ran.outcome == ANSWER else _NOBODY_ASKED]


def _leads_to(desk: Desk, ran: DryRun) -> str:
    subject = next((each.read for each in ran.fields.fields if each.ours == "subject"), "")
    early = desk.profile.limit("early-fact", desk.now()).within
    return _LEADS_TO[ran.outcome].format(case=ran.case_id, early=early, subject=subject, sender=ran.sender)


def _details(ran: DryRun) -> list[str]:
    rejected = [f"  {ran.code}{f' at {ran.place}' if ran.place else ''}: {ran.reason}"] if ran.code else []
    settle = [f"  {each['code']}{_at(each)}{_says(each)}" for each in ran.settle]
    told = [f"{ran.sender} is told {kind}, which names message {ran.message_id or '(none)'}." for kind, _ in ran.told]
    return [*rejected, *settle, *told]


def _at(settle: Any) -> str:
    return f" at {settle['place']}" if settle.get("place") else ""


def _says(settle: Any) -> str:
    return f": {settle['says']}" if settle.get("says") else ""
