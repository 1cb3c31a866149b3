"""What an action led to, in words."""

from collections.abc import Mapping

from console.act import ActionDone
from console.cli.order import Answer
from console.connections import Connections
from console.moments import local
from handoff.vocabulary.words import EventKind
from handoff.worklist.next_action import Next

DONE: Mapping[str, str] = {
    EventKind.CONTACT_MADE: "the contact is on record.",
    EventKind.CONTACT_FAILED: "the attempt is on record; the next step of the ladder is due.",
    EventKind.CONSENT_GIVEN: "consent is given; others may be told now.",
    EventKind.CONSENT_REFUSED: "support is refused; the case ends.",
    EventKind.CONSENT_WITHDRAWN: "consent is withdrawn; open offers go back.",
    EventKind.PRESURVEY_COMPLETED: "the survey is on record.",
    EventKind.DETERMINATION_RETURNED: "the determination is on record.",
    EventKind.PLAN_DRAFTED: "the plan is submitted.",
    EventKind.PLAN_APPROVED: "the plan is approved; its lines are offered.",
    EventKind.PLAN_REJECTED: "the plan is rejected; a new version is due.",
    EventKind.REFERRAL_ACCEPTED: "the provider takes it.",
    EventKind.REFERRAL_PARTLY_ACCEPTED: "the provider takes a part; the rest is offered on.",
    EventKind.REFERRAL_DECLINED: "the provider declines; the next by rank is asked.",
    EventKind.REFERRAL_CHANGED: "the provider gives it back; the next by rank is asked.",
    EventKind.GAP_ANSWERED: "the gap is answered.",
    EventKind.VISIT_COMPLETED: "the visit took place.",
    EventKind.VISIT_MISSED: "the visit was missed; a call is due today.",
    EventKind.VISIT_REQUESTED: "a visit is asked for.",
    EventKind.CHECK_COMPLETED: "the check is on record.",
    EventKind.CHECK_FAILED: "the check failed; the next step of the ladder is due.",
    EventKind.DISCHARGE_NOTIFIED: "the discharge is on record.",
    EventKind.DISCHARGE_CANCELLED: "the discharge is cancelled; everything booked goes back.",
    EventKind.ADMISSION_OCCURRED: "the person is in hospital again; clocks and visits stand still.",
    EventKind.CASE_CLOSED: "the case ends.",
    EventKind.TASK_SETTLED: "seen to.",
}


def answer(connections: Connections, acted: ActionDone) -> Answer:
    """What was done, and what is to do next."""
    action, done, following = acted.action, acted.done, acted.following
    content = {"case": action.case, "milestones": done.milestones, "verdicts": done.verdicts, "subjects": done.subjects}
    said = DONE.get(action.kind, "It is on record.")
    command = connections.to_type(following.command) if following and following.command else ""
    return Answer(content, [f"{action.subject}: {said}", next_in_words(following, command)])


def next_in_words(following: Next | None, command: str = "") -> str:
    """Who does what next, and by when; the command that does it on a line of its own, to be copied."""
    if following is None:
        return "Nothing more is to do."
    said = f"Next: {following.action}, by {following.owner}, until {local(following.due_at)}."
    return f"{said}\n    {command}" if command else said
