"""Reads a record as if an institution had sent it. Nothing is sent or stored."""

from dataclasses import asdict

from asyncpg import InterfaceError, PostgresConnectionError
from sqlalchemy.exc import SQLAlchemyError

from console.connections import Connections
from console.errors import NotConnectedError, UsageError
from events.contract.words import IntakeOutcome
from events.intake.dry_run import DryRun, Store, dry_runs
from events.publishing import Publication
from events.readers import InboundRecord
from events.readers.fields import FieldRead
from handoff.profile.model import Profile


async def read_as(connections: Connections, record: Publication, sender: str | None) -> list[DryRun]:
    """Read the messages of a record as if it had come by an institution's topic. Nothing is sent or stored.

    Args:
        connections: to the store. If the store is away, the person counts as unknown.
        record: as it would be sent.
        sender: the institution that would send it; None: the one that the record names.

    Raises:
        UsageError: no such institution.
    """
    profile = connections.profile
    institution = sender or _claimed(profile, record.headers)
    if profile.institution(institution) is None:
        codes = ", ".join(profile.topics())
        raise UsageError(f"{institution!r} is not registered. Institutions of {profile.code} with topics: {codes}.")
    return await _ran(connections, InboundRecord(institution, record.value, record.headers))


def content(ran: DryRun, file: str) -> dict[str, object]:
    """A dry run as JSON."""
    return {
        "file": file,
        "as": ran.sender,
        "form": ran.fields.form,
        "type": ran.kind,
        "message_id": ran.message_id,
        "fields": [asdict(field) for field in ran.fields.fields],
        "not_used": [
            *({"place": field.place, "why": f"{field.ours} cannot be read from it"} for field in lost(ran)),
            *({"place": place, "why": "not read"} for place in ran.fields.unread),
        ],
        "doubts": [asdict(doubt) for doubt in ran.doubts],
        "outcome": ran.outcome,
        "case": ran.case_id or None,
        "code": ran.code or None,
        "reason": ran.reason or None,
        "place": ran.place or None,
        "settle": [dict(question) for question in ran.settle],
        "look_ups": [asdict(look_up) for look_up in ran.look_ups],
        "told": [{"type": kind, "data": dict(data)} for kind, data in ran.told],
        "asked": ran.asked,
    }


def lost(ran: DryRun) -> list[FieldRead]:
    """Fields that the message has and that could not be used. Empty for a record that is rejected or ignored."""
    return (
        []
        if ran.outcome in (IntakeOutcome.REJECTED, IntakeOutcome.IGNORED)
        else [field for field in ran.fields.fields if field.raw and not field.read]
    )


def _claimed(profile: Profile, headers: tuple[tuple[str, bytes], ...]) -> str:
    """The institution that the file names. HL7 does not contain our codes: then it is the first hospital."""
    source = dict(headers).get("ce_source", b"").decode("utf-8", "replace")
    names = (source, source.rpartition(":")[2], source.rpartition("/")[2])
    named = next((name for name in names if name in profile.topics()), "")
    return named or next(
        (institution.code for institution in profile.institutions if institution.role == "hospital"), "desk"
    )


async def _ran(connections: Connections, record: InboundRecord) -> list[DryRun]:
    """Look up person and case in the store if it answers."""
    try:
        return await dry_runs(
            record, connections.profile, connections.now(), Store(connections.engine, connections.vault)
        )
    except (NotConnectedError, OSError, SQLAlchemyError, PostgresConnectionError, InterfaceError):
        return await dry_runs(record, connections.profile, connections.now())
