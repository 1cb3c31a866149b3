"""Who learns of new details of the person, when, and what becomes a task instead."""

from dataclasses import replace
from typing import Any

import pytest

from handoff.rules.versions import Origin, Version, added, standing, within
from handoff.store import persons
from handoff.store.tables import cases, referrals
from handoff.store.versions_json import told_values
from handoff.vocabulary.details import Detail
from tests.activities.chart import BOKSUN, HELP, MEALS, MONDAY, SAFETY, Chart

BY_TOPIC, BY_PHONE = {**MEALS, "prefers": "gm-meals-01"}, {**MEALS, "prefers": "gm-meals-02"}
PROVIDER, CENTRE = "gm-meals-01", "gm-centre-cheolsan"
NEW, OTHER = "010-1111-2222", "010-3333-4444"
HAAN = "경기도 광명시 하안로 99 (하안동)"


async def learns(chart: Chart, source: str = "gm-hospital", *, knows: bool = True, **told: Any) -> None:
    """Intake learns something of the person, and the case is told which details have changed."""
    chart.passes(minutes=5)
    vault, names = chart.ward.vault, list[Detail]()
    async with chart.ward.engine.begin() as conn:
        person = await persons.opened(conn, vault, "P" + chart.case)
        versions = within(person.versions, MONDAY)
        for detail in Detail:
            if values := told_values(detail, replace(person.told, **told)):
                if not set(told) & set(detail.fields):
                    continue
                new = Version(values, chart.now, Origin(source, chart.now, chart.now, since=MONDAY, knows=knows))
                versions[detail] = added(detail, versions.get(detail, ()), new)
                stands = standing(detail, versions[detail])
                assert stands is not None
                person.told = replace(person.told, **stands.counts.values)
                names.append(detail)
        person.versions = versions
        await persons.save(conn, [person], {}, MONDAY)
    await chart.write("person_corrected", who=source, code=",".join(names))


async def test_a_provider_that_has_accepted_learns_the_new_phone_and_contact_and_each_change_once(chart: Chart) -> None:
    [offer] = await chart.served(BY_TOPIC)
    await learns(chart, phone=NEW, contact_name="박지민")
    [update] = await chart.letters(PROVIDER, "referral.updated")
    person = {"name": BOKSUN.name, "address": BOKSUN.address, "phone": NEW, "contact_name": "박지민"}
    assert update == {"offer_id": offer, "line_id": offer.rpartition(".")[0], "person": person}
    await chart.write("person_corrected", who="nhis-gwangmyeong", code="phone")  # the same again
    await learns(chart, carer_name="박철수")  # which a provider does not get
    assert len(await chart.letters(PROVIDER, "referral.updated")) == 1


