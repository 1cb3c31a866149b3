"""What people have to do, and what is awaited: kinds of tasks, and limits. One row has everything about a word."""

from dataclasses import dataclass
from typing import Self

from handoff.vocabulary.rows import Asked, Close, Word

_CONTACT = ("contact {case} --made", "contact {case} --failed")
_REACHED = (*_CONTACT, "settle {task} --done")
_CONSENT = ("consent {case} --give", "consent {case} --refuse")
_CONSENT_AGAIN = ("consent {case} --give", Close(4, "refused"))
_SCORES = tuple(f"assess {{case}} --score {score}" for score in (3, 4, 1))
_RESULTS = ("assess {case} --result eligible", "assess {case} --result not-eligible")
_PLAN = "plan {case} --file plan.toml"
_OFFER = ("accept", "partly 1", "decline no-capacity", "decline waitlist", "decline other")
_OFFER_ANSWERS = tuple(f"answer {{subject}} --{word}" for word in _OFFER)
_VISIT = ("completed", "missed no-answer", "missed provider", "missed refused")
_VISIT_ANSWERS = tuple(f"visit {{subject}} --{word}" for word in _VISIT)
_AT = "discharge {case} --at {moment}"
_PARKED = "parked drop {subject}"


class TaskKind(Word):
    """The kinds of task that people have to do."""

    row: Asked

    def __new__(cls, value: str, row: Asked) -> Self:
        """One row of the table."""
        member = str.__new__(cls, value)
        member._value_, member.row = value, row
        return member

    # A table is read by its rows.
    # fmt: off
    HELD_NOTICE = "held-notice", Asked("settle what is unclear about a notice", (), "a part of the notice is unclear")
    CONTACT = "contact", Asked("speak with the person", _CONTACT, by_attempts=True, household=True)
    CONSENT = "consent", Asked("ask for consent", _CONSENT, household=True)
    CONSENT_AGAIN = "consent-again", Asked("ask again for consent, since it was withdrawn", _CONSENT_AGAIN,
        household=True)
    RENEW_CONSENT = "renew-consent", Asked("ask the person to renew the consent, which ends or has ended", (),
        household=True)
    CONFIRM_REFUSAL = "confirm-refusal", Asked("ask whether the person refuses support; --done if not",
        (), of_a_part=True, household=True)
    ASK_FOR_PAPERS = "ask-for-papers", Asked("ask the person for papers, since the lookup of records is refused",
        ("papers {case}", "consent {case} --give --scope lookup"), household=True)
    RUNNING_SERVICES = "running-services", Asked("ask which services go on, since consent has ended", (),
        household=True)
    ELIGIBILITY = "eligibility", Asked("end the case, or record a survey that shows eligibility",
        (Close(5, "not-eligible"), "assess {case} --score 4 --complex-need"),
        "as far as we know, the person is not eligible", by_attempts=True)
    ASSESS = "assess", Asked("assess the needs", (), household=True, discloses=True)
    DETERMINE = "determine", Asked("ask the insurer (NHIS) for the determination", _RESULTS, discloses=True)
    GUIDE = "guide", Asked("guide the person to other help, and close",
        (Close(5, "guided-elsewhere"), "assess {case} --result eligible"),
        "the survey's score says that other help is enough", by_attempts=True, household=True)
    TELL_RESULT = "tell-result", Asked("tell the person the result of the assessment",
        ("contact {case} --made --about result",), "the person has to be told the result", by_attempts=True,
        household=True)
    RESURVEY = "resurvey", Asked("survey the needs again after the return", _SCORES, household=True, discloses=True)
    DRAFT_PLAN = "draft-plan", Asked("write the plan", (_PLAN,))
    PLAN_ESCALATED = "plan-escalated", Asked("write another plan, or end the case",
        (_PLAN, Close(5, "unmet-need")), "the plan was rejected too often")
    DECIDE = "decide", Asked("decide about the plan",
        ("decide {case} --approve{version}", "decide {case} --reject other{version}"))
    ANSWER = "answer", Asked("ask the provider for its answer", _OFFER_ANSWERS, of_a_part=True, discloses=True)
    FIRST_VISIT = "first-visit", Asked("ask the provider for the moment of the first visit", (),
        "the provider accepted, and nobody has named its first visit", of_a_part=True)
    LATE_FIRST_VISIT = "late-first-visit", Asked(
        "ask for an earlier first visit, or give the line to another provider; --done if it stands", (),
        "the first visit that the provider names is later than promised", of_a_part=True)
    GAP = "gap", Asked("find help for a line that no provider takes", (), of_a_part=True, discloses=True)
    VISIT_REPORT = "visit-report", Asked("find out whether the visit took place",
        _VISIT_ANSWERS, "nobody has said whether the visit took place", of_a_part=True)
    MISSED_VISIT = "missed-visit", Asked("call the person whose visit was missed", _REACHED, of_a_part=True,
        household=True)
    MISSED_VISIT_ESCALATED = "missed-visit-escalated", Asked("find out why several visits were missed in a row",
        _REACHED, "visits were missed in a row", household=True)
    SAFETY_CHECK = "safety-check", Asked("make sure that the person is safe", (), "the person may be in danger",
        of_a_part=True, household=True)
    CHECK = "check", Asked("ask how the person is", ("check {subject} --ok", "check {subject} --failed"),
        of_a_part=True, household=True)
    CONFIRM_DISCHARGE = "confirm-discharge", Asked("find out whether the person was discharged",
        (_AT, "discharge {case} --cancel"))
    CANCELLED_DISCHARGE = "cancelled-discharge", Asked("ask for the new date of a cancelled discharge",
        (_AT, Close(5, "discharge-cancelled")))
    DATES_DIFFER = "dates-differ", Asked("find out which discharge date is right; --done if the hospital's",
        ("settle {task} --done", _AT))
    READMISSION_REVIEW = "readmission-review", Asked("ask whether the person comes home, and when",
        (Close(2, "admitted"), _AT))
    CONFIRM_RESTRICTION = "confirm-restriction", Asked("ask whether others may be told of the person; --done if so",
        ("settle {task} --done", Close(5, "guided-elsewhere")))
    CONFIRM_DEATH = "confirm-death", Asked("find out whether the person has died; --done if not",
        (Close(1, "died"), "settle {task} --done"))
    REVIEW_END = "review-end", Asked("end the support, or plan more", (Close(3, "unmet-need"), _PLAN))
    CLOSE_AGAIN = "close-again", Asked("close the case with an end that fits now; --done if it goes on",
        (Close(5, "unmet-need"), "settle {task} --done"),
        "what was recorded before the end was final does not fit that end")
    FIRST_SERVICE_LATE = "first-service-late", Asked("find out why the first service is late", (),
        "the two days after the discharge are over")
    CHASE = "chase", Asked("find out why somebody did not act in time")
    AFTER_CLOSING = "after-closing", Asked("decide whether an event after the end of the case matters",
        why="an event came after the case had closed")
    MOVED_AWAY = "moved-away", Asked("find out whether the person has moved away; --done if not",
        (Close(5, "transferred"), "settle {task} --done"), "the new address is not in this municipality")
    DETAILS_DIFFER = "details-differ", Asked("find out which of several details of the person is right", (),
        "sources say different things", household=True)
    TELL_DETAILS = "tell-details", Asked("call the recipient, and tell what has changed about the person; then --done",
        why="it has no topic, and works with the person", of_a_part=True, discloses=True)
    DISTRICT_NOT_SERVED = "district-not-served", Asked(
        "find a provider that serves the person's new district; --done if the present one goes on",
        ("answer {subject} --withdraw", "settle {task} --done"), "the person has moved within the municipality",
        of_a_part=True)
    NOT_YET_HANDLED = "type-not-yet-handled", Asked("act on an event that the engine does not handle yet",
        ("settle {task} --done", _PARKED), "the engine does not act on this kind of event yet")
    RECORDS_MISSING = "records-missing", Asked("ask the institution to resend records that Kafka lost unread")
    LOST_IN_RESTORE = "lost-in-restore", Asked("repeat the actions on the case that a restore lost")
    REBUILD_CASE = "rebuild-case", Asked("rebuild the workflow of the case",
        ("rebuild {case}",), "its workflow is lost")
    LETTER_UNDELIVERABLE = "letter-undeliverable", Asked(
        "inform the institution in another way, since a letter could not be sent")
    CONFIRM_WEEK = "confirm-week", Asked("ask the provider which visits of the week did not take place",
        ("confirm {provider} --week {week}",), "visits that nobody reported missed are confirmed by the week")
    JOINED_CASE = "joined-case", Asked("look through what was joined: its visits, its lines, what differs",
        ("settle {task} --done", "show {case}"), "two cases of one person were joined")
    UNJOINED_CASE = "unjoined-case", Asked("put right by hand what the join that was undone had moved",
        ("settle {task} --done", "show {case}"), "a join was undone, which moves nothing back by itself")
    RETRACT = "retract", Asked(
        "have the institution confirm that it has deleted what it got about the wrong person",
        ("settle {task} --done", "disclosed {case}"), "what was disclosed was about the wrong person", of_a_part=True)
    PARKED_OURS = "parked-ours", Asked("report a bug: the engine cannot take a record; each new build tries again",
        ("parked retry {subject}", _PARKED))
    # fmt: on


