"""The commands with which people act on a case; each names who acts."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from handoff.case.closing import End
from workers.cli.options import Case, Folder, Moment, Who, code, moment
from workers.cli.order import Answer, Order, UsageError, choice

if TYPE_CHECKING:
    from workers.compose import Desk


def _act(folder: Path | None, kind: str, subject: str, who: str, **said: Any) -> Order:
    async def does(desk: "Desk") -> Answer:
        from workers.cli.acting import Action, act

        return await act(desk, Action(kind, subject, who, **said))

    return Order(does, folder)


def contact(  # a command's options are its arguments
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
    folder: Folder = None,
) -> Order:
    """Note that the person was spoken with, or could not be reached: then the next step of the ladder is due."""
    if choice(made=made, failed=failed) == "made":
        return _act(folder, "contact.made", case, who, code=about or "", body={"channel": channel})
    return _act(folder, "contact.failed", case, who, code=channel, body={"channel": channel})


def consent(
    case: Case,
    *,
    who: Who,
    give: Annotated[bool, typer.Option("--give", help="The person consents.")] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="The person refuses all support: the case ends.")] = False,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Nothing new is disclosed, open offers go back.")
    ] = False,
    folder: Folder = None,
) -> Order:
    """Note the person's consent: before it, nobody is told of the person."""
    chosen = choice(give=give, refuse=refuse, withdraw=withdraw)
    kinds = {"give": "consent.given", "refuse": "consent.refused", "withdraw": "consent.withdrawn"}
    return _act(folder, kinds[chosen], case, who)


def assess(
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
    folder: Folder = None,
) -> Order:
    """Note what an assessment found: a survey's score, or the determination."""
    findings = {"severe_disability": severe_disability, "group": group, "complex_need": complex_need}
    found = {name: value for name, value in findings.items() if value is not None}
    if choice(score=score, result=result) == "score":
        body = {"score": score, "found": found}
        return _act(folder, "presurvey.completed", case, who, quantity=score, body=body)
    return _act(folder, "determination.returned", case, who, code=result, body={"result": result, "found": found})


def plan(
    case: Case,
    *,
    who: Annotated[str | None, typer.Option("--as", metavar="WHO", parser=code, help="Who submits it.")] = None,
    file: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Submit it: TOML or JSON with \\[\\[lines]].")
    ] = None,
    draft: Annotated[Path | None, typer.Option(help="Write a first draft into this file, to be completed.")] = None,
    folder: Folder = None,
) -> Order:
    """Submit the individual support plan, or its next version, every line checked first; or have a draft written."""
    if choice(file=file, draft=draft) == "file" and who is None:
        raise UsageError("--file needs --as WHO: somebody submits the plan.")

    async def does(desk: "Desk") -> Answer:
        from workers.cli.acting import Action, act
        from workers.cli.drafting import draft_plan
        from workers.cli.planning import lines_of

        if file is None:
            return await draft_plan(desk, case, cast("Path", draft))
        body = {"lines": lines_of(file, case, desk.profile)}
        return await act(desk, Action("plan.drafted", case, who or "", body=body))

    return Order(does, folder)


def decide(
    case: Case,
    *,
    who: Who,
    approve: Annotated[bool, typer.Option("--approve", help="The plan counts.")] = False,
    reject: Annotated[
        str | None, typer.Option(metavar="REASON", parser=code, help="It is revised, for this reason.")
    ] = None,
    version: Annotated[int | None, typer.Option(min=1, help="Of the plan; without it: the one submitted.")] = None,
    folder: Folder = None,
) -> Order:
    """Decide the plan that was submitted, as the deciding body did."""
    kind = "plan.approved" if choice(approve=approve, reject=reject) == "approve" else "plan.rejected"
    return _act(folder, kind, case, who, code=reject or "", quantity=version or 0)


def answer(
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
    folder: Folder = None,
) -> Order:
    """Note what a provider answered by phone to an offer."""
    chosen = choice(accept=accept, partly=partly, decline=decline, withdraw=withdraw)
    if first_visit and chosen not in ("accept", "partly"):
        raise UsageError("--first-visit goes with --accept or --partly.")
    kinds = {"accept": "accepted", "partly": "partly-accepted", "decline": "declined", "withdraw": "changed"}
    said = {"decline": decline or "", "withdraw": "cannot-go-on"}.get(chosen, "")
    return _act(folder, f"referral.{kinds[chosen]}", offer, who, code=said, quantity=partly or 0, until=first_visit)


