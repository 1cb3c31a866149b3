"""What a vocabulary and its table are made of."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A word of a vocabulary: stored and sent by its value, which never changes."""

    @classmethod
    def known(cls, word: str) -> Self | None:
        """The member of this value; None: it is another build's, to be shown as it stands."""
        member = cls._value2member_map_.get(word)  # a tenth of what `cls(word)` costs
        return member if isinstance(member, cls) else None


@dataclass(frozen=True)
class Close:
    """The command that ends a case: for a statutory reason once support began, before with an outcome."""

    reason: int
    outcome: str


@dataclass(frozen=True)
class Asked:
    """What there is to say of a kind of task.

    Attributes:
        asks: what its owner is to do, in words.
        answers: the commands that answer it, the usual one first, without `handoff` and `--as`. `worklist` fills
            in what stands in braces; without any, it has a function for this kind.
        why: why it waits, where the limit behind it does not say so.
        of_a_part: it is about an offer, a line, a visit or a check, and not about the case as a whole.
        by_attempts: `contact-attempt:KIND` is the limit behind it.
    """

    asks: str
    answers: tuple[str | Close, ...] = ("settle {task} --done",)
    why: str = ""
    of_a_part: bool = False
    by_attempts: bool = False
