"""The classes that vocabularies and their tables are made of."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A word of a vocabulary. Its value is stored and sent, and never changes."""

    @classmethod
    def known(cls, word: str) -> Self | None:
        """The member with this value; None: another build wrote the word, so show it as it is."""
        member = cls._value2member_map_.get(word)  # ten times faster than `cls(word)`
        return member if isinstance(member, cls) else None


@dataclass(frozen=True)
class Close:
    """The command that ends a case: for a statutory reason, or with an outcome if support has not begun."""

    reason: int
    outcome: str


@dataclass(frozen=True)
class Asked:
    """The row of a kind of task.

    Attributes:
        asks: what its owner is to do, in words.
        answers: the commands that close it, the usual one first, without `handoff` and `--as`. `worklist` fills in
            the braces. Empty: `worklist` has a function that makes the commands of this kind.
        why: why it is open, if its limit does not say so.
        of_a_part: whether it is about an offer, a line, a visit or a check, and not about the case as a whole.
        by_attempts: whether its limit is `contact-attempt:KIND`.
        household: whether its owner is to contact the person or the family: not while a death is in doubt.
        discloses: whether its owner is to tell an institution about the person: not while access is restricted.
    """

    asks: str
    answers: tuple[str | Close, ...] = ("settle {task} --done",)
    why: str = ""
    of_a_part: bool = False
    by_attempts: bool = False
    household: bool = False
    discloses: bool = False
