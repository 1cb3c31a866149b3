"""Messages whose fields were once read wrongly, from the bytes to what intake does with them."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from events.intake.context import IntakeContext
from events.intake.dry_run import dry_run, dry_runs
from events.intake.prepared import Prepared, prepare, reopen, seal
from events.readers import InboundRecord, read
from handoff.fact import Fact, Person
from handoff.store.vault import Vault
from tests.events.desk import NOW as DESK_NOW
from tests.events.desk import PROFILE, notice, person

HARD = Path(__file__).parent.parent / "records" / "hard"
NOW = datetime(2026, 11, 25, 23, 0, tzinfo=UTC)
LEFT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # 10:00 in Korea


@dataclass(frozen=True)
class Meaning:
    """What a message means: what intake does, what a person settles first, and fields of person and discharge."""

    outcome: str = "opened"
    settle: frozenset[str] = frozenset()
    person: dict[str, Any] = field(default_factory=dict)
    discharged_at: datetime = LEFT


MEANINGS = {
    "t03-zone-of-msh7": Meaning(),
    "t04-minute-vs-second": Meaning(),
    "t06-zero-date": Meaning(),
    "t07-birth-year": Meaning(person={"birth_date": None}),
    "p01-latin-before-hangul": Meaning(person={"name": "홍길순"}),
    "p06-untyped-rrn-first": Meaning(
        person={"registration_number": "4302142123456", "patient_number": "00012345", "birth_date": date(1943, 2, 14)}
    ),
    "p08-fax-first": Meaning(person={"phone": "010-0000-1111"}),
    "p12-pager-only-words": Meaning("held", frozenset({"contact-missing"}), {"phone": ""}),
    "p16-birth-place-first": Meaning(person={"address": "경기도 광명시 철산로 12"}),
    "p19-code-against-text": Meaning("held", frozenset({"address-code-differs"})),
    "p20-country-words": Meaning(),
    "r01-rrn-against-birth": Meaning("held", frozenset({"birth-date-differs"})),
}


# Outcome and what a person settles first, of the messages whose fields have tests of their own.
OUTCOMES = {
    "c03-accent-unicode-a03": ("held", "municipality-not-found"),  # an address in Latin letters
    "c06-iso-2022-kr": ("opened", ""),
    "c11-charset-repetition": ("opened", ""),
    "c16-cut-syllable-euckr-unread-segment": ("opened", ""),
    "d01-disposition-sa-mang-text": ("held", "disposition-says-death"),
    "d05-disposition-death": ("held", "disposition-says-death"),
    "d08-flag-lower-case": ("held", "death-but-home"),
    "d10-a08-death": ("early", ""),
    "d12-a31-death": ("early", ""),
    "f01-A02": ("ignored", ""),
    "f01-A06": ("early", ""),
    "r02-bom-ascii": ("opened", ""),
    "r04-charset-misdeclared": ("opened", ""),
    "r12-unidentified": ("held", "person-unidentified"),
    "r16-ref-i14": ("held", "type-not-yet-handled"),
    "s01-batch-of-one": ("opened", ""),
    "s03-cut-after-pid": ("held", "message-cut"),
    "v01-class-O": ("ignored", ""),
    "v04-access-restricted": ("held", "disclosure-restricted"),
}


@pytest.mark.parametrize(("name", "expected"), OUTCOMES.items())
async def test_each_message_leads_to_what_its_sender_means(name: str, expected: tuple[str, str]) -> None:
    value = next(HARD.parent.rglob(f"{name}.hl7")).read_bytes()
    [ran] = await dry_runs(InboundRecord("gm-hospital", value), PROFILE, NOW)
    assert (ran.outcome, "".join(point["code"] for point in ran.settle)) == expected


@pytest.mark.parametrize("name", MEANINGS)
async def test_each_message_means_what_its_sender_means(name: str) -> None:
    record = InboundRecord("gm-hospital", (HARD / f"{name}.hl7").read_bytes())
    ran, fact, meaning = await dry_run(record, PROFILE, NOW), read(record, NOW), MEANINGS[name]
    assert (ran.outcome, frozenset(point["code"] for point in ran.settle)) == (meaning.outcome, meaning.settle)
    assert isinstance(fact, Fact)
    assert fact.person
    assert fact.discharge
    assert {field: getattr(fact.person, field) for field in meaning.person} == meaning.person
    assert fact.discharge.discharged_at == meaning.discharged_at


GAPS = [
    ({"phone": "없음"}, {"contact-missing": "/person/phone"}),
    ({"phone": "000-0000-0000"}, {"contact-missing": "/person/phone"}),
    ({"address_code": "1154510100"}, {"address-code-differs": "/person/address"}),
    (
        {"address": "서울특별시 중구 세종대로 1", "address_code": "4121010200"},
        {"address-code-differs": "/person/address"},
    ),
    ({"name": "???"}, {"text-unreadable": "/person/name"}),
    ({"name": "신원미상(남)"}, {"person-unidentified": "/person/name"}),
    ({"birth_date": "1950-01-01"}, {"birth-date-differs": "/person/birth_date"}),
]


@pytest.mark.parametrize(("change", "settle"), GAPS)
async def test_an_event_with_the_same_fault_is_held_too(change: dict[str, str], settle: dict[str, str]) -> None:
    ran = await dry_run(notice(who=person(**change)), PROFILE, DESK_NOW)
    assert (ran.outcome, {point["code"]: point["place"] for point in ran.settle}) == ("held", settle)


@pytest.mark.parametrize(
    "change", [{"address_code": "41111", "address": "경기도 수원시 장안구 1"}, {"address_code": "11545"}]
)
async def test_what_is_plainly_elsewhere_or_in_doubt_is_told_apart(change: dict[str, str]) -> None:
    ran = await dry_run(notice(who=person(**change)), PROFILE, DESK_NOW)
    assert ran.outcome == ("rejected" if "address" in change else "held")


async def test_the_address_that_a_person_adds_replaces_the_code_that_was_sent() -> None:
    context = IntakeContext(Vault(bytes(range(32))), PROFILE, DESK_NOW)
    prepared = prepare(notice(who=person(address_code="1154510100")), context)
    assert isinstance(prepared, Prepared)
    seal(prepared, context.vault.own, None)
    again = reopen(prepared.row, context.vault, Person(address="경기도 광명시 하안로 1"))
    assert again.fact.person
    assert (again.fact.person.address, again.fact.person.address_code) == ("경기도 광명시 하안로 1", "")
