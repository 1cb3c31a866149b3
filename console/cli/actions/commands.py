"""The commands with which people act on a case; each names who acts."""

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


async def _act(connections: "Connections", kind: str, subject: str, who: str, **said: Any) -> Answer:
    from console.act import Action, act
    from console.cli.actions.outcome import answer as in_words

    return in_words(connections, await act(connections, Action(kind, subject, who, **said)))


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
        Literal["result"] | None, typer.Option(help="What was told: the assessment's result, as the Act asks.")
    ] = None,
) -> Answer:
    """Note that the person was spoken with, or was not reached: then the next attempt is due."""
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
    refuse: Annotated[bool, typer.Option("--refuse", help="The person refuses all support: the case ends.")] = False,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Nothing new is disclosed, open offers go back.")
    ] = False,
) -> Answer:
    """Note the person's consent: before it, nobody is told of the person."""
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
    score: Annotated[int | None, typer.Option(min=0, max=100, help="Of the pre-survey, or the survey again.")] = None,
    result: Annotated[
        Literal["eligible", "not-eligible"] | None, typer.Option(help="Of the insurer's determination.")
    ] = None,
    severe_disability: Annotated[bool | None, typer.Option(help="A registered severe disability was found.")] = None,
    group: Annotated[
        str | None, typer.Option(parser=code, help="An agreed group that the person belongs to, as the profile has it.")
    ] = None,
    complex_need: Annotated[bool | None, typer.Option(help="More than one kind of help is needed.")] = None,
) -> Answer:
    """Note what an assessment found: a survey's score, or the determination."""
    findings = {"severe_disability": severe_disability, "group": group, "complex_need": complex_need}
    found = {name: value for name, value in findings.items() if value is not None}
    if choice(score=score, result=result) == "score":
        body = {"score": score, "found": found}
        return await _act(connections, EventKind.PRESURVEY_COMPLETED, case, who, quantity=score, body=body)
    return await _act(
        connections, EventKind.DETERMINATION_RETURNED, case, who, code=result, body={"result": result, "found": found}
    )


@ordered()
async def plan(
    connections: "Connections",
    case: Case,
    *,
    who: Annotated[str | None, typer.Option("--as", metavar="WHO", parser=code, help="Who submits it.")] = None,
    file: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Submit it: TOML or JSON with \\[\\[lines]].")
    ] = None,
    draft: Annotated[Path | None, typer.Option(help="Write a first draft into this file, to be completed.")] = None,
) -> Answer:
    """Submit the individual support plan, or its next version, every line checked first; or have a draft written."""
    if choice(file=file, draft=draft) == "file" and who is None:
        raise UsageError("--file needs --as WHO: somebody submits the plan.")

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
    approve: Annotated[bool, typer.Option("--approve", help="The plan counts.")] = False,
    reject: Annotated[
        str | None, typer.Option(metavar="REASON", parser=code, help="It is revised, for this reason.")
    ] = None,
    version: Annotated[int | None, typer.Option(min=1, help="Of the plan; without it: the one submitted.")] = None,
) -> Answer:
    """Decide the plan that was submitted, as the deciding body did."""
    kind = EventKind.PLAN_APPROVED if choice(approve=approve, reject=reject) == "approve" else EventKind.PLAN_REJECTED
    return await _act(connections, kind, case, who, code=reject or "", quantity=version or 0)


