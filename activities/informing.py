"""What institutions that work with the person know of them, and what they learn when it changes.

The case keeps a keyed digest of what each of them was told last. An institution that knows something else than what
counts now gets a letter, or a person calls it. While nobody may be told, this waits; then `confirm_held` sends it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from activities.case_session import CaseSession
from handoff.case.messages import Due
from handoff.fact import Person
from handoff.rules.clocks import runs
from handoff.store.record.referrals import AGREED
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.details import Detail
from handoff.vocabulary.outcomes import LetterKind
from handoff.vocabulary.states import Consent
from handoff.worklist.task_kinds import COORDINATOR

_DIGITS = 16  # of a digest in hex: enough to see that one thing is another
_OFFERED = ":offer"  # behind the id of an offer: what its provider knows before it accepts
OF_THE_ASSESSED = frozenset({Detail.BIRTH, Detail.CARER})
OF_BOTH = frozenset({Detail.NAME, Detail.PHONE, Detail.ADDRESS, Detail.CONTACT, Detail.LANGUAGE})


@dataclass(frozen=True)
class Recipient:
    """Somebody who was told of the person for open work.

    Attributes:
        key: of what it was told, in the case.
        code: the institution.
        kind: of the letter that tells it of changes.
        about: the id of the case or the offer, and further fields of the letter that name no person.
        told: what it is to know now.
        details: the details that it gets.
    """

    key: str
    code: str
    kind: LetterKind
    about: Mapping[str, str]
    told: Mapping[str, Any]
    details: frozenset[Detail]


def given(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload without empty fields."""
    return {name: value for name, value in payload.items() if value is not None and value not in ("", (), [])}


def whom(person: Person) -> dict[str, Any]:
    """What a provider that has accepted gets of the person."""
    named = ("name", "address", "phone", "contact_name", "contact_relation", "contact_phone", "language")
    return given({name: getattr(person, name) for name in named})


def assessed(person: Person) -> dict[str, Any]:
    """What an assessor gets of the person."""
    named = ("birth_date", "carer_name", "carer_relation", "carer_phone")
    return whom(person) | given({name: getattr(person, name) for name in named})


def may_tell(session: CaseSession) -> bool:
    """Whether somebody may be told of the person now: there is consent, and nothing that stops it."""
    case = session.case
    return consents(session) and not (case.restricted or case.death or case.closing)


def consents(session: CaseSession) -> bool:
    """Whether there is consent now. Its end may have come while the record was away, and be written next."""
    return session.case.consent == Consent.GIVEN and not session.case.consent_over(session.at, session.context.now)


def remember(session: CaseSession, key: str, content: Mapping[str, Any]) -> None:
    """Note what somebody was told. `key`: an offer, or the code of an assessor."""
    session.case.informed = {**session.case.informed, key: digest(session, content)}


def remember_offer(session: CaseSession, offer: str) -> None:
    """Note what a provider learned by its offer: the district."""
    remember(session, offer + _OFFERED, {"dong": session.case.district})


def remember_confirmed(session: CaseSession, offer: str, *, by_letter: bool) -> None:
    """Note what a provider that has accepted was told. Without a letter somebody told it when it accepted."""
    if by_letter or (offer not in session.case.informed and may_tell(session)):
        remember(session, offer, whom(session.identity()))


def inform(session: CaseSession, changed: Collection[str] = ()) -> None:
    """Tell those with open work what has changed of what they know.

    `changed`: the details that have changed now. They are told to those of whom it is not known what they know.
    """
    if not may_tell(session):
        return
    for recipient in list(_recipients(session)):
        before = session.case.informed.get(recipient.key)
        if before is None and recipient.details.isdisjoint(changed):
            continue
        if before == digest(session, recipient.told):
            continue
        subject = recipient.about.get("offer_id", "")
        if not session.tell(recipient.code, recipient.kind, {**recipient.about, **_part(recipient)}, subject=subject):
            _ask_to_call(session, recipient, set(changed) & recipient.details or recipient.details)
        remember(session, recipient.key, recipient.told)


def _ask_to_call(session: CaseSession, recipient: Recipient, details: Collection[str]) -> None:
    """Open a task to tell these details. If nobody has called yet about earlier ones, it is about all of them."""
    due = due_soon(session)
    task = session.ask(TaskKind.TELL_DETAILS, due, recipient.about.get("offer_id", "") or recipient.code)
    untold = {*task.about.get("details", ()), *details}
    task.about = {"receiver": recipient.code, "details": sorted(untold)}
    task.due_at = due.due_at or task.due_at


def due_soon(session: CaseSession) -> Due:
    """When somebody has to have looked at new details: as for dates that differ. No clock runs."""
    ends = runs(LimitName.CORRECTION, session.at, session.profile)
    return Due("", ends.due_at, owner=COORDINATOR)


def _part(recipient: Recipient) -> dict[str, Any]:
    return dict(recipient.told) if "dong" in recipient.told else {"person": recipient.told}


def _recipients(session: CaseSession) -> Iterator[Recipient]:
    person, case = session.identity(), session.case
    for referral in session.referrals.open().values():
        agreed = referral.state in AGREED
        yield Recipient(
            key=referral.offer_id if agreed else referral.offer_id + _OFFERED,
            code=referral.provider,
            kind=LetterKind.REFERRAL_UPDATED,
            about={"offer_id": referral.offer_id, "line_id": referral.line_id},
            told=whom(person) if agreed else {"dong": case.district},
            details=OF_BOTH if agreed else frozenset(),
        )
    for assessor in assessors(session):
        yield Recipient(
            key=assessor,
            code=assessor,
            kind=LetterKind.ASSESSMENT_UPDATED,
            about={"case_id": case.case_id},
            told=assessed(person),
            details=OF_BOTH | OF_THE_ASSESSED,
        )


def assessors(session: CaseSession) -> Iterator[str]:
    """The institutions that are assessing the person now: those that were asked, also if the person has moved since."""
    running = session.clocks.all()
    insurer, centre = session.profile.insurer, session.profile.assessor_of(session.case.district)
    asked = [key for key in session.case.informed if "." not in key and key != insurer] or [centre]
    if LimitName.DETERMINATION in running:
        yield insurer
    if LimitName.PRESURVEY in running or LimitName.RESURVEY in running:
        yield from asked


def digest(session: CaseSession, content: Mapping[str, Any]) -> str:
    """A digest of what somebody learned: it can be compared, and not read."""
    in_order = to_json({name: content[name] for name in sorted(content)})
    return session.context.vault.digest("informed", in_order).hex()[:_DIGITS]
