"""Every kind of thing that may be told about a case, and what it does: one table for institutions and for persons."""

from collections.abc import Callable, Mapping

from handoff.case import Case, Refusal, entry
from handoff.milestones import Entry, Told
from handoff.told import discharge, person, planning, services

KINDS: Mapping[str, Callable[[Case, Told], list[Entry] | Refusal]] = {
    "discharge.expected": discharge.noticed,
    "discharge.notified": discharge.noticed,
    "discharge.corrected": discharge.corrected,
    "discharge.cancelled": discharge.cancelled,
    "admission.occurred": discharge.admitted,
    "admission.cancelled": discharge.admission_cancelled,
    "person.died": discharge.died,
    "application.received": person.applied,
    "contact.made": person.contacted,
    "contact.failed": person.not_reached,
    "person.unreachable": person.not_reached,
    "consent.given": person.consented,
    "consent.refused": person.refused,
    "consent.withdrawn": person.withdrew,
    "presurvey.completed": planning.surveyed,
    "determination.returned": planning.determined,
    "plan.drafted": planning.drafted,
    "plan.approved": planning.approved,
    "plan.rejected": planning.rejected,
    "plan.changed": planning.changed,
    "referral.accepted": services.accepted,
    "referral.partly-accepted": services.partly_accepted,
    "referral.declined": services.declined,
    "referral.changed": services.changed_mind,
    "gap.answered": services.gap_answered,
    "visit.proposed": services.visit_proposed,
    "visit.requested": services.visit_requested,
    "visit.completed": services.visit_completed,
    "visit.missed": services.visit_missed,
    "service.ended": services.service_ended,
    "check.completed": services.checked,
    "check.failed": services.check_failed,
    "task.settled": person.settled,
    "case.closed": person.closed,
}


def refusal(case: Case, told: Told) -> Refusal | None:
    """Why this cannot be done now; None if it can. The case is left as it is."""
    if case.end:
        return Refusal("case-closed", "The case is closed; a new discharge opens a new one.")
    if told.kind not in KINDS:
        return Refusal("type-unknown", f"Nothing is known that is called {told.kind!r}.")
    taken = KINDS[told.kind](case.twin(), told)
    return taken if isinstance(taken, Refusal) else None


def take(case: Case, told: Told) -> list[Entry]:
    """Move the case on by one thing told; returns the milestones to write. What cannot be is set aside, with a code."""
    if case.end:
        return [entry(told, "told_after_closing", why=told.kind)]
    refused = refusal(case, told)
    taken = refused or KINDS[told.kind](case, told)
    if isinstance(taken, Refusal):
        return [entry(told, "set_aside", why=told.kind, code=taken.code)]
    return taken
