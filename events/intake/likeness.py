"""Compares a word with a person by keyed digests, so that a word about a stranger can be kept without the name."""

from collections.abc import Mapping
from dataclasses import dataclass

from handoff.fact import Fact, Person
from handoff.rules import identity
from handoff.store.persons import terms
from handoff.store.vault import Vault


@dataclass(frozen=True)
class Likeness:
    """The name and the birth date that a word gives, as keyed digests.

    Attributes:
        digests: in hexadecimal, by what they are made of. Empty: the word gives neither.
        vault: makes the digests of the person to compare with.
    """

    digests: Mapping[str, str]
    vault: Vault

    def contradicts(self, person: Person) -> bool:
        """Whether the word is about another person: it gives another name or birth date than this person has."""
        others = _digests(person, self.vault)
        return any(others.get(kind, digest) != digest for kind, digest in self.digests.items())


def likeness(fact: Fact, vault: Vault) -> Likeness:
    """The likeness of a fact's person; for a fact that was kept without the person, the one that was kept."""
    return Likeness({**fact.likeness, **_digests(fact.person or Person(), vault)}, vault)


def _digests(person: Person, vault: Vault) -> dict[str, str]:
    return {kind: digest.hex() for kind, digest in terms(vault, identity.likeness_terms(person))}
