"""Referrals and the capacity they hold: reserved with the offer in one transaction, never more than there is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.record.row_set import RowSet
from handoff.store.tables import capacities, referrals
from handoff.vocabulary.states import ReferralState

AGREED = frozenset({ReferralState.ACCEPTED, ReferralState.IN_PROGRESS, ReferralState.ON_HOLD})  # the provider said yes
OPEN = AGREED | {ReferralState.REQUESTED}  # it holds capacity


@dataclass
class ReferralRow:
    """One offer of one plan line to one provider."""

    offer_id: str
    line_id: str
    case_id: str
    provider: str
    state: str
    quantity: int
    reserved: int
    offered_at: datetime
    provisional: bool = False
    reason: str = ""
    answer_due_at: datetime | None = None
    answered_at: datetime | None = None
    proposed_at: datetime | None = None


class Referrals(RowSet[ReferralRow]):
    """The referrals of one case."""

    table, row = referrals, ReferralRow
    where = "case_id = $1 ORDER BY offered_at, offer_id"

    def all(self) -> list[ReferralRow]:
        """Every referral of the case, in the order they were offered."""
        return list(self)

    def open(self) -> dict[str, ReferralRow]:
        """The open referral of each line that has one, by line."""
        return {row.line_id: row for row in self if row.state in OPEN}


# Bookings happen in turn: two cases that book the same providers in different order would deadlock.
_IN_TURN = "SELECT pg_advisory_xact_lock(hashtext('provider_capacities'))"


@dataclass
class Booked:
    """A provider's capacity and what of it is reserved, in units of load (visits a week)."""

    provider: str
    capacity: int
    reserved: int


class Capacities(RowSet[Booked]):
    """What is booked at providers: nobody else books from the first look until the transaction ends."""

    table, row = capacities, Booked

    def __init__(self, conn: AsyncConnection) -> None:
        super().__init__()
        self._conn = conn
        self._in_turn = False

    async def booked(self, known: Mapping[str, int]) -> list[Booked]:
        """What is reserved at each of these; `known` has the capacity of one that nobody has booked yet."""
        if not self._in_turn:
            await self._conn.exec_driver_sql(_IN_TURN)
            await self.read(self._conn, "true")  # a municipality has some dozens of providers
            self._in_turn = True
        return [self._as_read(Booked(code, capacity, 0)) for code, capacity in known.items()]

    def reserve(self, provider: Booked, load: int) -> bool:
        """Reserve, if that much is free."""
        if provider.reserved + load > provider.capacity:
            return False
        provider.reserved = provider.reserved + load
        return True

    async def free(self, provider: str, load: int) -> None:
        """Give back what was reserved."""
        [known] = await self.booked({provider: 0})
        known.reserved = known.reserved - load
