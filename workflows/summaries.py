"""Makes the summaries that Temporal's UI shows of activities, timers and cases. They have ids and codes only.

Temporal stores a summary beside its event, and does not compare it on replay. So the words may change at any time.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from handoff.case.messages import Milestone
from handoff.case.state import CaseState
from handoff.vocabulary.words import MilestoneName
from handoff.worklist.next_action import CLOCKS

LONGEST = 200  # bytes; Temporal's `limit.userMetadataSummarySize` is 400, and counts the encoded payload
_CUT = "…"
_OF_CLOCKS: Mapping[str, str] = {
    MilestoneName.LATE: "due soon",
    MilestoneName.OVERDUE: "overdue",
}  # milestones whose subject is a clock


def milestones_in_words(case: str, entries: Sequence[Milestone]) -> str:
    """The milestones of one moment, such as `offer declined C7F3.1.O1 (no-capacity); offer made C7F3.1`."""
    return _one_line(
        _milestone(what, code, [entry.subject for entry in same if entry.subject not in ("", case)])
        for (what, code), same in groupby(entries, key=lambda entry: (entry.what, entry.code))
    )


def awaited_in_words(case: CaseState, moment: datetime) -> str:
    """What is awaited until a moment, and from whom, such as `warning: the provider's answer C7F3.2.O1 by gm-meals`."""
    dues = sorted(case.dues.values(), key=lambda due: due.name)
    ends = [awaited(due.name, due.owner) for due in dues if due.due_at == moment]
    warned = [due for due in dues if due.warn_at == moment and due.name not in case.warned]
    warns = [f"warning: {awaited(due.name, due.owner)}" for due in warned]
    return _one_line([*ends, *warns])


def case_in_words(case: str, municipality: str = "") -> str:
    """The title of a case on its page. Temporal drops it when the case continues as new."""
    return _one_line([f"case {case}, {municipality}" if municipality else f"case {case}"])


def awaited(clock: str, owner: str = "") -> str:
    """What a clock waits for, and from whom, such as `the provider's answer C7F3.2.O1 by gm-meals`."""
    limit, _, subject = clock.partition(":")
    words = CLOCKS[limit][0] if limit in CLOCKS else limit
    return " ".join(filter(None, (words, subject, f"by {owner}" if owner else "")))


def _milestone(what: str, code: str, subjects: Sequence[str]) -> str:
    if what in _OF_CLOCKS:
        return f"{_OF_CLOCKS[what]}: {', '.join(awaited(name) for name in subjects)}"
    return " ".join(filter(None, (what.replace("_", " "), ", ".join(subjects), f"({code})" if code else "")))


def _one_line(parts: Iterable[str]) -> str:
    """The parts in one line. A line that is too long is cut, and ends in `…`; no character is cut in half."""
    line = "; ".join(parts).encode()
    if len(line) <= LONGEST:
        return line.decode()
    return line[: LONGEST - len(_CUT.encode())].decode(errors="ignore") + _CUT
