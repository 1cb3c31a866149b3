"""Nobody's name, birth date, number, phone, address or reference is found outside the letters that need them."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from temporalio.client import Client

from events.contract.event_types import EVENT_TYPES
from events.contract.telling import TellingFields
from simulation.records import WrittenRecord, event
from tests.journeys import stages
from tests.journeys.canaries import Canaries, current_details, places, told, told_as_hl7
from tests.journeys.city import Came, City, sent, until
from tests.journeys.stages import CENTRE, HOSPITAL, SAFETY_PROVIDER, soon

TELLINGS = [each.kind for each in EVENT_TYPES.values() if each.model is TellingFields]


@pytest.fixture(scope="module")
async def client(city: City) -> Client:
    return await city.desk.temporal()


@pytest.fixture(scope="module")
def canaries() -> Canaries:
    return Canaries()


async def test_a_provider_gets_name_address_and_phone_and_nothing_more(city: City, canaries: Canaries) -> None:
    person = canaries.person()
    at = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    notice = told(canaries, "discharge.notified", "canary-1", person, reference=canaries.word("V"), discharged_at=at)
    case = await _opened(city, "canary-1", notice)
    await city.says(CENTRE, "presurvey.completed", case, score=3, remarks=canaries.word("survey"))
    await city.at_stage(case, "plan")
    await stages.submits(city, case)
    await city.does(f"handoff decide {case} --approve --as coordinator")
    offer = await city.hears(SAFETY_PROVIDER, "referral.offered", case)
    assert canaries.seen(offer.value) == set()
    await city.says(SAFETY_PROVIDER, "referral.accepted", offer.subject, **soon(), remarks=canaries.word("remark"))
    confirmed = await city.hears(SAFETY_PROVIDER, "referral.confirmed", case)
    assert canaries.seen(confirmed.value) == {person["name"], person["address"], person["phone"]}
    visit = await city.hears(SAFETY_PROVIDER, "visit.scheduled", case)
    await city.says(SAFETY_PROVIDER, "visit.missed", visit.subject, reason=canaries.word("reason"))
    await city.task("missed-visit", case)


@pytest.mark.parametrize("kind", TELLINGS)
async def test_every_kind_of_telling_is_taken_with_canaries_early_joined_and_held(
    city: City, canaries: Canaries, kind: str
) -> None:
    reference, person = canaries.word("V"), canaries.person()
    at = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    moments = {"discharged_at": at} if kind != "discharge.expected" else {"expected_at": at}
    early = told(canaries, kind, f"early-{kind}", person, reference=reference, **moments)
    notice = told(canaries, "discharge.notified", f"open-{kind}", person, reference=reference, discharged_at=at)
    await _opened(city, f"open-{kind}", early, notice)
    again = told(canaries, kind, f"again-{kind}", person, reference=reference, **moments)
    whose = canaries.person("address", "phone")
    held = told(canaries, kind, f"held-{kind}", whose, reference=canaries.word("V"), **moments)
    refused = told(canaries, kind, f"refused-{kind}", whose, reference=canaries.word("V"), discharged_at="2026-02-30")
    await city.publish(HOSPITAL, again, held, refused)
    await city.hears(HOSPITAL, "notice.rejected", where={"message_id": f"refused-{kind}"})


@pytest.mark.parametrize("trigger", ["A01", "A03", "A08", "A11", "A13"])
async def test_every_hospital_message_is_taken_with_canaries(city: City, canaries: Canaries, trigger: str) -> None:
    person, visit = canaries.person(), canaries.word("V")
    opening = told_as_hl7(canaries, "A03", f"open-{trigger}", person, visit)
    await _opened(city, f"open-{trigger}", opening)
    await city.publish(HOSPITAL, told_as_hl7(canaries, trigger, f"again-{trigger}", person, visit))
    held = canaries.person("address") | {"address": ""}
    await city.publish(HOSPITAL, told_as_hl7(canaries, "A03", f"held-{trigger}", held, canaries.word("V")))
    assert (await city.acknowledged(HOSPITAL, f"held-{trigger}")).data["status"] == "held"


async def test_what_nobody_could_read_or_use_is_parked_with_canaries(city: City, canaries: Canaries) -> None:
    person = canaries.person()
    whole = told(canaries, "discharge.notified", "canary-cut", person, reference=canaries.word("V"))
    withdrawn = {"person": person, "to": canaries.word("to")}
    moved = event(sent(HOSPITAL, "canary-moved"), "application.withdrawn", withdrawn)
    imagined = event(sent(HOSPITAL, "canary-imagined"), canaries.word("person.imagined"), {"person": person})
    await city.publish(HOSPITAL, WrittenRecord("canary-cut", whole.value[:-9], whole.headers), moved, imagined)
    for message_id in ("canary-cut", "canary-moved", "canary-imagined"):
        await city.hears(HOSPITAL, "notice.rejected", where={"message_id": message_id})


async def test_errors_of_the_command_repeat_nothing_personal(city: City, canaries: Canaries) -> None:
    person = canaries.person()
    words = ["--name", person["name"], "--phone", person["phone"], "--address", person["address"]]
    number = ["--registration-number", person["registration_number"], "--reference", canaries.word("V")]
    told_ = ["notice", *words, *number, "--discharged-at", datetime.now(UTC).isoformat()]
    came = [
        await city.command(*told_, "--as", person["name"]),
        await city.command(*told_, "--as", "coordinator", "--from", "no-such-hospital"),
        await city.command(*told_, "--as", "coordinator", "--birth", f"{person['birth_date']}-99"),
        await city.command(*told_, "--as", "coordinator", "--birth", person["birth_date"]),
        await city.command("settle", "T0", "--as", "coordinator", "--name", person["name"]),
    ]
    assert [each.code for each in came] == [2, 3, 2, 0, 3]
    assert [canaries.seen(_said(each)) for each in came] == [set()] * 5


async def test_no_canary_is_found_where_it_must_not_be(city: City, canaries: Canaries, client: Client) -> None:
    await until(lambda: _all_told(city), "every fact is told and every letter sent")
    assert len(canaries.released) > 200
    found, looked_at = {}, set()
    async for where, said in places(city, client):
        looked_at.add(where.split(" ")[0].rpartition("/")[2])
        if seen := canaries.seen(said):
            found[where] = seen
    assert found == {}
    assert looked_at >= {"id", "description", "history", "dump", "worker.log", "intake.log", "relay.log", "up.out"}
    assert f"handoff.to.{HOSPITAL}" in looked_at
    for case in await city.does("handoff cases --json"):
        assert canaries.seen(await current_details(client, case["case"])) == set()


async def _opened(city: City, message_id: str, *records: WrittenRecord) -> str:
    await city.publish(HOSPITAL, *records)
    heard = await city.acknowledged(HOSPITAL, message_id)
    assert heard.data["status"] in ("opened", "joined"), heard
    return str(heard.data["case_id"])


async def _all_told(city: City) -> bool:
    waiting = "SELECT (SELECT count(*) FROM facts WHERE state = 'numbered' AND told_at IS NULL) + "
    waiting += "(SELECT count(*) FROM outbox WHERE sent_at IS NULL)"
    async with city.desk.engine.connect() as conn:
        return bool((await conn.execute(text(waiting))).scalar_one() == 0)


def _said(came: Came) -> bytes:
    return came.error.encode()