async def test_an_assessor_learns_the_new_address_while_it_assesses_and_not_afterwards(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("assessment_requested")
    await learns(chart, address=HAAN, carer_name="박철수")
    [update] = await chart.letters(CENTRE, "assessment.updated")
    assert (update["person"]["address"], update["person"]["carer_name"]) == (HAAN, "박철수")
    fact = await chart.told("presurvey.completed", {"score": 2}, CENTRE)
    await chart.write("presurvey_recorded", quantity=2, who=CENTRE, fact=fact)
    await learns(chart, phone=NEW)
    assert len(await chart.letters(CENTRE, "assessment.updated")) == 1


async def test_a_provider_without_a_topic_is_called(chart: Chart) -> None:
    [offer] = await chart.served(BY_PHONE)
    await learns(chart, phone=NEW)
    task = (await chart.tasks())["tell-details"]
    assert (task.subject, task.about) == (offer, {"receiver": "gm-meals-02", "details": ["phone"]})
    await chart.write("service_ended", offer, code="provider")
    assert "tell-details" not in await chart.tasks()


async def test_a_second_change_while_nobody_has_called_is_in_the_same_task_with_a_new_deadline(chart: Chart) -> None:
    await chart.served(BY_PHONE)
    await learns(chart, phone=NEW)
    first = (await chart.tasks())["tell-details"]
    chart.passes(days=1)
    await learns(chart, contact_name="박지민")
    task = (await chart.tasks())["tell-details"]
    assert task.task_id == first.task_id
    assert task.about == {"receiver": "gm-meals-02", "details": ["contact", "phone"]}
    assert task.due_at > first.due_at


async def test_what_changed_while_nobody_might_be_told_is_called_about_as_a_whole(chart: Chart) -> None:
    await chart.served(BY_PHONE)
    await chart.write("disclosure_restricted")
    await learns(chart, phone=NEW)
    await chart.write("disclosure_allowed")
    details = (await chart.tasks())["tell-details"].about["details"]
    assert details == ["address", "contact", "language", "name", "phone"]


HOLDS = {
    "disclosure_restricted": "disclosure_allowed",
    "death_doubted": "death_taken_back",
    "consent_withdrawn": "consent_given",
}


@pytest.mark.parametrize("stops", HOLDS)
async def test_while_nobody_may_be_told_the_news_wait_and_are_sent_afterwards(stops: str, chart: Chart) -> None:
    await chart.served(BY_TOPIC)
    await chart.write(stops)
    await learns(chart, phone=NEW)
    await learns(chart, phone=OTHER)
    assert await chart.letters(PROVIDER, "referral.updated") == []
    await chart.write(HOLDS[stops])
    assert [each["person"]["phone"] for each in await chart.letters(PROVIDER, "referral.updated")] == [OTHER]


async def test_a_provider_that_was_told_by_an_earlier_build_learns_the_next_change(chart: Chart) -> None:
    await chart.served(BY_TOPIC)
    async with chart.ward.engine.begin() as conn:
        await conn.execute(cases.update().where(cases.c.case_id == chart.case).values(informed={}))
    await chart.write("consent_given")
    assert await chart.letters(PROVIDER, "referral.updated") == []  # nothing has changed
    await learns(chart, phone=NEW)
    assert [each["person"]["phone"] for each in await chart.letters(PROVIDER, "referral.updated")] == [NEW]


async def test_a_contradiction_is_one_task_a_detail_and_ends_with_the_contradiction(chart: Chart) -> None:
    await learns(chart, phone=NEW)
    for phone in (OTHER, "010-5555-6666"):
        await learns(chart, "family", knows=False, phone=phone)
    task = (await chart.tasks())["details-differ"]
    assert (task.subject, task.owner) == ("phone", "coordinator")
    assert [source["code"] for source in task.about["settle"]] == ["gm-hospital", "family"]
    assert NEW not in str(task.about)
    assert task.due_at > chart.now
    await learns(chart, "family", knows=False, phone=NEW)
    assert "details-differ" not in await chart.tasks()


async def test_a_move_to_another_dong_moves_the_case_and_asks_about_providers_that_do_not_serve_it(
    chart: Chart,
) -> None:
    lines = await chart.planned({**HELP, "prefers": "gm-daily-life-03"}, SAFETY)
    offers = [(await chart.write("offer_made", line)).subject for line in lines]
    await chart.write("offer_accepted", offers[0])
    await learns(chart, address=HAAN)
    assert (await chart.case_row()).district == "haan"
    task = (await chart.tasks())["district-not-served"]
    assert (task.subject, task.about["receiver"]) == (offers[0], "gm-daily-life-03")
    asked = next(row.provider for row in await chart.rows(referrals) if row.offer_id == offers[1])
    [update] = await chart.letters(asked, "referral.updated")
    assert update == {"offer_id": offers[1], "line_id": lines[1], "dong": "haan"}  # it has not accepted yet
    await learns(chart, address="경기도 광명시 오리로 1 (소하동)")
    assert (await chart.tasks())["district-not-served"].about["district"] == (await chart.case_row()).district
    await learns(chart, address="경기도 광명시 철산로 30 (철산동)")
    assert "district-not-served" not in await chart.tasks()


async def test_the_centre_that_was_asked_may_still_answer_after_a_move(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("assessment_requested")
    await learns(chart, address=HAAN)
    assert CENTRE in (await chart.case_row()).informed  # by which intake knows that it was asked
