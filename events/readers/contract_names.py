"""Finds names in an event's data that are not in the contract, and the names that were probably meant."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any, get_args

from pydantic import BaseModel

from events.contract.incoming import Incoming
from events.contract.telling import FHIR

_LEAVES = 10_000  # values that are looked at
_AT_MOST = 3  # names that are suggested
_LOOKED_AT = 20  # names; a record may have a hundred thousand, and others wait behind it
_NEAR = 0.75  # how similar a suggested name has to be, from 0 to 1


def leaves(data: Any, model: Any, pointer: str, unread: list[str]) -> Iterator[tuple[str, Any]]:
    """Every value that the contract knows, with its JSON pointer. Pointers of unknown names are added to `unread`."""
    if isinstance(data, list):
        for place, item in enumerate(data):
            yield from leaves(item, model, f"{pointer}/{place}", unread)
    elif isinstance(data, Mapping) and isinstance(model, type) and issubclass(model, BaseModel):
        fields = model.model_fields
        for name, value in data.items():
            field = fields.get(FHIR.get(name) or name)
            if field is None:
                unread.append(f"{pointer}/{name}")
            elif value not in (None, ""):
                yield from leaves(value, _model_of(field.annotation), f"{pointer}/{name}", unread)
    else:
        yield pointer, data


def _model_of(annotation: Any) -> Any:
    """The model in an annotation such as `tuple[PlanLine, ...]`; None without one."""
    if isinstance(annotation, type) and issubclass(annotation, Incoming):
        return annotation
    return next((model for argument in get_args(annotation) if (model := _model_of(argument))), None)


def not_known(data: Any, model: Any) -> str:
    """A sentence about names in the data that are not in the contract, for the sender of a refused record; "" if none.

    It quotes names of the contract, never what was sent: a name there may be that of a person.
    """
    unread: list[str] = []
    for _ in islice(leaves(data, model, "", unread), _LEAVES):
        pass
    if not unread:
        return ""
    count = "1 name in it is" if len(unread) == 1 else f"{len(unread)} names in it are"
    outer_last = sorted(_pointers(model), key=lambda pointer: -pointer.count("/"))  # the outermost of a name is meant
    pointers = {_plainly(name): name for name in outer_last}
    names = list(dict.fromkeys(_plainly(name) for name in unread[:_LOOKED_AT]))
    near = [match for name in names for match in get_close_matches(name, pointers, n=1, cutoff=_NEAR)]
    meant = [pointers[name] for name in dict.fromkeys(near)][:_AT_MOST]
    perhaps = f"; perhaps you mean {', '.join(meant)}" if meant else ""
    return f"{count} not in the contract{perhaps}."


def _pointers(model: Any, above: str = "") -> Iterator[str]:
    """Every name in a model, as a pointer. Members of lists have no number in it."""
    for name, field in model.model_fields.items():
        inner = _model_of(field.annotation)
        yield f"{above}/{name}"
        yield from _pointers(inner, f"{above}/{name}") if inner else ()


def _plainly(pointer: str) -> str:
    """The last name of a pointer, with small letters only: dischargedAt and discharged-at become the same."""
    return re.sub(r"[^a-z]", "", pointer.rpartition("/")[2].lower())
