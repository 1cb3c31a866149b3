"""Large records that are made to be slow: deep, long, of many parts."""

import json
from collections.abc import Iterator
from typing import Any

from events.readers import InboundRecord
from tests.events.readers.hostile import HOSPITAL, bare, event, hl7, structured
from tests.events.readers.told import DISCHARGE, HEADERS, PERSON, adt


def deep(opening: bytes, closing: bytes, size: int) -> bytes:
    count = size // (len(opening) + len(closing))
    return opening * count + closing * count


def large(size: int) -> Iterator[tuple[str, InboundRecord]]:
    """Records of about this many bytes, each made to be slow in its own way, by name."""
    for records in (long_fields, words_before_a_long_rest, many_lines, nested, many_names, long_values, long_headers):
        yield from records(size)


def long_fields(size: int) -> Iterator[tuple[str, InboundRecord]]:
    for filling in FILLINGS:
        many = (filling * (size // len(filling.encode()) + 1))[:size]
        for field in ("name", "numbers", "address", "phone", "born", "discharged", "visit", "disposition", "national"):
            yield f"{field} of {filling!r}", hl7(adt(**{field: many}))


def words_before_a_long_rest(size: int) -> Iterator[tuple[str, InboundRecord]]:
    """Fields that are just short enough to be read, and begin with a word that a rule looks for."""
    for word in ("fax", "전화", "010", "미상", "trans", "경기도광명시"):
        for filling in (" ", ".", "-", "1", "a ", "/", "0 1", ") "):
            rest = (filling * size)[:9000] + "z"
            for field in ("name", "address", "phone", "disposition"):
                yield f"{field} of {word} and {filling!r}", hl7(adt(**{field: word + rest}))


def many_lines(size: int) -> Iterator[tuple[str, InboundRecord]]:
    lines = [
        b"\r",
        b"\n",
        b" \r",
        b"\x85",
        b"\xc2\x85",
        b"NTE|1\r",
        b"PID|\r",
        b"PV1\r",
        b"MSH\r",
        b"MSH|\r",
        b" MSH|",
        b"\x0bMSH|",
    ]
    lines += [
        b"BTS|\r",
        b"FHS",
        b"MSH",
        b"MS",
        b"\x0b",
        b"\x1c\r",
        b"\xef\xbb\xbf",
        b"Z",
        b"\xff",
        "가".encode(),
        "가".encode("cp949"),
    ]
    lines += [
        b"\x1b$)C",
        b"\x0e",
        b"\x00",
        b"M\0S\0H\0",
        b"\\X",
        b"\\X41\\",
        b"\\",
        "é".encode(),
        "é".encode("latin-1"),
        b"\x81",
    ]
    for line in lines:
        for head in (adt(), b"MSH|^~\\&|", b"FHS|^~\\&|\r", b"\xff\xfe", b""):
            yield f"{head[:4]!r} and {line!r}", hl7(head + line * (size // len(line)))
    yield "a batch of messages", hl7(b"BHS|^~\\&|\r" + adt() * (size // len(adt())))
    yield "a batch in UTF-16", hl7((adt().decode() * (size // (3 * len(adt())))).encode("utf-16"))


def nested(size: int) -> Iterator[tuple[str, InboundRecord]]:
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}"), (b'{"person":', b"}"), (b"[[{},", b"]]"), (b'"\\', b'"')):
        yield f"{opening!r} within itself", event(deep(opening, closing, size))
        yield f"{opening!r} within data", bare(b'{"specversion": "1.0", "data": ' + deep(opening, closing, size) + b"}")


def many_names(size: int) -> Iterator[tuple[str, InboundRecord]]:
    numbers, words = [*range(size // 8)], {f"k{number}": number for number in range(size // 16)}
    wrong: dict[str, Any] = {f"birthDate{number}": number for number in range(size // 24)}
    for data in (
        numbers,
        words,
        wrong,
        {"person": words},
        {"person": wrong},
        {"lines": numbers},
        {"lines": [{}] * (size // 4)},
    ):
        yield f"{type(data).__name__} of many", event(json.dumps(data).encode())
        yield f"{type(data).__name__} of many, structured", bare(structured(data))
        for kind in ("plan.proposed", "assessment.completed", "referral.accepted"):
            yield (
                f"{kind} of many",
                event(json.dumps(data).encode(), HEADERS | {"ce_type": kind, "ce_subject": "C1.1.O1"}),
            )


def long_values(size: int) -> Iterator[tuple[str, InboundRecord]]:
    for text in (
        b"9" * size,
        b"-" * size,
        b"1e" + b"9" * size,
        b"0." + b"9" * size,
        b'"' + b"\\u0000" * (size // 6) + b'"',
    ):
        yield f"the number {text[:8]!r}", event(b'{"score": ' + text + b"}")
        yield f"the date {text[:8]!r}", event(b'{"person": {"name": "x", "birth_date": ' + text + b"}}")
    for name in ("name", "birth_date", "phone", "address", "registration_number", "x"):
        for filling in ("9", "가", "\x00", "e\u0301", " ", "-", "\\", "{"):
            person = {**PERSON, name: filling * (size // max(2, len(json.dumps(filling)) - 2))}
            yield (
                f"person's {name} of {filling!r}",
                event(json.dumps({"person": person, "discharge": DISCHARGE}).encode()),
            )


def long_headers(size: int) -> Iterator[tuple[str, InboundRecord]]:
    yield "a long header", event(b"{}", HEADERS | {"ce_id": "9" * size})
    yield "a long time", event(b"{}", HEADERS | {"ce_time": "2026-04-01T10:00:00." + "9" * size})
    yield "a long subject", event(b"{}", HEADERS | {"ce_subject": "C1." * (size // 3)})
    yield "many headers", InboundRecord(HOSPITAL, b"{}", [("ce_id", b"x"), ("Content-Type", b"x")] * 5000)


FILLINGS = [
    "9",
    "a",
    "가",
    " ",
    "~",
    "^",
    "&",
    "\\",
    "|",
    "\\X",
    "\\X41\\",
    "\\T\\",
    "\\.sp+9",
    "~^^^^",
    "^&",
    "0815^^^GMH^PI~",
]
FILLINGS += [
    "가^나^^^^^L~",
    "1-",
    "(02)",
    "e\u0301",
    "\u1112\u1161\u11ab",
    "\x00",
    "+82 ",
    "\uff10",
    "20260401",
    "*",
    "없음 ",
    "é",
    '""~',
]
