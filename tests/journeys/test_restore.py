"""A deployment is restored from its backup, and nobody falls out: what came since comes again."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import run

import pytest

from handoff.store.intake import restores
from handoff.store.queries import monitoring
from simulation.records import Stay, WrittenRecord, told_as_hl7
from tests.journeys.city import City, running, sent, somebody, stay, until

HOSPITAL = "gm-hospital"
# No clock rings in these tests: what rings between the two copies of a backup has no run after the restore.
UNHURRIED = """
extends = "demo"
code = "unhurried"
name = "Gwangmyeong (unhurried)"
seconds_per_day = 3600
"""


@dataclass
class Lived:
    """What is left of a city that was stopped, and its backup; something had come since."""

    folder: Path
    profile: Path
    backup: Path
    cancelled: str  # a case whose discharge was cancelled since
    since: str  # a case that was opened since
    letters: list[str]  # ids of what the hospital had been told


@dataclass
class Restored:
    """A city that lives on after a restore, and what had come since its backup."""

    city: City
    lived: Lived
    options: tuple[str, ...]  # of the restore: what is older than the rest

    @property
    def cancelled(self) -> str:
        return self.lived.cancelled

    @property
    def since(self) -> str:
        return self.lived.since


def _written(kind: str, told: Stay, number: str) -> WrittenRecord:
    return told_as_hl7(sent(HOSPITAL, number), kind, told)


@pytest.fixture(scope="module")
async def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """One city for all restores: each is done on a copy of its folder."""
    folder = tmp_path_factory.mktemp("lived")
    profile, file, keys = folder / "unhurried.toml", folder / "backup.tgz", folder / "keys"
    profile.write_text(UNHURRIED)
    async with running(folder / "city", profile) as city:
        told = stay(somebody())
        case = await _opened(city, _written("discharge.notified", told, "R1"), "R1")
        await city.does(f"handoff contact {case} --made --as kim")
        backup = await city.command("backup", str(file), "--keys", str(keys))
        assert backup.code == 0, backup.error
        await city.publish(HOSPITAL, _written("discharge.cancelled", told, "R2"))
        await _cancelled(city, case)
        await city.does(f"handoff consent {case} --give --as kim")
        since = await _opened(city, _written("discharge.notified", stay(somebody()), "R3"), "R3")
        letters = [each.id for each in await city.heard(HOSPITAL)]
    return Lived(folder / "city", profile, file, case, since, letters)


def _copied(lived: Lived, folder: Path) -> City:
    run(["cp", "--archive", lived.folder, folder / "city"], check=True)  # PostgreSQL's files may be another user's
    return City(folder / "city", lived.profile)


async def _restored(lived: Lived, folder: Path, *options: str) -> AsyncIterator[Restored]:
    city = _copied(lived, folder)
    restore = await city.command("restore", str(lived.backup), "--replace", *options)
    assert restore.code == 0, restore.error
    async with running(city.folder, city.profile) as again:
        await until(lambda: _compared(again), "record and workflows are compared, and all is told")
        yield Restored(again, lived, options)


async def _compared(city: City) -> bool:
    async with city.desk.engine.connect() as conn:
        last = await restores.last(conn)
        untold = await monitoring.untold(conn)
    return bool(last and last.compared_at and not untold.count)


async def _opened(city: City, notice: WrittenRecord, message_id: str) -> str:
    await city.publish(HOSPITAL, notice)
    case = str((await city.acknowledged(HOSPITAL, message_id)).data["case_id"])
    await city.at_stage(case, "consent", "assessment")
    return case


async def _cancelled(city: City, case: str) -> None:
    async def there() -> bool:
        return any(each["what"] == "discharge cancelled" for each in (await city.show(case))["timeline"])

    await until(there, f"the discharge of {case} is cancelled")


@pytest.fixture(scope="module", params=[(), ("--only", "record"), ("--only", "temporal")], ids=" ".join)
async def restored(
    lived: Lived, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Restored]:
    async for each in _restored(lived, tmp_path_factory.mktemp("restored"), *request.param):
        yield each


async def test_a_cancellation_that_came_after_the_backup_comes_again(restored: Restored) -> None:
    await _cancelled(restored.city, restored.cancelled)


async def test_a_case_that_was_opened_after_the_backup_moves_again(restored: Restored) -> None:
    await restored.city.at_stage(restored.since, "consent", "assessment")


async def test_whatever_people_do_is_done_after_the_restore(restored: Restored) -> None:
    await restored.city.does(f"handoff contact {restored.since} --made --as coordinator")
    await restored.city.does(f"handoff consent {restored.cancelled} --give --as coordinator")


async def test_what_people_did_before_the_backup_is_not_asked_for_again(restored: Restored) -> None:
    kinds = {each["kind"] for each in await restored.city.tasks(restored.cancelled)}
    assert "contact" not in kinds
    state = await (await restored.city.desk.handoffs()).state(restored.cancelled)
    assert "first-contact" not in state.dues


@pytest.mark.parametrize("restored", [("--only", "record"), ("--only", "temporal")], indirect=True, ids=" ".join)
async def test_what_people_did_after_the_backup_and_one_store_lost_is_a_task(restored: Restored) -> None:
    task = await restored.city.task("lost-in-restore", restored.cancelled)
    assert [each["code"] for each in task["about"]["settle"]] == ["consent.given"]
    await restored.city.does(task["do"])


async def test_what_is_told_again_bears_the_id_that_it_had(restored: Restored) -> None:
    async def all_again() -> bool:
        told = [each.id for each in await restored.city.heard(HOSPITAL)]
        return set(told) == set(restored.lived.letters)

    await until(all_again, "nothing is told under another id")


async def test_each_case_is_proved_after_the_restore_but_for_what_a_lost_run_wrote(restored: Restored) -> None:
    temporal_alone = "temporal" in restored.options  # it had the run in which somebody consented
    for case, lost in ((restored.cancelled, temporal_alone), (restored.since, False)):
        proof = await restored.city.ran(f"handoff prove {case}")
        says = [each["says"] for each in proof.content["differences"]]
        assert bool(says) == lost, (case, proof.content["differences"])
        assert proof.code == int(lost)
        assert all("its run may be lost: a restore was compared at" in each for each in says)
