"""The commands with which people act on a case as a whole. Each names the person who acts."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from console.cli.actions.doing import acted
from console.cli.options import Case, Moment, Who, Why, code, day
from console.cli.order import Answer, choice, ordered
from console.errors import UsageError
from handoff.case.closing import End
from handoff.vocabulary.words import EventKind

if TYPE_CHECKING:
    from console.connections import Connections


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
    at: Moment = None,
    why: Why = None,
) -> Answer:
    """Record a contact with the person, or a failed attempt. After a failed attempt the next one is due."""
    if choice(made=made, failed=failed) == "made":
        made_so = {"code": about or "", "body": {"channel": channel}}
        return await acted(connections, EventKind.CONTACT_MADE, case, who, at=at, why=why, **made_so)
    failed_so = {"code": channel, "body": {"channel": channel}}
    return await acted(connections, EventKind.CONTACT_FAILED, case, who, at=at, why=why, **failed_so)


@ordered()
async def consent(
    connections: "Connections",
    case: Case,
    *,
    who: Who,
    give: Annotated[bool, typer.Option("--give", help="The person consents.")] = False,
    refuse: Annotated[
        bool, typer.Option("--refuse", help="The person refuses all support, and the case ends; or a part (--scope).")
    ] = False,
    withdraw: Annotated[
        bool,
        typer.Option("--withdraw", help="Consent ends: open offers are taken back, accepted services go on."),
    ] = False,
    scope: Annotated[
        Literal["lookup", "service", "provider"] | None,
        typer.Option(help="Only this part: the lookup of records, one service (--line), one provider (--provider)."),
    ] = None,
    line: Annotated[str | None, typer.Option(metavar="LINE", help="With --scope service: the line.")] = None,
    provider: Annotated[
        str | None, typer.Option(metavar="P", parser=code, help="With --scope provider: its code.")
    ] = None,
    until: Annotated[
        date | None, typer.Option(metavar="DAY", parser=day, help="With --give: the last day of the consent.")
    ] = None,
    no_end: Annotated[
        bool, typer.Option("--no-end", help="With --give: the end that the consent names is taken back.")
    ] = False,
    at: Moment = None,
    why: Why = None,
) -> Answer:
    """Record the person's consent, its end, or what the person refuses. Without consent, no data is shared."""
    chosen = choice(give=give, refuse=refuse, withdraw=withdraw)

    from console.consenting import Consenting, subject_and_code

    named = Consenting(chosen == "give", scope or "", line or "", provider or "", until, no_end)
    subject, part, ends_at = subject_and_code(named, case, connections)
    kinds = {
        "give": EventKind.CONSENT_GIVEN,
        "refuse": EventKind.CONSENT_REFUSED,
        "withdraw": EventKind.CONSENT_WITHDRAWN,
    }
    return await acted(connections, kinds[chosen], subject, who, at=at, why=why, code=part, until=ends_at)


@ordered()
async def papers(connections: "Connections", case: Case, *, who: Who, at: Moment = None, why: Why = None) -> Answer:
    """Record that the papers came that the person brings, since the lookup of records is refused."""
    return await acted(connections, EventKind.PAPERS_RECEIVED, case, who, at=at, why=why)


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
    at: Moment = None,
    why: Why = None,
) -> Answer:
    """Record the score of a survey, or the result of the determination."""
    options = {"severe_disability": severe_disability, "group": group, "complex_need": complex_need}
    findings = {name: value for name, value in options.items() if value is not None}
    if choice(score=score, result=result) == "score":
        kind = EventKind.PRESURVEY_COMPLETED
    else:
        kind = EventKind.DETERMINATION_RETURNED
    reply = {"score": score} if result is None else {"result": result}
    named: dict[str, Any] = {"code": result or "", "quantity": score or 0, "body": {**reply, "found": findings}}
    return await acted(connections, kind, case, who, at=at, why=why, **named)


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
    at: Moment = None,
    why: Why = None,
) -> Answer:
    """Submit the individual support plan or its next version, or write a draft. Each line is checked first."""
    if choice(file=file, draft=draft) == "file" and who is None:
        raise UsageError("--file needs --as WHO: the person who submits the plan.")

    from console.cli.actions.plan_files import lines_of, write_draft

    if file is None:
        return await write_draft(connections, case, cast("Path", draft))
    body = {"lines": lines_of(file, case, connections.profile)}
    return await acted(connections, EventKind.PLAN_DRAFTED, case, who or "", at=at, why=why, body=body)


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
    end_running_help: Annotated[
        bool, typer.Option("--end-running-help", help="Reject, although that ends services that began already.")
    ] = False,
    at: Moment = None,
    why: Why = None,
) -> Answer:
    """Record the deciding body's decision on the submitted plan. A rejection says first what running help it ends."""
    from console.planning import make_sure_undecided

    if choice(approve=approve, reject=reject) == "approve":
        if end_running_help:
            raise UsageError("--end-running-help belongs to --reject.")
        await make_sure_undecided(connections, case, EventKind.PLAN_APPROVED)
        return await acted(connections, EventKind.PLAN_APPROVED, case, who, at=at, why=why, quantity=version or 0)

    from console.cli.actions.outcome import with_ended
    from console.running_help import confirm_end

    await make_sure_undecided(connections, case, EventKind.PLAN_REJECTED)
    ends = await confirm_end(connections, case, version or 0, confirmed=end_running_help)
    reply: dict[str, Any] = {"code": reject or "", "quantity": version or 0}
    done = await acted(connections, EventKind.PLAN_REJECTED, case, who, at=at, why=why, **reply)
    return with_ended(done, ends)


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
    why: Why = None,
) -> Answer:
    """Record, correct or cancel the discharge, also the one after a readmission. A future date is expected."""
    chosen = choice(at=at, cancel=cancel)

    if chosen == "cancel" or at is None:
        return await acted(connections, EventKind.DISCHARGE_CANCELLED, case, who, why=why)
    word = "actual" if at.counted or at.moment <= connections.now() else "expected"
    named: dict[str, Any] = {"code": word, "until": at.moment, "counted": at.counted}
    return await acted(connections, EventKind.DISCHARGE_NOTIFIED, case, who, why=why, **named)


@ordered()
async def admit(connections: "Connections", case: Case, *, who: Who, at: Moment = None, why: Why = None) -> Answer:
    """Record that the person is in hospital again. Clocks and visits stop; providers keep a place for a while."""
    until, counted = (at.moment, at.counted) if at else (connections.now(), True)
    return await acted(connections, EventKind.ADMISSION_OCCURRED, case, who, why=why, until=until, counted=counted)


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
    at: Moment = None,
    why: Why = None,
) -> Answer:
    """End a case: for one of the Act's five reasons, or with an outcome if support has not begun.

    Contact stops at once. For some minutes `handoff reopen` takes it back; then it is final, and institutions are told.
    """
    chosen = choice(reason=reason, outcome=outcome)
    end = f"reason-{reason}" if chosen == "reason" else f"outcome-{outcome}"
    return await acted(connections, EventKind.CASE_CLOSED, case, who, at=at, why=why, code=end)


@ordered()
async def reopen(connections: "Connections", case: Case, *, who: Who) -> Answer:
    """Take the end of a case back, before its grace is over. The case goes on as it was."""
    return await acted(connections, EventKind.CASE_REOPENED, case, who)
