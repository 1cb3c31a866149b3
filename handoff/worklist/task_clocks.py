"""Which task stands behind a clock: whoever owns it has to act before the clock runs out."""

from handoff.vocabulary.words import LimitName, TaskKind


def tasks_of(clock: str, subject: str) -> tuple[tuple[TaskKind, str], ...]:
    """Kind and subject of the tasks that may stand behind a clock, the usual one first; `chase` where none is usual."""
    word, _, about = clock.partition(":")
    limit = LimitName.known(word)
    if limit is LimitName.CONTACT_ATTEMPT:
        kind = TaskKind.known(about)
        return ((kind if kind and kind.row.by_attempts else TaskKind.CONTACT, ""),)
    kinds = limit.row.tasks if limit else ()
    named = tuple((kind, subject if kind.row.of_a_part else "") for kind in kinds)
    return named or ((TaskKind.CHASE, clock),)
