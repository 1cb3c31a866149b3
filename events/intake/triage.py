"""Judges a fact: whom it is about, which case it belongs to, and what a person has to settle first."""

from dataclasses import dataclass, replace

from events.contract.event_types import Code, may_say, starts_case
from events.contract.words import LaterKind
from events.intake.context import IntakeContext
from events.intake.door import judge_at_door
from events.intake.judgement import (
    Hold,
    Join,
    Judgement,
    KeepAnswer,
    Open,
    PlainJudgement,
    Refuse,
    Unsettled,
    unsettled,
)
from events.intake.known import Knowledge, tells_of_death
from events.intake.merging import judge_merge
from events.intake.news import (
    ANOTHER_PERSON,
    ANOTHER_STAY,
    is_it,
    judge_about,
    judge_for_a_person,
    judge_news,
    of_doubts,
    with_restriction,
)
from events.intake.prepared import Prepared
from events.intake.strangers import is_merge
from events.intake.telling_details import refused_of_provider
from events.readers import place as place_of
from handoff.fact import CUT, Discharge, Doubt, Person, Unreadable
from handoff.profile.model import Profile
from handoff.rules.identity import PERHAPS_SAME, WHY_HELD, Match
from handoff.rules.jurisdiction import CODE_DIFFERS, NotFound, Other, Ours, municipality
from handoff.rules.occurrence import CLOCKS_DIFFER, Seen, impossible
from handoff.store.intake.cases import CasePart, IntakeCase
from handoff.store.persons import OpenedPerson, filled
from handoff.vocabulary.outcomes import IdentityVerdict
from handoff.vocabulary.words import EventKind


def not_allowed(prepared: Prepared, profile: Profile) -> Unreadable | None:
    """Why an institution of the sender's role may not send this event; None: it may."""
    if may_say(prepared.row.kind, _role(prepared.row.sender, profile)):
        return None
    place = "MSH-9" if prepared.fact.form == "hl7v2" else "ce_type"
    return _refusal(prepared, Code.NOT_YOUR_EVENT, place=place)


def judge(prepared: Prepared, knowledge: Knowledge, context: IntakeContext) -> Judgement:
    """Judge a fact that is no resend."""
    if prepared.fact.subject:
        return _judge_answer(_with_moment(prepared, knowledge, context), knowledge, context.profile)
    if starts_case(prepared.row.kind):
        return _judge_notice(prepared, knowledge, context.profile)
    if context.profile.provider(prepared.row.sender) and (why := refused_of_provider(prepared, None)):
        return Refuse(why)
    if is_merge(prepared):
        return judge_merge(prepared, knowledge)
    if prepared.fact.kind in set(LaterKind):
        return judge_for_a_person(prepared, knowledge)
    return judge_news(prepared, knowledge)


def moment_doubt(prepared: Prepared, knowledge: Knowledge, context: IntakeContext) -> Doubt | None:
    """Why an answer cannot have occurred at the moment that it tells; None if it can."""
    kind = EventKind.known(prepared.row.kind)
    if kind is None:
        return None
    earlier = knowledge.earlier.get(prepared.fact.subject, {})
    seen = Seen(context.now, CLOCKS_DIFFER, context.profile.scale)
    doubt = impossible(kind, prepared.fact.occurred_at, earlier, seen)
    return Doubt(doubt.code, place_of(prepared.fact.form, "occurred_at"), doubt.says) if doubt else None


def _with_moment(prepared: Prepared, knowledge: Knowledge, context: IntakeContext) -> Prepared:
    doubt = moment_doubt(prepared, knowledge, context)
    return replace(prepared, doubts=(*prepared.doubts, doubt)) if doubt else prepared


@dataclass(frozen=True)
class Identified:
    """Whom a notice is about, and which municipality is responsible.

    Attributes:
        match: the result of comparing identities.
        named: the case that the sender's reference names.
        person: whom it is about; None: a new person, or not certain.
        told_place: the municipality of the address in the notice.
        place: the same, or if the notice has no address, of the address that we know.
        likely: open cases that it may be about, if it tells of a death and matches nobody.
    """

    match: Match
    named: IntakeCase | None
    person: OpenedPerson | None
    told_place: Ours | Other | NotFound
    place: Ours | Other | NotFound
    likely: tuple[IntakeCase, ...] = ()