def gap(
    line: Annotated[str, typer.Argument(metavar="LINE", help="The line's id, such as C7F3K9Q2M4X.2.")],
    *,
    who: Who,
    provider: Annotated[str | None, typer.Option(parser=code, metavar="P", help="Offer it to this one.")] = None,
    service: Annotated[str | None, typer.Option(parser=code, metavar="S", help="Look for this service.")] = None,
    wait: Annotated[str | None, typer.Option(metavar="LENGTH", help="Try again later: 3d, 12h, 2w.")] = None,
    give_up: Annotated[str | None, typer.Option(metavar="REASON", parser=code, help="Nobody will come.")] = None,
    folder: Folder = None,
) -> Order:
    """Answer a service gap: a line that no provider takes."""
    chosen = choice(provider=provider, service=service, wait=wait, give_up=give_up)

    async def does(desk: "Desk") -> Answer:
        from workers.cli.acting import Action, act
        from workers.cli.planning import gap_code, waits_until

        until = waits_until(wait, desk.now(), desk.profile) if wait else None
        said = gap_code(chosen, provider or service or give_up or "", desk.profile)
        return await act(desk, Action("gap.answered", line, who, code=said, until=until, counted=wait is not None))

    return Order(does, folder)


def visit(
    subject: Annotated[str, typer.Argument(metavar="VISIT|LINE", help="A visit's id, or a line's with --request.")],
    *,
    who: Who,
    completed: Annotated[bool, typer.Option("--completed", help="It took place.")] = False,
    missed: Annotated[
        Literal["no-answer", "refused", "provider", "other"] | None, typer.Option(help="It did not.")
    ] = None,
    request: Annotated[bool, typer.Option("--request", help="The person needs one, on demand.")] = False,
    at: Moment = None,
    folder: Folder = None,
) -> Order:
    """Note what became of a visit, or ask for one of an on-demand or stand-by line."""
    chosen = choice(completed=completed, missed=missed, request=request)
    kind = {"completed": "visit.completed", "missed": "visit.missed", "request": "visit.requested"}[chosen]
    until, counted = (at.moment, at.counted) if at else (None, False)
    return _act(folder, kind, subject, who, code=missed or "", until=until, counted=counted)


def check(
    subject: Annotated[str, typer.Argument(metavar="CHECK", help="The check's id, such as C7F3K9Q2M4X.day-3.")],
    *,
    who: Who,
    ok: Annotated[bool, typer.Option("--ok", help="Somebody looked after the person.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="The person was not found, or not found well.")] = False,
    folder: Folder = None,
) -> Order:
    """Note a check on the person."""
    if choice(ok=ok, failed=failed) == "ok":
        return _act(folder, "check.completed", subject, who, code="well")
    return _act(folder, "check.failed", subject, who, code="no-answer")


def discharge(
    case: Case,
    *,
    who: Who,
    at: Moment = None,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="It does not take place: everything booked goes back.")
    ] = False,
    folder: Folder = None,
) -> Order:
    """Note the discharge: its moment (one to come is expected), or that it is cancelled."""
    chosen = choice(at=at, cancel=cancel)

    async def does(desk: "Desk") -> Answer:
        from workers.cli.acting import Action, act

        if chosen == "cancel" or at is None:
            return await act(desk, Action("discharge.cancelled", case, who))
        word = "actual" if at.counted or at.moment <= desk.now() else "expected"
        said = Action("discharge.notified", case, who, code=word, until=at.moment, counted=at.counted)
        return await act(desk, said)

    return Order(does, folder)


def admit(case: Case, *, who: Who, at: Moment = None, folder: Folder = None) -> Order:
    """Note that the person is in hospital again: clocks and visits stand still, providers wait a while."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.acting import Action, act

        until, counted = (at.moment, at.counted) if at else (desk.now(), True)
        return await act(desk, Action("admission.occurred", case, who, until=until, counted=counted))

    return Order(does, folder)


def close(
    case: Case,
    *,
    who: Who,
    reason: Annotated[
        int | None,
        typer.Option(min=1, max=5, help="1 death, 2 admitted for good, 3 need no longer complex, 4 refusal, 5 other."),
    ] = None,
    outcome: Annotated[End | None, typer.Option(help="Of a case that ends before support began.")] = None,
    folder: Folder = None,
) -> Order:
    """End a case: for one of the Act's five reasons, or with an outcome before support began."""
    chosen = choice(reason=reason, outcome=outcome)
    said = f"reason-{reason}" if chosen == "reason" else f"outcome-{outcome}"
    return _act(folder, "case.closed", case, who, code=said)
