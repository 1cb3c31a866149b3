"""The person of a case, sealed, as its milestones read it."""

from dataclasses import dataclass

from handoff.store.persons import NoSuchPersonError, OpenedPerson, _opened
from handoff.store.record.row_set import RowSet
from handoff.store.tables import persons
from handoff.store.vault import Vault


@dataclass(frozen=True)
class SealedPerson:
    """A person as the table has it; None where it was erased."""

    person_id: str
    key_sealed: bytes | None
    identity_sealed: bytes | None


class Persons(RowSet[SealedPerson]):
    """Whom one case is about."""

    table, row = persons, SealedPerson
    where = "person_id = (SELECT person_id FROM cases WHERE case_id = $1)"

    def opened(self, vault: Vault) -> OpenedPerson:
        """The person, opened, without the look-up terms.

        Raises:
            NoSuchPersonError: the person was erased.
        """
        [row] = self
        if row.key_sealed is None or row.identity_sealed is None:
            raise NoSuchPersonError(f"person {row.person_id} was erased")
        return _opened(vault, row, set())
