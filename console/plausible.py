"""Whether an action can have occurred at the moment that a person names, and whether it needs a reason."""

from collections.abc import Mapping
from datetime import datetime

from console.action import Action
from console.errors import NotFoundError
from console.moments import local
from handoff.rules.occurrence import AFTER_EFFECT, IN_FUTURE, IN_HOSPITAL, LONG_AGO, TO_THE_MINUTE, Seen, impossible
from handoff.vocabulary.states import Earlier
from handoff.vocabulary.words import EventKind


def make_sure(action: Action, earlier: Mapping[Earlier, datetime], now: datetime, scale: float) -> None:
    """Check that an action can have occurred at its moment, and that there is a reason if that is long ago.

    Args:
        action: what a person decided.
        earlier: the moments of the case that it follows.
        now: the current moment, aware.
        scale: real seconds per second of a limit, as in the profile.

    Raises:
        NotFoundError: it cannot. The text names the moment that it contradicts.
    """
    kind, moment = EventKind.known(action.kind), action.occurred_at(now)
    doubt = impossible(kind, moment, earlier, Seen(now, TO_THE_MINUTE, scale)) if kind else None
    if doubt and doubt.code == IN_FUTURE:
        raise NotFoundError(f"{doubt.says}: it is {local(now)} now. Nothing was recorded.")
    if doubt and doubt.code == IN_HOSPITAL:
        raise NotFoundError(
            f"{doubt.says[:1].upper()}{doubt.says[1:]}: {local(moment)}. Nothing was recorded. If the visit took "
            "place at another moment, name it with --at. If the admission is wrong, correct it first: "
            f"`handoff admit {action.case} --at TIME --why typing-error`."
        )
    if doubt:
        shown = local(action.until or moment) if doubt.code == AFTER_EFFECT else local(moment)
        says = f"{doubt.says[:1].upper()}{doubt.says[1:]}: {shown}. Nothing was recorded."
        if doubt.code == AFTER_EFFECT:
            raise NotFoundError(
                f"{says} Name an earlier moment, or correct that visit first: `handoff show {action.case}` lists it. "
                f"If the person was in hospital since, record that first: `handoff admit {action.case} --at TIME`."
            )
        raise NotFoundError(f"{says} Name a later moment, or leave out --at if it has just occurred.")
    if now - moment > LONG_AGO and not action.why:
        raise NotFoundError(
            f"{local(moment)} is more than a week ago. Add the reason as a code, such as --why told-late."
        )
