"""From a hospital's notice to the end of support, each institution seeing only its own topic."""

from simulation.records import told_as_hl7
from tests.journeys.city import City, sent, somebody, stay, until
from tests.journeys.stages import soon

CENTRE, CONFERENCE, HOSPITAL = "gm-centre-cheolsan", "gm-conference", "gm-hospital"
SAFETY = [{"service": "home-safety", "kind": "one-off", "prefers": "gm-home-safety-01"}]


async def test_a_discharge_notice_becomes_a_finished_handoff(city: City) -> None:
    case = await city.opened()
    await city.hears(CENTRE, "assessment.requested", case)
    await city.says(CENTRE, "presurvey.completed", case, score=3)
    await city.task("draft-plan", case)
    await city.says(CENTRE, "plan.drafted", case, lines=SAFETY)
    submitted = await city.hears(CONFERENCE, "plan.submitted", case)
    assert submitted.data["version"] == 1
    await city.says(CONFERENCE, "plan.approved", case, version=1)
    offer = await city.hears("gm-home-safety-01", "referral.offered", case)
    assert "person" not in offer.data
    await city.says("gm-home-safety-01", "referral.accepted", offer.subject, **soon())
    confirmed = await city.hears("gm-home-safety-01", "referral.confirmed", case)
    assert confirmed.data["person"].keys() == {"name", "address", "phone"}
    visit = await city.hears("gm-home-safety-01", "visit.scheduled", case)
    await city.says("gm-home-safety-01", "visit.completed", visit.subject)
    await city.hears(HOSPITAL, "handoff.progressed", case, where={"state": "first-service"})
    task = await city.task("review-end", case)
    await city.does(task["do"])
    for institution in (HOSPITAL, CENTRE, CONFERENCE):
        await city.hears(institution, "handoff.closed", case, where={"end_reason": 3})
    closed = await city.hears("gm-home-safety-01", "handoff.closed", case)
    assert closed.data.keys() == {"case_id", "ended_at"}
    shown = await city.show(case)
    assert (shown["stage"], shown["end"], shown["next"], shown["waits"]) == ("closed", "reason-3", None, [])
    assert await city.tasks(case) == []


async def test_every_institution_hears_of_a_case_in_order_and_of_each_thing_once(city: City) -> None:
    case = await city.opened()
    await city.does(f"handoff close {case} --outcome opened-in-error --as coordinator")
    await city.hears(HOSPITAL, "handoff.closed", case)
    told = [each for each in await city.heard(HOSPITAL) if each.about(case)]
    assert [told[0].kind, told[-1].kind] == ["notice.acknowledged", "handoff.closed"]
    assert len({each.id for each in told}) == len(told)
    assert {each.key for each in told} == {case.encode()}


async def test_a_hospitals_own_system_opens_a_case_whose_consent_somebody_obtains(city: City) -> None:
    told = stay(somebody())
    await city.publish(HOSPITAL, told_as_hl7(sent(HOSPITAL, "HL7-1"), "discharge.notified", told))
    case = str((await city.acknowledged(HOSPITAL, "HL7-1")).data["case_id"])
    task = await city.task("consent", case)
    assert not [each for each in await city.heard(CENTRE) if each.about(case)]
    await city.does(task["do"])
    await city.hears(CENTRE, "assessment.requested", case)
    assert (await city.at_stage(case, "assessment"))["consent"] == "given"


async def test_a_notice_without_an_address_is_held_until_somebody_names_it(city: City) -> None:
    told, known = stay(somebody(address="")), {each["task"] for each in await city.tasks()}
    await city.publish(HOSPITAL, told_as_hl7(sent(HOSPITAL, "HL7-2"), "discharge.notified", told))
    held = await city.acknowledged(HOSPITAL, "HL7-2")
    assert (held.data["status"], held.data.get("case_id", "")) == ("held", "")
    tasks = [each for each in await city.tasks() if each["task"] not in known and each["case"] is None]
    assert [each["code"] for each in tasks[0]["about"]["settle"]] == ["address-missing"]
    assert [each["kind"] for each in tasks] == ["held-notice"]
    ran = await city.ran(f"handoff settle {tasks[0]['task']} --new --address '경기도 광명시 하안로 1' --as coordinator")
    assert ran.code == 0, ran
    case = ran.content["case"]
    await until(lambda: _task_is_gone(city, tasks[0]["task"]), "the held notice is settled")
    await city.task("consent", case)


async def _task_is_gone(city: City, task: str) -> bool:
    return all(each["task"] != task for each in await city.tasks())
