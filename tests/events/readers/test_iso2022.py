"""HL7 v2: text that switches its character set by escapes (ISO 2022)."""

import codecs
import re
from collections.abc import Callable

import pytest

from events.readers.hl7v2.message import parse
from tests.events.readers.texts import HANGUL, KOREAN_SWITCHES, has, person, text
from tests.events.readers.told import adt, doubts_of, message


@pytest.mark.parametrize("sent", KOREAN_SWITCHES)
@pytest.mark.parametrize(
    "charset", ["KS X 1001", "ISO-2022-KR", "~KS X 1001", "ISO IR6~ISO IR149", "UNICODE UTF-8~KS X 1001", ""]
)
def test_korean_text_behind_iso_2022_escapes_is_read(charset: str, sent: Callable[[str], bytes]) -> None:
    has(sent(text(charset, *HANGUL)), HANGUL)


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, b"\x1b$)C", b"\x1b(B" + codecs.BOM_UTF8])
def test_a_mark_before_each_segment_is_no_part_of_its_name(mark: bytes) -> None:
    has(text("UNICODE UTF-8", *HANGUL).encode().replace(b"\r", b"\r" + mark), HANGUL)


def test_a_designation_holds_until_another_one_also_over_separators() -> None:
    value = text("ISO IR149", *HANGUL).replace("한^소망", "\x1b$)C한^\x1b$)C소망").replace("철산로", "\x1b$)C철산로")
    has(value.encode("euc_kr"), HANGUL)


OTHER_SWITCHES = [
    (b"\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "山田 太郎"),
    (b"\x1b$@;3ED\x1b(J^\x1b$@B@O:\x1b(J", "山田 太郎"),
    (b"\\M2442\\;3ED\\C2842\\^\\M2442\\B@O:\\C2842\\", "山田 太郎"),
    (b"\\M2442\\;3ED\\C284A\\^TARO", "山田 TARO"),
    (b"\x1b$B>>\x1b(B^\x1b$B^<\x1b(B", "松 渕"),  # the second has the separator's byte in it
    (b"\x1b$(D0!\x1b(B", "丂"),
    (b"\x1b$)B\xbb\xb3\xc5\xc4", "山田"),
    (b"\x1b)I\xd4\xcf\xc0\xde", "ﾔﾏﾀﾞ"),
    (b"\x1b(I4O\x1b(B", "ｴﾏ"),
    (b"\x1b$A0!\x1b(B", "啊"),
    (b"\x1b$)A\xcd\xf5", "王"),
    (b"GARC\x1b-A\xcdA", "GARCÍA"),
    (b"GARC\\C2D41\\\xcdA", "GARCÍA"),
    (b"\x1b-B\xa3UKASZ", "ŁUKASZ"),
    (b"\x1b-L\xb8\xd2\xd0\xdd", "Иван"),
    (b"KIM\x1b(B", "KIM"),
    (b"KI\x0eM", "KI M"),  # SO alone shifts nothing
    (b"KIM\x1b[0m", "KIM [0m"),  # no escape of ISO 2022
]


@pytest.mark.parametrize(("sent", "name"), OTHER_SWITCHES)
def test_text_behind_other_iso_2022_escapes_is_read(sent: bytes, name: str) -> None:
    value = adt(charset="~ISO IR87", name="NAME^^^^^^L", address="").replace(b"NAME", sent)
    assert (parse(value).repetitions("PID", 5)[0][-1], doubts_of(message(value))) == ("L", {})
    assert re.sub(r"\s+", " ", person(value)[0]) == name


def test_a_designated_set_that_is_unknown_is_no_name_of_escape_rubbish() -> None:
    value = adt(name="NAME", address="").replace(b"NAME", b"\x1b$+Z1f<x\x1b(B")
    assert doubts_of(message(value)) == {"PID-5": "text-unreadable"}
    assert "1f" not in person(value)[0]
