"""Which situations of the demonstration really happened, and in how many cases."""

from collections.abc import Mapping

from console.count.kafka import Answered, CountedTopics
from console.count.meant import MeantRun
from events.contract.codes import Code
from events.contract.words import IntakeOutcome
from handoff.store.queries.notice_cases import Counted
from handoff.vocabulary.outcomes import LetterKind
from handoff.vocabulary.words import MilestoneName
from simulation.situations import Situation

# Situations that a milestone of the case shows.
MILESTONES: Mapping[str, str] = {
    Situation.CONSENT_REFUSED: MilestoneName.CONSENT_REFUSED,
    Situation.DECLINED: MilestoneName.OFFER_DECLINED,
    Situation.SILENT: MilestoneName.OFFER_SILENT,
    Situation.PARTLY_ACCEPTED: MilestoneName.OFFER_PARTLY_ACCEPTED,
    Situation.GAP_ANSWERED: MilestoneName.GAP_ANSWERED,
    Situation.VISIT_MISSED: MilestoneName.VISIT_MISSED,
    Situation.EXPECTED_DISCHARGE: MilestoneName.DISCHARGE_CONFIRMED,
    Situation.CORRECTED: MilestoneName.DISCHARGE_CORRECTED,
    Situation.READMITTED: MilestoneName.RESUMED,
    Situation.DISCHARGE_CANCELLED: MilestoneName.DISCHARGE_CANCELLED,
    Situation.PLAN_REJECTED: MilestoneName.PLAN_REJECTED,
}


def situations(record: Counted, topics: CountedTopics, meant: MeantRun, resent: int) -> dict[str, int]:
    """Count each situation from the record, or from the letters to the institutions."""
    by_milestone = {name: len(record.milestones.get(what, ())) for name, what in MILESTONES.items()}
    tellers: dict[str, set[str]] = {}
    for notice in record.notices:
        tellers.setdefault(notice.case, set()).add(notice.named[0])
    ends = [row.end_reason for row in record.cases.values()]
    return {
        Situation.TOLD_BY_TWO: sum(len(who) > 1 for case, who in tellers.items() if case),
        Situation.RESENT: resent,
        Situation.ID_REUSED: sum(bool(letter.data.get("id_reused")) for letter in _ours(topics, meant)),
        **by_milestone,
        Situation.URGENT_LINE: len({line.case_id for line in record.lines if line.urgent}),
        Situation.UNREADABLE: sum(letter.data.get("code") == Code.UNREADABLE for letter in _ours(topics, meant)),
        Situation.NOT_OURS: sum(
            letter.data.get("code") == Code.NOT_OUR_MUNICIPALITY for letter in _ours(topics, meant)
        ),
        Situation.HELD_SETTLED: _held_settled(record, topics, meant),
        Situation.DIED: ends.count(1),
        Situation.ADMITTED: ends.count(2),
    }


def _held_settled(record: Counted, topics: CountedTopics, meant: MeantRun) -> int:
    settled = {notice.named for notice in record.notices if notice.case}
    held = {
        (letter.institution, str(letter.data["message_id"]))
        for letter in _ours(topics, meant)
        if letter.data.get("status") == IntakeOutcome.HELD
    }
    return len(held & settled)


def _ours(topics: CountedTopics, meant: MeantRun) -> list[Answered]:
    """Answers to this run's notices, each once."""
    named = meant.notices
    ours = {
        letter.event_id: letter
        for letter in topics.answered
        if letter.kind in (LetterKind.NOTICE_ACKNOWLEDGED, LetterKind.NOTICE_REJECTED)
        and (letter.institution, str(letter.data.get("message_id", ""))) in named
    }
    return list(ours.values())
