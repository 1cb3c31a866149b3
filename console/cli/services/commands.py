"""The commands with which people act on the services of a case: offers, gaps, visits and checks."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from console.cli.actions.doing import acted
from console.cli.options import Moment, Who, Why, code, day, moment
from console.cli.order import Answer, choice, ordered
from console.errors import UsageError
from handoff.vocabulary.words import EventKind

if TYPE_CHECKING:
    from console.connections import Connections


@ordered()
async def answer(
    connections: "Connections",
    offer: Annotated[str, typer.Argument(metavar="OFFER", help="The offer's id, such as C7F3K9Q2M4X.2.O1.")],
    *,
    who: Who,
    accept: Annotated[bool, typer.Option("--accept", help="The provider accepts.")] = False,
    partly: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="The provider accepts only N visits per period.")
    ] = None,
    decline: Annotated[
        Literal["no-capacity", "waitlist", "other"] | None, typer.Option(help="The provider declines, for this reason.")
    ] = None,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="The provider had accepted, and gives the line back.")
    ] = False,
    first_visit: Annotated[
        datetime | None, typer.Option(metavar="TIME", parser=moment, help="Moment of the first visit.")
    ] = None,
    at: Moment = None,
    why: Why = None,
) -> Answer:
    """Record a provider's answer to an offer, given by phone."""
    chosen = choice(accept=accept, partly=partly, decline=decline, withdraw=withdraw)
    if first_visit and chosen not in ("accept", "partly"):
        raise UsageError("--first-visit goes with --accept or --partly.")
    kinds = {
        "accept": EventKind.REFERRAL_ACCEPTED,
        "partly": EventKind.REFERRAL_PARTLY_ACCEPTED,
        "decline": EventKind.REFERRAL_DECLINED,
        "withdraw": EventKind.REFERRAL_CHANGED,
    }
    reply = {"decline": decline or "", "withdraw": "cannot-go-on"}.get(chosen, "")
    if first_visit:
        from console.appointments import check_moment

        await check_moment(connections, offer, first_visit)
    named = {"code": reply, "quantity": partly or 0, "until": first_visit}
    return await acted(connections, kinds[chosen], offer, who, at=at, why=why, **named)


@ordered()
async def gap(
    connections: "Connections",
    line: Annotated[str, typer.Argument(metavar="LINE", help="The line's id, such as C7F3K9Q2M4X.2.")],
    *,
    who: Who,
    provider: Annotated[
        str | None, typer.Option(parser=code, metavar="P", help="Offer the line to this provider.")
    ] = None,
    service: Annotated[
        str | None, typer.Option(parser=code, metavar="S", help="Look for a provider of this service instead.")
    ] = None,
    wait: Annotated[str | None, typer.Option(metavar="LENGTH", help="Wait, then try again: 3d, 12h, 2w.")] = None,
    give_up: Annotated[
        str | None, typer.Option(metavar="REASON", parser=code, help="Give up the line, for this reason.")
    ] = None,
) -> Answer:
    """Decide what to do about a service gap: a line that no provider accepts."""
    chosen = choice(provider=provider, service=service, wait=wait, give_up=give_up)

    from console.planning import gap_code, waits_until

    until = waits_until(wait, connections.now(), connections.profile) if wait else None
    reply = gap_code(chosen, provider or service or give_up or "", connections.profile)
    return await acted(
        connections, EventKind.GAP_ANSWERED, line, who, code=reply, until=until, counted=wait is not None
    )


