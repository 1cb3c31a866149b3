"""Why a record was not taken, as a code: each with its cause and its cure, in words for the sender."""

from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """A code of `notice.rejected` and of parked records: `cause` says what is wrong, `cure` what the sender does."""

    cause: str
    cure: str

    def __new__(cls, value: str, cause: str, cure: str) -> Self:
        """Let a member carry its two sentences beside its value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.cause = cause
        member.cure = cure
        return member

    UNREADABLE = (
        "unreadable",
        "The bytes are neither a JSON CloudEvent nor an HL7 v2 message.",
        "Check the export's encoding and framing, and send the event again under a new id.",
    )
    HEADER_NOT_UTF8 = (
        "header-not-utf8",
        "A header that is read (`content-type`, or a `ce_` attribute of the contract) has no value that is UTF-8.",
        "Write these headers as UTF-8 text, and send the event again.",
    )
    TOO_LARGE = (
        "too-large",
        "The record is larger than one mebibyte, or has more than 10,000 headers.",
        "Send the notice without attachments, and with no other headers than the contract's.",
    )
    BATCH_TOO_LARGE = (
        "batch-too-large",
        "A batch unpacks to more than 64 mebibytes, or has a record of over 100,000 headers; nothing of it was read.",
        "Send smaller batches (the producer's batch.size), each notice without attachments; send these again.",
    )
    SENDER_UNKNOWN = (
        "sender-unknown",
        "The topic belongs to no institution of this municipality's profile.",
        "Ask the municipality to register the institution. This code is shown to operators only: nobody is told.",
    )
    SENDER_SUSPENDED = (
        "sender-suspended",
        "The municipality has suspended your institution: what it sends is kept, and not acted upon.",
        "Call the municipality, and tell its coordinator what is urgent. The rest can be taken once you are heard.",
    )
    SOURCE_NOT_YOURS = (
        "source-not-yours",
        "`ce_source` names another institution than the one whose topic this is.",
        "Name your own institution code as the source; an institution speaks on its own topic only.",
    )
    TYPE_UNKNOWN = (
        "type-unknown",
        "The event type, or the HL7 trigger, is not one of the contract's.",
        "Use a type of the event contract.",
    )
    TYPE_NOT_YET_HANDLED = (
        "type-not-yet-handled",
        "The event is of the contract, but the engine does not act on it yet.",
        "Nothing to send again: the municipality's coordinator has it as a task. For anything urgent, call.",
    )
    NOT_YOUR_EVENT = (
        "not-your-event",
        "An institution of your role does not say this: only a provider answers an offer.",
        "Let the institution that decides it send it.",
    )
    FIELD_INVALID = (
        "field-invalid",
        "A field is missing or is not what the contract says.",
        "Correct the field at the place named, and send the event again under a new id.",
    )
    DATE_SENSELESS = (
        "date-senseless",
        "A moment cannot be: a day that never was, or an answer from the future.",
        "Correct the moment at the place named, and send the event again under a new id.",
    )
    NAME_MISSING = (
        "name-missing",
        "A notice without the person's name starts nothing.",
        "Send the notice again with the name; address and contact belong to it too.",
    )
    NOT_OUR_MUNICIPALITY = (
        "not-our-municipality",
        "The registered address lies in another municipality, which the reason names.",
        "Send the notice to the municipality of the registered address.",
    )
    SET_ASIDE = (
        "set-aside",
        "The notice was held, and a person at the municipality has found that it starts nothing.",
        "Do nothing, or call the coordinator if the person was discharged and cannot yet live alone.",
    )
    SUBJECT_UNKNOWN = (
        "subject-unknown",
        "`ce_subject` names no case, line, offer, visit or check of ours.",
        "Copy the subject from the event that you answer.",
    )
    SUBJECT_NOT_YOURS = (
        "subject-not-yours",
        "The case, offer, visit or check was not put to your institution.",
        "Answer only what came on your own topic.",
    )
    OFFER_GONE = (
        "offer-gone",
        "The offer was withdrawn, ran out or went to another provider before the answer came.",
        "Do nothing: a new offer comes if one is due.",
    )
    VISIT_GONE = (
        "visit-gone",
        "The visit is no longer awaited: it was moved, cancelled or told of before.",
        "Copy the id from the visit as it was scheduled last.",
    )
    NOT_AWAITED = (
        "not-awaited",
        "Nothing of this kind is awaited of the case now.",
        "Do nothing, or call the coordinator if something is missing.",
    )
    NO_CONSENT = (
        "no-consent",
        "The person has not consented, or has withdrawn consent.",
        "Wait until you are asked: nobody may be assessed or told before consent.",
    )
    ALREADY_GIVEN = (
        "already-given",
        "Consent stands already.",
        "Do nothing.",
    )
    NOT_ASSESSED = (
        "not-assessed",
        "A plan follows the assessment, which is not in yet.",
        "Send the plan again once the assessment is done.",
    )
    PLAN_AWAITS_DECISION = (
        "plan-awaits-decision",
        "The version before awaits its decision.",
        "Wait for the decision, then send the plan again.",
    )
    OTHER_VERSION = (
        "other-version",
        "The decision names another version of the plan than the one that awaits it.",
        "Decide the version submitted last.",
    )
    PLAN_REFUSED = (
        "plan-refused",
        "A line of the plan is not one of the municipality's catalogue and register.",
        "Correct the line at the place named, and send the plan again.",
    )
    CASE_CLOSED = (
        "case-closed",
        "The case has ended, so that the event changed nothing; the coordinator has it as a task.",
        "Nothing to send again; tell of a new discharge by a new notice.",
    )
    ID_REUSED = (
        "id-reused",
        "A note, not a rejection: the id was used before for other content; both were taken.",
        "Give every event an id of its own.",
    )
