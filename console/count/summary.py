"""The count after a demonstration: the journal against Kafka, PostgreSQL and Temporal, each read separately."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.connections import Connections
from console.count.kafka import Answered, CountedTopics, topics
from console.count.meant import MeantRun
from console.count.record import WITHIN_DAYS, first_service_days, is_owned, past_first_check, promises_broken
from console.count.situations import missing, situations
from console.count.workflows import Workflows, workflows
from events.contract.words import IntakeOutcome
from handoff.store.queries.notice_cases import Counted, Named, counted
from handoff.vocabulary.awaited import TaskKind
from handoff.vocabulary.outcomes import LetterKind
from handoff.vocabulary.states import Consent, Eligibility, LineState, ReferralState, VisitState

Summary = dict[str, Any]


@dataclass(frozen=True)
class FourAccounts:
    """The four accounts of one run: journal, Kafka, PostgreSQL, Temporal."""

    meant: MeantRun
    topics: CountedTopics
    record: Counted
    workflows: Workflows

    def acknowledgements(self) -> dict[Named, dict[str, Answered]]:
        """First acknowledgements by the notice's message id, then by their own id, in the order in which they came."""
        return self._letters(LetterKind.NOTICE_ACKNOWLEDGED)

    def rejections(self) -> dict[Named, dict[str, Answered]]:
        """Rejections, in the same form."""
        return self._letters(LetterKind.NOTICE_REJECTED)

    def _letters(self, kind: str) -> dict[Named, dict[str, Answered]]:
        letters: dict[Named, dict[str, Answered]] = {}
        for letter in self.topics.answered:
            if letter.kind == kind and not letter.data.get("settled"):
                named = (letter.institution, str(letter.data.get("message_id", "")))
                letters.setdefault(named, {}).setdefault(letter.event_id, letter)
        return letters


async def count(connections: Connections, meant: MeantRun, restarts: Callable[[], Mapping[str, int]]) -> Summary:
    """Count one run. `restarts` is called last, so that it includes a process that died meanwhile.

    Raises:
        OSError, TimeoutError: Kafka, PostgreSQL or Temporal does not answer.
    """
    seen = await look(connections, meant)
    return {**compare(seen), "restarts": dict(restarts())}


async def look(connections: Connections, meant: MeantRun) -> FourAccounts:
    """Read Kafka, PostgreSQL and Temporal."""
    codes = connections.profile.topics()
    counted_topics = await topics(connections.bootstrap, connections.engine_login, codes, meant.began_at)
    begun = await workflows(await connections.temporal(), meant.began_at)
    async with connections.engine.connect() as conn:
        return FourAccounts(meant, counted_topics, await counted(conn, meant.notices), begun)


def compare(seen: FourAccounts) -> Summary:
    """Put the four accounts side by side."""
    notices, notices_lost, acks_doubled = _notices(seen)
    days = first_service_days(seen.record, _discharges(seen), seen.meant.seconds_per_day)
    lost, doubled = lost_cases(seen), doubled_cases(seen)
    return {
        "seed": seen.meant.seed,
        "run": seen.meant.run,
        "seconds_per_day": seen.meant.seconds_per_day,
        "notices": notices,
        "cases": {
            **_cases(seen.record),
            "lost": notices_lost + len(lost),
            "doubled": acks_doubled + doubled + _doubled_offers(seen) + _doubled_visits(seen),
        },
        "services": _services(seen.record),
        "first_service_days": {"p50": _percentile(days, 50), "p90": _percentile(days, 90)},
        "promises_broken": promises_broken(seen.record, days),
        "share_within_two_days": round(sum(day <= WITHIN_DAYS for day in days) / len(days), 3) if days else None,
        "situations": situations(seen.record, seen.topics, seen.meant, notices[IntakeOutcome.RESENT]),
        "missing": [str(left) for left in missing(seen.record, seen.meant)],
    }


