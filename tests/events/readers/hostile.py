"""Hostile records: good ones that were damaged at random, and records that are made to be slow to read."""

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from events.contract.event_types import EVENT_TYPES
from events.readers import LARGEST, InboundRecord
from tests.events.readers.told import DISCHARGE, HEADERS, PERSON, USUAL, adt

HOSPITAL = "gm-hospital"
TRIGGERS = ["A01", "A02", "A03", "A06", "A08", "A11", "A13", "A31", "A40", "Z99"]
CHARSETS = ["", "UNICODE UTF-8", "UTF-16", "ISO IR149", "KS X 1001", "ISO-2022-KR", "ISO-2022-JP", "8859/1", "ASCII"]
CHARSETS += ["GB 18030", "~ISO IR87", "UNICODE~KS X 1001", "\\X00\\", "UTF-7", "utf-8\x00", "hex", "rot13", "idna"]
ENCODINGS = ["utf-8", "cp949", "utf-16", "utf-16-le", "utf-32", "iso2022_kr", "iso2022_jp", "latin-1", "utf-7"]
BLOCKS = [
    b"MSH|^~\\&|",
    b"\r",
    b"\n",
    b"\x0b",
    b"\x1c\r",
    b"\xc2\x85",
    b"\xef\xbb\xbf",
    b"\x00",
    b"\xff\xfe",
    b"|",
    b"^",
]
BLOCKS += [b"~", b"\\", b"&", b"\x1b$)C", b"\x0e", b"\x0f", b"\x1b", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80"]
BLOCKS += [
    b"\\X",
    b"\\.sp",
    b'""',
    b"PID|",
    b"BHS|",
    b"BTS",
    b"9" * 300,
    b"{",
    b"[",
    b'"',
    b"\xe2\x80\xa8",
    b"\xcc\x81",
]
TEXTS = [
    "",
    '""',
    "\\",
    "\\\\\\",
    "\\X",
    "\\XFF\\",
    "\\X0\\",
    "\\X00\\",
    "\\XEDA080\\",
    "\\.sp+999999999\\",
    "\\C2842\\",
]
TEXTS += [
    "\\M2442\\",
    "\\H\\",
    "\\Z\\",
    "&&&&",
    "^^^^^^^^^^^^^^^^",
    "~~~~",
    "~^&\\",
    "\x00",
    "\x7f",
    "\u2028",
    "\ufffd",
]
TEXTS += [
    "\u202e",
    "e\u0301" * 40,
    "\u1112\u1161\u11ab",
    "\uff10\uff11\uff10\uff0d\uff11\uff12\uff13\uff14",
    "٣٤٥٦",
    "²³",
    "①②",
    "一二三",
    "-1",
    "+",
    "1e400",
]
TEXTS += ["9" * 5000, "0" * 200, "20260230", "00000000", "99999999999999", "20260401240000", "20260401999999+9999"]
TEXTS += ["20260401100000.999999999999999999999+0900", "2026-04-01T10:00:00Z", "20260401+2400", "20260401100000-0000"]
TEXTS += ["48031522123456789", "480315-2123456", "*" * 13, "010" * 400, "+82" * 300, "가" * 999, "a" * 1001, " " * 3000]
SENSELESS: list[Any] = [
    None,
    True,
    0,
    -1,
    1e308,
    10**4000,
    [],
    {},
    "",
    "\ud800",
    "\x00",
    "9" * 5000,
    [[[[]]]],
    {"": {"": ""}},
]
SENSELESS += [
    {"name": {"name": []}},
    ["x"] * 300,
    {str(number): number for number in range(300)},
    "2026-02-30",
    "e\u0301",
]

Maker = Callable[[Random], InboundRecord]


def hl7(value: bytes) -> InboundRecord:
    return InboundRecord(HOSPITAL, value[:LARGEST], [("content-type", b"application/hl7-v2")])


def bare(value: bytes) -> InboundRecord:
    return InboundRecord(HOSPITAL, value[:LARGEST])


def event(value: bytes, attributes: Mapping[str, str] = HEADERS) -> InboundRecord:
    headers = [(name, text.encode("utf-8", "surrogatepass")) for name, text in attributes.items()]
    return InboundRecord(HOSPITAL, value[:LARGEST], headers)


def structured(data: Any, **attributes: Any) -> bytes:
    named = {name[3:]: text for name, text in HEADERS.items() if name.startswith("ce_")}
    return json.dumps({**named, **attributes, "data": data}).encode()


def damaged(seed: int) -> InboundRecord:
    """A small record, damaged in one of many ways."""
    random = Random(seed)
    return random.choice(DAMAGES)(random)


def a_message(random: Random) -> bytes:
    trigger = random.choice(TRIGGERS)
    return adt(trigger=trigger, says=random.choice([trigger, trigger, random.choice(TRIGGERS)]))


def a_batch(random: Random) -> bytes:
    messages = b"".join(a_message(random) for _ in range(random.randrange(4)))
    return b"FHS|^~\\&|\rBHS|^~\\&|\r" + messages + random.choice([b"", b"BTS|1\r", b"BTS|1\rFTS|1"])


def a_good_value(random: Random) -> bytes:
    data = {"person": PERSON, "discharge": DISCHARGE}
    return random.choice([a_message(random), a_message(random), a_batch(random), structured(data)])


def broken(random: Random, value: bytes) -> bytes:
    """The bytes with a few blocks cut, flipped, moved, repeated or put in."""
    for _ in range(random.randint(1, 5)):
        at, length = random.randrange(len(value) + 1), random.randrange(40)
        part, rest = value[at : at + length], value[at + length :]
        flipped = bytes(byte ^ 1 << random.randrange(8) for byte in part)
        put_in = random.choice([b"", flipped, part * 3, random.randbytes(length), random.choice(BLOCKS), part[::-1]])
        value = value[:at] + put_in + rest
    return value


def cut(random: Random) -> InboundRecord:
    value = a_good_value(random)
    return bare(value[random.randrange(3) * random.randrange(20) : random.randrange(len(value) + 1)])


def bytes_broken(random: Random) -> InboundRecord:
    return random.choice([hl7, bare])(broken(random, a_good_value(random)))


def fields_senseless(random: Random) -> InboundRecord:
    names = random.sample(sorted(USUAL), random.randint(1, 4))
    return hl7(adt(**{name: random.choice(TEXTS).replace("\r", "") for name in names}))


def separators_changed(random: Random) -> InboundRecord:
    value = a_message(random)
    for mark in random.sample([b"|", b"^", b"~", b"\\", b"&", b"\r"], random.randint(1, 3)):
        new = random.choice([b"|", b"^", b"~", b"\\", b"&", b"\r", b" ", b"A", b"1", b"\x00", b"*", b"(", b"\xff", b""])
        value = value.replace(mark, new, random.choice([-1, 1, 3]))
    return hl7(value)


def segments_shuffled(random: Random) -> InboundRecord:
    lines = a_message(random).split(b"\r")
    random.shuffle(lines)
    return hl7(b"\r".join(lines[: random.randint(1, 5)] * random.randint(1, 3)))


def charset_lies(random: Random) -> InboundRecord:
    text = adt(
        charset=random.choice(CHARSETS), name=random.choice(["한^소망", "GARCÍA^JOSÉ", "山田^花子", *TEXTS])
    ).decode()
    value = text.encode(random.choice(ENCODINGS), "replace")
    return random.choice([hl7, bare])(broken(random, value) if random.random() < 0.3 else value)


def noise(random: Random) -> InboundRecord:
    begin = random.choice(
        [b"", b"MSH", b"MSH|", b"MSH|^~\\&|", b"{", b"[", b"BHS|", b"\xef\xbb\xbf", b"\xff\xfe", b"\x0b"]
    )
    return random.choice([hl7, bare, event])(begin + random.randbytes(random.randrange(300)))


def data_senseless(random: Random) -> InboundRecord:
    person, discharge = dict[str, Any](PERSON), dict[str, Any](DISCHARGE)
    data: dict[str, Any] = {"person": person, "discharge": discharge}
    for _ in range(random.randint(1, 3)):
        inside = random.choice([data, person, discharge])
        inside[random.choice([*inside, "score", "lines", "consent", "actor", "deceased", "x"])] = random.choice(
            SENSELESS
        )
    kind = random.choice(sorted(EVENT_TYPES))
    if random.random() < 0.5:
        return event(json.dumps(data).encode(), HEADERS | {"ce_type": kind, "ce_subject": "C1.1.O1"})
    return bare(
        structured(
            data, type=kind, **{random.choice(["id", "time", "subject", "source", "x"]): random.choice(SENSELESS)}
        )
    )


def attributes_senseless(random: Random) -> InboundRecord:
    data = {"person": PERSON, "discharge": DISCHARGE}
    names = random.sample(sorted(HEADERS), random.randint(1, 3))
    return event(json.dumps(data).encode(), HEADERS | {name: random.choice([*TEXTS, "\ud800"]) for name in names})


def headers_broken(random: Random) -> InboundRecord:
    record = event(json.dumps({"person": PERSON, "discharge": DISCHARGE}).encode())
    values = [None, b"", b"\xff", b"\x00", random.randbytes(20)]
    record.headers = [(name, random.choice([value, *values])) for name, value in record.headers]
    return record


DAMAGES: list[Maker] = [
    cut,
    bytes_broken,
    bytes_broken,
    fields_senseless,
    separators_changed,
    segments_shuffled,
    charset_lies,
    noise,
    data_senseless,
    attributes_senseless,
    headers_broken,
]
