"""Invented patients of one hospital: residents of the municipality, and strangers."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

FAMILIES = "김이박최정강조윤장임한오서신권황안송류홍"
RESIDENTS_GIVEN = (
    "영자",
    "순희",
    "정숙",
    "명순",
    "옥례",
    "복남",
    "말수",
    "병호",
    "상철",
    "종길",
    "춘환",
    "금분",
    "동임",
    "기덕",
)
# No other record has these names: they are sought in every table afterwards.
STRANGERS_GIVEN = (
    "나래솔",
    "다온별",
    "라온빛",
    "마루온",
    "바다결",
    "새벽찬",
    "아라온",
    "여울찬",
    "찬들봄",
    "하늬결",
    "푸른솔",
)
OURS = ("철산로", "오리로", "하안로", "소하로", "광명로")
TOWNS = (("서울특별시", "금천구", "시흥대로"), ("경기도", "시흥시", "은행로"), ("경기도", "안양시", "평촌대로"))


@dataclass(frozen=True)
class Patient:
    """One invented patient. `number`: of the hospital, unique within the day."""

    number: int
    name: str
    born: date
    sex: str
    phone: str
    address: str  # PID-11 as sent

    @property
    def patient_number(self) -> str:
        """The hospital's number of the patient."""
        return f"{70000 + self.number:08}"

    @property
    def visit(self) -> str:
        """The hospital's number of the stay or visit."""
        return f"V{self.born.year}{self.number:05}"


class Ward:
    """Draws patients, each once."""

    def __init__(self, lot: random.Random, today: date) -> None:
        """Args: lot: the only source of chance. today: the day of the feed."""
        self._lot, self._today = lot, today
        self._residents = self._names(RESIDENTS_GIVEN)
        self._strangers = self._names(STRANGERS_GIVEN)
        self._number = 0
        self.strangers: list[Patient] = []

    def resident(self, *, youngest: int = 66, oldest: int = 95, phone: bool = True, address: bool = True) -> Patient:
        """Somebody with a registered address in the municipality (ages in full years)."""
        where = f"{self._lot.choice(OURS)} {self._lot.randint(1, 240)}^^광명시^경기도^14241^KOR^L" if address else ""
        return self._patient(next(self._residents), (youngest, oldest), where if address else "", phone=phone)

    def stranger(self, *, youngest: int = 0, oldest: int = 95, elsewhere: bool = False) -> Patient:
        """Somebody of whom nothing may be kept. `elsewhere`: registered in another municipality."""
        province, town, road = self._lot.choice(TOWNS)
        ours = f"{self._lot.choice(OURS)} {self._lot.randint(1, 240)}^^광명시^경기도^14241^KOR^L"
        where = f"{road} {self._lot.randint(1, 240)}^^{town}^{province}^08500^KOR^L" if elsewhere else ours
        patient = self._patient(next(self._strangers), (youngest, oldest), where, phone=True)
        self.strangers.append(patient)
        return patient

    def _patient(self, name: str, ages: tuple[int, int], address: str, *, phone: bool) -> Patient:
        self._number += 1
        days = self._lot.randint(ages[0] * 366 + 1, ages[1] * 365)
        number = f"010-0000-{self._number:04}^PRN^CP" if phone else ""
        born = self._today - timedelta(days=days)
        return Patient(self._number, name, born, self._lot.choice("FM"), number, address)

    def _names(self, given: tuple[str, ...]) -> Iterator[str]:
        names = [f"{family}^{second}" for family in FAMILIES for second in given]
        self._lot.shuffle(names)
        numbered = (f"{name}{again or ''}" for again in range(100) for name in names)
        yield from numbered
