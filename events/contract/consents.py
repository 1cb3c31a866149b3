"""Events about consent, refusals and papers: the JSON data of each."""

from typing import Literal

from pydantic import Field

from events.contract.incoming import Moment, Said, Word
from handoff.vocabulary.consents import ConsentScope


class ConsentTold(Said):
    """Consent to the support, or to a part of it, was given, refused or withdrawn. Whose word counts: the contract."""

    scope: ConsentScope = Field(
        default=ConsentScope.SUPPORT,
        description="support: all of it. lookup: of the person's records. service: the line that the subject names. "
        "provider: all that this provider gives.",
    )
    provider: Word | Literal[""] = Field(
        default="", description="With scope `provider`: its code. Absent: the provider of the line or offer."
    )
    until: Moment | None = Field(default=None, description="When the consent ends. Absent: an end that stands is kept.")


class ServiceRefused(Said):
    """The person refuses the service of the line, or of the offer, that the subject names. It ends; others go on."""


class PapersReceived(Said):
    """The papers came that the person brings in place of the lookup of records."""
