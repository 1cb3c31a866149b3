"""Which names in an event's data are the contract's, and what was most likely meant by the others."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

from events.contract.incoming import Incoming

_AT_MOST = 3
_LOOKED_AT = 20  # a record may hold a hundred thousand, and others wait behind it
_NEAR = 0.75


def leaves(data: Any, model: Any, pointer: str, unread: list[str]) -> Iterator[tuple[str, Any]]:
    """Every told value that the contract knows, with its JSON pointer; pointers of the others go to `unread`."""
    if isinstance(data, list):
        for place, item in enumerate(data):
            yield from leaves(item, model, f"{pointer}/{place}", unread)
    elif isinstance(data, Mapping) and isinstance(model, type) and issubclass(model, BaseModel):
        for name, value in data.items():
            field = model.model_fields.get(name)
            if field is None:
                unread.append(f"{pointer}/{name}")
            elif value not in (None, ""):
                yield from leaves(value, _model_of(field.annotation), f"{pointer}/{name}", unread)
    else:
        yield pointer, data


def _model_of(annotation: Any) -> Any:
    """The model within an annotation such as `tuple[PlanLine, ...]`, if there is one."""
    if isinstance(annotation, type) and issubclass(annotation, Incoming):
        return annotation
    return next((model for argument in get_args(annotation) if (model := _model_of(argument))), None)


def not_known(data: Any, model: Any) -> str:
    """Words on names in the data that the contract does not have, for a sender whose record is refused; "" if none.

    They name what the contract has, never what was sent: a name may be a person's.
    """
    unread: list[str] = []
    for _ in leaves(data, model, "", unread):
        pass
    if not unread:
        return ""
    count = "1 name in it is" if len(unread) == 1 else f"{len(unread)} names in it are"
    pointers = {_plainly(name): name for name in _pointers(model)}
    names = list(dict.fromkeys(_plainly(name) for name in unread[:_LOOKED_AT]))
    near = [match for name in names for match in get_close_matches(name, pointers, n=1, cutoff=_NEAR)]
    meant = [pointers[name] for name in dict.fromkeys(near)][:_AT_MOST]
    perhaps = f"; meant was perhaps {', '.join(meant)}" if meant else ""
    return f"{count} not the contract's{perhaps}."


def _pointers(model: Any, above: str = "") -> Iterator[str]:
    """Every name of the contract within a model, as a pointer; of a list's members without their place."""
    for name, field in model.model_fields.items():
        inner = _model_of(field.annotation)
        yield f"{above}/{name}"
        yield from _pointers(inner, f"{above}/{name}") if inner else ()


def _plainly(pointer: str) -> str:
    """The last name in small letters alone: dischargedAt, discharged-at and discharged_at are one."""
    return re.sub(r"[^a-z]", "", pointer.rpartition("/")[2].lower())
