"""Every plan line finds its provider: offered by rank, capacity reserved with the offer, declined ones offered on."""

from collections.abc import Mapping

from activities import letters
from activities.home import service_starts, urgent_starts
from activities.page import COORDINATOR, Page
from activities.undoing import end_referral, lose_provider, set_line, told, withdraw
from handoff.korea import KST
from handoff.milestones import Entry, Outcome
from handoff.rules.matching import Candidate, Need, Ranking, load, rank
from handoff.store.plans import ENDED, LineRow
from handoff.store.referrals import AGREED, OPEN, Booked, ReferralRow


async def offer_made(page: Page, entry: Entry) -> Outcome:
    """Offer a line to the best provider with capacity left, and reserve it.

    Verdict: `offered` with the offer as subject; `gap` if nobody is left: the municipality has it as a task; `held` if
    the line has ended or there is no consent, which the story learns in the same moment.
    """
    line = page.lines.all()[entry.subject]
    known = page.referrals.open().get(line.line_id)
    if known:
        return page.outcome("offered", known.offer_id)
    if line.state in ENDED or page.case.consent != "given" or page.case.closed_at:
        return page.outcome("held", line.line_id)
    await page.stop(f"wait:{line.line_id}")
    weight = load(line.kind, line.quantity, line.per)
    booked = await _booked(page, line)
    ranking = _ranking(page, line, weight, booked)
    for ranked in ranking.best:
        if page.capacities.reserve(booked[ranked.provider], weight):
            return await _offer(page, line, ranked.provider, weight)
    return await _gap(page, line, ranking)


async def offer_accepted(page: Page, entry: Entry) -> Outcome:
    """The provider takes the line. Verdict: `accepted`, or `gone`."""
    referral = await _asked(page, entry.subject)
    if referral is None:
        return await gone(page)
    await _accepted(page, referral)
    return page.outcome("accepted", referral.offer_id)


async def offer_partly_accepted(page: Page, entry: Entry) -> Outcome:
    """The provider takes a part; the rest is a line of its own, offered on.

    Verdict: `accepted` (with the rest in `lines`), `declined` if the part is nothing, or `gone`. Whoever accepted more
    before keeps the part.
    """
    referral = await _asked(page, entry.subject)
    if referral is None:
        return await _reduced(page, entry)
    if entry.quantity <= 0:
        await _declined(page, referral, "other")
        return page.outcome("declined", referral.offer_id)
    rest = await _split(page, referral, entry.quantity) if entry.quantity < referral.quantity else []
    await _accepted(page, referral)
    return page.outcome("accepted", referral.offer_id, lines=[told(line) for line in rest])


async def _reduced(page: Page, entry: Entry) -> Outcome:
    referral = await _agreed(page, entry.subject)
    if referral is None or entry.quantity <= 0:
        return await gone(page)
    rest = await _split(page, referral, entry.quantity) if entry.quantity < referral.quantity else []
    return page.outcome("accepted", referral.offer_id, lines=[told(line) for line in rest])


async def offer_declined(page: Page, entry: Entry) -> Outcome:
    """The provider declines: that line alone goes on to the next. Verdict: `declined`, or `gone`."""
    referral = await _asked(page, entry.subject)
    if referral is None:
        return await gone(page)
    await _declined(page, referral, entry.code or "other")
    return page.outcome("declined", referral.offer_id)


async def offer_silent(page: Page, entry: Entry) -> Outcome:
    """No answer in time: the offer is withdrawn, and the line goes on to the next. Verdict may be `gone`."""
    referral = await _asked(page, entry.subject)
    if referral is None:
        return page.outcome("gone")
    await _declined(page, referral, "silent")
    letters.referral_withdrawn(page, referral, "silent")
    return page.outcome("silent", referral.offer_id)


async def offer_changed_mind(page: Page, entry: Entry) -> Outcome:
    """A provider that had accepted gives the line back: `failed`, not `rejected`. Verdict may be `gone`."""
    referral = await _agreed(page, entry.subject)
    if referral is None:
        return await gone(page)
    await end_referral(page, referral, "failed", entry.code or "changed-mind")
    await lose_provider(page, page.lines.all()[referral.line_id], "changed-mind")
    return page.outcome("changed", referral.offer_id)


async def gap_answered(page: Page, entry: Entry) -> Outcome:
    """The municipality answers a gap: another provider, another service, a wait, or an end with a reason.

    Verdict: that word. A new round begins: whoever declined before may be asked again.
    """
    line = page.lines.all()[entry.subject]
    word, _, what = entry.code.partition(":")
    await set_line(page, line, "given-up" if word == "give-up" else "planned", what if word == "give-up" else "")
    page.lines.change(line, asked_anew_at=page.at)
    if word == "provider":
        page.lines.change(line, prefers=what)
    elif word == "service" and page.profile.service(what):
        page.lines.change(line, service=what)
    elif word == "wait":
        until = entry.until or page.at
        page.lines.change(line, state="gap")
        await page.running.appoint(f"wait:{line.line_id}", until, COORDINATOR, line.line_id)
    return page.outcome(word)


async def service_ended(page: Page, entry: Entry) -> Outcome:
    """The provider or the municipality ends a service. Verdict: `completed`, `failed` (code "failed"), or `gone`."""
    referral = await _agreed(page, entry.subject)
    if referral is None:
        return await gone(page)
    state = "failed" if entry.code == "failed" else "completed"
    if entry.who != referral.provider:
        await withdraw(page, referral, entry.code)
        page.referrals.change(referral, state=state)
    else:
        await end_referral(page, referral, state, entry.code)
    await finish_line(page, page.lines.all()[referral.line_id], state, entry.code)
    return page.outcome(state, referral.line_id)


