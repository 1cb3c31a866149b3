"""Parked records: could not be read or used, and are kept until an operator tries them again or drops them."""

from collections import Counter
from dataclasses import dataclass, replace
from difflib import get_close_matches

from console.connections import Connections
from console.errors import NotFoundError, UsageError
from events.contract.codes import Code
from events.contract.words import IntakeOutcome
from events.intake.inbox import Inbox, NotWholeError
from events.intake.writes import Taken
from handoff.store.intake import parked
from handoff.store.intake.parked import Count, Filter, NoSuchRecordError, Parked, ParkedLine, SettledError

_PAGE = 500


@dataclass(frozen=True)
class Page:
    """Some parked records, and how many more there are."""

    records: list[ParkedLine]
    more: int


@dataclass(frozen=True)
class ParkedView:
    """One parked record, for a person who looks at it.

    Attributes:
        record: without bytes and headers, unless they were requested.
        kept: how many bytes are kept.
        whole: whether bytes and headers were requested.
    """

    record: Parked
    kept: int
    whole: bool


@dataclass(frozen=True)
class Retried:
    """How many records were taken, and how many are still parked."""

    taken: int
    refused: int


async def list_parked(connections: Connections, chosen: Filter, limit: int, after: int) -> Page:
    """A page of parked records, without bytes.

    Raises:
        UsageError: the code or the sender is not known.
    """
    await _existing(connections, chosen)
    async with connections.engine.connect() as conn:
        records = await parked.listed(conn, chosen, limit, after)
        more = await parked.how_many(conn, chosen, records[-1].parked_id) if records else 0
    return Page(records, more)


async def count_parked(connections: Connections) -> list[Count]:
    """How many records are parked, by institution and code."""
    async with connections.engine.connect() as conn:
        return await parked.counted(conn)


async def drop_many(connections: Connections, chosen: Filter, who: str, *, sure: bool) -> int:
    """Drop all records that match, and return how many. Without `sure` only say how many match.

    Raises:
        NotFoundError: records match, and `sure` is false.
        UsageError: the code or the sender is not known.
    """
    await _existing(connections, chosen)
    async with connections.engine.connect() as conn:
        count = await parked.how_many(conn, chosen)
    if count and not sure:
        raise NotFoundError(f"{count} records would be dropped, and their bytes deleted. Add --yes to do it.")
    if not count:
        return 0
    return await Inbox(connections.engine, connections.vault, connections.profile).drop_all(
        chosen, who, connections.now()
    )


async def show_parked(connections: Connections, number: int, *, who: str | None, content: bool) -> ParkedView:
    """One parked record. Its bytes and headers only if `who` names the person who reads them.

    Raises:
        NotFoundError: no record has this number.
        UsageError: the bytes were requested without `who`.
    """
    if content and not who:
        raise UsageError("The bytes are personal data. Name the person who reads them with --as WHO.")
    record = await _record(connections, number)
    shown = record if content else replace(record, value=b"", headers=())
    return ParkedView(shown, len(record.value), content)


async def retry_parked(connections: Connections, number: int, who: str) -> Taken:
    """Try one record again.

    Raises:
        NotFoundError: no record has this number, or it is refused again.
    """
    await _record(connections, number)
    try:
        taken = await Inbox(connections.engine, connections.vault, connections.profile).retry(
            number, who, connections.now()
        )
    except NotWholeError as cut:
        raise NotFoundError(f"{cut} Ask the sender to send it again, in a smaller message.") from cut
    except SettledError as settled:
        raise NotFoundError(str(settled)) from settled
    if taken.outcome == IntakeOutcome.KEPT:
        raise NotFoundError(f"Record {number} stays parked. {taken.reason}")
    if taken.outcome == IntakeOutcome.REJECTED:
        raise NotFoundError(f"Record {number} is refused again ({taken.code}) and stays parked. {taken.reason}")
    return taken


async def retry_many(connections: Connections, chosen: Filter, who: str) -> Retried:
    """Try all records that match again, the oldest first. Records that are refused again stay parked.

    Raises:
        UsageError: the code or the sender is not known.
    """
    await _existing(connections, chosen)
    counts: Counter[bool] = Counter()
    last = 0
    while True:
        async with connections.engine.connect() as conn:
            page = await parked.listed(conn, chosen, _PAGE, last)
        for line in page:
            counts[await _again(connections, line.parked_id, who)] += 1
            last = line.parked_id
        if len(page) < _PAGE:
            break
        connections.say(f"{counts.total()} records tried again")
    return Retried(taken=counts[True], refused=counts[False])


async def _again(connections: Connections, number: int, who: str) -> bool:
    """Whether the record was taken this time."""
    try:
        taken = await Inbox(connections.engine, connections.vault, connections.profile).retry(
            number, who, connections.now()
        )
    except (NotWholeError, SettledError):
        return False
    return taken.outcome not in (IntakeOutcome.REJECTED, IntakeOutcome.KEPT)


async def _existing(connections: Connections, chosen: Filter) -> None:
    """Refuse a mistyped code or sender: it would look as if nothing were parked.

    Raises:
        UsageError: the code is not one of a refusal; or the sender is not registered, and none of its records was
            ever parked.
    """
    codes = {code.value for code in Code} | set(parked.UNTOLD)
    if chosen.code and chosen.code not in codes:
        near = get_close_matches(chosen.code, codes, n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise UsageError(f"Unknown code {chosen.code!r}.{meant} `handoff parked count` lists the codes.")
    sender = chosen.sender
    if not sender or connections.profile.institution(sender):
        return
    async with connections.engine.connect() as conn:
        was_parked = await parked.was_ever(conn, sender)
    if not was_parked:
        raise UsageError(
            f"{sender} is not registered, and none of its records was ever parked. See `handoff parked count`."
        )


async def drop_parked(connections: Connections, number: int, who: str) -> None:
    """Drop one record.

    Raises:
        NotFoundError: no record has this number.
    """
    await _record(connections, number)
    try:
        await Inbox(connections.engine, connections.vault, connections.profile).drop(number, who, connections.now())
    except SettledError as settled:
        raise NotFoundError(str(settled)) from settled


async def _record(connections: Connections, number: int) -> Parked:
    try:
        async with connections.engine.connect() as conn:
            return await parked.read(conn, connections.vault, number)
    except NoSuchRecordError as error:
        raise NotFoundError(f"There is no parked record {number}. `handoff parked list` lists them.") from error
