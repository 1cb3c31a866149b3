"""Writes the refusal of a service or of a provider, and refusals about which the person is asked."""

from collections.abc import Mapping

from activities import rejections
from activities.case_session import CaseSession, Writer
from activities.ranking import ranked
from activities.release import drop_line, is_of_another, living, lose_provider, recorded, set_line, withdraw
from activities.service_ends import gone
from handoff.case.messages import Milestone, MilestoneResult, RecordedLine
from handoff.case.refusals import refused_of
from handoff.subjects import line_of
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.consents import ConsentScope
from handoff.vocabulary.outcomes import AnswerCode, Verdict, WithdrawalReason
from handoff.vocabulary.states import LINE_OVER, EndedBy, LineState
from handoff.vocabulary.words import MilestoneName

# Tasks that ask the person for consent already. What somebody says about it stands in the one that is open.
ASKING = (TaskKind.CONSENT, TaskKind.CONSENT_AGAIN, TaskKind.RENEW_CONSENT)


def refusal_told(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Say in the task that asks for consent who tells of a refusal; without one, open a task. Verdict: `noted`.

    The refusal of a service or of a provider is a task of its own, with the line or the provider as its subject.
    """
    part = _part(session, milestone)
    waiting = {**session.tasks.waiting(), **session.tasks.open()}
    task = None if part else next((waiting[kind, ""] for kind in ASKING if (kind, "") in waiting), None)
    if task is None:
        task = session.ask(TaskKind.CONFIRM_REFUSAL, session.start(LimitName.REFUSAL, part), part)
    names = dict.fromkeys([*task.about.get("refused_by", "").split(", "), milestone.who])
    task.about = {**task.about, "refused_by": ", ".join(filter(None, names)), "refuses": milestone.code}
    return session.result(Verdict.NOTED)


def _part(session: CaseSession, milestone: Milestone) -> str:
    """The line or the provider that is refused; "" if it is all support, or the word names none."""
    scope, _, provider = milestone.code.partition(":")
    if scope == ConsentScope.PROVIDER:
        return provider or _provider_of(session, milestone.subject)
    line = session.lines.all().get(line_of(milestone.subject)) if scope == ConsentScope.SERVICE else None
    return (line.part_of or line.line_id) if line else ""


def _confirmed(session: CaseSession, part: str) -> None:
    """Nobody has to ask any more whether this line or provider is refused."""
    session.stop(f"{LimitName.REFUSAL}:{part}")
    session.answered(TaskKind.CONFIRM_REFUSAL, subject=part)


async def service_refused(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """End one service: its line, and the parts of it at other providers. Other lines go on.

    Verdict: how the line ended, a `LineState`; `gone` if it has ended, or a provider speaks of the line of another.
    `lines` of the result: the lines that have ended.
    """
    lines = session.lines.all()
    line = lines.get(line_of(milestone.subject))
    referral = session.referrals.open().get(line.line_id) if line else None
    by_provider = session.profile.provider(milestone.who) is not None
    if line is None or line.state in LINE_OVER or (by_provider and referral is None):
        return gone(session)
    if referral and is_of_another(session, referral):
        return gone(session, referral)
    root = line.part_of or line.line_id
    _confirmed(session, root)
    ended = [part for part in living(session) if root in (part.line_id, part.part_of)]
    for part in ended:
        await drop_line(session, part, AnswerCode.REFUSED, EndedBy.PERSON)
    return session.result(line.state, line.line_id, lines=[recorded(part) for part in ended])


async def provider_refused(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Take all lines of a provider back, and never ask it again in this case.

    Verdict: `changed`, with the provider as subject; `gone` if there is no such provider. `lines`: its lines so far.
    """
    provider = milestone.code or _provider_of(session, milestone.subject)
    if session.profile.provider(provider) is None:
        rejections.rejected(session, rejections.Rejection("subject-unknown", "provider"))
        return session.result(Verdict.GONE)
    _confirmed(session, provider)
    session.case.refused = [
        *(part for part in session.case.refused if part != refused_of(provider)),
        refused_of(provider),
    ]
    referrals, lost = session.referrals.open(), list[RecordedLine]()
    for line in living(session):
        line.prefers = "" if line.prefers == provider else line.prefers
        referral = referrals.get(line.line_id)
        if referral and referral.provider == provider:
            await withdraw(session, referral, WithdrawalReason.REFUSED_BY_PERSON)
            lose_provider(session, line, WithdrawalReason.REFUSED_BY_PERSON)
            lost.append(recorded(line))
    return session.result(Verdict.CHANGED, provider, lines=lost)


async def provider_allowed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Let a provider be asked again. A line for which none was left is offered again, if this one gives its service.

    Verdict: `changed`, with the provider as subject. `lines`: the lines to offer.
    """
    provider, again = milestone.code, list[RecordedLine]()
    session.case.refused = [part for part in session.case.refused if part != refused_of(provider)]
    for line in living(session):
        waits = f"{LimitName.WAIT}:{line.line_id}" in session.clocks.all()
        if line.state != LineState.GAP or waits:
            continue
        if any(candidate.provider == provider for candidate in (await ranked(session, line)).best):
            set_line(session, line, LineState.PLANNED)
            again.append(recorded(line))
    return session.result(Verdict.CHANGED, provider, lines=again)


def _provider_of(session: CaseSession, subject: str) -> str:
    """The provider of an offer, or of the open offer of a line; "" if there is none."""
    own = next((referral for referral in session.referrals.all() if referral.offer_id == subject), None)
    referral = own or session.referrals.open().get(line_of(subject))
    return referral.provider if referral else ""


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.REFUSAL_TOLD: refusal_told,
    MilestoneName.SERVICE_REFUSED: service_refused,
    MilestoneName.PROVIDER_REFUSED: provider_refused,
    MilestoneName.PROVIDER_ALLOWED: provider_allowed,
}
