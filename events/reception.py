"""What can become of a fact at intake: it opens a case, joins or enters one, is held, waits, comes late."""

from collections.abc import Mapping, Sequence

from events.contract import starts_case
from events.outcome import Outcome, Taken
from events.reading import Reading
from events.register import Register
from handoff.case.dates import FACILITIES, lies_ahead
from handoff.fact import Discharge, Person
from handoff.store import holds
from handoff.store.openings import Episode, Reference
from handoff.store.persons import OpenedPerson, filled


class Reception:
    """Takes readings in, one after another, in memory.

    Attributes:
        at_word_of: the person at whose word a held fact goes on; "" while nobody settles anything.
    """

    def __init__(self, register: Register, outcome: Outcome, at_word_of: str = "") -> None:
        self.register, self.outcome, self.at_word_of = register, outcome, at_word_of
        self.vault, self.profile = outcome.vault, outcome.profile

    def open(self, reading: Reading, district: str, person: OpenedPerson | None = None) -> Taken:
        """Open a case: of somebody new, or of a person whose last case has closed."""
        person = person or self._new_person(reading)
        self._get_to_know(reading, person)
        episode = self._new_episode(reading, person, district)
        self._number(reading, episode)
        self.outcome.happened(reading.row, episode, "case_opened", self.at_word_of)
        self.outcome.acknowledge(reading, "opened", person, episode.case_id)
        self._take_up_what_waited(reading, episode)
        return Taken("opened", episode.case_id)

    def join(self, reading: Reading, episode: Episode) -> Taken:
        """Add another notice of the same discharge to its open case."""
        person = self.register.people[episode.person_id]
        self._get_to_know(reading, person)
        if self._role(reading.row.sender) in FACILITIES and self._role(episode.facility) not in FACILITIES:
            episode.facility = reading.row.sender  # whoever discharges: its word on dates counts
        self._number(reading, episode)
        self.outcome.acknowledge(reading, "joined", person, episode.case_id)
        self._take_up_what_waited(reading, episode)
        return Taken("joined", episode.case_id)

    def enter(self, reading: Reading, episode: Episode) -> Taken:
        """Number a fact within its open case."""
        self._number(reading, episode)
        return Taken("entered", episode.case_id)

    def hold(self, reading: Reading, settle: Sequence[Mapping[str, str]], cases: Sequence[str]) -> Taken:
        """Keep a fact until a person has settled what is unclear: one task that names each thing."""
        row = reading.row
        reading.seal(self.vault.own, None)
        self.outcome.fact(row, "held")
        about = {"settle": list(settle), "cases": sorted(set(cases)), "kind": row.kind, "sender": row.sender}
        about["message"] = row.message_id  # what its sender finds it by
        if starts_case(row.kind):
            unclear = [{"code": each["code"], "place": each.get("place", "")} for each in settle]
            self.outcome.acknowledge(reading, "held", None, unclear=unclear)
        return Taken("held", task_id=self.outcome.task(row, holds.HELD_NOTICE, about))

    def wait(self, reading: Reading) -> Taken:
        """Keep a fact that came before its case: sealed, found again only by digests, deleted after its limit."""
        reading.seal(self.vault.own, None)
        reading.row.sought = frozenset(digest for _, digest in reading.strong)
        self.outcome.fact(reading.row, "early")
        self.register.waiting.append(reading)
        return Taken("early")

    def late(self, reading: Reading, episode: Episode) -> Taken:
        """Keep a fact about a closed case: a row in its timeline and a task, nothing else."""
        row = reading.row
        reading.seal(self.register.people[episode.person_id].key, episode.person_id)
        row.case_id = episode.case_id
        self.outcome.fact(row, "late")
        self.outcome.happened(row, episode, "fact_after_closing", self.at_word_of)
        if self.at_word_of:
            return Taken("late", episode.case_id)
        about = {"kind": row.kind, "sender": row.sender, "subject": row.subject}
        return Taken("late", episode.case_id, task_id=self.outcome.task(row, holds.AFTER_CLOSING, about))

    def drop(self, reading: Reading) -> Taken:
        """Keep only that a fact came: what it says is deleted."""
        row = reading.row
        row.content_sealed = row.raw_sealed = row.reference_digest = None
        row.sought = frozenset()
        self.outcome.fact(row, "dropped")
        return Taken("dropped")

    def _new_person(self, reading: Reading) -> OpenedPerson:
        row = reading.row
        person_id = "P" + self.vault.short_id(
            "person", row.sender, row.message_id, row.content_hash.hex(), self.at_word_of, length=16
        )
        key, key_sealed = self.vault.new_key(person_id)
        person = OpenedPerson(person_id, key, reading.fact.person or Person(), fresh=True, key_sealed=key_sealed)
        self.register.people[person_id] = person
        return person

    def _get_to_know(self, reading: Reading, person: OpenedPerson) -> None:
        """Fill gaps in what is known of a person, and find them by everything that was told."""
        told = filled(person.told, reading.fact.person or Person())
        if person.fresh or told != person.told:
            person.told = told
            self.outcome.people[person.person_id] = person
        new = reading.terms - person.terms
        self.register.learn(person, new)
        self.outcome.terms.setdefault(person.person_id, set()).update(new)

    def _new_episode(self, reading: Reading, person: OpenedPerson, district: str) -> Episode:
        row, discharge = reading.row, reading.fact.discharge or Discharge()
        before = self.register.episode_of(person.person_id)
        ahead = discharge.discharged_at is not None and lies_ahead(discharge.discharged_at, row.occurred_at)
        episode = Episode(
            case_id="C" + self.vault.short_id("case", row.sender, row.message_id, row.content_hash.hex()),
            person_id=person.person_id,
            profile=self.profile.code,
            profile_version=self.profile.version,
            facility=row.sender if self._role(row.sender) in FACILITIES else "",
            opened_at=self.outcome.now,
            previous_case_id=before.case_id if before else None,
            expected_at=discharge.discharged_at if ahead else discharge.expected_at,
            discharged_at=None if ahead else discharge.discharged_at,
            consent=reading.fact.consent_told,
            district=district,
            fresh=True,
        )
        self.register.remember(episode)
        return episode

    def _number(self, reading: Reading, episode: Episode) -> None:
        """Give a fact its number; its sender's reference names the case from now on."""
        row, person = reading.row, self.register.people[episode.person_id]
        episode.facts += 1
        episode.changed = True
        row.case_id, row.number, row.sought = episode.case_id, episode.facts, frozenset()
        reading.seal(person.key, person.person_id)
        self.outcome.fact(row, "numbered")
        digest = row.reference_digest
        if digest and episode.case_id not in self.register.named.setdefault(digest, set()):
            self.register.named[digest].add(episode.case_id)
            sealed = person.key.seal("reference", reading.fact.reference.encode())
            self.outcome.references.append(Reference(digest, episode.case_id, row.sender, sealed))

    def _take_up_what_waited(self, notice: Reading, episode: Episode) -> None:
        """Number what came before its case right after the notice that it waited for."""
        for early in self.register.take_waiting(notice.row.reference_digest, notice.strong):
            if early.doubts:
                self.hold(
                    early, [settling(doubt.code, doubt.place, doubt.says) for doubt in early.doubts], [episode.case_id]
                )
            elif _is_the_stay_that_ends(early, notice):
                self.drop(early)
            else:
                self._number(early, episode)

    def _role(self, code: str) -> str:
        body = self.profile.institution(code)
        return body.role if body else ""


def settling(code: str, place: str = "", says: str = "") -> dict[str, str]:
    """One thing that a person has to settle."""
    return {"code": code, "place": place, "says": says}


def _is_the_stay_that_ends(early: Reading, notice: Reading) -> bool:
    """An admission told before its discharge is the stay that the discharge ends, not a readmission after it."""
    if early.row.kind != "admission.occurred":
        return False
    same = early.row.reference_digest is not None and early.row.reference_digest == notice.row.reference_digest
    begins = (early.fact.discharge or Discharge()).admitted_at or early.row.occurred_at
    ends = (notice.fact.discharge or Discharge()).discharged_at
    return same or (ends is not None and begins <= ends)
