"""Messages that tell a death, as hospitals sent them: none opens a case, and each reaches the open case."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from events.intake.context import IntakeContext
from events.intake.prepared import Prepared, prepare
from events.readers import InboundRecord
from handoff.profile.model import Profile
from handoff.store import tables
from tests.events.desk import PROFILE, Desk
from tests.events.readers.told import NOW as READ_AT
from tests.events.readers.told import message

DEATHS = Path(__file__).parent.parent / "records" / "deaths"
NOW = datetime(2026, 11, 25, 23, 0, tzinfo=UTC)


def sample(name: str, offset: int = 0) -> InboundRecord:
    value = (DEATHS / f"{name}.hl7").read_bytes()
    return InboundRecord("gm-hospital", value, (), "handoff.from.gm-hospital", 0, 950_000 + offset)


@pytest.mark.parametrize("name", ["d01-disposition-sa-mang-text", "d05-disposition-death", "d08-flag-lower-case"])
async def test_a_notice_that_tells_a_death_is_held_and_opens_nothing(desk: Desk, name: str) -> None:
    desk.now = NOW
    assert await desk.outcomes(sample(name)) == ["held"]
    assert await desk.rows(tables.cases) == []


@pytest.mark.parametrize("name", ["d10-a08-death", "d12-a31-death"])
async def test_a_death_without_a_case_waits_as_the_death(desk: Desk, name: str) -> None:
    desk.now = NOW
    assert await desk.outcomes(sample(name)) == ["early"]
    assert [fact.kind for fact in await desk.rows(tables.facts)] == ["person.died"]


async def test_a_death_told_by_a_correction_reaches_the_case_as_the_death(desk: Desk) -> None:
    desk.now = NOW
    [opened, died] = await desk.take(sample("x01-a08-death-1"), sample("x01-a08-death-2", 1))
    assert (opened.outcome, died.outcome, died.case_id) == ("opened", "entered", opened.case_id)
    assert await desk.told(opened.case_id) == [("discharge.notified", "actual"), ("person.died", "")]


@pytest.mark.parametrize(("own", "kind"), [({}, "discharge.corrected"), ({"77": "died"}, "person.died")])
async def test_a_code_of_the_hospitals_own_table_in_the_profile_tells_a_death(
    desk: Desk, own: Mapping[str, str], kind: str
) -> None:
    record = message(trigger="A08", says="A08", disposition="77")
    prepared = prepare(record, IntakeContext(desk.vault, _with_table(own), READ_AT))
    assert isinstance(prepared, Prepared)
    assert (prepared.row.kind, prepared.doubts) == (kind, ())


def _with_table(own: Mapping[str, str]) -> Profile:
    plain: dict[str, Any] = PROFILE.model_dump(by_alias=True)
    for institution in plain["institutions"]:
        if institution["code"] == "gm-hospital":
            institution["dispositions"] = own
    return Profile.model_validate(plain)
