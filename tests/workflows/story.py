"""The story as far as a test wants it: each step on top of the one before."""

from datetime import timedelta
from typing import Any

from tests.workflows.town import CENTRE, CONFERENCE, MEALS, Town


async def assessed(town: Town, **more: Any) -> None:
    await town.hospital_tells(**more)
    await town.tells("presurvey.completed", CENTRE, town.case_id, score=3)


async def planned(town: Town, *lines: dict[str, Any], **more: Any) -> None:
    await assessed(town, **more)
    await drafted(town, *lines)


async def drafted(town: Town, *lines: dict[str, Any]) -> None:
    await town.tells("plan.drafted", CENTRE, town.case_id, lines=list(lines) or [MEALS])


async def decided(town: Town, word: str = "approved", **more: Any) -> None:
    await town.tells(f"plan.{word}", CONFERENCE, town.case_id, **more)


async def approved(town: Town, *lines: dict[str, Any], **more: Any) -> None:
    await planned(town, *lines, **more)
    await decided(town)


async def accepts(town: Town, line: int | str = 1, **more: Any) -> str:
    """The provider that was asked takes the line."""
    offer, provider = await town.offer(line)
    await town.tells("referral.accepted", provider, offer, **more)
    return provider


async def declines(town: Town, line: int | str = 1, reason: str = "no-capacity") -> str:
    offer, provider = await town.offer(line)
    await town.tells("referral.declined", provider, offer, reason=reason)
    return provider


async def accepted(town: Town, *lines: dict[str, Any], **more: Any) -> str:
    await approved(town, *lines, **more)
    return await accepts(town)


async def visited(town: Town, line: int | str = 1, what: str = "completed", **more: Any) -> str:
    """The planned visit's moment comes, and its provider reports."""
    visit = await town.visit(line)
    await town.until(max(visit.planned_at, town.now) + timedelta(minutes=30))
    await town.tells(f"visit.{what}", visit.provider, visit.visit_id, **more)
    return str(visit.visit_id)


async def served(town: Town, *lines: dict[str, Any], **more: Any) -> str:
    """A line accepted, its first visit delivered; returns its provider."""
    provider = await accepted(town, *lines, **more)
    await visited(town)
    return provider