@ordered()
async def visit(
    connections: "Connections",
    subject: Annotated[
        str,
        typer.Argument(
            metavar="VISIT|LINE",
            help="The visit's id. With --request, or to name a first visit: the line's.",
        ),
    ],
    *,
    who: Who,
    completed: Annotated[bool, typer.Option("--completed", help="The visit took place.")] = False,
    missed: Annotated[
        Literal["no-answer", "refused", "provider", "other"] | None,
        typer.Option(help="The visit did not take place, for this reason."),
    ] = None,
    request: Annotated[bool, typer.Option("--request", help="The person needs a visit now, or at --at TIME.")] = False,
    units: Annotated[
        int | None, typer.Option(min=1, help="With --completed: delivered units, e.g. half hours. Default: 1.")
    ] = None,
    move: Annotated[
        datetime | None,
        typer.Option(
            metavar="TIME", parser=moment, help="The visit takes place then, before the next one; no other moves."
        ),
    ] = None,
    at: Moment = None,
    why: Why = None,
) -> Answer:
    """Record whether a visit took place, move it, or request a visit of an on-demand or stand-by line."""
    choice(completed=completed, missed=missed, request=request, move=move)
    if units and not completed:
        raise UsageError("--units goes with --completed.")
    if move:
        if at:
            raise UsageError("--move names the moment itself: leave out --at.")
        from console.appointments import check_moment

        await check_moment(connections, subject, move)
        return await acted(connections, EventKind.VISIT_PROPOSED, subject, who, until=move)
    kind = EventKind.VISIT_REQUESTED if request else EventKind.VISIT_MISSED if missed else EventKind.VISIT_COMPLETED
    if request:
        from console.appointments import check_request

        await check_request(connections, subject, at.moment if at else None)
        asked: dict[str, Any] = {"until": at.moment, "counted": at.counted} if at else {}
        return await acted(connections, kind, subject, who, **asked)
    return await acted(connections, kind, subject, who, at=at, why=why, code=missed or "", quantity=units or 0)


@ordered()
async def line(
    connections: "Connections",
    line: Annotated[str, typer.Argument(metavar="LINE", help="The line's id, such as C7F3K9Q2M4X.2.")],
    *,
    who: Who,
    weekdays: Annotated[
        str | None, typer.Option(metavar="DAY,…", help="Its visits fall on these weekdays: mon,thu.")
    ] = None,
    per_week: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Its provider makes only N visits a week.")
    ] = None,
    end: Annotated[
        Literal["completed", "goal-reached", "failed", "refused", "moved", "provider", "other"] | None,
        typer.Option(help="Its service ends, for this reason."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Its service goes on, although consent was withdrawn or has ended.")
    ] = False,
    from_: Annotated[
        date | None, typer.Option("--from", metavar="DAY", parser=day, help="From this day on. Default: from now.")
    ] = None,
) -> Answer:
    """Change the weekdays of an accepted line or its visits a week, or end it early; at once, or from a day on."""
    chosen = choice(weekdays=weekdays, per_week=per_week, end=end, keep=keep)
    if keep:
        return await acted(connections, EventKind.SERVICE_KEPT, line, who)

    from console.appointments import begin_of, check_begin, check_line, check_quantity, check_weekdays

    stored, until = await check_line(connections, line), begin_of(from_, connections.now())
    begins = until or connections.now()
    check_begin(stored, begins, ends=chosen == "end")
    if chosen == "end":
        return await acted(connections, EventKind.SERVICE_ENDED, line, who, code=end, until=until)
    if per_week:
        check_quantity(stored, per_week, begins)
        changed = {"code": "quantity", "quantity": per_week}
    else:
        changed = {
            "code": "weekdays",
            "body": {"weekdays": check_weekdays(stored.line, weekdays or "", begins)},
        }
    return await acted(connections, EventKind.REFERRAL_CHANGED, line, who, until=until, **changed)


@ordered()
async def check(
    connections: "Connections",
    subject: Annotated[str, typer.Argument(metavar="CHECK", help="The check's id, such as C7F3K9Q2M4X.day-3.")],
    *,
    who: Who,
    ok: Annotated[bool, typer.Option("--ok", help="Somebody checked on the person, who is well.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="The person was not reached.")] = False,
    at: Moment = None,
    why: Why = None,
) -> Answer:
    """Record whether a planned check on the person was made."""
    if choice(ok=ok, failed=failed) == "ok":
        return await acted(connections, EventKind.CHECK_COMPLETED, subject, who, at=at, why=why, code="well")
    return await acted(connections, EventKind.CHECK_FAILED, subject, who, at=at, why=why, code="no-answer")
