"""What all commands that act on a case have in common: the action is done, and the answer is put in words."""

from typing import TYPE_CHECKING, Any

from console.cli.options import At
from console.cli.order import Answer

if TYPE_CHECKING:
    from console.connections import Connections


async def acted(connections: "Connections", kind: str, subject: str, who: str, **details: Any) -> Answer:
    """Do what a person decided.

    `details`: further fields of `Action`. `at` and `why` may be None: it occurred now, and there is no reason.

    Raises:
        NotFoundError: there is no such case or part of it, it cannot have occurred then, or the case refuses it.
        NotDoneError: no answer came, so the action may still be done.
    """
    from console.act import act
    from console.action import Action
    from console.cli.actions.outcome import answer

    at: At | None = details.pop("at", None)
    moment = at.moment if at and not at.counted else None
    why = details.pop("why", None) or ""
    return answer(connections, await act(connections, Action(kind, subject, who, at=moment, why=why, **details)))
