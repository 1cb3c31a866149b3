"""What is known of a person, and who says so."""

from enum import StrEnum
from typing import Self


class Detail(StrEnum):
    """What sources say of a person. The fields of one detail change together.

    Attributes:
        fields: its fields in `handoff.fact.Person`.
        disputable: whether two sources that say otherwise are a task.
    """

    fields: tuple[str, ...]
    disputable: bool

    def __new__(cls, value: str, fields: tuple[str, ...], disputable: bool = True) -> Self:  # noqa: FBT001, FBT002 - a row
        """A row of the table."""
        member = str.__new__(cls, value)
        member._value_, member.fields, member.disputable = value, fields, disputable
        return member

    @classmethod
    def known(cls, word: str) -> Self | None:
        """The member with this value; None: only another build knows it."""
        member = cls._value2member_map_.get(word)
        return member if isinstance(member, cls) else None

    NAME = "name", ("name",)
    BIRTH = "birth-date", ("birth_date", "born_in")
    SEX = "sex", ("sex",), False  # each sender has codes of its own
    PHONE = "phone", ("phone",)
    ADDRESS = "address", ("address", "address_code")
    CONTACT = "contact", ("contact_name", "contact_relation", "contact_phone")
    LANGUAGE = "language", ("language",)
    CARER = "carer", ("carer_name", "carer_relation", "carer_phone")
    DISABILITY = "severe-disability", ("severe_disability",), False


class ToldBy(StrEnum):
    """Who told a detail to the institution, or to the person at the desk, that passes it on.

    Attributes:
        knows: whether this word counts like that of a facility. Others fill gaps, and are asked about.
    """

    knows: bool

    def __new__(cls, value: str, knows: bool) -> Self:  # noqa: FBT001 - a row of the table
        """A row of the table."""
        member = str.__new__(cls, value)
        member._value_, member.knows = value, knows
        return member

    @classmethod
    def known(cls, word: str) -> Self | None:
        """The member with this value; None: only another build knows it."""
        member = cls._value2member_map_.get(word)
        return member if isinstance(member, cls) else None

    PERSON = "person", True
    GUARDIAN = "guardian", True
    RELATIVE = "relative", False
    CARER = "carer", False
    NEIGHBOUR = "neighbour", False
    PROVIDER = "provider", False
    FACILITY = "facility", True
    REGISTER = "register", True
    OTHER = "other", False