def _notices(seen: FourAccounts) -> tuple[dict[str, int], int, int]:
    """Notices by outcome (for held ones: after settling), how many got no answer, and how many got two."""
    sent, lost = _sent(seen)
    acks, rejections = seen.acknowledgements(), seen.rejections()
    numbers, doubled = Counter[str](published=sum(sent.values())), 0
    for named, notices in seen.meant.notices.items():
        there = sum(1 for notice in notices if sent[notice])
        answers = list(acks.get(named, {}).values())
        taken, refused = answers[:there], len(rejections.get(named, {}))
        numbers.update(str(letter.data["status"]) for letter in taken)
        numbers["acknowledged"] += len(taken)
        numbers[IntakeOutcome.REJECTED] += min(refused, there - len(taken))
        lost += max(0, there - len(taken) - refused)
        doubled += len(answers) - len(taken)
    numbers[IntakeOutcome.RESENT] = numbers["published"] - len(sent)
    settled, joined = _settled(seen)
    numbers[IntakeOutcome.HELD] -= settled
    numbers[IntakeOutcome.JOINED] += joined
    outcomes = (IntakeOutcome.RESENT, IntakeOutcome.JOINED, IntakeOutcome.HELD, IntakeOutcome.REJECTED)
    names = ("published", "acknowledged", *map(str, outcomes))
    return {name: numbers[name] for name in names}, lost, doubled


def _settled(seen: FourAccounts) -> tuple[int, int]:
    """How many held notices have a case by now, and how many of these joined the case of another notice."""
    answered = {
        (at, str(letter.data.get("case_id", "")))
        for at, letters in seen.acknowledgements().items()
        for letter in letters.values()
    }
    held = {at for at, case in answered if not case}
    settled = [
        notice.case
        for notice in seen.record.notices
        if notice.named in held and notice.case and (notice.named, notice.case) not in answered
    ]
    opened = set(settled) - {case for _, case in answered}
    return len(settled), len(settled) - len(opened)


def _sent(seen: FourAccounts) -> tuple[Counter[str], int]:
    """How often each notice is on Kafka, and how many records Kafka confirmed but does not have."""
    on_kafka = Counter((record.institution, record.sha256, record.message_id) for record in seen.topics.sent)
    sent, lost = Counter[str](), 0
    for publication in set(seen.meant.publications):
        there = sum(
            on_kafka[(publication.institution, publication.sha256, name)] for name in (publication.message_id, "")
        )
        lost += publication.known and not there
        if publication.notice and there:
            sent[publication.notice] += there
    return sent, lost


def lost_cases(seen: FourAccounts) -> set[str]:
    """Cases that one account has and another does not have."""
    named = set(seen.meant.notices)
    acknowledged = {
        str(letter.data.get("case_id"))
        for at, letters in seen.acknowledgements().items()
        for letter in letters.values()
        if at in named and letter.data.get("case_id")
    }
    stored = {notice.case for notice in seen.record.notices if notice.case}
    without_row = {case for case in acknowledged | set(seen.workflows.chains) if case not in seen.record.known}
    without_workflow = {case for case in stored | acknowledged if case not in seen.workflows.chains}
    open_ = {case for case, row in seen.record.cases.items() if row.closed_at is None}
    return without_row | without_workflow | (open_ - seen.workflows.running)


def doubled_cases(seen: FourAccounts) -> int:
    """How many open cases there are beyond one per discharge, and workflows beyond one per case."""
    open_cases = {case for case, row in seen.record.cases.items() if row.closed_at is None}
    extra = sum(max(0, len(cases & open_cases) - len(meant)) for meant, cases in _groups(seen))
    ours = [chains for case, chains in seen.workflows.chains.items() if case in seen.record.cases]
    return extra + sum(len(chains) - 1 for chains in ours)


