"""The table "Whom a word is about" of docs/event-contract.md: each pair of records becomes what its row says."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from events.intake.dry_run import Store, dry_run
from events.readers import InboundRecord
from handoff.store import tables
from tests.events.desk import NOW, PROFILE, Desk, notice, record

CONTRACT = Path(__file__).parents[3] / "docs" / "event-contract.md"
CITY = "경기도 광명시"
# By column: as in the first notice, another value, and a misspelt one.
VALUES = {
    "name": {"same": "김복순", "other": "김복실", "misspelt": "김복숙"},
    "birth_date": {"same": "1948-03-02", "other": "1945-11-20"},
    "sex": {"same": "F", "other": "M"},
    "phone": {"same": "010-2345-6789", "other": "010-8765-4321"},
    "address": {"same": f"{CITY} 철산로 12, 101동 502호 (철산동)", "other": f"{CITY} 오리로 854번길 10"},
    "registration_number": {"same": "480302-2123456", "other": "480302-2765432"},
    "patient_number": {"same": "88-1", "other": "99-7", "closed": "77-3"},
}
KINDS = {
    "death": "person.died",
    "admission": "admission.occurred",
    "cancelled admission": "admission.cancelled",
    "cancelled discharge": "discharge.cancelled",
    "correction": "discharge.corrected",
    "notice": "discharge.notified",
}
MOMENTS: dict[str, dict[str, Any]] = {
    "person.died": {"died_at": "2026-05-04T10:30:00+09:00"},
    "admission.occurred": {"admitted_at": "2026-05-04T10:30:00+09:00"},
    "discharge.corrected": {"discharged_at": "2026-05-04T09:30:00+09:00"},
}
STATES = {"asked": "held", "waits": "early", "enters": "numbered"}


@dataclass(frozen=True)
class Pair:
    """A row of the table."""

    number: int
    word: str
    cells: dict[str, str]
    reference: str
    becomes: str
    urgent: bool
    codes: list[str]

    @property
    def kind(self) -> str:
        return next(kind for word, kind in KINDS.items() if self.word.startswith(word))

    @property
    def is_notice(self) -> bool:
        return self.word.startswith("notice")

    def second(self) -> InboundRecord:
        """The second word. Everything that a cell does not tell is missing."""
        who = {field: VALUES[field][cell] for field, cell in self.cells.items() if cell in VALUES[field]}
        reference = "V-1" if self.reference == "same" else "V-2"
        if self.is_notice:
            death = {"deceased": True} if "tells a death" in self.word else {}
            return notice(who=who, discharge={"reference": reference, **death})
        return record(self.kind, {"person": who, "discharge": {"reference": reference, **MOMENTS.get(self.kind, {})}})


def table() -> list[Pair]:
    """The rows of the table in the contract."""
    text = CONTRACT.read_text(encoding="utf-8")
    [block] = re.findall(r"<!-- pairs:.*?-->(.*?)<!-- end -->", text, re.DOTALL)
    pairs = []
    for line in block.strip().splitlines()[2:]:
        number, word, *cells, reference, becomes = [cell.strip() for cell in line.strip(" |").split("|")]
        verdict, _, codes = becomes.partition(": ")
        pairs.append(
            Pair(
                int(number),
                word,
                dict(zip(VALUES, cells, strict=True)),
                reference,
                verdict.removesuffix(", urgent"),
                verdict.endswith(", urgent"),
                sorted(codes.split(", ")) if codes else ["is-it-this-person"] * (verdict[:5] == "asked"),
            )
        )
    return pairs


PAIRS = table()
NEWS = [pair for pair in PAIRS if not pair.is_notice]


def first() -> InboundRecord:
    return notice(who={field: cells["same"] for field, cells in VALUES.items()})


async def known_before(pair: Pair, desk: Desk) -> None:
    """Somebody of the name whose case has closed, if the word has the number of that record."""
    if pair.cells["patient_number"] == "closed":
        who = {"name": VALUES["name"]["same"], "phone": "010-1111-1111", "address": f"{CITY} 오리로 1"}
        earlier = notice(who={**who, "patient_number": "77-3"}, discharge={"reference": "V-0"})
        await desk.close((await desk.take(earlier))[0].case_id)


def name_of(pair: Pair) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"{pair.number} {pair.word}".lower())


async def task_about(desk: Desk, case_id: str, pair: Pair) -> None:
    """Check the one task that asks a person; none for what is sure, or about nobody of ours."""
    open_tasks = await desk.rows(tables.tasks)
    assert len(open_tasks) == (pair.becomes in ("asked", "held"))
    for task in open_tasks:
        assert (task.kind, task.about["cases"]) == ("held-notice", [case_id])
        assert sorted(point["code"] for point in task.about["settle"]) == pair.codes
        assert (task.about.get("urgent", False), task.due_at == NOW) == (pair.urgent, pair.urgent)


def test_the_table_has_its_pairs_and_all_kinds_of_words() -> None:
    assert [pair.number for pair in PAIRS] == list(range(1, 43))
    assert {pair.kind for pair in PAIRS} == set(KINDS.values())
    assert {pair.becomes for pair in PAIRS} == {"asked", "waits", "enters", "joins", "held", "opens"}


@pytest.mark.parametrize("pair", PAIRS, ids=name_of)
async def test_a_second_word_becomes_what_its_row_says(pair: Pair, desk: Desk) -> None:
    await known_before(pair, desk)
    [opened] = await desk.take(first())
    said = pair.second()
    ran = await dry_run(said, PROFILE, desk.now, Store(desk.engine, desk.vault))
    [taken] = await desk.take(said)
    assert ran.outcome == taken.outcome
    assert sorted(point["code"] for point in ran.settle) == pair.codes
    outcomes = {"asked": "held", "waits": "early", "enters": "entered", "joins": "joined", "opens": "opened"}
    assert taken.outcome == outcomes.get(pair.becomes, pair.becomes)
    assert (taken.case_id == opened.case_id) == (pair.becomes in ("enters", "joins"))
    await task_about(desk, opened.case_id, pair)


@pytest.mark.parametrize("pair", NEWS, ids=name_of)
async def test_news_that_came_before_the_case_become_the_same_when_it_opens(pair: Pair, desk: Desk) -> None:
    await known_before(pair, desk)
    assert await desk.outcomes(pair.second()) == ["early"]
    assert await desk.rows(tables.tasks) == []
    [opened] = await desk.take(first())
    assert opened.outcome == "opened"
    [early] = [row for row in await desk.rows(tables.facts) if row.kind == pair.kind]
    assert early.state == STATES[pair.becomes]
    await task_about(desk, opened.case_id, pair)
