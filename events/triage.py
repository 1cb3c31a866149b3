"""Decides what becomes of each record at intake: who it is about, which case, and what a person has to settle first."""

from dataclasses import replace

from events.contract import Code, may_say, starts_case
from events.outcome import Taken
from events.readers import place as place_of
from events.reading import Arrival, Arrived, OursToMend, Reading
from events.reception import Reception, settling
from handoff.fact import Discharge, Person, Unreadable
from handoff.rules.identity import normal_name
from handoff.rules.jurisdiction import NotFound, Other, Ours, municipality
from handoff.store.openings import Episode, Part
from handoff.store.persons import OpenedPerson, filled

WEAK_ONLY = "same-name-phone-only"  # what `rules.identity` says of a name and a contact that agree, and nothing more


def take(arrived: Arrived, reception: Reception) -> Taken:
    """Decide about one record, and let the reception do it."""
    if isinstance(arrived.read, OursToMend):
        return reception.outcome.keep_to_mend(arrived.arrival, arrived.read)
    if isinstance(arrived.read, Unreadable):
        return reception.outcome.reject(arrived.arrival, arrived.read)
    reading, register = arrived.read, reception.register
    if not may_say(reading.row.kind, role(reception, reading.row.sender)):
        place = "MSH-9" if reading.fact.form == "hl7v2" else "ce_type"
        return _refused(reception, arrived.arrival, reading, Code.NOT_YOUR_EVENT, place=place)
    said = register.said.setdefault((reading.row.sender, reading.row.message_id), set())
    if reading.row.content_hash in said:
        return Taken("resent")
    told = _decide(arrived.arrival, replace(reading, id_reused=True) if said else reading, reception)
    if told.outcome != "rejected":
        said.add(reading.row.content_hash)
    return told


def _decide(arrival: Arrival, reading: Reading, reception: Reception) -> Taken:
    if reading.fact.subject:
        return _answer(arrival, reading, reception)
    if not starts_case(reading.row.kind):
        return _telling(reading, reception)
    person = reading.fact.person or Person()
    if not normal_name(person.name):
        return _refused(reception, arrival, reading, Code.NAME_MISSING, place="person.name")
    notice = Notice(reading, reception)
    where = notice.where(None)
    if isinstance(where, Other):
        reason = f"The registered address lies in {where.name} ({where.code})."
        return _refused(reception, arrival, reading, Code.NOT_OUR_MUNICIPALITY, reason, "person.address")
    return notice.taken()


class Notice:
    """A notice of a discharge, or an application: it opens a case, joins the open one, or is held."""

    def __init__(self, reading: Reading, reception: Reception) -> None:
        self.reading, self.reception, self.register = reading, reception, reception.register
        self.match = self.register.whom(reading)
        self.named = self.register.discharge(reading)
        self.known = self._known()
        self._places: dict[tuple[str, str], Ours | Other | NotFound] = {}

    def taken(self) -> Taken:
        """Open, join or hold."""
        unsettled = [*self.contradictions(), *self.gaps()]
        if unsettled:
            return self.reception.hold(self.reading, unsettled, self.candidates())
        return self.go_on(self.known)

    def go_on(self, person: OpenedPerson | None) -> Taken:
        """Join this person's open case, else open one; None: somebody new."""
        episode = self.register.episode_of(person.person_id) if person else None
        if episode and not episode.closed_at:
            return self.reception.join(self.reading, episode)
        where = self.where(person)
        return self.reception.open(self.reading, where.district if isinstance(where, Ours) else "", person)

    def contradictions(self) -> list[dict[str, str]]:
        """What the notice says against itself, or against what we know."""
        found = [settling(doubt.code, doubt.place, doubt.says) for doubt in self.reading.doubts]
        if not found and (self.reading.fact.discharge or Discharge()).death:
            found.append(settling("death-told", says="a notice of a discharge tells of a death"))
        if self.match.verdict == "held" and self.known is None:
            found += [settling(reason) for reason in self.match.reasons]
        if self.named and self.named.closed_at:
            found.append(settling("discharge-of-closed-case", says="the discharge that it names has a closed case"))
        elif self.named and (self.known is None or self.known.person_id != self.named.person_id):
            found.append(
                settling("discharge-of-another-person", says="the discharge that it names is another person's")
            )
        return found

    def gaps(self) -> list[dict[str, str]]:
        """What the Act asks a notice to say and nobody said; of a person with an open case we know it."""
        episode = self.register.episode_of(self.known.person_id) if self.known else None
        if episode and not episode.closed_at:
            return []
        person = self._whole(self.known)
        found = []
        if not (person.address or person.address_code):
            found.append(
                settling("address-missing", self._place("person.address"), "ask the sender for the registered address")
            )
        elif not isinstance(self.where(self.known), Ours):
            found.append(
                settling(
                    "municipality-not-found", self._place("person.address"), "no municipality was found for the address"
                )
            )
        if not person.phone:
            found.append(settling("contact-missing", self._place("person.phone"), "ask the sender for a contact"))
        return found

    def where(self, known: OpenedPerson | None) -> Ours | Other | NotFound:
        """The municipality of the address as far as it is known."""
        person = self._whole(known)
        address = person.address, person.address_code
        if address not in self._places:
            self._places[address] = municipality(*address, self.reception.profile)
        return self._places[address]

    def candidates(self) -> list[str]:
        """The cases that a person may choose from."""
        people = {*self.match.candidates, self.match.person_id, self.known.person_id if self.known else ""}
        latest = [self.register.episode_of(person_id) for person_id in sorted(people) if person_id]
        return [episode.case_id for episode in (*latest, self.named) if episode]

    def _place(self, field: str) -> str:
        return place_of(self.reading.fact.form, field)

    def _whole(self, known: OpenedPerson | None) -> Person:
        told = self.reading.fact.person or Person()
        return filled(told, known.told) if known else told

    def _known(self) -> OpenedPerson | None:
        """Whom it is about, if that is sure: by identity, or by the name and the discharge that the sender names."""
        if self.match.verdict == "same":
            return self.register.people[self.match.person_id]
        owner = self.register.people[self.named.person_id] if self.named and not self.named.closed_at else None
        sure = self.match.verdict == "new" or self.match.reasons == (WEAK_ONLY,)
        return owner if owner and sure and not _differs(self.reading, owner) else None


