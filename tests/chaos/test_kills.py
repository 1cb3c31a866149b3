"""kill -9 of each part in the middle of a journey: nothing is lost and nothing doubled."""

import asyncio
import signal
from collections import Counter

import pytest
from sqlalchemy import text

from simulation.records import told_as_json
from tests.journeys import stages
from tests.journeys.city import PARTS, City, sent, somebody, stay, until
from tests.journeys.stages import HOSPITAL, SAFETY_PROVIDER


@pytest.mark.parametrize("part", PARTS)
async def test_a_case_goes_on_after_any_part_is_killed(city: City, part: str) -> None:
    """The part dies with a notice on the wire, with an offer on the wire and with an answer on the wire."""
    told, before = stay(somebody()), city.part(part).restarts
    notice = told_as_json(sent(HOSPITAL, f"chaos-{part}"), "discharge.notified", told)
    await city.publish(HOSPITAL, notice)
    await city.kill(part)
    case = str((await city.acknowledged(HOSPITAL, f"chaos-{part}")).data["case_id"])
    await city.at_stage(case, "assessment")
    await city.does(f"handoff assess {case} --score 3 --as coordinator")
    await stages.submits(city, case)
    await city.does(f"handoff decide {case} --approve --as coordinator")
    await city.kill(part)
    offer = await city.hears(SAFETY_PROVIDER, "referral.offered", case)
    await city.says(SAFETY_PROVIDER, "referral.accepted", offer.subject, **stages.soon())
    visit = await city.hears(SAFETY_PROVIDER, "visit.scheduled", case)
    await city.says(SAFETY_PROVIDER, "visit.completed", visit.subject)
    await city.hears(HOSPITAL, "handoff.progressed", case, where={"state": "first-service"})
    assert city.part(part).restarts == before + 2
    await _nothing_doubled(city, case, f"chaos-{part}")


async def test_notices_that_came_while_the_intake_was_dying_are_each_taken_once(city: City) -> None:
    names = [f"storm-{number}" for number in range(40)]
    storm = [told_as_json(sent(HOSPITAL, name), "discharge.notified", stay(somebody())) for name in names]

    async def killing() -> None:
        await city.kill("intake")
        await city.kill("postgres")

    await asyncio.gather(city.publish(HOSPITAL, *storm[:20]), killing())
    await city.publish(HOSPITAL, *storm[20:])

    async def answered() -> bool:
        return set(names) <= {str(each.data.get("message_id")) for each in await city.heard(HOSPITAL)}

    await until(answered, "every notice is acknowledged")
    cases: dict[str, set[tuple[str, str]]] = {}
    for each in await city.heard(HOSPITAL):
        if each.data.get("message_id") in names:
            cases.setdefault(each.data["message_id"], set()).add((each.id, each.data["case_id"]))
    assert {len(each) for each in cases.values()} == {1}
    assert len({each for told in cases.values() for _, each in told}) == len(names)


async def test_everything_killed_at_once_loses_and_doubles_nothing(city: City) -> None:
    case = await stages.approved(city)
    offer = await stages.offered(city, case)
    before = {part: city.part(part).restarts for part in PARTS}
    for part in PARTS:
        city.signal(part, signal.SIGKILL)
    for part, restarts in before.items():
        await city.back(part, restarts + 1)
    await city.says(SAFETY_PROVIDER, "referral.accepted", offer, **stages.soon())
    visit = await city.hears(SAFETY_PROVIDER, "visit.scheduled", case)
    await city.says(SAFETY_PROVIDER, "visit.completed", visit.subject)
    await city.hears(HOSPITAL, "handoff.progressed", case, where={"state": "first-service"})
    await _nothing_doubled(city, case, "")


async def _nothing_doubled(city: City, case: str, message_id: str) -> None:
    """By each reader's own topic, whatever was sent twice has the same id and bytes; and by the record, once each."""
    told = [each for each in await city.heard(HOSPITAL) if each.about(case)]
    told += [each for each in await city.heard(SAFETY_PROVIDER) if each.about(case)]
    assert len({(each.id, each.headers, each.value) for each in told}) == len({each.id for each in told})
    kinds = Counter(kind for _, kind, _ in {(each.id, each.kind, each.subject) for each in told})
    wanted = {"notice.acknowledged": 1, "referral.offered": 1, "referral.confirmed": 1, "visit.scheduled": 1}
    assert {kind: kinds[kind] for kind in wanted} == wanted
    async with city.desk.engine.connect() as conn:
        referrals = await conn.execute(text("SELECT count(*) FROM referrals WHERE case_id = :case"), {"case": case})
        visits = await conn.execute(text("SELECT count(*) FROM visits WHERE case_id = :case"), {"case": case})
        opened = await conn.execute(
            text("SELECT count(DISTINCT case_id) FROM facts WHERE message_id = :id"), {"id": message_id}
        )
        assert (referrals.scalar_one(), visits.scalar_one()) == (1, 1)
        assert opened.scalar_one() == (1 if message_id else 0)
