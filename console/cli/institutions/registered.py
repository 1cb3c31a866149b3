"""Institutions as a table, and what is handed over to one."""

from collections.abc import Sequence
from typing import Any

from console.cli.order import Answer
from console.cli.output import table
from console.institutions.register import HandedOver, HandOver


def as_table(institutions: Sequence[dict[str, Any]]) -> Answer:
    """Everybody who takes part."""
    heads = ("Code", "Name", "Role", "Channel", "Standing", "Registered in")
    rows = [
        (each["institution"], each["name"], each["role"], each["channel"], each["standing"], each["in"])
        for each in institutions
    ]
    return Answer(list(institutions), [table(heads, rows)])


def one(handed: HandedOver) -> Answer:
    """Who it is, and what to hand over to it."""
    body, over, note = handed.body, handed.over, handed.note
    title = f"{body.name} ({body.code}, {body.role}{'' if body.active else ', ' + body.standing})"
    if over is None:
        said = "It has no topics: what it says is typed in (`handoff notice`), and it is called."
        return Answer(handed.listed, [f"{title}. {said}"])
    content = {
        **handed.listed,
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
        "groups": f"{over.group_prefix}* (every consumer group has to begin so)",
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