def _telling(reading: Reading, reception: Reception) -> Taken:
    """Something told about a discharge we may know: by its reference, else by whom it names; else it waits."""
    named = reception.register.discharge(reading)
    found = [named] if named else reception.register.known_by_identifier(reading)
    if not found:
        return reception.wait(reading)
    if len(found) > 1:
        return reception.hold(reading, [settling("several-persons")], [each.case_id for each in found])
    return _about(reading, reception, found[0])


def _answer(arrival: Arrival, reading: Reading, reception: Reception) -> Taken:
    """An answer names a case, line, offer, visit or check of ours; only those whom it was put to may give it."""
    episode = reception.register.episodes.get(reading.case_id)
    part = reception.register.parts.get(reading.fact.subject)
    lost = reception.register.making_again and (episode is None or part is None)
    if arrival.topic and (lost or reading.row.sender in reception.register.waited_for):
        reception.register.waited_for |= {reading.row.sender}
        return reception.outcome.keep_to_answer(arrival)
    if episode is None or part is None:
        return _refused(reception, arrival, reading, Code.SUBJECT_UNKNOWN, place="ce_subject")
    if not entitled(reception, reading.row.sender, episode, part):
        return _refused(reception, arrival, reading, Code.SUBJECT_NOT_YOURS, place="ce_subject")
    return _about(reading, reception, episode)


def _about(reading: Reading, reception: Reception, episode: Episode) -> Taken:
    """A fact about one case: numbered in it, held while it contradicts itself or the case, late once it has closed."""
    unsettled = [settling(doubt.code, doubt.place, doubt.says) for doubt in reading.doubts]
    if _differs(reading, reception.register.people[episode.person_id]):
        unsettled.append(
            settling("discharge-of-another-person", says="the discharge that it names is another person's")
        )
    if episode.closed_at:
        return reception.late(reading, episode)
    if unsettled:
        return reception.hold(reading, unsettled, [episode.case_id])
    return reception.enter(reading, episode)


def entitled(reception: Reception, sender: str, episode: Episode, part: Part) -> bool:
    """Whether an institution may speak about this part of the case: it was put to it, or it told of the discharge."""
    profile = reception.profile
    sender_role = role(reception, sender)
    own = {
        "provider": sender in part.providers,
        "community-centre": sender == profile.assessor_of(episode.district),
        "nhis": sender == profile.insurer,
        "deciding-body": sender == profile.deciding_body,
        "desk": True,
    }
    return own.get(sender_role, False) or sender in reception.register.tellers.get(episode.case_id, set())


def role(reception: Reception, sender: str) -> str:
    """What an institution is; the municipality's own desk needs no entry in the profile."""
    body = reception.profile.institution(sender)
    return body.role if body else "desk" if sender == "desk" else ""


def _differs(reading: Reading, known: OpenedPerson) -> bool:
    """Whether it names somebody else than this person: another name, or another birth date."""
    told = reading.fact.person or Person()
    names = normal_name(told.name), normal_name(known.told.name)
    born = told.birth_date, known.told.birth_date
    return (all(names) and names[0] != names[1]) or (all(born) and born[0] != born[1])


def _refused(  # noqa: PLR0913, PLR0917 - place and reason are the sender's
    reception: Reception, arrival: Arrival, reading: Reading, code: Code, reason: str = "", place: str = ""
) -> Taken:
    said = f"{reason or code.cause} {code.cure}"
    place = place_of(reading.fact.form, place) if place.startswith("person.") else place
    return reception.outcome.reject(arrival, Unreadable(code.value, said, place, reading.row.message_id))
