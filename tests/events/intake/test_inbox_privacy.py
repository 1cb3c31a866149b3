import logging

import pytest
from sqlalchemy import text

from handoff.store import persons, tables
from handoff.store.persons import NoSuchPersonError
from handoff.store.tables import metadata
from tests.events.desk import Desk, notice, person, record

CANARY = {
    "name": "카나리아",
    "birth_date": "1931-07-09",
    "phone": "010-7531-8642",
    "address": "경기도 광명시 카나리로 731",
    "registration_number": "310709-2753186",
    "patient_number": "PATIENT-753186",
}
STRANGER = {**CANARY, "name": "카나리오", "registration_number": "310709-1753186"}
REFERENCE = "VISIT-753186"
TRACES = ("카나리", "1931-07-09", "7531-8642", "01075318642", "310709", "753186")


async def everything(desk: Desk) -> str:
    """All columns of all tables, as a dump of the database would show them."""
    shown = []
    async with desk.engine.connect() as conn:
        for table in metadata.sorted_tables:
            rows = await conn.execute(text(f'SELECT "{table.name}"::text FROM "{table.name}"'))  # noqa: S608
            shown += [str(row[0]) for row in rows]
            for row in await conn.execute(table.select()):
                shown += [value.decode("utf-8", "replace") for value in row if isinstance(value, bytes)]
    return "\n".join(shown)


async def every_way_in(desk: Desk) -> None:
    """A canary in every personal field, by each way that intake knows."""
    await desk.take(
        record("person.died", {"person": STRANGER, "discharge": {"reference": REFERENCE}}, "seoul-hospital"),
        notice(who={**CANARY, "phone": None}, discharge={"reference": REFERENCE + "-held"}),
        notice(who={**CANARY, "address": "경기도 시흥시 카나리로 1"}, discharge={"reference": REFERENCE}),
        notice(who=CANARY, discharge={"reference": REFERENCE}),
        notice("nhis-gwangmyeong", who=CANARY, discharge={"reference": REFERENCE}),
        record("application.withdrawn", {"person": CANARY}),
        notice(who=CANARY, source="카나리아"),
    )
    [case] = await desk.rows(tables.cases)
    await desk.close(case.case_id)
    await desk.take(record("discharge.corrected", {"person": CANARY, "discharge": {"reference": REFERENCE}}))


async def test_no_name_or_number_of_a_person_stands_readable_in_the_database(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="handoff"):
        await every_way_in(desk)
    dump = await everything(desk)
    assert "gm-hospital" in dump  # the dump shows what is readable
    assert [trace for trace in TRACES if trace in dump] == []
    assert [trace for trace in TRACES if trace in caplog.text] == []
    states = {row.state for row in await desk.rows(tables.facts)}
    assert states == {"numbered", "held", "early", "late"}


async def test_an_erased_person_is_found_by_nothing_and_read_by_nobody(desk: Desk) -> None:
    await desk.opened()
    [known] = await desk.rows(tables.persons)
    async with desk.engine.begin() as conn:
        assert (await persons.read(conn, desk.vault, known.person_id)).name == "김복순"
        await conn.execute(text("UPDATE persons SET key_sealed = NULL, identity_sealed = NULL"))
        await conn.execute(text("DELETE FROM person_index"))
    async with desk.engine.begin() as conn:
        with pytest.raises(NoSuchPersonError):
            await persons.read(conn, desk.vault, known.person_id)
    assert await desk.rows(tables.person_index) == []
    assert await desk.outcomes(notice("nhis-gwangmyeong", who=person())) == ["opened"]
    assert len(await desk.rows(tables.persons)) == 2
