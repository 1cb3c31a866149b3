"""One discharge told again and again, and by others: one case, one acknowledgement for each notice and teller."""

import json
import signal
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.journeys.city import City, until
from tests.journeys.hearing import Heard

EXAMPLES = Path(__file__).parents[2] / "examples"
HOSPITAL, INSURER = "gm-hospital", "nhis-gwangmyeong"


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples as they would be written today: a discharge of a year ago hands nobody over."""
    folder, now = tmp_path_factory.mktemp("examples"), datetime.now(UTC).replace(microsecond=0)
    for name in ("notice.json", "notice-from-nhis.json"):
        event = json.loads((EXAMPLES / name).read_text())
        discharge = event["data"]["discharge"]
        event["time"], discharge["discharged_at"] = now.isoformat(), (now - timedelta(hours=1)).isoformat()
        if "admitted_at" in discharge:
            discharge["admitted_at"] = (now - timedelta(days=13)).isoformat()
        (folder / name).write_text(json.dumps(event, ensure_ascii=False))
    return folder


async def test_three_times_the_hospital_and_once_the_insurer_are_one_case(city: City, today: Path) -> None:
    files = [str(today / "notice.json")] * 3
    assert (await city.command("publish", "--from", HOSPITAL, *files)).code == 0
    assert (await city.command("publish", "--from", INSURER, str(today / "notice-from-nhis.json"))).code == 0
    by_insurer = await city.acknowledged(INSURER, "nhis-gwangmyeong-88120")
    by_hospital = await city.acknowledged(HOSPITAL, "gm-hospital-2026-11-22-0001")
    assert by_hospital.data["case_id"] == by_insurer.data["case_id"]
    assert {by_hospital.data["status"], by_insurer.data["status"]} == {"opened", "joined"}
    assert await _ids(city) == {
        (HOSPITAL, "gm-hospital-2026-11-22-0001"): {by_hospital.id},
        (INSURER, "nhis-gwangmyeong-88120"): {by_insurer.id},
    }
    cases = await city.does("handoff cases --all --json")
    assert [each["case"] for each in cases if each["case"] == by_hospital.data["case_id"]] == [
        by_hospital.data["case_id"]
    ]


async def test_listening_by_the_command_shows_the_same_acknowledgement(city: City, today: Path) -> None:
    came = await city.command("listen", "--as", INSURER, "--once", "--json")
    assert came.code == 0
    told = [json.loads(each) for each in came.out.splitlines()]
    ids = {each["id"] for each in told if each["data"].get("message_id") == "nhis-gwangmyeong-88120"}
    assert ids == {(await city.acknowledged(INSURER, "nhis-gwangmyeong-88120")).id}


async def test_after_a_kill_between_sending_and_marking_the_same_letter_goes_out_again(city: City) -> None:
    before = await city.acknowledged(HOSPITAL, "gm-hospital-2026-11-22-0001")
    city.signal("relay", signal.SIGKILL)
    # Killed between the broker's word and the mark: the letter is out, and its row still says that it is not.
    async with city.desk.engine.begin() as conn:
        await conn.execute(text("UPDATE outbox SET sent_at = NULL WHERE event_id = :id"), {"id": before.id})

    async def twice() -> list[Heard]:
        found = [each for each in await city.heard(HOSPITAL) if each.id == before.id]
        return found if len(found) > 1 else []

    first, *again = await until(twice, "the relay sends the letter again")
    for each in again:
        assert (each.key, each.headers, each.value) == (first.key, first.headers, first.value)


async def _ids(city: City) -> dict[tuple[str, str], set[str]]:
    """The ids of acknowledgements, by teller and notice, of the examples' discharge."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for teller in (HOSPITAL, INSURER):
        for each in await city.heard(teller):
            if each.kind == "notice.acknowledged" and each.data["message_id"].endswith(("-0001", "-88120")):
                found[teller, each.data["message_id"]].add(each.id)
    return {key: ids for key, ids in found.items() if key[1].startswith(("gm-hospital-2026", "nhis-gwangmyeong-88"))}
