"""Consent that ends, and refusals of a part of the support: the case goes on, and somebody is asked."""

import json
from datetime import timedelta
from typing import Any

from handoff.store import outbox, tables
from handoff.vocabulary.states import Interruption
from tests.workflows.story import accepted, accepts, approved
from tests.workflows.town import CENTRE, HELP, HOSPITAL, INSURER, MEALS, SAFETY, Town

DAYS = timedelta(days=1)


async def task(town: Town, kind: str) -> Any:
    return next(row for row in await town.rows(tables.tasks) if row.kind == kind and row.closed_at is None)


async def sent(town: Town, receiver: str, kind: str) -> list[dict[str, Any]]:
    """The data of the letters of a kind."""
    async with town.desk.engine.connect() as conn:
        due = await outbox.due(conn, town.desk.vault, receiver, 10_000)
    return [json.loads(each.data or b"{}") for each in due if (each.lane, each.kind) == (town.case_id, kind)]


async def test_a_consent_that_ends_is_warned_of_ahead_and_its_renewal_moves_the_end(town: Town) -> None:
    await town.hospital_tells(consent=None)
    ends_at = town.now + 30 * DAYS
    await town.acts("consent.given", until=ends_at)
    assert (await town.record()).consent_until == ends_at
    clock = await town.clock("consent-ends")
    await town.until(clock.warn_at)
    assert "late" in await town.said()
    assert (await town.open_tasks())["renew-consent"] == "coordinator"
    await town.acts("consent.given", until=ends_at + 90 * DAYS)
    assert "renew-consent" not in await town.open_tasks()
    assert (await town.clock("consent-ends")).due_at == ends_at + 90 * DAYS
    assert (await town.state()).consent_until == ends_at + 90 * DAYS


async def test_a_consent_that_has_ended_recalls_offers_and_lets_accepted_services_go_on_until_it_is_renewed(
    town: Town,
) -> None:
    await approved(town, MEALS, SAFETY)
    provider = await accepts(town, 1)
    _, asked = await town.offer(2)
    await town.acts("consent.given", until=town.now + timedelta(hours=2))
    await town.until((await town.clock("consent-ends")).due_at)
    assert "consent_expired" in await town.said()
    assert (await town.record()).consent == "expired"
    assert (await town.state()).interruption == Interruption.CONSENT_EXPIRED
    assert "referral.withdrawn:other" in await town.letters(asked)
    assert (await town.line(2)).state == "planned"
    assert (await town.visit(1)).provider == provider
    assert {"renew-consent", "running-services"} <= set(await town.open_tasks())
    assert (await task(town, "running-services")).about == {"lines": [f"{town.case_id}.1"]}
    await town.acts("consent.given")
    assert await town.offer(2)
    assert not {"renew-consent", "running-services"} & set(await town.open_tasks())
    assert (await town.state()).interruption is None


async def test_a_stay_in_hospital_makes_no_consent_last_longer(town: Town) -> None:
    await accepted(town)
    await town.acts("consent.given", until=town.now + 2 * DAYS)
    await town.hospital_tells("admission.occurred")
    await town.passes(days=3)
    assert (await town.record()).consent == "expired"
    await town.hospital_tells()
    assert await sent(town, CENTRE, "assessment.requested") != []
    assert "resurvey" not in {row.limit for row in await town.rows(tables.clocks)}


async def test_an_end_that_a_notice_names_is_kept(town: Town) -> None:
    ends_at = town.now + 40 * DAYS
    await town.hospital_tells(consent={"given": True, "until": ends_at.isoformat()})
    assert (await town.record()).consent_until == ends_at
    assert (await town.clock("consent-ends")).due_at == ends_at


async def test_a_consent_that_had_ended_when_a_notice_told_it_is_asked_for(town: Town) -> None:
    await town.hospital_tells(consent={"given": True, "until": (town.now - DAYS).isoformat()})
    assert "consent" in await town.open_tasks()
    assert (await town.record()).consent == ""


async def test_after_a_withdrawal_somebody_decides_about_each_service_that_runs(town: Town) -> None:
    await approved(town, MEALS, HELP)
    await accepts(town, 1)
    await accepts(town, 2)
    await town.acts("consent.withdrawn")
    lines = [f"{town.case_id}.{number}" for number in (1, 2)]
    assert (await task(town, "running-services")).about == {"lines": lines}
    assert (await town.acts("service.kept", lines[0])).verdicts == ["settled"]
    assert (await task(town, "running-services")).about == {"lines": lines[1:]}
    await town.acts("service.ended", lines[1], code="refused")
    assert "running-services" not in await town.open_tasks()
    assert "running-services" not in (await town.state()).dues
    assert (await town.line(1)).state in ("accepted", "in-service")


