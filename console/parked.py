"""Parked records: what nobody could read or use, kept until an operator tries it again or gives it up."""

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
    """One parked record as somebody looks at it.

    Attributes:
        record: without bytes and headers, unless they were asked for.
        kept: how many bytes are kept.
        whole: whether bytes and headers were asked for.
    """

    record: Parked
    kept: int
    whole: bool


@dataclass(frozen=True)
class Retried:
    """How many records were taken, and how many are still parked."""

    taken: int
    refused: int


async def list_parked(connections: Connections, wanted: Filter, limit: int, after: int) -> Page:
    """A page of what is parked, without its bytes.

    Raises:
        UsageError: nobody has the sender's code.
    """
    await _existing(connections, wanted)
    async with connections.engine.connect() as conn:
        found = await parked.listed(conn, wanted, limit, after)
        more = await parked.how_many(conn, wanted, found[-1].parked_id) if found else 0
    return Page(found, more)


async def count_parked(connections: Connections) -> list[Count]:
    """What is parked, by institution and code."""
    async with connections.engine.connect() as conn:
        return await parked.counted(conn)


async def drop_many(connections: Connections, wanted: Filter, who: str, *, sure: bool) -> int:
    """Give up all of a sort, and return how many; unless somebody is sure, only say how many there are.

    Raises:
        NotFoundError: nobody is sure yet.
        UsageError: nobody has the sender's code.
    """
    await _existing(connections, wanted)
    async with connections.engine.connect() as conn:
        count = await parked.how_many(conn, wanted)
    if count and not sure:
        raise NotFoundError(f"{count} would be dropped, and their bytes deleted: add --yes to do it.")
    if not count:
        return 0
    return await Inbox(connections.engine, connections.vault, connections.profile).drop_all(
        wanted, who, connections.now()
    )


async def show_parked(connections: Connections, number: int, *, who: str | None, content: bool) -> ParkedView:
    """One parked record; its bytes and headers only if somebody is named who reads them.

    Raises:
        NotFoundError: nothing is parked under this number.
        UsageError: the bytes were asked for by nobody.
    """
    if content and not who:
        raise UsageError("The bytes are personal data: name who reads them with --as WHO.")
    record = await _record(connections, number)
    shown = record if content else replace(record, value=b"", headers=())
    return ParkedView(shown, len(record.value), content)


async def retry_parked(connections: Connections, number: int, who: str) -> Taken:
    """Try it again.

    Raises:
        NotFoundError: nothing is parked under this number, or it is refused again.
    """
    await _record(connections, number)
    try:
        taken = await Inbox(connections.engine, connections.vault, connections.profile).retry(
            number, who, connections.now()
        )
    except NotWholeError as cut:
        raise NotFoundError(f"{cut} Ask its sender to send it again, smaller.") from cut
    except SettledError as settled:
        raise NotFoundError(str(settled)) from settled
    if taken.outcome == IntakeOutcome.KEPT:
        raise NotFoundError(f"Record {number} stays parked. {taken.reason}")
    if taken.outcome == IntakeOutcome.REJECTED:
        raise NotFoundError(f"Record {number} is refused again ({taken.code}) and stays parked. {taken.reason}")
    return taken


async def retry_many(connections: Connections, wanted: Filter, who: str) -> Retried:
    """Try all of a sort again, the oldest first; what is refused again stays parked.

    Raises:
        UsageError: nobody has this code.
    """
    await _existing(connections, wanted)
    counts: Counter[bool] = Counter()
    last = 0
    while True:
        async with connections.engine.connect() as conn:
            page = await parked.listed(conn, wanted, _PAGE, last)
        for each in page:
            counts[await _again(connections, each.parked_id, who)] += 1
            last = each.parked_id
        if len(page) < _PAGE:
            break
        connections.say(f"{counts.total()} tried again")
    return Retried(taken=counts[True], refused=counts[False])


async def _again(connections: Connections, number: int, who: str) -> bool:
    """Whether it was taken this time."""
    try:
        taken = await Inbox(connections.engine, connections.vault, connections.profile).retry(
            number, who, connections.now()
        )
    except (NotWholeError, SettledError):
        return False
    return taken.outcome not in (IntakeOutcome.REJECTED, IntakeOutcome.KEPT)


async def _existing(connections: Connections, wanted: Filter) -> None:
    """A code that was mistyped finds nothing, and looks as if nothing were parked.

    Raises:
        UsageError: there is no such code of a refusal; or no institution has the sender's code, and nothing of a sender
            who is called so was ever parked.
    """
    codes = {each.value for each in Code} | set(parked.UNTOLD)
    if wanted.code and wanted.code not in codes:
        near = get_close_matches(wanted.code, codes, n=1)
        meant = f"; {near[0]}?" if near else ""
        raise UsageError(f"Nothing is parked as {wanted.code!r}{meant} `handoff parked count` has the codes.")
    sender = wanted.sender
    if not sender or connections.profile.institution(sender):
        return
    async with connections.engine.connect() as conn:
        known = await parked.was_ever(conn, sender)
    if not known:
        raise UsageError(
            f"Nobody is registered as {sender}, and nothing of theirs was parked: see `handoff parked count`."
        )


async def drop_parked(connections: Connections, number: int, who: str) -> None:
    """Give it up.

    Raises:
        NotFoundError: nothing is parked under this number.
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
        raise NotFoundError(f"No record {number} is parked; `handoff parked list` has them.") from error
