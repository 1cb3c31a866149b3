"""Which situations of the demonstration really happened, and in how many cases."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from console.count.kafka import Answered, CountedTopics
from console.count.meant import MeantRun
from events.contract.codes import Code
from events.contract.words import IntakeOutcome
from handoff.store.queries.notice_cases import Counted, Named
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
    Situation.DIED: MilestoneName.DEATH_TOLD,
}


# Situations that the statutory reason of the end shows.
END_REASONS: Mapping[str, int] = {Situation.ADMITTED: 2}
TO_COME = ""  # stands for the case of a discharge that has none so far


@dataclass(frozen=True)
class NotShown:
    """A discharge that has not shown its situation so far."""

    discharge: str  # its key: "1-019"
    situation: str
    waits_for: frozenset[str]  # cases that may still show it: open ones, or `TO_COME`

    def __str__(self) -> str:
        """Situation and discharge, for people."""
        return f"{self.situation} ({self.discharge})"


def situations(record: Counted, topics: CountedTopics, meant: MeantRun, resent: int) -> dict[str, int]:
    """Count each situation from the record, or from the letters to the institutions."""
    ours = _ours(topics, meant)
    return {
        Situation.RESENT: resent,
        Situation.ID_REUSED: sum(bool(letter.data.get("id_reused")) for letter in ours),
        **{name: len(cases) for name, cases in _shown(record).items()},
        Situation.UNREADABLE: sum(letter.data.get("code") == Code.UNREADABLE for letter in ours),
        Situation.NOT_OURS: sum(letter.data.get("code") == Code.NOT_OUR_MUNICIPALITY for letter in ours),
        Situation.HELD_SETTLED: _held_settled(record, ours),
    }


def missing(record: Counted, meant: MeantRun) -> list[NotShown]:
    """The discharges whose own case has not shown their situation, in the order of the run.

    A case past its first check may be one of them: on a slow machine the check can come before the first service,
    and with it before everything that follows the first service.
    """
    shown, led = _shown(record), _cases_of(record, meant)
    open_ = {case for case, row in record.cases.items() if row.closed_at is None}
    sent = Counter(sending.meant for sending in meant.publications if sending.notice and sending.known)
    left = []
    for key, line in meant.discharges.items():
        name, cases = line["situation"], led.get(key, frozenset())
        came = {
            "": True,
            Situation.RESENT: sent[key] > 1,
            Situation.ID_REUSED: len(cases) > 1,  # its own case, and that of the notice with the same id
            Situation.HELD_SETTLED: bool(cases),
        }
        if not came.get(name, bool(cases & shown.get(name, set()))):
            left.append(NotShown(key, name, cases & open_ if cases else frozenset({TO_COME})))
    return left


def _shown(record: Counted) -> dict[str, set[str]]:
    """The cases that show a situation, by situation, if the record alone can tell."""
    tellers: dict[str, set[str]] = {}
    for notice in record.notices:
        tellers.setdefault(notice.case, set()).add(notice.named[0])
    return {
        Situation.TOLD_BY_TWO: {case for case, who in tellers.items() if case and len(who) > 1},
        **{name: record.milestones.get(what, set()) for name, what in MILESTONES.items()},
        Situation.URGENT_LINE: {line.case_id for line in record.lines if line.urgent},
        **{
            name: {case for case, row in record.cases.items() if row.end_reason == reason}
            for name, reason in END_REASONS.items()
        },
    }


def _cases_of(record: Counted, meant: MeantRun) -> dict[str, frozenset[str]]:
    """The cases that the notices of each discharge led to."""
    cases: dict[Named, set[str]] = {}
    for notice in record.notices:
        cases.setdefault(notice.named, set()).update({notice.case} - {""})
    led: dict[str, frozenset[str]] = {}
    for sending in meant.publications:
        named = cases.get((sending.institution, sending.message_id), set())
        led[sending.meant] = led.get(sending.meant, frozenset()) | named
    return led


def _held_settled(record: Counted, ours: list[Answered]) -> int:
    settled = {notice.named for notice in record.notices if notice.case}
    held = {
        (letter.institution, str(letter.data["message_id"]))
        for letter in ours
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
