"""Referrals and the capacity they reserve, in the transaction of the offer; reservations never exceed capacity."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import RowsToWrite
from handoff.store.record.row_set import RowSet
from handoff.store.tables import capacities, referrals
from handoff.vocabulary.states import ReferralState

AGREED = frozenset({ReferralState.ACCEPTED, ReferralState.IN_PROGRESS, ReferralState.ON_HOLD})  # the provider accepted
OPEN = AGREED | {ReferralState.REQUESTED}  # it reserves capacity


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

    def part(self) -> RowsToWrite:
        """Rows to write: those that end first, since a line has one open referral at most (unique index)."""
        part = super().part()
        return replace(part, rows=sorted(part.rows, key=lambda row: row["state"] in OPEN))

    def all(self) -> list[ReferralRow]:
        """All referrals in the order of their offers."""
        return list(self)

    def open(self) -> dict[str, ReferralRow]:
        """The open referrals by line id."""
        return {row.line_id: row for row in self if row.state in OPEN}


# One lock for all bookings: two cases that book the same providers in different order would deadlock.
_IN_TURN = "SELECT pg_advisory_xact_lock(hashtext('provider_capacities'))"


@dataclass
class Booked:
    """A provider's capacity and its reserved part, in units of load (visits a week)."""

    provider: str
    capacity: int
    reserved: int


class Capacities(RowSet[Booked]):
    """Bookings of all providers, locked from the first `booked` until the transaction ends."""

    table, row = capacities, Booked

    def __init__(self, conn: AsyncConnection) -> None:
        super().__init__()
        self._conn = conn
        self._in_turn = False

    async def booked(self, capacities: Mapping[str, int]) -> list[Booked]:
        """The bookings of these providers; `capacities` by code, for providers without a row yet."""
        if not self._in_turn:
            await self._conn.exec_driver_sql(_IN_TURN)
            await self.read(self._conn, "true")  # a municipality has some dozens of providers
            self._in_turn = True
        return [self._as_read(Booked(code, capacity, 0)) for code, capacity in capacities.items()]

    def reserve(self, provider: Booked, load: int) -> bool:
        """Reserve `load` if that much is free; returns whether it was."""
        if provider.reserved + load > provider.capacity:
            return False
        provider.reserved = provider.reserved + load
        return True

    async def free(self, provider: str, load: int) -> None:
        """Release a reservation of `load`."""
        [booked] = await self.booked({provider: 0})
        booked.reserved = booked.reserved - load
