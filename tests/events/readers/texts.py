"""A message whose name and address are in any letters and character set."""

import re
from collections.abc import Callable

from tests.events.readers.told import adt, doubts_of, fact_of, message

HANGUL = ("한^소망", "철산로 30^^광명시^경기도")
LATIN = ("GARCÍA^JOSÉ", "12 Rue Émile^^Gwangmyeong-si^Gyeonggi-do")
ASCII = ("KIM^YOUNGHEE", "12 Cheolsan-ro^^Gwangmyeong-si^Gyeonggi-do")
READ_AS = {
    HANGUL: ("한소망", "경기도 광명시 철산로 30"),
    LATIN: ("GARCÍA JOSÉ", "Gyeonggi-do Gwangmyeong-si 12 Rue Émile"),
    ASCII: ("KIM YOUNGHEE", "Gyeonggi-do Gwangmyeong-si 12 Cheolsan-ro"),
}
KOREAN_NAMES = (
    *(
        "KS X 1001",
        "KSX1001",
        "KS C 5601",
        "KSC5601",
        "KS C 5601-1987",
        "KS_C_5601-1987",
        "ISO IR149",
        "EUC-KR",
        "euckr",
    ),
    *("CP949", "MS949", "x-windows-949", "UHC"),
)


def text(charset: str, name: str, address: str) -> str:
    """A message with this person."""
    return adt(charset=charset, name=f"{name}^^^^^L", address=f"{address}^14235^KOR^L").decode()


def person(value: bytes) -> tuple[str, str]:
    """Name and address of the person in a message."""
    read_as = fact_of(message(value)).person
    return read_as.name, read_as.address


def has(value: bytes, whom: tuple[str, str], doubts: dict[str, str] | None = None) -> None:
    """Assert what a message is read as."""
    assert (person(value), doubts_of(message(value))) == (READ_AS[whom], doubts or {})


def each_run(value: str, written: Callable[[str], bytes]) -> bytes:
    """The message with each run of letters beyond ASCII written so."""
    pieces = re.split(r"([^\x00-\x7f]+)", value)
    return b"".join(written(piece) if number % 2 else piece.encode() for number, piece in enumerate(pieces))


def seven_bits(run: str) -> bytes:
    return bytes(byte & 0x7F for byte in run.encode("euc_kr"))


KOREAN_SWITCHES: list[Callable[[str], bytes]] = [
    lambda text: text.encode("iso2022_kr"),
    lambda text: each_run(text, lambda run: b"\x1b$)C\x0e" + seven_bits(run) + b"\x0f"),
    lambda text: each_run(text, lambda run: b"\x0e" + seven_bits(run) + b"\x0f"),
    lambda text: each_run(text, lambda run: b"\x1b$)C" + run.encode("euc_kr")),
    lambda text: each_run(text, lambda run: b"\x1b$)C" + run.encode("cp949") + b"\x1b(B"),
    lambda text: b"\x1b$)C\r" + text.encode("euc_kr"),
    lambda text: text.replace("\rPID", "\r\x1b$)CPID").encode("euc_kr"),
    lambda text: each_run(text.replace("\r", "\r\x1b$)C"), lambda run: b"\x0e" + seven_bits(run) + b"\x0f"),
    lambda text: each_run(text, lambda run: b"\\M242943\\" + run.encode("euc_kr")),
    lambda text: each_run(text, lambda run: b"\x1b$(C" + seven_bits(run) + b"\x1b(B"),
    lambda text: each_run(text, lambda run: b"\\M242843\\" + seven_bits(run) + b"\\C2842\\"),
    lambda text: each_run(text, lambda run: b"\\X" + run.encode("euc_kr").hex().upper().encode() + b"\\"),
    lambda text: each_run(text, lambda run: b"".join(b"\\X%02X\\" % byte for byte in run.encode("euc_kr"))),
]
