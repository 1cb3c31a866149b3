"""The commands with which people act on a case. Each names the person who acts."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from console.cli.options import Case, Moment, Who, code, moment
from console.cli.order import Answer, choice, ordered
from console.errors import UsageError
from handoff.case.closing import End
from handoff.vocabulary.words import EventKind

if TYPE_CHECKING:
    from console.connections import Connections


async def _act(connections: "Connections", kind: str, subject: str, who: str, **details: Any) -> Answer:
    from console.act import Action, act
    from console.cli.actions.outcome import answer as in_words

    return in_words(connections, await act(connections, Action(kind, subject, who, **details)))


@ordered()
async def contact(
    connections: "Connections",
    case: Case,
    *,
    who: Who,
    made: Annotated[bool, typer.Option("--made", help="Somebody spoke with the person.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="Nobody was reached.")] = False,
    channel: Annotated[
        Literal["phone", "message", "visit", "family", "other"], typer.Option(help="How it was tried.")
    ] = "phone",
    about: Annotated[
        Literal["result"] | None, typer.Option(help="What was told. Without it, a contact counts as result, too.")
    ] = None,
) -> Answer:
    """Record a contact with the person, or a failed attempt. After a failed attempt the next one is due."""
    if choice(made=made, failed=failed) == "made":
        return await _act(connections, EventKind.CONTACT_MADE, case, who, code=about or "", body={"channel": channel})
    return await _act(connections, EventKind.CONTACT_FAILED, case, who, code=channel, body={"channel": channel})


@ordered()
async def consent(
    connections: "Connections",
    case: Case,
    *,
    who: Who,
    give: Annotated[bool, typer.Option("--give", help="The person consents.")] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="The person refuses all support. The case ends.")] = False,
    withdraw: Annotated[
        bool,
        typer.Option("--withdraw", help="Consent ends: open offers are taken back, accepted services go on."),
    ] = False,
) -> Answer:
    """Record the person's consent. Without it, no data about the person is shared."""
    chosen = choice(give=give, refuse=refuse, withdraw=withdraw)
    kinds = {
        "give": EventKind.CONSENT_GIVEN,
        "refuse": EventKind.CONSENT_REFUSED,
        "withdraw": EventKind.CONSENT_WITHDRAWN,
    }
    return await _act(connections, kinds[chosen], case, who)


@ordered()
async def assess(
    connections: "Connections",
    case: Case,
    *,
    who: Who,
    score: Annotated[
        int | None,
        typer.Option(min=0, max=100, help="Score of the pre-survey, or of the re-survey after a stay in hospital."),
    ] = None,
    result: Annotated[
        Literal["eligible", "not-eligible"] | None, typer.Option(help="Result of the insurer's determination.")
    ] = None,
    severe_disability: Annotated[
        bool | None, typer.Option(help="Whether the person has a registered severe disability.")
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(parser=code, help="Code of a target group, from the profile. The profile lists the groups."),
    ] = None,
    complex_need: Annotated[
        bool | None, typer.Option(help="Whether the person needs more than one kind of help.")
    ] = None,
) -> Answer:
    """Record the score of a survey, or the result of the determination."""
    options = {"severe_disability": severe_disability, "group": group, "complex_need": complex_need}
    findings = {name: value for name, value in options.items() if value is not None}
    if choice(score=score, result=result) == "score":
        body = {"score": score, "found": findings}
        return await _act(connections, EventKind.PRESURVEY_COMPLETED, case, who, quantity=score, body=body)
    return await _act(
        connections,
        EventKind.DETERMINATION_RETURNED,
        case,
        who,
        code=result,
        body={"result": result, "found": findings},
    )


@ordered()
async def plan(
    connections: "Connections",
    case: Case,
    *,
    who: Annotated[str | None, typer.Option("--as", metavar="WHO", parser=code, help="Who submits it.")] = None,
    file: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="The plan to submit: TOML with \\[\\[lines]], or JSON with a list `lines`."),
    ] = None,
    draft: Annotated[Path | None, typer.Option(help="Write a first draft into this new file, to be completed.")] = None,
) -> Answer:
    """Submit the individual support plan or its next version, or write a draft. Each line is checked first."""
    if choice(file=file, draft=draft) == "file" and who is None:
        raise UsageError("--file needs --as WHO: the person who submits the plan.")

    from console.cli.actions.plan_files import lines_of, write_draft

    if file is None:
        return await write_draft(connections, case, cast("Path", draft))
    body = {"lines": lines_of(file, case, connections.profile)}
    return await _act(connections, EventKind.PLAN_DRAFTED, case, who or "", body=body)


