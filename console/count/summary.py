"""The count after a demonstration: what was meant against Kafka, PostgreSQL and Temporal, each read apart."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.connections import Connections
from console.count.kafka import Answered, CountedTopics, topics
from console.count.meant import MeantRun
from console.count.record import first_service_days, is_owned, past_first_check
from console.count.situations import situations
from console.count.workflows import Workflows, workflows
from events.contract.words import IntakeOutcome
from handoff.store.queries.notice_cases import Counted, Named, counted
from handoff.vocabulary.outcomes import LetterKind
from handoff.vocabulary.states import Consent, Eligibility, LineState, ReferralState, VisitState
from handoff.vocabulary.words import TaskKind

Summary = dict[str, Any]
WITHIN_DAYS = 2  # of the actual discharge: what this product exists for


@dataclass(frozen=True)
class FourAccounts:
    """The four accounts of one run."""

    meant: MeantRun
    topics: CountedTopics
    record: Counted
    workflows: Workflows

    def acknowledgements(self) -> dict[Named, dict[str, Answered]]:
        """First acknowledgements of each notice's message id, by their own id, in the order in which they came."""
        return self._letters(LetterKind.NOTICE_ACKNOWLEDGED)

    def rejections(self) -> dict[Named, dict[str, Answered]]:
        """Rejections, likewise."""
        return self._letters(LetterKind.NOTICE_REJECTED)

    def _letters(self, kind: str) -> dict[Named, dict[str, Answered]]:
        found: dict[Named, dict[str, Answered]] = {}
        for letter in self.topics.answered:
            if letter.kind == kind and not letter.data.get("settled"):
                named = (letter.institution, str(letter.data.get("message_id", "")))
                found.setdefault(named, {}).setdefault(letter.event_id, letter)
        return found


async def count(connections: Connections, meant: MeantRun, restarts: Callable[[], Mapping[str, int]]) -> Summary:
    """Count one run; `restarts` are asked for last: a part that dies meanwhile is among them.

    Raises:
        OSError, TimeoutError: one of the three does not answer.
    """
    seen = await look(connections, meant)
    return {**compare(seen), "restarts": dict(restarts())}


async def look(connections: Connections, meant: MeantRun) -> FourAccounts:
    """Read Kafka, PostgreSQL and Temporal."""
    codes = connections.profile.topics()
    told = await topics(connections.bootstrap, connections.engine_login, codes, meant.began_at)
    begun = await workflows(await connections.temporal(), meant.began_at)
    async with connections.engine.connect() as conn:
        return FourAccounts(meant, told, await counted(conn, meant.notices), begun)


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
        "share_within_two_days": round(sum(day <= WITHIN_DAYS for day in days) / len(days), 3) if days else None,
        "situations": situations(seen.record, seen.topics, seen.meant, notices[IntakeOutcome.RESENT]),
    }


def _notices(seen: FourAccounts) -> tuple[dict[str, int], int, int]:
    """What became of every notice, a held one as it was settled; how many were not answered, and how many twice."""
    sent, lost = _sent(seen)
    acks, rejections = seen.acknowledgements(), seen.rejections()
    found, doubled = Counter[str](published=sum(sent.values())), 0
    for named, told in seen.meant.notices.items():
        there = sum(1 for notice in told if sent[notice])
        answers = list(acks.get(named, {}).values())
        taken, refused = answers[:there], len(rejections.get(named, {}))
        found.update(str(letter.data["status"]) for letter in taken)
        found["acknowledged"] += len(taken)
        found[IntakeOutcome.REJECTED] += min(refused, there - len(taken))
        lost += max(0, there - len(taken) - refused)
        doubled += len(answers) - len(taken)
    found[IntakeOutcome.RESENT] = found["published"] - len(sent)
    settled, joined = _settled(seen)
    found[IntakeOutcome.HELD] -= settled
    found[IntakeOutcome.JOINED] += joined
    outcomes = (IntakeOutcome.RESENT, IntakeOutcome.JOINED, IntakeOutcome.HELD, IntakeOutcome.REJECTED)
    names = ("published", "acknowledged", *map(str, outcomes))
    return {name: found[name] for name in names}, lost, doubled