def identify(prepared: Prepared, knowledge: Knowledge, profile: Profile) -> Identified:
    """Find out whom a notice is about, and which municipality the address is in."""
    match, named = knowledge.whom(prepared), knowledge.discharge(prepared)
    person = _sure_person(prepared, match, named, knowledge)
    told_place = place_with(prepared, None, profile)
    place = told_place if _same_address(prepared, person) else place_with(prepared, person, profile)
    asked = person is None and match.verdict == IdentityVerdict.NEW and tells_of_death(prepared)
    likely = tuple(knowledge.likely_cases(prepared)) if asked else ()
    return Identified(match, named, person, told_place, place, likely)


def place_with(prepared: Prepared, person: OpenedPerson | None, profile: Profile) -> Ours | Other | NotFound:
    """The municipality of the address in the notice, else of the address that we know of this person."""
    whole = _whole(prepared, person)
    return municipality(whole.address, whole.address_code, profile)


def open_or_join(person: OpenedPerson | None, place: Ours | Other | NotFound, knowledge: Knowledge) -> Open | Join:
    """Join this person's open case, or open a case. `person` None: a new person."""
    if case := _open_case(person, knowledge):
        return Join(case)
    return Open(place.district if isinstance(place, Ours) else "", person)


def unclear(prepared: Prepared, identified: Identified, knowledge: Knowledge) -> list[Unsettled]:
    """Everything in a notice that a person has to settle first."""
    case = _open_case(identified.person, knowledge)
    other = [unsettled(*ANOTHER_STAY)] if case and knowledge.is_of_another_stay(prepared, case) else []
    return [*_contradictions(prepared, identified), *other, *_gaps(prepared, identified, knowledge)]


def _judge_notice(prepared: Prepared, knowledge: Knowledge, profile: Profile) -> Judgement:
    """Judge a notice of a discharge, or an application: it opens a case, joins the open one, or is held."""
    person = prepared.fact.person or Person()
    if not person.name and not any(doubt.code == CUT for doubt in prepared.doubts):
        return Refuse(_refusal(prepared, Code.NAME_MISSING, place="person.name"))
    identified = identify(prepared, knowledge, profile)
    named = identified.named if identified.named and not identified.named.closed_at else None
    case = _open_case(identified.person, knowledge) or named

    def judge_rest(rest: Prepared) -> PlainJudgement:
        return _judge_identified(rest, identified, knowledge, profile)

    return with_restriction(prepared, case, knowledge, judge_rest) if case else judge_rest(prepared)


def _judge_identified(
    prepared: Prepared, identified: Identified, knowledge: Knowledge, profile: Profile
) -> PlainJudgement:
    where = identified.told_place
    if isinstance(where, Other):
        reason = f"The registered address is in {where.name} ({where.code})."
        return Refuse(replace(_refusal(prepared, Code.NOT_OUR_MUNICIPALITY, reason, "person.address"), kept=False))
    open_points = unclear(prepared, identified, knowledge)
    judgement = open_or_join(identified.person, identified.place, knowledge)
    if isinstance(judgement, Open) and (at_door := judge_at_door(prepared, identified.person, open_points, profile)):
        return at_door
    return Hold(open_points, candidates(identified, knowledge)) if open_points else judgement


def _judge_answer(prepared: Prepared, knowledge: Knowledge, profile: Profile) -> Judgement:
    """Judge an answer to a case, line, offer, visit or check. Only institutions that were asked may answer."""
    case, part = knowledge.cases.get(prepared.case_id), knowledge.parts.get(prepared.fact.subject)
    sender = prepared.row.sender
    lost = knowledge.making_again and (case is None or part is None)
    if prepared.record.topic and (lost or sender in knowledge.waited_for):
        return KeepAnswer()
    if case is None or part is None:
        return Refuse(_refusal(prepared, Code.SUBJECT_UNKNOWN, place="ce_subject"))
    if not (_was_asked(sender, case, part, profile) or sender in knowledge.tellers.get(case.case_id, set())):
        return Refuse(_refusal(prepared, Code.SUBJECT_NOT_YOURS, place="ce_subject"))
    if profile.provider(sender) and (why := refused_of_provider(prepared, part)):
        return Refuse(why)
    return judge_about(prepared, case, knowledge)