@dataclass(frozen=True)
class Awaited:
    """The row of a limit.

    Attributes:
        what: what is awaited, in words.
        why: why it is awaited.
        tasks: the kinds of task that go with it. If it runs out, the first of them that is open is escalated; if none
            is open, the first kind is opened. Empty: a task `chase` is opened.
        promise: whether it runs over several steps. The next action then is that of the open step, if there is one.
        in_profile: whether a profile sets its length, its owner and the role it is escalated to.
    """

    what: str
    why: str
    tasks: tuple[TaskKind, ...] = ()
    promise: bool = False
    in_profile: bool = True


class LimitName(Word):
    """What is awaited: the first part of a clock's name. A profile has nearly all of them as a limit (DOMAIN §1)."""

    row: Awaited

    def __new__(cls, value: str, row: Awaited) -> Self:
        """One row of the table."""
        member = str.__new__(cls, value)
        member._value_, member.row = value, row
        return member

    # A table is read by its rows.
    # fmt: off
    ACKNOWLEDGE = "acknowledge", Awaited("", "")  # for the answer to a notice: no clock of a case
    FIRST_CONTACT = "first-contact", Awaited("the first contact", "nobody has spoken with the person yet",
        (TaskKind.CONTACT,))
    CONTACT_ATTEMPT = "contact-attempt", Awaited("the next attempt at contact", "the person was not reached")
    CONSENT = "consent", Awaited("consent", "without it nobody may be told about the person", (TaskKind.CONSENT,))
    CONSENT_AGAIN = "consent-again", Awaited("consent", "it was withdrawn, or has ended",
        (TaskKind.CONSENT_AGAIN, TaskKind.RENEW_CONSENT))
    CONSENT_ENDS = "consent-ends", Awaited("the renewal of the consent", "the consent ends on a day that it names",
        (TaskKind.RENEW_CONSENT,))
    REFUSAL = "refusal-confirmation", Awaited("the person's word about a refusal", "others told of it",
        (TaskKind.CONFIRM_REFUSAL,))
    PAPERS = "papers-awaited", Awaited("the person's papers", "the person refuses the lookup of records",
        (TaskKind.ASK_FOR_PAPERS,))
    RUNNING_SERVICES = "running-services", Awaited("a decision about running services", "consent has ended",
        (TaskKind.RUNNING_SERVICES,))
    PRESURVEY = "presurvey", Awaited("the pre-survey", "the community centre was asked for it", (TaskKind.ASSESS,))
    DETERMINATION = "determination", Awaited("the determination", "the insurer was asked for it", (TaskKind.DETERMINE,))
    RESURVEY = "resurvey", Awaited("the survey after the return", "needs may have changed", (TaskKind.RESURVEY,))
    PLAN = "plan", Awaited("an approved plan", "the needs have been assessed",
        (TaskKind.DRAFT_PLAN, TaskKind.PLAN_ESCALATED, TaskKind.DECIDE), promise=True)
    DECISION = "decision", Awaited("the decision on the plan", "the deciding body has it", (TaskKind.DECIDE,))
    PLAN_REVISION = "plan-revision", Awaited("a new version of the plan", "the last one was rejected",
        (TaskKind.DRAFT_PLAN, TaskKind.PLAN_ESCALATED))
    URGENT_SERVICE = "urgent-service", Awaited("the urgent service", "it does not wait for the decision", promise=True)
    ANSWER = "answer", Awaited("the provider's answer", "the line was offered to the provider", (TaskKind.ANSWER,))
    URGENT_ANSWER = "urgent-answer", Awaited("the provider's answer", "an urgent line was offered to the provider",
        (TaskKind.ANSWER,))
    FIRST_VISIT = "first-visit", Awaited("the moment of the first visit", "the provider has named none that can be",
        (TaskKind.FIRST_VISIT,))
    GAP = "gap", Awaited("help for the line", "no provider takes it", (TaskKind.GAP,))
    WAIT = "wait", Awaited("another offer of the line", "somebody decided to wait", in_profile=False)  # an appointment
    LINE_END = "line-end", Awaited("the end of the service", "its day is named", in_profile=False)  # an appointment
    SERVICE_START = "service-start", Awaited("the line's first visit", "a provider has taken it", promise=True)
    FIRST_SERVICE = "first-service", Awaited("the first delivered service",
        "it is promised within two days of the discharge", (TaskKind.FIRST_SERVICE_LATE,), promise=True)
    VISIT_REPORT = "visit-report", Awaited("the report of the visit",
        "nobody has said whether the visit took place", (TaskKind.VISIT_REPORT,))
    VISIT_END = "visit-end", Awaited("the next visit", "this one is confirmed by the week", in_profile=False)
    MAKE_UP = "make-up", Awaited("the make-up visit", "a visit was missed")
    MISSED_VISIT_CALL = "missed-visit-call", Awaited("a call to the person", "a visit was missed",
        (TaskKind.MISSED_VISIT, TaskKind.VISIT_REPORT, TaskKind.SAFETY_CHECK))
    CHECK = "check", Awaited("the check on the person", "its day has not come")  # an appointment
    CHECK_WINDOW = "check-window", Awaited("the check on the person", "its day has come",
        (TaskKind.CHECK, TaskKind.SAFETY_CHECK), in_profile=False)  # the limit `check` runs
    DISCHARGE_CONFIRMATION = "discharge-confirmation", Awaited("the actual discharge", "only an expected date is known",
        (TaskKind.CONFIRM_DISCHARGE,))
    DISCHARGE_CANCELLED = "discharge-cancelled", Awaited("a new discharge date", "the discharge was cancelled",
        (TaskKind.CANCELLED_DISCHARGE,))
    READMISSION_HOLD = "readmission-hold", Awaited("the return from hospital", "providers keep a place until then")
    READMISSION_REVIEW = "readmission-review", Awaited("the return from hospital",
        "if the stay goes on, the owner decides about the support", (TaskKind.READMISSION_REVIEW,))
    REVIEW_END = "review-end", Awaited("a new plan, or the end of support", "the lines are over, or the need has ended",
        (TaskKind.REVIEW_END,))
    CORRECTION = "correction", Awaited("the right discharge date", "institutions disagree", (TaskKind.DATES_DIFFER,))
    DEATH_CONFIRMATION = "death-confirmation", Awaited("the confirmation of a death", "the report contradicts itself",
        (TaskKind.CONFIRM_DEATH,))
    DEATH_CLOSING = "death-closing", Awaited("the end of the case after a death",
        "until then the death may be taken back", (TaskKind.CONFIRM_DEATH,))
    CLOSING_GRACE = "closing-grace", Awaited("the end of the case", "until then it may be taken back")
    RESTRICTION = "restriction", Awaited("what may be told", "access is restricted", (TaskKind.CONFIRM_RESTRICTION,))
    EARLY_FACT = "early-fact", Awaited("", "")  # for a fact that came before its case: no clock of a case
    HELD_NOTICE = "held-notice", Awaited("", "")  # no clock of a case
    CONFIRM_WEEK = "confirm-week", Awaited("", "")  # for a provider's word about a week: no clock of a case
    # fmt: on
