"""Consent that is typed again, or by mistake, ends no case."""

from datetime import timedelta

import pytest

from handoff.store.tables import timeline
from tests.console.office import Office, shown
from tests.console.test_occurrences import refused, typed
from tests.workflows.story import served
from tests.workflows.town import HELP, Town


@pytest.mark.parametrize("by", ["a person", "an institution"])
async def test_a_withdrawal_is_repeated_without_effect_and_its_moment_is_corrected(
    town: Town, office: Office, by: str
) -> None:
    await served(town, HELP)
    again = f"consent {town.case_id} --withdraw --as kim"
    if by == "a person":
        await office.answers(again)
    else:
        await town.tells("consent.withdrawn", "gm-hospital", town.case_id)
    rows = len(await town.rows(timeline))
    assert "recorded already" in await shown(office, again)
    assert len(await town.rows(timeline)) == rows
    earlier = f"{again} --at {typed(town.now - timedelta(hours=1))}"
    assert "--why" in await refused(office, earlier)
    assert (await office.answers(f"{earlier} --why typing-error"))["verdicts"] == ["corrected"]
    assert "recorded already" in await shown(office, earlier)
    await office.answers(f"consent {town.case_id} --give --as kim")
    assert (await office.answers(again))["milestones"] == ["consent_withdrawn"]  # a new one
    assert (await office.answers(f"prove {town.case_id} --json"))["proved"]


@pytest.mark.parametrize(("began", "end"), [(False, "--outcome refused"), (True, "--reason 4")])
@pytest.mark.parametrize("why", ["", " --why typing-error"])
async def test_a_refusal_after_consent_is_refused_and_its_advice_can_be_taken_back(
    town: Town, office: Office, *, began: bool, end: str, why: str
) -> None:
    await (served(town, HELP) if began else town.hospital_tells())
    told = await refused(office, f"consent {town.case_id} --refuse --as kim{why}")
    assert f"`handoff consent {town.case_id} --withdraw`" in told
    assert f"`handoff close {town.case_id} {end}`" in told
    await office.answers(f"close {town.case_id} {end} --as kim")
    await office.answers(f"reopen {town.case_id} --as kim")
    await office.answers(f"consent {town.case_id} --withdraw --as kim")
    await office.answers(f"consent {town.case_id} --give --as kim")
    record = await town.record()
    assert (record.consent, record.closed_at) == ("given", None)


async def test_who_refuses_at_first_ends_the_case(town: Town, office: Office) -> None:
    await town.hospital_tells(consent=None)
    await office.answers(f"consent {town.case_id} --refuse --as kim")
    await town.ended()
    assert (await town.record()).outcome == "refused"
