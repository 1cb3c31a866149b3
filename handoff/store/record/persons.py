"""The person of a case, as milestones read it."""

from dataclasses import dataclass

from handoff.store.persons import NoSuchPersonError, OpenedPerson, _opened
from handoff.store.record.row_set import RowSet
from handoff.store.tables import persons
from handoff.store.vault import Vault


@dataclass(frozen=True)
class SealedPerson:
    """A person's row; the sealed columns are None if the person was erased."""

    person_id: str
    key_sealed: bytes | None
    identity_sealed: bytes | None


class Persons(RowSet[SealedPerson]):
    """The person of one case, as a set of one row."""

    table, row = persons, SealedPerson
    where = "person_id = (SELECT person_id FROM cases WHERE case_id = $1)"

    def opened(self, vault: Vault) -> OpenedPerson:
        """The person, decrypted, without look-up terms.

        Raises:
            NoSuchPersonError: the person was erased.
        """
        [row] = self
        if row.key_sealed is None or row.identity_sealed is None:
            raise NoSuchPersonError(f"person {row.person_id} was erased")
        return _opened(vault, row, set())
