"""Parked records: what nobody could read or use, kept until an operator tries it again or gives it up."""

from collections import Counter
from dataclasses import asdict
from difflib import get_close_matches
from typing import Any, Literal

from events.contract.codes import Code
from events.intake.inbox import Inbox, NotWholeError
from handoff.store.intake import parked
from handoff.store.intake.parked import Filter, Line, NoSuchRecordError, Parked, SettledError
from workers.cli.order import Answer, NotFoundError, UsageError
from workers.cli.words import local, table
from workers.compose import Desk

_PAGE = 500


async def list_parked(desk: Desk, wanted: Filter, limit: int, after: int) -> Answer:
    """A page of what is parked, without its bytes.

    Raises:
        UsageError: nobody has the sender's code.
    """
    await _existing(desk, wanted)
    async with desk.engine.connect() as conn:
        found = await parked.listed(conn, wanted, limit, after)
        more = await parked.how_many(conn, wanted, found[-1].parked_id) if found else 0
    if not found:
        return Answer([], ["Nothing of this kind is parked." if wanted != Filter() else "Nothing is parked."])
    rows = [(str(r.parked_id), local(r.parked_at), r.sender or r.topic, r.code, r.place, r.reason) for r in found]
    shown: list[Any] = [table(("No", "Since", "From", "Code", "Place", "Reason"), rows)]
    if more:
        following = desk.to_type(f"handoff parked list --after {found[-1].parked_id}")
        shown.append(f"{more} more: {following}; by institution and code: {desk.to_type('handoff parked count')}")
    return Answer([_shown(each) for each in found], shown)


async def count_parked(desk: Desk) -> Answer:
    """What is parked, by institution and code."""
    async with desk.engine.connect() as conn:
        found = await parked.counted(conn)
    if not found:
        return Answer([], ["Nothing is parked."])
    rows = [(r.sender, r.code, str(r.count), str(r.records), str(r.size), local(r.oldest)) for r in found]
    content = [{**asdict(each), "oldest": each.oldest.isoformat()} for each in found]
    return Answer(content, [table(("From", "Code", "Parked", "Records", "Bytes", "Since"), rows)])


async def drop_many(desk: Desk, wanted: Filter, who: str, *, sure: bool) -> Answer:
    """Give up all of a sort; unless somebody is sure, only say how many.

    Raises:
        NotFoundError: nobody is sure yet.
        UsageError: nobody has the sender's code.
    """
    await _existing(desk, wanted)
    async with desk.engine.connect() as conn:
        count = await parked.how_many(conn, wanted)
    if count and not sure:
        raise NotFoundError(f"{count} would be dropped, and their bytes deleted: add --yes to do it.")
    if not count:
        return Answer({"dropped": 0}, ["Nothing of this kind is parked: `handoff parked count` has what is."])
    dropped = await Inbox(desk.engine, desk.vault, desk.profile).drop_all(wanted, who, desk.now())
    return Answer({"dropped": dropped}, [f"Dropped: {dropped}; their bytes are deleted."])


async def show_parked(desk: Desk, number: int, *, who: str | None, content: bool) -> Answer:
    """One parked record; its bytes and headers only if somebody is named who reads them.

    Raises:
        NotFoundError: nothing is parked under this number.
        UsageError: the bytes were asked for by nobody.
    """
    if content and not who:
        raise UsageError("The bytes are personal data: name who reads them with --as WHO.")
    record = await _record(desk, number)
    shown = _shown(record)
    shown["kept"] = len(record.value)
    if content:
        shown["headers"] = [[name, None if raw is None else _text(raw)] for name, raw in record.headers]
        shown["bytes"] = _text(record.value)
    return Answer(shown, ["\n".join(f"{name}: {value}" for name, value in shown.items())])


async def retry_parked(desk: Desk, number: int, who: str) -> Answer:
    """Try it again.

    Raises:
        NotFoundError: nothing is parked under this number, or it is refused again.
    """
    await _record(desk, number)
    try:
        taken = await Inbox(desk.engine, desk.vault, desk.profile).retry(number, who, desk.now())
    except NotWholeError as cut:
        raise NotFoundError(f"{cut} Ask its sender to send it again, smaller.") from cut
    except SettledError as settled:
        raise NotFoundError(str(settled)) from settled
    if taken.outcome == "kept":
        raise NotFoundError(f"Record {number} stays parked. {taken.reason}")
    if taken.outcome == "rejected":
        raise NotFoundError(f"Record {number} is refused again ({taken.code}) and stays parked. {taken.reason}")
    about = f" (case {taken.case_id})" if taken.case_id else ""
    return Answer({"outcome": taken.outcome, "case": taken.case_id or None}, [f"Taken: {taken.outcome}{about}."])


async def retry_many(desk: Desk, wanted: Filter, who: str) -> Answer:
    """Try all of a sort again, the oldest first; what is refused again stays parked.

    Raises:
        UsageError: nobody has this code.
    """
    await _existing(desk, wanted)
    counts: Counter[str] = Counter()
    last = 0
    while True:
        async with desk.engine.connect() as conn:
            page = await parked.listed(conn, wanted, _PAGE, last)
        for each in page:
            counts[await _again(desk, each.parked_id, who)] += 1
            last = each.parked_id
        if len(page) < _PAGE:
            break
        desk.say(f"{counts.total()} tried again")
    said = f"Tried again: {counts.total()}. Taken: {counts['taken']}; still parked: {counts['refused']}."
    return Answer({"taken": counts["taken"], "refused": counts["refused"]}, [said])


async def _again(desk: Desk, number: int, who: str) -> Literal["taken", "refused"]:
    try:
        taken = await Inbox(desk.engine, desk.vault, desk.profile).retry(number, who, desk.now())
    except (NotWholeError, SettledError):
        return "refused"
    return "refused" if taken.outcome in ("rejected", "kept") else "taken"


async def _existing(desk: Desk, wanted: Filter) -> None:
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
    if not sender or desk.profile.institution(sender):
        return
    async with desk.engine.connect() as conn:
        known = await parked.was_ever(conn, sender)
    if not known:
        raise UsageError(
            f"Nobody is registered as {sender}, and nothing of theirs was parked: see `handoff parked count`."
        )


async def drop_parked(desk: Desk, number: int, who: str) -> Answer:
    """Give it up.

    Raises:
        NotFoundError: nothing is parked under this number.
    """
    await _record(desk, number)
    try:
        await Inbox(desk.engine, desk.vault, desk.profile).drop(number, who, desk.now())
    except SettledError as settled:
        raise NotFoundError(str(settled)) from settled
    return Answer({"dropped": number}, [f"Record {number} is dropped; its bytes are deleted."])


async def _record(desk: Desk, number: int) -> Parked:
    try:
        async with desk.engine.connect() as conn:
            return await parked.read(conn, desk.vault, number)
    except NoSuchRecordError as error:
        raise NotFoundError(f"No record {number} is parked; `handoff parked list` has them.") from error


def _shown(record: Parked | Line) -> dict[str, Any]:
    return {
        "number": record.parked_id,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "last_offset": record.last_offset,
        "records": record.records,
        "sender": record.sender,
        "code": record.code,
        "reason": record.reason,
        "place": record.place,
        "size": record.size,
        "parked_at": record.parked_at.isoformat(),
        "state": record.state,
    }


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
