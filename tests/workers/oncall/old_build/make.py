"""Makes this folder again. The old build runs it, in a tree of its own commit: see README.md.

On the real servers, with that build's own commands, cases are brought into many situations, and all of it is backed up.
Limits are ten years long, so that a case still stands where it stood whenever the backup is restored.
"""
# ruff: noqa: I001 - modules of that build, some of which this tree has not

import asyncio
import base64
import json
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from situations import ENDED, HURRIED, PATIENT, Making, asked_next, second_chapter, written

from handoff.profile import load
from tests.journeys import city as journeys
from tests.journeys.city import City, running, somebody, stay, until
from tests.journeys.stages import HOSPITAL
from tests.workflows.record_histories import _plain
from workers.compose import Desk
from workers.embedded import files
from workflows.chapters import Chapters
from workflows.client import workflow_id

TEN_YEARS = {"working": "3650wd", "real": "3650d", "calendar": "10y"}
WAITED_FOR = ("answer", "consent")  # limits of a minute, for the first cases


def profile(*, hurried: bool) -> str:
    """Gwangmyeong's institutions; the window of ten years has the statutory check after the plan due at once."""
    lines = ['extends = "gwangmyeong"', "[calendar]", 'works = "always"']
    lines += ["[checks]", f"days = {[1, 3650] if hurried else [3650]}"]
    for name, versions in load("gwangmyeong").limits.items():
        soon = hurried and name in WAITED_FOR
        clock = "real" if soon else versions[0].clock
        lines += [f"[limits.{name}]", f'within = "{"1min" if soon else TEN_YEARS[clock]}"', 'warn = "0h"']
        lines += [f'clock = "{clock}"'] if soon else []
    return "\n".join(lines) + "\n"


def keys() -> str:
    """Secrets that nobody takes for real ones."""
    words = {f"{name}_password": f"only-of-a-test-{name}" for name in ("postgres", "engine", "broker")}
    bits = {f"{name}_key": f"a test's {name} key".ljust(32, ".").encode() for name in ("master", "institutions")}
    return json.dumps(words | {name: base64.b64encode(key).decode() for name, key in bits.items()}, indent=1) + "\n"


async def made(city: City, makings: Sequence[Making]) -> dict[str, str]:
    """Cases by situation, made side by side."""
    async with asyncio.TaskGroup() as group:
        cases = {make.__name__.replace("_", "-"): group.create_task(make(city)) for make in makings}
    return {name: case.result() for name, case in cases.items()}


async def every_case(city: City) -> dict[str, str]:
    """Cases by situation, those first that have limits of a minute; what is to run out has run out."""
    cases = await made(city, HURRIED)
    files.write(city.folder / "institutions.toml", profile(hurried=False))
    await city.desk.close()
    city.desk = Desk(city.folder)  # the one before has read the profile
    cases |= await made(city, [*PATIENT, *ENDED]) | await made(city, [second_chapter])
    await city.acknowledged(HOSPITAL, await city.notifies(HOSPITAL, stay(somebody(phone=""))))  # is held
    await written(city, cases["consent-overdue"], "overdue")
    await until(lambda: asked_next(city, cases["provider-silent"]), "the next provider is asked")
    for make in ENDED:
        case = cases[make.__name__.replace("_", "-")]
        await until(lambda case=case: kept(city, case), f"{case} is kept")  # type: ignore[misc]
    return cases


async def kept(city: City, case: str) -> bool:
    """Whether the archive has every run."""
    ran = await city.ran(f"handoff prove {case} --json")
    return ran.code == 0 and all(run["kept"] for run in ran.content["runs"])


async def as_it_was(city: City, cases: Mapping[str, str]) -> dict[str, object]:
    """What this build says of everything, and the histories that Temporal alone has, by the name of a file."""
    found: dict[str, object] = {"cases.json": cases, "tasks.json": await city.tasks()}
    runs = Chapters(await city.desk.temporal())
    for name, case in cases.items():
        found[f"shown/{name}.json"] = await city.show(case)
        [running] = [each for each in await runs.back_to(case, ()) if not each.ended] or [None]
        if running:
            events = _plain(json.loads(running.history.to_json())["events"])
            found[f"histories/{name}.json"] = {"id": workflow_id(case), "events": events}
    return found


def pack(contents: Mapping[str, object], file: Path) -> None:
    """Write JSON files into one archive, which is the same for the same contents."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in contents.items():
            text = json.dumps(content, indent=1, ensure_ascii=False)
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED, 9)


async def whole(data: Path, to: Path) -> None:
    """Make everything; `data` is a new folder, `to` the one that keeps it."""
    data.mkdir(parents=True)
    files.write(data / "secrets.json", keys(), mode=0o600)
    files.write(data / "institutions.toml", profile(hurried=True))
    journeys.PROFILE = Path("gwangmyeong")  # one that is known by its name: a path would be this machine's
    async with running(data) as city:
        pack(await as_it_was(city, await every_case(city)), to / "as-it-was.zip")
    for each in (backup := to / "backup.tgz", secrets := to / "secrets.json"):
        each.unlink(missing_ok=True)
    ran = await city.command("backup", str(backup), "--keys", str(secrets))
    assert ran.code == 0, ran.error


if __name__ == "__main__":
    asyncio.run(whole(Path(sys.argv[1]), Path(sys.argv[2])))
