"""Compares a word with a person by keyed digests, so that a word about a stranger can be kept without the name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from handoff.fact import Fact, Person
from handoff.rules import identity
from handoff.store.persons import Term, terms
from handoff.store.vault import Vault

_INDEXED = identity.STRONG | identity.LIKELY


@dataclass(frozen=True)
class Likeness:
    """What tells persons apart, as far as a word gives it: name, birth date, sex and resident number as keyed digests.

    Attributes:
        digests: in hexadecimal, by what they are made of. Empty: the word gives none of it.
        vault: makes the digests of the person to compare with.
    """

    digests: Mapping[str, str]
    vault: Vault

    def contradicts(self, person: Person) -> bool:
        """Whether the word is about another person: it gives another name or birth date than this person has."""
        return not self.differs(person).isdisjoint((identity.NAME, identity.BIRTH))

    def differs(self, person: Person) -> frozenset[str]:
        """What both the word and the person have, and differs."""
        others = _digests(person, self.vault)
        return frozenset(kind for kind, digest in self.digests.items() if others.get(kind, digest) != digest)


def likeness(fact: Fact, vault: Vault) -> Likeness:
    """The likeness of a fact's person; for a fact that was kept without the person, the one that was kept."""
    return Likeness({**fact.likeness, **_digests(fact.person or Person(), vault)}, vault)


def to_keep(compared: Likeness, looked_up: Iterable[Term]) -> dict[str, str]:
    """What is kept of a fact's person without the person, for `Fact.likeness`: the likeness, and the look-up terms."""
    return {**compared.digests, **{kind: digest.hex() for kind, digest in looked_up}}


def kept_terms(fact: Fact) -> set[Term]:
    """The look-up terms of a fact that was kept without its person. Earlier builds kept none."""
    return {(kind, bytes.fromhex(digest)) for kind, digest in fact.likeness.items() if kind in _INDEXED}


def _digests(person: Person, vault: Vault) -> dict[str, str]:
    return {kind: digest.hex() for kind, digest in terms(vault, identity.likeness_terms(person))}
