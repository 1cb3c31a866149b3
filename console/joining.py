"""Joins two cases of one person, and undoes that."""

from console.connections import Connections
from console.errors import NotFoundError
from events.intake.joining import Joiner, JoinOrder
from events.intake.unjoining import NotJoinedError
from handoff.store.joins import CaseJoin


async def join(connections: Connections, order: JoinOrder) -> CaseJoin:
    """CaseJoin a case into another one of the same person. Both are told as soon as Temporal answers.

    Raises:
        NotFoundError: they cannot be joined; the text says what to do.
    """
    try:
        return await _joiner(connections).join(order, connections.now())
    except NotJoinedError as error:
        raise NotFoundError(str(error)) from error


async def unjoin(connections: Connections, case: str, who: str) -> CaseJoin:
    """Undo a join. Nothing moves back by itself: a task lists what to do.

    Raises:
        NotFoundError: the case is not joined into another one.
    """
    try:
        return await _joiner(connections).unjoin(case, who, connections.now())
    except NotJoinedError as error:
        raise NotFoundError(str(error)) from error


def _joiner(connections: Connections) -> Joiner:
    return Joiner(connections.engine, connections.vault, connections.profile)
