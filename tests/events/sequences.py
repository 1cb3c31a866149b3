"""HL7 v2 messages in the bytes of their senders, with moments moved to the tests' now."""

import itertools
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from events.readers import InboundRecord
from handoff.timezone import KST
from handoff.vocabulary.states import Standing
from tests.events.desk import NOW

SEQUENCES = Path(__file__).parent / "records" / "sequences"
_OFFSETS = itertools.count(1000)
_MOMENT = re.compile(rb"(?<=\|)(202611\d\d)(\d{4}(?:\d\d)?)?(?=[|\r\n])")


@dataclass(frozen=True)
class Place:
    """Where a sequence leaves its case."""

    stands: str = ""  # why the case waits
    disputed: bool = False  # a person has to decide between contradicting words


PLACES = {
    "x02": Place(),
    "x03": Place(),
    "x05": Place(disputed=True),  # the word written last goes back to a date before the one that was cancelled last
    "x08": Place(disputed=True),  # notice and cancellation were written in the same second
    "x10": Place(Standing.READMITTED),
    "x11": Place(),
    "x13": Place(),
    "x19": Place(),
    "x20": Place(),
    "x25": Place(),
    "x26": Place(),
    "y01": Place(Standing.READMITTED),
    "y03": Place(Standing.READMITTED),
    "y09": Place(),
    "q01": Place(),
}


def sequence(name: str, now: datetime = NOW) -> list[InboundRecord]:
    """The messages of a sequence in the order of their numbers, as records on the hospital's topic.

    The first message is written now (MSH-7), and all other moments keep their distance to it. Days keep theirs in days.
    """
    files = sorted(SEQUENCES.glob(f"{name}*.hl7"))
    assert files, f"no sequence {name}"
    values = [file.read_bytes() for file in files]
    written = datetime.strptime(values[0].split(b"|")[6].decode(), "%Y%m%d%H%M%S").replace(tzinfo=KST)
    return [_record(_MOMENT.sub(lambda told: _moved(told, written, now), value)) for value in values]


def _moved(told: re.Match[bytes], written: datetime, now: datetime) -> bytes:
    day, time = told[1].decode(), (told[2] or b"").decode()
    if not time:
        days = now.astimezone(KST).date() - written.date()
        return f"{datetime.strptime(day, '%Y%m%d').replace(tzinfo=KST) + days:%Y%m%d}".encode()
    form = "%Y%m%d%H%M" if len(time) == len("0000") else "%Y%m%d%H%M%S"
    moved = datetime.strptime(day + time, form).replace(tzinfo=KST) + (now - written)
    return f"{moved:{form}}".encode()


def _record(value: bytes) -> InboundRecord:
    headers = [("content-type", b"application/hl7-v2")]
    return InboundRecord("gm-hospital", value, headers, "handoff.from.gm-hospital", 0, next(_OFFSETS))
