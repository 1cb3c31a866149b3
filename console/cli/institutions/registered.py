"""Institutions as a table, and what is sent to one of them."""

import json
from collections.abc import Sequence

from console.cli.order import Answer
from console.cli.output import table
from console.institutions.register import HandedOver, HandOver, Registered
from handoff.profile.register import Habits, Institution, Provider


def as_table(institutions: Sequence[Registered]) -> Answer:
    """All institutions and providers."""
    heads = ("Code", "Name", "Role", "Channel", "Standing", "Registered in")
    listed = [_content(institution) for institution in institutions]
    return Answer(listed, [table(heads, [tuple(row.values()) for row in listed])])


def _content(institution: Registered) -> dict[str, str]:
    """An institution as JSON."""
    body = institution.body
    return {
        "institution": body.code,
        "name": body.name,
        "role": body.role,
        "channel": body.channel,
        "standing": body.standing,
        "in": institution.where,
    }


def one(handed: HandedOver) -> Answer:
    """One institution, and what to send to it."""
    body, over, note = handed.registered.body, handed.over, handed.note
    title = f"{body.name} ({body.code}, {body.role}{'' if body.active else ', ' + body.standing})"
    habits = _habits(body)
    if over is None:
        sentence = "It has no topics. People call it, and type in what it says (`handoff notice`)."
        return Answer(_content(handed.registered) | {"habits": habits}, [f"{title}. {sentence}", *_of_habits(habits)])
    content = {
        **_content(handed.registered),
        "habits": habits,
        **vars(over),
        "kcat_send": over.kcat_send,
        "kcat_listen": over.kcat_listen,
        "python": over.python,
    }
    return Answer(
        content | ({"note": note} if note else {}),
        [*_lines(title, over), *_of_habits(habits), *([note] if note else [])],
    )


def _habits(body: Institution | Provider) -> dict[str, object]:
    """The habits that its entry sets; none for a provider."""
    if not isinstance(body, Habits):
        return {}
    return body.model_dump(mode="json", include=set(Habits.model_fields), exclude_defaults=True)


def _of_habits(habits: dict[str, object]) -> list[str]:
    """The habits as the entry has them, so that they can be compared and copied."""
    if not habits:
        return []
    return ["Habits of its HL7 v2 messages:", *(f"  {name} = {_in_toml(value)}" for name, value in habits.items())]


def _in_toml(value: object) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_in_toml(code)} = {_in_toml(meaning)}' for code, meaning in value.items())} }}"
    return json.dumps(value, ensure_ascii=False)


def _lines(title: str, over: HandOver) -> list[str]:
    named = {
        "broker": over.bootstrap,
        "security": f"{over.security_protocol}, {over.sasl_mechanism}",
        "user": over.user,
        "password": over.password,
        "writes": over.writes,
        "reads": over.reads,
        "groups": f"{over.group_prefix}* (every consumer group has to begin with this)",
    }
    return [
        f"{title}. Hand over:",
        *(f"  {name:9} {value}" for name, value in named.items()),
        "",
        "Send an HL7 v2 message, and read the answers, with kcat (on librdkafka 2.6.1 or newer: `kcat -V`):",
        f"  {over.kcat_send}",
        f"  {over.kcat_listen}",
        "",
        "The same in Python (pip install aiokafka; python send.py notice-a03.hl7):",
        "",
        over.python,
    ]