@ordered()
async def decide(
    connections: "Connections",
    case: Case,
    *,
    who: Who,
    approve: Annotated[bool, typer.Option("--approve", help="The plan is approved.")] = False,
    reject: Annotated[
        str | None,
        typer.Option(metavar="REASON", parser=code, help="The plan is rejected for this reason. A new version is due."),
    ] = None,
    version: Annotated[
        int | None, typer.Option(min=1, help="Version of the plan. Default: the version that is submitted.")
    ] = None,
) -> Answer:
    """Record the deciding body's decision on the submitted plan."""
    kind = EventKind.PLAN_APPROVED if choice(approve=approve, reject=reject) == "approve" else EventKind.PLAN_REJECTED
    return await _act(connections, kind, case, who, code=reject or "", quantity=version or 0)


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
    return await _act(connections, kinds[chosen], offer, who, code=reply, quantity=partly or 0, until=first_visit)


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
    return await _act(connections, EventKind.GAP_ANSWERED, line, who, code=reply, until=until, counted=wait is not None)


@ordered()
async def visit(
    connections: "Connections",
    subject: Annotated[
        str, typer.Argument(metavar="VISIT|LINE", help="The visit's id. With --request: the line's id.")
    ],
    *,
    who: Who,
    completed: Annotated[bool, typer.Option("--completed", help="The visit took place.")] = False,
    missed: Annotated[
        Literal["no-answer", "refused", "provider", "other"] | None,
        typer.Option(help="The visit did not take place, for this reason."),
    ] = None,
    request: Annotated[bool, typer.Option("--request", help="The person needs a visit now.")] = False,
    at: Moment = None,
) -> Answer:
    """Record whether a visit took place, or request a visit of an on-demand or stand-by line."""
    choice(completed=completed, missed=missed, request=request)
    kind = EventKind.VISIT_REQUESTED if request else EventKind.VISIT_MISSED if missed else EventKind.VISIT_COMPLETED
    until, counted = (at.moment, at.counted) if at else (None, False)
    return await _act(connections, kind, subject, who, code=missed or "", until=until, counted=counted)


@ordered()
async def check(
    connections: "Connections",
    subject: Annotated[str, typer.Argument(metavar="CHECK", help="The check's id, such as C7F3K9Q2M4X.day-3.")],
    *,
    who: Who,
    ok: Annotated[bool, typer.Option("--ok", help="Somebody checked on the person, who is well.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="The person was not reached.")] = False,
) -> Answer:
    """Record whether a planned check on the person was made."""
    if choice(ok=ok, failed=failed) == "ok":
        return await _act(connections, EventKind.CHECK_COMPLETED, subject, who, code="well")
    return await _act(connections, EventKind.CHECK_FAILED, subject, who, code="no-answer")


@ordered()
async def discharge(
    connections: "Connections",
    case: Case,
    *,
    who: Who,
    at: Moment = None,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="The discharge does not take place. All offers and visits are cancelled.")
    ] = False,
) -> Answer:
    """Record, correct or cancel the discharge, also the one after a readmission. A future date is expected."""
    chosen = choice(at=at, cancel=cancel)

    if chosen == "cancel" or at is None:
        return await _act(connections, EventKind.DISCHARGE_CANCELLED, case, who)
    word = "actual" if at.counted or at.moment <= connections.now() else "expected"
    return await _act(
        connections, EventKind.DISCHARGE_NOTIFIED, case, who, code=word, until=at.moment, counted=at.counted
    )


@ordered()
async def admit(connections: "Connections", case: Case, *, who: Who, at: Moment = None) -> Answer:
    """Record that the person is in hospital again. Clocks and visits stop; providers keep a place for a while."""
    until, counted = (at.moment, at.counted) if at else (connections.now(), True)
    return await _act(connections, EventKind.ADMISSION_OCCURRED, case, who, until=until, counted=counted)


@ordered()
async def close(
    connections: "Connections",
    case: Case,
    *,
    who: Who,
    reason: Annotated[
        int | None,
        typer.Option(
            min=1, max=5, help="1 death, 2 admitted for good, 3 need is no longer complex, 4 refusal, 5 other."
        ),
    ] = None,
    outcome: Annotated[End | None, typer.Option(help="How the case ends, if support has not begun.")] = None,
) -> Answer:
    """End a case: for one of the Act's five reasons, or with an outcome if support has not begun."""
    chosen = choice(reason=reason, outcome=outcome)
    end = f"reason-{reason}" if chosen == "reason" else f"outcome-{outcome}"
    return await _act(connections, EventKind.CASE_CLOSED, case, who, code=end)
