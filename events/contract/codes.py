"""Codes for records that were not taken. Each has a cause and a cure, in words for the sender."""

from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """A code of `notice.rejected` and of parked records. `cause`: what is wrong. `cure`: what the sender has to do."""

    cause: str
    cure: str

    def __new__(cls, value: str, cause: str, cure: str) -> Self:
        """Make a member with its two sentences."""
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
        "The value of a header that we read (`content-type`, or a `ce_` attribute of the contract) is not UTF-8.",
        "Write these headers as UTF-8 text, and send the event again.",
    )
    TOO_LARGE = (
        "too-large",
        "The record is larger than one mebibyte, has more than 10,000 headers, or holds more than 1,000 messages.",
        "Send a notice without attachments and with no other headers than the contract's, and a batch in parts.",
    )
    BATCH_TOO_LARGE = (
        "batch-too-large",
        "A batch unpacks to more than 64 mebibytes, or has a record with over 100,000 headers. None of it was read.",
        "Send these notices again, in smaller batches (the producer's batch.size) and without attachments.",
    )
    SENDER_UNKNOWN = (
        "sender-unknown",
        "The topic belongs to no institution of this municipality's profile.",
        "Ask the municipality to register the institution. Only operators see this code.",
    )
    SENDER_SUSPENDED = (
        "sender-suspended",
        "The municipality has suspended your institution. Its events are kept, and have no effect.",
        "Call the municipality's coordinator about anything urgent. The rest can be taken once the suspension ends.",
    )
    SOURCE_NOT_YOURS = (
        "source-not-yours",
        "`ce_source` names another institution than the one whose topic this is.",
        "Name your own institution code as the source, and send on your own topic only.",
    )
    TYPE_UNKNOWN = (
        "type-unknown",
        "The event type, or the HL7 trigger, is not one of the contract's.",
        "Use a type of the event contract.",
    )
    TYPE_NOT_YET_HANDLED = (
        "type-not-yet-handled",
        "The event is part of the contract, but the engine does not act on it yet.",
        "Do not send it again: the municipality's coordinator has it as a task. For anything urgent, call.",
    )
    NOT_YOUR_EVENT = (
        "not-your-event",
        "An institution of your role may not send this event. For example, only a provider answers an offer.",
        "Let the institution that is responsible send it.",
    )
    FIELD_INVALID = (
        "field-invalid",
        "A field is missing or is not what the contract says.",
        "Correct the field at the place named, and send the event again under a new id.",
    )
    DATE_SENSELESS = (
        "date-senseless",
        "A moment is impossible, such as a day that does not exist, or a year before 1881.",
        "Correct the moment at the place named, and send the event again under a new id.",
    )
    NAME_MISSING = (
        "name-missing",
        "The notice has no name of the person, so that it cannot open a case.",
        "Send the notice again with the name, the address and a contact.",
    )
    NOT_OUR_MUNICIPALITY = (
        "not-our-municipality",
        "The registered address is in another municipality, which the reason names.",
        "Send the notice to the municipality of the registered address.",
    )
    NOT_ELIGIBLE = (
        "not-eligible",
        "The person is below the age of eligibility, and neither a severe disability nor an agreed group was found.",
        "Do nothing, or call the coordinator if you know of a registered severe disability.",
    )
    SET_ASIDE = (
        "set-aside",
        "The notice was held, and a person at the municipality has decided that it has no effect.",
        "Do nothing, or call the coordinator if the person was discharged and cannot yet live alone.",
    )
    SUBJECT_UNKNOWN = (
        "subject-unknown",
        "`ce_subject` names no case, line, offer, visit or check of ours.",
        "Copy the subject from the event that you answer.",
    )
    SUBJECT_NOT_YOURS = (
        "subject-not-yours",
        "The case, offer, visit or check was not sent to your institution.",
        "Answer only events that came on your own topic.",
    )
    OFFER_GONE = (
        "offer-gone",
        "The offer was withdrawn, expired or went to another provider before your answer came.",
        "Do nothing. You get a new offer if there is one.",
    )
    VISIT_GONE = (
        "visit-gone",
        "The visit is no longer awaited: it was moved, cancelled or reported before.",
        "Copy the id from the last `visit.scheduled`. If an earlier report was wrong, call the coordinator.",
    )
    NOT_AWAITED = (
        "not-awaited",
        "The case awaits no event of this kind now.",
        "Do nothing, or call the coordinator if something is missing.",
    )
    NO_CONSENT = (
        "no-consent",
        "The person has not consented, or has withdrawn consent.",
        "Wait until you are asked. Nobody may be assessed or informed before consent.",
    )
    ALREADY_GIVEN = (
        "already-given",
        "Consent was given before.",
        "Do nothing.",
    )
    NOT_ASSESSED = (
        "not-assessed",
        "The assessment is not done yet, and a plan may only follow it.",
        "Send the plan again once the assessment is done.",
    )
    PLAN_AWAITS_DECISION = (
        "plan-awaits-decision",
        "The previous version of the plan awaits its decision.",
        "Wait for the decision, then send the plan again.",
    )
    OTHER_VERSION = (
        "other-version",
        "The decision names another version of the plan than the version that awaits a decision.",
        "Decide the version submitted last.",
    )
    PLAN_REFUSED = (
        "plan-refused",
        "A line of the plan does not fit the municipality's catalogue of services and register of providers.",
        "Correct the line at the place named, and send the plan again.",
    )
    CASE_CLOSED = (
        "case-closed",
        "The case has ended, so that the event changed nothing. The coordinator has it as a task.",
        "Do not send it again. Report a new discharge by a new notice.",
    )
    ID_REUSED = (
        "id-reused",
        "A note, not a rejection: the id was used before for other content. Both were taken.",
        "Give every event its own id.",
    )
