"""Which situations of the demonstration really came about, and in how many cases."""

from collections.abc import Mapping

from console.count.kafka import Answered, CountedTopics
from console.count.meant import MeantRun
from handoff.store.queries.notice_cases import Counted

# Situations that a milestone of the case tells of.
MILESTONES: Mapping[str, str] = {
    "consent-refused": "consent_refused",
    "declined": "offer_declined",
    "silent": "offer_silent",
    "partly-accepted": "offer_partly_accepted",
    "gap-answered": "gap_answered",
    "visit-missed": "visit_missed",
    "expected-discharge": "discharge_confirmed",
    "corrected": "discharge_corrected",
    "readmitted": "resumed",
    "discharge-cancelled": "discharge_cancelled",
    "plan-rejected": "plan_rejected",
}


def situations(record: Counted, topics: CountedTopics, meant: MeantRun, resent: int) -> dict[str, int]:
    """Count each situation where it shows: in the record, or in what tellers were answered."""
    found = {name: len(record.milestones.get(what, ())) for name, what in MILESTONES.items()}
    tellers: dict[str, set[str]] = {}
    for notice in record.notices:
        tellers.setdefault(notice.case, set()).add(notice.named[0])
    ends = [row.end_reason for row in record.cases.values()]
    return {
        "told-by-two": sum(len(who) > 1 for case, who in tellers.items() if case),
        "resent": resent,
        "id-reused": sum(bool(letter.data.get("id_reused")) for letter in _ours(topics, meant)),
        **found,
        "urgent-line": len({line.case_id for line in record.lines if line.urgent}),
        "unreadable": sum(letter.data.get("code") == "unreadable" for letter in _ours(topics, meant)),
        "not-our-municipality": sum(
            letter.data.get("code") == "not-our-municipality" for letter in _ours(topics, meant)
        ),
        "held-settled": _held_settled(record, topics, meant),
        "died": ends.count(1),
        "admitted": ends.count(2),
    }


def _held_settled(record: Counted, topics: CountedTopics, meant: MeantRun) -> int:
    settled = {notice.named for notice in record.notices if notice.case}
    held = {
        (letter.institution, str(letter.data["message_id"]))
        for letter in _ours(topics, meant)
        if letter.data.get("status") == "held"
    }
    return len(held & settled)


def _ours(topics: CountedTopics, meant: MeantRun) -> list[Answered]:
    """Answers to this run's notices, each once."""
    named = meant.notices
    ours = {
        letter.event_id: letter
        for letter in topics.answered
        if letter.kind in ("notice.acknowledged", "notice.rejected")
        and (letter.institution, str(letter.data.get("message_id", ""))) in named
    }
    return list(ours.values())
