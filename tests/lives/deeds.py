"""What people and institutions do in a life: mostly what the record of the case waits for; sometimes nonsense."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tests.lives import person, support
from tests.lives.said import Deeds, discharge, moment

if TYPE_CHECKING:
    from tests.lives.life import Life

IDS = {"referrals": "offer_id", "visits": "visit_id", "plan_lines": "line_id", "checks": "check_id"}


def something(life: "Life") -> None:
    """Do one thing: what is waited for is likely, nonsense is not."""
    if life.draw.random() < life.temper.nonsense:
        nonsense(life)
        return
    possible = [
        (weight * life.temper.wanted[name], deed) for name, found in DEEDS.items() for weight, deed in found(life)
    ]
    possible = [(weight, deed) for weight, deed in possible if weight > 0]
    if possible:
        [deed] = life.draw.choices([deed for _, deed in possible], [weight for weight, _ in possible])
        deed()


def first_word(life: "Life", consent: str) -> None:
    """The word that opens the case."""
    kind = life.draw.choice(("discharge.notified", "discharge.notified", "discharge.expected"))
    if life.opener == "family":
        kind = "application.received"
    discharge(life, kind, life.opener, consent=consent)


def nonsense(life: "Life") -> None:
    """Any word about anything: it may not exist, or have ended long ago."""
    draw = life.draw
    subjects = [
        "",
        life.case,
        "C0000000.1",
        "day-3",
        "nothing",
        *(f"{life.case}.{part}" for part in ("1", "9.O1", "1.V1")),
    ]
    for table, column in IDS.items():
        subjects += [row[column] for row in life.twin.rows(table)]
    kind = draw.choice((*KINDS, "no.such-kind"))
    said = {
        "code": draw.choice(("", "eligible", "quantity", "wait", "reason-1", "expected", "other")),
        "quantity": draw.choice((0, 1, 3, 900)),
        "until": draw.choice((None, moment(life, -2000, -1, 1, 2000))),
        "consent": draw.choice(("", "", "given", "refused")),
        "body": draw.choice(({}, {"lines": support.drafted_lines(life)}, {"found": {}})),
    }
    who = draw.choice((life.opener, "gm-meals-01", support.CONFERENCE, "family"))
    subject = draw.choice(subjects)
    if draw.random() < 0.4:
        life.acts(kind, subject, **said)
    else:
        life.tells(kind, who, subject, **said)


DEEDS: Mapping[str, Callable[["Life"], Deeds]] = {
    "consent": person.consent,
    "contact": person.contact,
    "assessment": person.assessment,
    "plan": support.plan,
    "rejections": support.rejections,
    "answers": support.answers,
    "minds": support.minds,
    "gaps": support.gaps,
    "visits": support.visits,
    "checks": person.checks,
    "dates": person.dates,
    "hospital": person.hospital,
    "settling": person.settling,
    "closing": person.closing,
}
KINDS = (
    "discharge.expected",
    "discharge.notified",
    "discharge.corrected",
    "discharge.cancelled",
    "admission.occurred",
    "admission.cancelled",
    "person.died",
    "application.received",
    "contact.made",
    "contact.failed",
    "consent.given",
    "consent.refused",
    "consent.withdrawn",
    "presurvey.completed",
    "determination.returned",
    "plan.drafted",
    "plan.approved",
    "plan.rejected",
    "plan.changed",
    "referral.accepted",
    "referral.partly-accepted",
    "referral.declined",
    "referral.changed",
    "gap.answered",
    "visit.proposed",
    "visit.requested",
    "visit.completed",
    "visit.missed",
    "service.ended",
    "check.completed",
    "check.failed",
    "task.settled",
)
