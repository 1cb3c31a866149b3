"""Reading HL7 v2 messages to facts with canonical content, beside the `hl7` library, which only splits them."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import hl7

from events.readers import InboundRecord, content, read
from handoff.fact import Fact
from simulation.feed.day import day
from tests.benchmarks.meter import Rounds

READ_AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
LIBRARY_READS = 10  # of the messages that we read, the library reads one in so many
# Segments that nobody needs, as systems send them: next of kin, attending doctors, findings, allergies, insurance.
BESIDE = (
    "ROL|1|AD|AT|D0412^이^주치^^^^MD|20261110093000",
    "NK1|1|나^가족^^^^^L|CHD^child^HL70063|하안로 60^203동 704호^광명시^경기도^14323^KOR^H|010-0000-4478^PRN^CP",
    "NK1|2|나^이웃^^^^^L|NBR^neighbour^HL70063|하안로 62^^광명시^경기도^14323^KOR^H|02-2680-0001^PRN^PH||EP",
    *(f"OBX|{n}|NM|{n}001-2^측정 항목 {n}^LN||{n}7|mmHg^mmHg^UCUM|60-140|N|||F|||20261124090000" for n in range(12)),
    "AL1|1|DA|N02BE^아세트아미노펜^ATC|MO|발진|20190411",
    "DG1|1||I63.9^상세불명의 뇌경색증^KCD8||20261110|A|||||||||1|D0412^이^주치",
    "IN1|1|NHIS^건강보험^99KR|10001|국민건강보험공단|광명로 901^^광명시^경기도^14245^KOR^B||1577-1000",
    "ACC|20261110080000|^^^자택",
    "ZPD|1|703^02^1|Y|N|간호등급^2|퇴원계획^완료|20261123",
)


def messages(count: int) -> list[bytes]:
    """Notices, admissions and corrections of the feed, each of some two kilobytes."""
    kinds = (b"ADT^A03|", b"ADT^A01|", b"ADT^A08|", b"ADT^A13|")
    chosen = [
        message + "\r".join((*BESIDE, "")).encode()
        for message in day().messages
        if any(kind in message for kind in kinds)
    ]
    return [chosen[number % len(chosen)] for number in range(count)]


def compared(rounds: int, count: int) -> dict[str, Rounds]:
    """Messages a second of CPU, ours and the library's, in alternating rounds, and the ratio of each round."""
    records = [InboundRecord("gm-hospital", message) for message in messages(count)]
    texts = [message.decode() for message in messages(count // LIBRARY_READS)]
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        ours.append(_a_second(_to_content, records))
        theirs.append(_a_second(hl7.parse, texts))
    return {
        "ours, messages a second": Rounds(ours),
        "hl7, messages a second": Rounds(theirs),
        "ours / hl7": Rounds([mine / other for mine, other in zip(ours, theirs, strict=True)]),
    }


def _to_content(record: InboundRecord) -> None:
    fact = read(record, READ_AT)
    if isinstance(fact, Fact):
        content(fact)


def _a_second(reads: Callable[[Any], object], sent: Sequence[Any]) -> float:
    begun = time.process_time()
    for one in sent:
        reads(one)
    return len(sent) / (time.process_time() - begun)