async def finish_line(page: Page, line: LineRow, state: str, reason: str) -> None:
    """End a line whose referral has ended: no further visit is planned."""
    await lose_provider(page, line, reason)
    await set_line(page, line, state, reason)


async def gone(page: Page) -> Outcome:
    """An answer for an offer that is gone changes nothing; its sender is told."""
    await letters.rejected(page, letters.No("offer-gone", page.entry.subject))
    return page.outcome("gone")


async def _booked(page: Page, line: LineRow) -> dict[str, Booked]:
    """What is booked at everybody who offers the service."""
    service = page.profile.service(line.service)
    category = service.category if service else ""
    fitting = {each.code: each.capacity for each in page.profile.providers if category in each.categories}
    return {each.provider: each for each in await page.capacities.booked(fitting)}


def _ranking(page: Page, line: LineRow, weight: int, booked: Mapping[str, Booked]) -> Ranking:
    candidates = [
        Candidate(provider, each.capacity - each.reserved, each.reserved, suspended=not provider.active)
        for provider in page.profile.providers
        if (each := booked.get(provider.code))
    ]
    need = Need(line.service, page.case.district, weight, page.at.astimezone(KST).date(), line.prefers)
    return rank(need, candidates, _tried(page, line), page.profile)


def _tried(page: Page, line: LineRow) -> set[str]:
    """Who was asked for this line in this round; a withdrawal by us does not count against anybody."""
    roots = {line.line_id, line.part_of}
    since = line.asked_anew_at
    return {
        each.provider
        for each in page.referrals.all()
        if each.line_id in roots
        and (each.state in ("rejected", "failed") or (each.line_id == line.part_of and each.state in OPEN))
        and (since is None or each.offered_at >= since)
    }


async def _offer(page: Page, line: LineRow, provider: str, weight: int) -> Outcome:
    number = sum(each.line_id == line.line_id for each in page.referrals.all()) + 1
    offer = f"{line.line_id}.O{number}"
    reached = page.reaches(provider)
    due = await page.start(
        "urgent-answer" if line.urgent else "answer", offer, owner=provider if reached else COORDINATOR
    )
    row = ReferralRow(
        offer_id=offer,
        line_id=line.line_id,
        case_id=page.case.case_id,
        provider=provider,
        state="requested",
        quantity=line.quantity,
        reserved=weight,
        offered_at=page.at,
        provisional=not await _approved(page, line),
        answer_due_at=due.due_at,
    )
    page.referrals.add(row)
    page.lines.change(line, state="offered", provider=provider)
    await urgent_starts(page, line)
    if not await letters.referral_offered(page, line, row):
        about = {"provider": provider, "line": line.line_id, "service": line.service, "quantity": line.quantity}
        await page.ask("answer", due, offer, about)
    return page.outcome("offered", offer)


async def _approved(page: Page, line: LineRow) -> bool:
    return any(plan.version == line.version and plan.state == "approved" for plan in page.plans.versions())


async def _gap(page: Page, line: LineRow, ranking: Ranking) -> Outcome:
    page.lines.change(line, state="gap", provider="")
    due = await page.start("gap", line.line_id)
    again = [code for code, why in ranking.excluded if why in ("already-asked", "no-capacity")]
    about = {"service": line.service, "quantity": line.quantity, "asked": dict(ranking.excluded), "providers": again}
    await page.ask("gap", due, line.line_id, about)
    return page.outcome("gap", line.line_id)


async def _asked(page: Page, offer: str) -> ReferralRow | None:
    return next((each for each in page.referrals.all() if each.offer_id == offer and each.state == "requested"), None)


async def _agreed(page: Page, subject: str) -> ReferralRow | None:
    return next(
        (each for each in page.referrals.all() if subject in (each.offer_id, each.line_id) and each.state in AGREED),
        None,
    )


async def _accepted(page: Page, referral: ReferralRow) -> None:
    line = page.lines.all()[referral.line_id]
    page.referrals.change(referral, state="accepted", answered_at=page.at, proposed_at=page.entry.until)
    page.lines.change(line, state="accepted", provider=referral.provider, reason="")
    await _answered(page, referral)
    await service_starts(page, line, referral)


async def _declined(page: Page, referral: ReferralRow, reason: str) -> None:
    page.referrals.change(referral, answered_at=None if reason == "silent" else page.at)
    await end_referral(page, referral, "rejected", reason)
    line = page.lines.all()[referral.line_id]
    if line.state not in ENDED:
        await lose_provider(page, line, reason)


async def _answered(page: Page, referral: ReferralRow) -> None:
    await page.running.stop_about(referral.offer_id)
    await page.answered("answer", subject=referral.offer_id)


async def _split(page: Page, referral: ReferralRow, part: int) -> list[LineRow]:
    """The provider keeps its part and the capacity for it; the rest is planned anew."""
    lines = page.lines.all()
    line = lines[referral.line_id]
    kept = load(line.kind, part, line.per)
    await page.capacities.free(referral.provider, referral.reserved - kept)
    page.referrals.change(referral, quantity=part, reserved=kept)
    root = line.part_of or line.line_id
    number = sum(each.part_of == root for each in lines.values()) + 1
    rest = LineRow(
        line_id=f"{root}r{number}",
        case_id=line.case_id,
        version=line.version,
        service=line.service,
        kind=line.kind,
        quantity=line.quantity - part,
        per=line.per,
        days=line.days,
        urgent=line.urgent,
        part_of=root,
        asked_anew_at=line.asked_anew_at,
        seq=number,
    )
    page.lines.change(line, quantity=part)
    return [page.lines.add(rest)]