def _settled(seen: FourAccounts) -> tuple[int, int]:
    """How many notices that were acknowledged as held have a case by now; how many of them joined another's."""
    answered = {
        (at, str(letter.data.get("case_id", "")))
        for at, told in seen.acknowledgements().items()
        for letter in told.values()
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
    """How often each notice stands on Kafka; how many records Kafka said to have and has not."""
    on_kafka = Counter((each.institution, each.sha256, each.message_id) for each in seen.topics.sent)
    sent, lost = Counter[str](), 0
    for said in set(seen.meant.publications):
        there = sum(on_kafka[(said.institution, said.sha256, name)] for name in (said.message_id, ""))
        lost += said.known and not there
        if said.notice and there:
            sent[said.notice] += there
    return sent, lost


def lost_cases(seen: FourAccounts) -> set[str]:
    """Cases that one of the accounts has and another has not."""
    named = set(seen.meant.notices)
    told = {
        str(letter.data.get("case_id"))
        for at, letters in seen.acknowledgements().items()
        for letter in letters.values()
        if at in named and letter.data.get("case_id")
    }
    stored = {notice.case for notice in seen.record.notices if notice.case}
    without_row = {case for case in told | set(seen.workflows.chains) if case not in seen.record.known}
    without_workflow = {case for case in stored | told if case not in seen.workflows.chains}
    open_ = {case for case, row in seen.record.cases.items() if row.closed_at is None}
    return without_row | without_workflow | (open_ - seen.workflows.running)


def doubled_cases(seen: FourAccounts) -> int:
    """Open cases beyond the discharges they are about, and workflows beyond one a case."""
    open_cases = {case for case, row in seen.record.cases.items() if row.closed_at is None}
    extra = sum(max(0, len(cases & open_cases) - len(meant)) for meant, cases in _groups(seen))
    ours = [chains for case, chains in seen.workflows.chains.items() if case in seen.record.cases]
    return extra + sum(len(chains) - 1 for chains in ours)


def _groups(seen: FourAccounts) -> Iterable[tuple[set[str], set[str]]]:
    """Discharges that share a reused id, with the cases that their notices led to."""
    groups: list[tuple[set[str], set[str]]] = []
    cases: dict[Named, set[str]] = {}
    for notice in seen.record.notices:
        cases.setdefault(notice.named, set()).update({notice.case} - {""})
    for named in seen.meant.notices:
        meant, led = seen.meant.meant_by(named), cases.get(named, set())
        for group in [each for each in groups if each[0] & meant]:
            groups.remove(group)
            meant, led = meant | group[0], led | group[1]
        if meant:
            groups.append((meant, led))
    return groups


def _doubled_offers(seen: FourAccounts) -> int:
    """Two open offers for one line, or one offer told under two ids."""
    open_ = Counter(
        r.line_id
        for r in seen.record.referrals
        if r.state in (ReferralState.REQUESTED, ReferralState.ACCEPTED, ReferralState.IN_PROGRESS)
    )
    told: dict[str, set[str]] = {}
    for letter in seen.topics.answered:
        if letter.kind == LetterKind.REFERRAL_OFFERED and letter.subject.partition(".")[0] in seen.record.cases:
            told.setdefault(letter.subject, set()).add(letter.event_id)
    return sum(number - 1 for number in open_.values()) + sum(len(ids) - 1 for ids in told.values())


def _doubled_visits(seen: FourAccounts) -> int:
    """Two visits of one line that are both to come, or at the same moment."""
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
        each.line_id
        for each in seen.referrals
        if each.state not in (ReferralState.REQUESTED, ReferralState.REJECTED, ReferralState.CANCELLED)
    }
    return {
        LineState.PLANNED: sum(line.state != LineState.REMOVED for line in seen.lines),
        LineState.ACCEPTED: len(taken),
        "delivered": len({visit.line_id for visit in seen.visits if visit.state == VisitState.COMPLETED}),
        "gaps": len({task.subject for task in seen.tasks if task.kind == TaskKind.GAP}),
    }


def _discharges(seen: FourAccounts) -> dict[str, list[datetime]]:
    """The discharges that the simulation told, by case."""
    told: dict[str, list[datetime]] = {}
    moments: dict[str, list[datetime]] = {}
    for each in seen.meant.publications:
        if each.meant and each.discharged_at:
            moments.setdefault(each.meant, []).append(datetime.fromisoformat(each.discharged_at))
    for meant, cases in _groups(seen):
        for case in cases:
            told[case] = [moment for key in meant for moment in moments.get(key, [])]
    return told


def _percentile(values: list[float], percent: int) -> float | None:
    """The nearest rank; None without values."""
    if not values:
        return None
    return round(values[max(0, -(-len(values) * percent // 100) - 1)], 2)