async def test_the_insurer_learns_that_it_may_look_no_records_up_and_papers_come_instead(town: Town) -> None:
    await town.hospital_tells()
    await town.tells("consent.refused", INSURER, town.case_id, scope="lookup")
    assert (await town.open_tasks())["ask-for-papers"] == "coordinator"
    await town.tells("presurvey.completed", CENTRE, town.case_id, score=6)
    [letter] = await sent(town, INSURER, "assessment.requested")
    assert letter["no_lookup"] is True
    assert "papers_received_at" not in letter
    await town.tells("papers.received", CENTRE, town.case_id)
    assert "ask-for-papers" not in await town.open_tasks()
    assert "handoff.progressed:papers-received" in await town.letters(INSURER)
    await town.acts("consent.given", code="lookup")
    assert "handoff.progressed:lookup-allowed" in await town.letters(INSURER)
    assert (await town.record()).refused == []


async def test_a_service_that_is_refused_ends_alone_and_its_provider_is_told(town: Town) -> None:
    await approved(town, MEALS, HELP)
    provider, other = await accepts(town, 1), await accepts(town, 2)
    await town.tells("service.refused", provider, f"{town.case_id}.1.O1")
    line = await town.line(1)
    assert (line.state, line.reason, line.ended_by) == ("ended-early", "refused", "by-person")
    assert "referral.withdrawn:refused" in await town.letters(provider)  # its own word
    assert {row.state for row in await town.visits(1)} <= {"cancelled"}
    assert (await town.visit(2)).provider == other


async def test_a_provider_refuses_no_service_of_another(town: Town) -> None:
    await approved(town, MEALS)
    first = (await town.offer())[1]
    await town.tells("referral.declined", first, f"{town.case_id}.1.O1", reason="other")
    await accepts(town)
    await town.tells("service.refused", first, f"{town.case_id}.1.O1")
    assert (await town.line(1)).state in ("accepted", "in-service")


async def test_when_all_services_are_refused_somebody_reviews_the_support(town: Town) -> None:
    await accepted(town, MEALS)
    await town.acts("service.refused", f"{town.case_id}.1")
    assert "review-end" in await town.open_tasks()
    assert not (await town.state()).end


async def test_a_provider_that_is_refused_loses_its_lines_to_the_next_and_is_never_asked_again(town: Town) -> None:
    await approved(town, MEALS, HELP)
    refused, other = await accepts(town, 1), await accepts(town, 2)
    await town.acts("consent.refused", code=f"provider:{refused}")
    following = (await town.offer(1))[1]
    assert following != refused
    assert "referral.withdrawn:other" in await town.letters(refused)
    assert (await town.visit(2)).provider == other
    for _ in range(12):
        if (await town.line(1)).state == "gap":
            break
        offer, provider = await town.offer(1)
        assert provider != refused
        await town.tells("referral.declined", provider, offer, reason="other")
    assert (await task(town, "gap")).about["asked"][refused] == "refused-by-person"
    await town.acts("consent.given", code=f"provider:{refused}")
    assert (await town.offer(1))[1] == refused
    assert "gap" not in await town.open_tasks()


async def test_the_insurers_word_about_a_refusal_ends_no_case(town: Town) -> None:
    await town.hospital_tells(consent=None)
    await town.tells("consent.refused", INSURER, town.case_id)
    assert not (await town.state()).end
    assert (await task(town, "consent")).about == {"refused_by": INSURER, "refuses": "support"}
    await town.acts("consent.given")
    await town.tells("consent.withdrawn", INSURER, town.case_id)
    assert (await town.record()).consent == "given"
    assert (await town.open_tasks())["confirm-refusal"] == "coordinator"
    await town.tells("consent.refused", INSURER, town.case_id, scope="service")
    assert "notice.rejected" in str(await town.letters(INSURER))


async def test_a_refusal_in_a_notice_stands_in_the_timeline_and_in_the_task(town: Town) -> None:
    await town.hospital_tells(consent=False)
    assert "refusal_told" in await town.said()
    assert (await task(town, "consent")).about["refused_by"] == HOSPITAL
    assert not (await town.state()).end


async def test_a_refusal_in_a_later_notice_is_asked_about_and_stops_nothing(town: Town) -> None:
    await accepted(town)
    await town.hospital_tells(consent=False)
    assert "refusal_told" in await town.said()
    assert (await town.record()).consent == "given"
    asked = await task(town, "confirm-refusal")
    await town.acts("task.settled", asked.task_id, code="confirm-refusal")
    assert "confirm-refusal" not in await town.open_tasks()
    assert "refusal-confirmation" not in (await town.state()).dues
