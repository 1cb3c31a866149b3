"""A provider's word about a week by phone: its visits took place, except those that it names."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from console.connections import Connections
from console.errors import NotFoundError, UsageError
from events.contract.codes import Code
from events.contract.words import IntakeOutcome, WeekKind
from events.intake.inbox import Inbox
from events.intake.weekly import TYPED_BY, WeekWord, WordRefusedError, meant
from handoff.fact import Fact
from handoff.rules.weeks import Week
from handoff.store.intake.weeks import VisitToConfirm


@dataclass(frozen=True)
class WeekView:
    """The visits of a provider in a week that nobody has reported.

    Attributes:
        missed: ids of visits that did not take place, as the provider says; also of those that are missed already.
        away: visits that are left out, since the person was in hospital then.
    """

    provider: str
    week: Week
    visits: Sequence[VisitToConfirm]
    missed: frozenset[str]
    away: Sequence[VisitToConfirm]


async def look_at_week(connections: Connections, provider: str, week: str, missed: Sequence[str]) -> WeekView:
    """What a confirmation would record. Nothing is changed.

    Raises:
        UsageError: the week has another form.
        NotFoundError: there is no such provider, or its word cannot be.
    """
    profile = connections.profile
    if profile.provider(provider) is None:
        raise NotFoundError(f"{profile.code} has no provider {provider}. `handoff institutions list` lists them.")
    word = WeekWord(provider, week, frozenset(missed), connections.now())
    try:
        async with connections.engine.connect() as conn:
            about = await meant(conn, word, profile)
    except WordRefusedError as error:
        if error.code == Code.FIELD_INVALID:
            raise UsageError(str(error)) from error
        look = connections.to_type(f"handoff confirm {provider} --week {week}")
        see = f" See `{look}`." if missed else ""
        raise NotFoundError(f"{error} Nothing was changed.{see}") from error
    return WeekView(provider, about.week, about.visits, word.missed, about.away)


async def confirm_week(connections: Connections, view: WeekView, who: str) -> None:
    """Record the provider's word. Each case gets the events of its visits. Doing it twice is doing it once.

    The task about the week closes, also if no visit is left to confirm.

    Raises:
        NotFoundError: the word is refused, with the reason.
    """
    fact = Fact(
        WeekKind.VISITS_CONFIRMED,
        view.provider,
        f"desk-{uuid.uuid4()}",
        connections.now(),
        form="desk",
        subject=view.week.name,
        body={"missed": sorted(view.missed), TYPED_BY: who},
    )
    inbox = Inbox(connections.engine, connections.vault, connections.profile)
    taken = await inbox.type_in(fact, b"", connections.now())
    if taken.outcome == IntakeOutcome.REJECTED:
        raise NotFoundError(f"Refused ({taken.code}): {taken.reason}")
