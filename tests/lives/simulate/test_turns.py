"""What comes together is heard one after another, and what was sent before a clock ran out counts before it."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.lives.simulate.plan import Plan
from tests.lives.simulate.resident import Resident
from tests.lives.simulate.test_finding import OPENING
from tests.lives.simulate.town import Town

HOUR = timedelta(hours=1)


@pytest.fixture
def asked() -> Iterator[tuple[Resident, str, str]]:
    """A case with an offer that awaits its answer: the case, the offer and the provider."""
    with asyncio.Runner() as runner:
        opening = replace(OPENING, ahead=10)
        played = Town(Plan((opening, OPENING, OPENING), (40, 40)), runner.get_loop())
        played.live()
        resident = played.residents[0]
        [offer, *_] = [row for row in resident.twin.rows("referrals") if row["state"] == "requested"]
        yield resident, offer["offer_id"], offer["provider"]
        played.close()


def away(resident: Resident, offer: str) -> None:
    """No worker runs from an hour before the provider's time is over to an hour after."""
    [clock] = [row for row in resident.twin.rows("clocks") if row["subject"] == offer and row["ended_at"] is None]
    resident.driver.passes(clock["due_at"] - HOUR)


def back(resident: Resident) -> list[str]:
    """The worker is back: what was written since."""
    before = len(resident.twin.rows("timeline"))
    resident.driver.nobody_works(resident.driver.now + 2 * HOUR)
    resident.driver.passes(resident.driver.now)
    return [row["what"] for row in resident.twin.rows("timeline")][before:]


@pytest.mark.parametrize("others", [0, 1, 3])
def test_an_answer_in_time_counts_though_no_worker_ran(asked: tuple[Resident, str, str], others: int) -> None:
    resident, offer, provider = asked
    away(resident, offer)
    for _ in range(others):
        resident.tells("contact.failed", "desk", code="phone")
    resident.tells("referral.accepted", provider, offer)
    written = back(resident)
    assert "offer_accepted" in written
    assert "offer_silent" not in written


def test_an_answer_that_came_too_late_does_not(asked: tuple[Resident, str, str]) -> None:
    resident, offer, provider = asked
    away(resident, offer)
    resident.driver.at(
        resident.driver.now + HOUR + timedelta(minutes=1), lambda: resident.tells("referral.accepted", provider, offer)
    )
    written = back(resident)
    assert "offer_silent" in written
    assert "offer_accepted" not in written