def _contradictions(prepared: Prepared, identified: Identified) -> list[Unsettled]:
    """Contradictions in the notice, or with what we know."""
    points = of_doubts(prepared)
    if not points and (prepared.fact.discharge or Discharge()).death:
        points.append(unsettled("death-told", says="a notice of a discharge reports a death"))
    if identified.match.verdict == IdentityVerdict.HELD and identified.person is None:
        points += [unsettled(reason, says=WHY_HELD.get(reason, "")) for reason in identified.match.reasons]
    if identified.likely:
        points.append(is_it(identified.likely))
    if identified.named and identified.named.closed_at:
        points.append(unsettled("discharge-of-closed-case", says="the case of the discharge that it names has closed"))
    elif identified.named and (identified.person is None or identified.person.person_id != identified.named.person_id):
        points.append(unsettled(*ANOTHER_PERSON))
    return points


def _gaps(prepared: Prepared, identified: Identified, knowledge: Knowledge) -> list[Unsettled]:
    """What the Act requires in a notice and is missing. Persons with an open case have given it before."""
    if _open_case(identified.person, knowledge):
        return []
    whole, form = _whole(prepared, identified.person), prepared.fact.form
    address, phone = place_of(form, "person.address"), place_of(form, "person.phone")
    points = []
    if not (whole.address or whole.address_code):
        points.append(unsettled("address-missing", address, "ask the sender for the registered address"))
    elif identified.place == NotFound(CODE_DIFFERS):
        points.append(
            unsettled(CODE_DIFFERS, address, "the address names two municipalities, in its words or by its code")
        )
    elif not isinstance(identified.place, Ours):
        points.append(unsettled("municipality-not-found", address, "no municipality was found for the address"))
    if not whole.phone:
        points.append(unsettled("contact-missing", phone, "ask the sender for a contact"))
    return points


def candidates(identified: Identified, knowledge: Knowledge) -> list[str]:
    """The ids of the cases that a person may choose from."""
    people = {
        *identified.match.candidates,
        identified.match.person_id,
        identified.person.person_id if identified.person else "",
    }
    latest = [knowledge.case_of(person_id) for person_id in sorted(people) if person_id]
    return [case.case_id for case in (*latest, *identified.likely, identified.named) if case]


def _open_case(person: OpenedPerson | None, knowledge: Knowledge) -> IntakeCase | None:
    case = knowledge.case_of(person.person_id) if person else None
    return case if case and not case.closed_at else None


def _sure_person(
    prepared: Prepared, match: Match, named: IntakeCase | None, knowledge: Knowledge
) -> OpenedPerson | None:
    """Whom it is about: by identity, or by name and discharge reference together. None: not certain, or new."""
    if match.verdict == IdentityVerdict.SAME:
        return knowledge.people[match.person_id]
    owner = knowledge.people[named.person_id] if named and not named.closed_at else None
    sure = match.verdict == IdentityVerdict.NEW or PERHAPS_SAME.issuperset(match.reasons)
    return owner if owner and sure and not prepared.likeness.contradicts(owner.told) else None


def _whole(prepared: Prepared, person: OpenedPerson | None) -> Person:
    """The person in the notice, with gaps filled from what we know."""
    sent = prepared.fact.person or Person()
    return filled(sent, person.told) if person else sent


def _same_address(prepared: Prepared, person: OpenedPerson | None) -> bool:
    as_sent, whole = _whole(prepared, None), _whole(prepared, person)
    return (as_sent.address, as_sent.address_code) == (whole.address, whole.address_code)


def _was_asked(sender: str, case: IntakeCase, part: CasePart, profile: Profile) -> bool:
    """Whether an institution was asked about this part of the case, or is responsible for it by its role."""
    own = {
        "provider": sender in part.providers,
        "community-centre": sender == profile.assessor_of(case.district) or sender in case.informed,
        "nhis": sender == profile.insurer,
        "deciding-body": sender == profile.deciding_body,
        "desk": True,
    }
    return own.get(_role(sender, profile), False)


def _role(sender: str, profile: Profile) -> str:
    """The role of an institution. The municipality's own desk needs no entry in the profile."""
    body = profile.institution(sender)
    return body.role if body else "desk" if sender == "desk" else ""


def _refusal(prepared: Prepared, code: Code, reason: str = "", place: str = "") -> Unreadable:
    """The refusal of a fact that can be read. `reason` replaces the cause of the code."""
    says = f"{reason or code.cause} {code.cure}"
    place = place_of(prepared.fact.form, place) if place.startswith("person.") else place
    return Unreadable(code.value, says, place, prepared.row.message_id)
