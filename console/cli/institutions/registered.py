"""Institutions as a table, and what is sent to one of them."""

from collections.abc import Sequence

from console.cli.order import Answer
from console.cli.output import table
from console.institutions.register import HandedOver, HandOver, Registered


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
    if over is None:
        sentence = "It has no topics. People call it, and type in what it says (`handoff notice`)."
        return Answer(_content(handed.registered), [f"{title}. {sentence}"])
    content = {
        **_content(handed.registered),
        **vars(over),
        "kcat_send": over.kcat_send,
        "kcat_listen": over.kcat_listen,
        "python": over.python,
    }
    return Answer(content | ({"note": note} if note else {}), [*_lines(title, over), *([note] if note else [])])


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
