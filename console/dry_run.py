"""A record read as if an institution had sent it; nothing is sent or stored."""

from dataclasses import asdict

from asyncpg import InterfaceError, PostgresConnectionError
from sqlalchemy.exc import SQLAlchemyError

from console.connections import Connections
from console.errors import NotConnectedError, UsageError
from events.contract.words import IntakeOutcome
from events.intake.dry_run import DryRun, Store, dry_run
from events.publishing import Publication
from events.readers import InboundRecord
from events.readers.fields import FieldRead
from handoff.profile.model import Profile


async def read_as(connections: Connections, record: Publication, sender: str | None) -> DryRun:
    """Read a record as if it had come by an institution's topic; nothing is sent or stored.

    Args:
        connections: to the store, which need not be there: then the person counts as unknown.
        record: as it would be sent.
        sender: who would send it; None: whom the record itself names.

    Raises:
        UsageError: no such institution.
    """
    profile = connections.profile
    institution = sender or _claimed(profile, record.headers)
    if profile.institution(institution) is None:
        known = ", ".join(profile.topics())
        raise UsageError(f"{institution!r} is not registered. Institutions of {profile.code} with topics: {known}.")
    return await _ran(connections, InboundRecord(institution, record.value, record.headers))


def content(ran: DryRun, file: str) -> dict[str, object]:
    """A dry run as JSON has it."""
    return {
        "file": file,
        "as": ran.sender,
        "form": ran.fields.form,
        "type": ran.kind,
        "message_id": ran.message_id,
        "fields": [asdict(each) for each in ran.fields.fields],
        "not_used": [
            *({"place": each.place, "why": f"{each.ours} cannot be read from it"} for each in lost(ran)),
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


def lost(ran: DryRun) -> list[FieldRead]:
    """What stood there and could not be used; of a rejected record nothing was."""
    return (
        []
        if ran.outcome == IntakeOutcome.REJECTED
        else [each for each in ran.fields.fields if each.raw and not each.read]
    )


def _claimed(profile: Profile, headers: tuple[tuple[str, bytes], ...]) -> str:
    """The institution that the file itself names; HL7 names none of our codes: the first hospital stands in."""
    source = dict(headers).get("ce_source", b"").decode("utf-8", "replace")
    names = (source, source.rpartition(":")[2], source.rpartition("/")[2])
    named = next((name for name in names if name in profile.topics()), "")
    return named or next((each.code for each in profile.institutions if each.role == "hospital"), "desk")


async def _ran(connections: Connections, record: InboundRecord) -> DryRun:
    """With what the record of people and cases knows, if it can be asked."""
    try:
        return await dry_run(
            record, connections.profile, connections.now(), Store(connections.engine, connections.vault)
        )
    except (NotConnectedError, OSError, SQLAlchemyError, PostgresConnectionError, InterfaceError):
        return await dry_run(record, connections.profile, connections.now())
