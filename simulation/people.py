"""Invented people, drawn from seed and run, so that each run on a data folder has other people."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from handoff.profile.model import Profile

FAMILIES = "김이박최정강조윤장임한오서신권황안송류홍"
GIVEN_FIRST = "영순정명옥복말병상종춘금동기성광인재"
GIVEN_LAST = "자희숙순옥례남수호식철길환구분임덕선"
ROADS = ("철산로", "오리로", "광명로", "하안로", "소하로", "가림로", "도덕로")
OLDEST, YOUNGEST = 96, 66  # years: all are eligible by age
RUNS = 9000  # until phone numbers repeat
PEOPLE = 10_000  # at most in one run


@dataclass(frozen=True)
class InventedPerson:
    """An invented person. The phone number is unique over the runs of a data folder and identifies the person."""

    name: str
    birth_date: date
    sex: str
    phone: str
    address: str
    district: str
    patient_number: str


def draw(seed: int, run: int, count: int, profile: Profile) -> tuple[InventedPerson, ...]:
    """The people of a run: equal for equal seed and run, and different in every other run.

    Raises:
        ValueError: more than ten thousand people.
    """
    if count > PEOPLE:
        raise ValueError(f"A run has at most {PEOPLE} people.")
    lot = random.Random(f"people {seed} {run}")
    numbers = lot.sample(range(PEOPLE), count)
    return tuple(_person(lot, run, number, profile) for number in numbers)


def _person(lot: random.Random, run: int, number: int, profile: Profile) -> InventedPerson:
    district = lot.choice([dong for dong in profile.municipality.districts if not dong.part_of])
    place = f"{profile.municipality.province} {profile.municipality.names[0]} {lot.choice(ROADS)} {lot.randint(1, 240)}"
    days = lot.randint(YOUNGEST * 366, OLDEST * 365)
    return InventedPerson(
        name=lot.choice(FAMILIES) + lot.choice(GIVEN_FIRST) + lot.choice(GIVEN_LAST),
        birth_date=date(2026, 3, 27) - timedelta(days=days),
        sex=lot.choice("FM"),
        phone=f"010-{1000 + run % RUNS:04}-{number:04}",
        address=f"{place}, {lot.randint(101, 120)}동 {lot.randint(1, 20)}0{lot.randint(1, 6)}호 ({district.names[0]})",
        district=district.code,
        patient_number=f"{run:04}{number:04}",
    )


def plain_phone(phone: str) -> str:
    """The digits of a phone number, however it is written."""
    return "".join(filter(str.isdecimal, phone))