@ordered()
async def answer(
    connections: "Connections",
    offer: Annotated[str, typer.Argument(metavar="OFFER", help="The offer's id, such as C7F3K9Q2M4X.2.O1.")],
    *,
    who: Who,
    accept: Annotated[bool, typer.Option("--accept", help="The provider takes it.")] = False,
    partly: Annotated[int | None, typer.Option(min=1, metavar="N", help="It takes N visits of the period.")] = None,
    decline: Annotated[
        Literal["no-capacity", "waitlist", "other"] | None, typer.Option(help="It does not take it.")
    ] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="It had accepted, and gives it back.")] = False,
    first_visit: Annotated[
        datetime | None, typer.Option(metavar="TIME", parser=moment, help="When it comes first.")
    ] = None,
) -> Answer:
    """Note what a provider answered by phone to an offer."""
    chosen = choice(accept=accept, partly=partly, decline=decline, withdraw=withdraw)
    if first_visit and chosen not in ("accept", "partly"):
        raise UsageError("--first-visit goes with --accept or --partly.")
    kinds = {
        "accept": EventKind.REFERRAL_ACCEPTED,
        "partly": EventKind.REFERRAL_PARTLY_ACCEPTED,
        "decline": EventKind.REFERRAL_DECLINED,
        "withdraw": EventKind.REFERRAL_CHANGED,
    }
    said = {"decline": decline or "", "withdraw": "cannot-go-on"}.get(chosen, "")
    return await _act(connections, kinds[chosen], offer, who, code=said, quantity=partly or 0, until=first_visit)


@ordered()
async def gap(
    connections: "Connections",
    line: Annotated[str, typer.Argument(metavar="LINE", help="The line's id, such as C7F3K9Q2M4X.2.")],
    *,
    who: Who,
    provider: Annotated[str | None, typer.Option(parser=code, metavar="P", help="Offer it to this one.")] = None,
    service: Annotated[str | None, typer.Option(parser=code, metavar="S", help="Look for this service.")] = None,
    wait: Annotated[str | None, typer.Option(metavar="LENGTH", help="Try again later: 3d, 12h, 2w.")] = None,
    give_up: Annotated[str | None, typer.Option(metavar="REASON", parser=code, help="Nobody will come.")] = None,
) -> Answer:
    """Answer a service gap: a line that no provider takes."""
    chosen = choice(provider=provider, service=service, wait=wait, give_up=give_up)

    from console.planning import gap_code, waits_until

    until = waits_until(wait, connections.now(), connections.profile) if wait else None
    said = gap_code(chosen, provider or service or give_up or "", connections.profile)
    return await _act(connections, EventKind.GAP_ANSWERED, line, who, code=said, until=until, counted=wait is not None)


@ordered()
async def visit(
    connections: "Connections",
    subject: Annotated[str, typer.Argument(metavar="VISIT|LINE", help="A visit's id, or a line's with --request.")],
    *,
    who: Who,
    completed: Annotated[bool, typer.Option("--completed", help="It took place.")] = False,
    missed: Annotated[
        Literal["no-answer", "refused", "provider", "other"] | None, typer.Option(help="It did not.")
    ] = None,
    request: Annotated[bool, typer.Option("--request", help="The person needs one, on demand.")] = False,
    at: Moment = None,
) -> Answer:
    """Note what became of a visit, or ask for one of an on-demand or stand-by line."""
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
    ok: Annotated[bool, typer.Option("--ok", help="Somebody looked after the person.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="The person was not found, or not found well.")] = False,
) -> Answer:
    """Note a check on the person."""
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
        bool, typer.Option("--cancel", help="It does not take place: everything booked goes back.")
    ] = False,
) -> Answer:
    """Note, correct or cancel the discharge, also the one after a readmission; a date to come counts as expected."""
    chosen = choice(at=at, cancel=cancel)

    if chosen == "cancel" or at is None:
        return await _act(connections, EventKind.DISCHARGE_CANCELLED, case, who)
    word = "actual" if at.counted or at.moment <= connections.now() else "expected"
    return await _act(
        connections, EventKind.DISCHARGE_NOTIFIED, case, who, code=word, until=at.moment, counted=at.counted
    )


@ordered()
async def admit(connections: "Connections", case: Case, *, who: Who, at: Moment = None) -> Answer:
    """Note that the person is in hospital again: clocks and visits stop, providers hold their places for a while."""
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
    outcome: Annotated[End | None, typer.Option(help="Of a case that ends before support began.")] = None,
) -> Answer:
    """End a case: for one of the Act's five reasons, or with an outcome before support began."""
    chosen = choice(reason=reason, outcome=outcome)
    said = f"reason-{reason}" if chosen == "reason" else f"outcome-{outcome}"
    return await _act(connections, EventKind.CASE_CLOSED, case, who, code=said)
