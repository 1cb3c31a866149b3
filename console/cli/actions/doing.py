"""What all commands that act on a case have in common: the action is done, and the answer is put in words."""

from typing import TYPE_CHECKING, Any

from console.cli.order import Answer

if TYPE_CHECKING:
    from console.connections import Connections


async def acted(connections: "Connections", kind: str, subject: str, who: str, **details: Any) -> Answer:
    """Do what a person decided. `details`: further fields of `Action`.

    Raises:
        NotFoundError: there is no such case or part of it, or the case refuses the action.
        NotDoneError: no answer came, so the action may still be done.
    """
    from console.act import Action, act
    from console.cli.actions.outcome import answer

    return answer(connections, await act(connections, Action(kind, subject, who, **details)))
