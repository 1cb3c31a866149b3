"""What people read: sentences, moments in Korea's time, tables."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from handoff.timezone import KST
from handoff.worklist.next_action import Next

# What an action led to.
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

# Verdicts with which the record answers that nothing was changed.
NOT_TAKEN: Mapping[str, str] = {
    "gone": "It is no longer open; nothing was changed. `handoff show` tells what is.",
    "refused": "The plan was not taken; nothing was changed. Check its lines and submit it again.",
}


def local(moment: datetime | None) -> str:
    """A moment in Korea's time, to the minute; "" for none."""
    return f"{moment.astimezone(KST):%Y-%m-%d %H:%M}" if moment else ""


def to_the_second(moment: datetime) -> str:
    """A moment in Korea's time, where several fall into one minute."""
    return f"{moment.astimezone(KST):%Y-%m-%d %H:%M:%S}"


def next_in_words(following: Next | None, command: str = "") -> str:
    """Who does what next, and by when; the command that does it on a line of its own, to be copied."""
    if following is None:
        return "Nothing more is to do."
    said = f"Next: {following.action}, by {following.owner}, until {local(following.due_at)}."
    return f"{said}\n    {command}" if command else said


# The heading of a list of what is due; `entry` writes its rows.
DUE_HEADS = Text(f"{'Due':<24}  {'Owner':<12}  Case", style="bold")


def entry(due_at: datetime, cells: Sequence[str], beneath: Iterable[str], *, overdue: bool = False) -> Text:
    """A row with lines beneath it, so that a command stands on its own line however narrow the screen is."""
    due = f"{local(due_at)} overdue" if overdue else local(due_at)
    said = Text().append(f"{due:<24}", style="bold red" if overdue else "bold")
    for cell in cells:
        said.append(f"  {cell}")
    return said.append("".join(f"\n    {line}" for line in beneath if line))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A plain table; nothing is cut, so that commands can be copied."""
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for head in heads:
        made.add_column(head, overflow="fold", no_wrap=head in ("Due", "Owner", "Case", "No", "Since", "When", "Who"))
    for row in rows:
        made.add_row(*row)
    return made
