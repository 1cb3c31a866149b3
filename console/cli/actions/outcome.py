"""What an action led to, in words."""

from collections.abc import Mapping

from console.act import ActionDone
from console.cli.order import Answer
from console.connections import Connections
from console.moments import local
from handoff.worklist.next_action import Next

DONE: Mapping[str, str] = {
    "contact.made": "the contact is on record.",
    "contact.failed": "the attempt is on record; the next step of the ladder is due.",
    "consent.given": "consent is given; others may be told now.",
    "consent.refused": "support is refused; the case ends.",
    "consent.withdrawn": "consent is withdrawn; open offers go back.",
    "presurvey.completed": "the survey is on record.",
    "determination.returned": "the determination is on record.",
    "plan.drafted": "the plan is submitted.",
    "plan.approved": "the plan is approved; its lines are offered.",
    "plan.rejected": "the plan is rejected; a new version is due.",
    "referral.accepted": "the provider takes it.",
    "referral.partly-accepted": "the provider takes a part; the rest is offered on.",
    "referral.declined": "the provider declines; the next by rank is asked.",
    "referral.changed": "the provider gives it back; the next by rank is asked.",
    "gap.answered": "the gap is answered.",
    "visit.completed": "the visit took place.",
    "visit.missed": "the visit was missed; a call is due today.",
    "visit.requested": "a visit is asked for.",
    "check.completed": "the check is on record.",
    "check.failed": "the check failed; the next step of the ladder is due.",
    "discharge.notified": "the discharge is on record.",
    "discharge.cancelled": "the discharge is cancelled; everything booked goes back.",
    "admission.occurred": "the person is in hospital again; clocks and visits stand still.",
    "case.closed": "the case ends.",
    "task.settled": "seen to.",
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