def _groups(seen: FourAccounts) -> Iterable[tuple[set[str], set[str]]]:
    """Discharges that share a reused message id, with the cases that their notices led to."""
    groups: list[tuple[set[str], set[str]]] = []
    cases: dict[Named, set[str]] = {}
    for notice in seen.record.notices:
        cases.setdefault(notice.named, set()).update({notice.case} - {""})
    for named in seen.meant.notices:
        meant, led = seen.meant.meant_by(named), cases.get(named, set())
        for group in [group for group in groups if group[0] & meant]:
            groups.remove(group)
            meant, led = meant | group[0], led | group[1]
        if meant:
            groups.append((meant, led))
    return groups


def _doubled_offers(seen: FourAccounts) -> int:
    """How often a line has two open offers, or an offer was sent under two ids."""
    open_ = Counter(
        r.line_id
        for r in seen.record.referrals
        if r.state in (ReferralState.REQUESTED, ReferralState.ACCEPTED, ReferralState.IN_PROGRESS)
    )
    offered: dict[str, set[str]] = {}
    for letter in seen.topics.answered:
        if letter.kind == LetterKind.REFERRAL_OFFERED and letter.subject.partition(".")[0] in seen.record.cases:
            offered.setdefault(letter.subject, set()).add(letter.event_id)
    return sum(number - 1 for number in open_.values()) + sum(len(ids) - 1 for ids in offered.values())


def _doubled_visits(seen: FourAccounts) -> int:
    """How often a line has two planned visits, or two visits at the same moment."""
    visits = [visit for visit in seen.record.visits if visit.state not in (VisitState.CANCELLED, VisitState.SUSPENDED)]
    to_come = Counter(visit.line_id for visit in visits if visit.state == VisitState.SCHEDULED)
    moments = Counter((visit.line_id, visit.planned_at) for visit in visits if visit.state != VisitState.SCHEDULED)
    return sum(number - 1 for counted in (to_come, moments) for number in counted.values())


def _cases(seen: Counted) -> dict[str, int]:
    rows = seen.cases.values()
    open_ = [case for case, row in seen.cases.items() if row.closed_at is None]
    following = [case for case in open_ if past_first_check(seen, case)]
    agreed = [row for row in rows if row.eligibility == Eligibility.ELIGIBLE and row.consent == Consent.GIVEN]
    return {
        "opened": len(seen.cases),
        "closed": len(seen.cases) - len(open_),
        "in_follow_up": len(following),
        "waiting": len(open_) - len(following),
        "unowned": sum(not is_owned(seen, case) for case in open_),
        "eligible_consenting": len(agreed),
        "first_visit_delivered": sum(row.support_began_at is not None for row in agreed),
    }


def _services(seen: Counted) -> dict[str, int]:
    taken = {
        referral.line_id
        for referral in seen.referrals
        if referral.answered_at and referral.state != ReferralState.REJECTED
    }
    return {
        LineState.PLANNED: sum(line.state != LineState.REMOVED for line in seen.lines),
        LineState.ACCEPTED: len(taken),
        "delivered": len({visit.line_id for visit in seen.visits if visit.state == VisitState.COMPLETED}),
        "gaps": len({task.subject for task in seen.tasks if task.kind == TaskKind.GAP}),
    }


def _discharges(seen: FourAccounts) -> dict[str, list[datetime]]:
    """The discharges that the simulation sent, by case."""
    by_case: dict[str, list[datetime]] = {}
    moments: dict[str, list[datetime]] = {}
    for publication in seen.meant.publications:
        if publication.meant and publication.discharged_at:
            moments.setdefault(publication.meant, []).append(datetime.fromisoformat(publication.discharged_at))
    for meant, cases in _groups(seen):
        for case in cases:
            by_case[case] = [moment for key in meant for moment in moments.get(key, [])]
    return by_case


def _percentile(values: list[float], percent: int) -> float | None:
    """The percentile by nearest rank; None without values."""
    if not values:
        return None
    return round(values[max(0, -(-len(values) * percent // 100) - 1)], 2)
