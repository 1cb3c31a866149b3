"""The tables of docs/for-hospitals.md, from the contract. To write them: `python -m events.reference.for_hospitals`."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from events.contract.event_types import EVENT_TYPES, Code
from events.readers.fields import HL7
from events.readers.hl7v2.reading import NO_STAY
from events.readers.hl7v2.triggers import ACTING, OF_STAYS, Trigger
from handoff.vocabulary.words import PersonKind

PAGE = Path(__file__).parent.parent.parent / "docs" / "for-hospitals.md"
_SECTION = re.compile(r"(<!-- (\w+): generated[^>]*-->\n).*?(<!-- end -->)", re.DOTALL)
_SUBJECTS = {"": "`reference`, or the person"}
_BROKEN = frozenset({Code.SENDER_UNKNOWN})  # not sent to anybody
_NOTES = frozenset({Code.ID_REUSED})  # stands in an acknowledgement


def written(page: str) -> str:
    """The page with every generated section renewed."""
    return _SECTION.sub(lambda section: section[1] + "\n".join(_SECTIONS[section[2]]()) + "\n" + section[3], page)


def _events() -> list[str]:
    """The events that institutions may send. Events with the same data and senders share a row."""
    shapes: dict[tuple[str, ...], list[str]] = {}
    for event_type in EVENT_TYPES.values():
        if event_type.direction == "from" and event_type.handled:
            shape = (
                _first_sentence(event_type.model.__doc__),
                ", ".join(event_type.roles),
                _SUBJECTS.get(event_type.subject, event_type.subject),
            )
            shapes.setdefault(shape, []).append(f"[`{event_type.kind}`](../examples/events/{event_type.kind}.json)")
    rows = ((" ".join(kinds), *shape) for shape, kinds in shapes.items())
    return _table(("events, each with an example", "meaning", "who may send it", "what it is about"), rows)


def _later() -> list[str]:
    kinds = [
        f"`{event_type.kind}`"
        for event_type in EVENT_TYPES.values()
        if event_type.direction == "from" and not event_type.handled
    ]
    return [", ".join(kinds)]


def _answers() -> list[str]:
    rows = (
        (f"`{event_type.kind}`", _first_sentence(event_type.model.__doc__), _who(event_type.roles))
        for event_type in EVENT_TYPES.values()
        if event_type.direction == "to"
    )
    return _table(("event", "meaning", "who receives it"), rows)


def _triggers() -> list[str]:
    rows = (
        (f"[ADT^{trigger}](../examples/hl7/adt-{trigger.lower()}.hl7)", trigger.called, f"`{trigger.kind}`")
        for trigger in ACTING
    )
    return _table(("message, with an example", "what happened", "is read as"), rows)


def _others() -> list[str]:
    """The triggers that a person reads, and those that are passed over."""
    merges = [trigger for trigger in Trigger if trigger.kind == PersonKind.PERSON_MERGED]
    asks = [trigger for trigger in Trigger if trigger.asks and trigger not in merges]
    of_cases = [trigger for trigger in merges if trigger.asks]
    learned = [trigger for trigger in merges if not trigger.asks]
    nothing = [trigger for trigger in Trigger if trigger.kind is None]
    return [
        "",
        f"A person at the municipality reads them: {_listed(asks)}.",
        "",
        f"Read by a person if they are about somebody with an open case, else passed over: {_listed(of_cases)}.",
        "",
        "The numbers of one person: we learn them, so that the old and the new one find the person. A person at the",
        f"municipality reads them if they are those of two people with open cases: {_listed(learned)}.",
        "",
        f"Passed over, without an answer: {_listed(nothing)}.",
        "",
        f"Passed over too: {', '.join(OF_STAYS)} with {', '.join(NO_STAY)} in PV1-2 (no inpatient's stay),",
        "A07 with another class, and every message with T or D in MSH-11. Otherwise a death is never passed over.",
        "",
    ]


def _listed(triggers: Iterable[Trigger]) -> str:
    return ", ".join(f"{trigger} ({trigger.called})" for trigger in triggers)


def _fields() -> list[str]:
    return _table(("ours", "from"), ((f"`{ours}`", ", else ".join(places)) for ours, places in HL7.items()))


def _codes() -> list[str]:
    rows = ((f"`{code.value}`", code.cause, code.cure, _told(code)) for code in Code)
    return _table(("code", "cause", "cure", "where you see it"), rows)


def _told(code: Code) -> str:
    if code in _NOTES:
        return "`id_reused` of `notice.acknowledged`"
    return "nowhere" if code in _BROKEN else "`notice.rejected`"


def _who(roles: Sequence[str]) -> str:
    everybody = {
        role for event_type in EVENT_TYPES.values() if event_type.direction == "from" for role in event_type.roles
    }
    return "all" if set(roles) >= everybody - {"desk"} else ", ".join(roles)


def _first_sentence(text: str | None) -> str:
    return (text or "").split("\n")[0]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    listed = [heads, ["---"] * len(heads), *rows]
    return ["", *(f"| {' | '.join(row)} |" for row in listed), ""]


_SECTIONS: Mapping[str, Callable[[], list[str]]] = {
    "events": _events,
    "later": _later,
    "answers": _answers,
    "triggers": _triggers,
    "nothing": _others,
    "fields": _fields,
    "codes": _codes,
}

if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
