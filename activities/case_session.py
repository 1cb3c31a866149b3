"""The unit of work of one case, for the functions that write milestones: its rows, clocks, tasks and letters."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from activities.case_clocks import CaseClocks
from activities.waiting import discloses, pause_for, waits
from handoff.case.messages import Due, Milestone, MilestoneResult, RecordedLine
from handoff.fact import Person
from handoff.profile.model import Profile
from handoff.rules.versions import Versions
from handoff.store import outbox
from handoff.store.persons import OpenedPerson
from handoff.store.record.cases import CaseRow, FactInCase, SentLetter
from handoff.store.record.joined import JoinedLine
from handoff.store.record.tasks import WAITING, TaskRow
from handoff.store.record.unit_of_work import CaseRows
from handoff.store.vault import Vault
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import LetterKind, WithdrawalReason
from handoff.vocabulary.states import Consent
from handoff.worklist.task_kinds import COORDINATOR, tasks_of

# Letters that tell another institution about the person. The Act forbids them without consent.
DISCLOSING = frozenset(
    {
        LetterKind.ASSESSMENT_REQUESTED,
        LetterKind.ASSESSMENT_UPDATED,
        LetterKind.REFERRAL_OFFERED,
        LetterKind.REFERRAL_CONFIRMED,
        LetterKind.REFERRAL_UPDATED,
    }
)

# Letters on which somebody contacts the household.
ASK_FOR_CONTACT = DISCLOSING | {LetterKind.APPOINTMENT_REQUESTED, LetterKind.VISIT_SCHEDULED}


def owned(due: Due, role: str) -> Due:
    """The same clock with another owner."""
    return replace(due, owner=role)


class DisclosureError(Exception):
    """A milestone tried to send a letter about the person without consent. This is a fault of ours."""


@dataclass(frozen=True)
class MilestoneContext:
    """What every milestone needs beside its case."""

    vault: Vault
    profile: Profile
    now: datetime  # the wall clock


@dataclass(frozen=True)
class Followed:
    """The milestone that a step follows, and its result."""

    milestone: Milestone
    result: MilestoneResult


class CaseSession:
    """The unit of work of one case, whose row is locked. Rows are changed in place, and `close` writes the changes."""

    def __init__(self, context: MilestoneContext, case: CaseRow, rows: CaseRows) -> None:
        self.context, self.case, self._rows = context, case, rows
        self.tasks, self.plans, self.lines = rows.tasks, rows.plans, rows.lines
        self.referrals, self.visits, self.checks = rows.referrals, rows.visits, rows.checks
        self.assessments, self.facts, self.capacities = rows.assessments, rows.facts, rows.capacities
        self.clocks = CaseClocks(rows.clocks, case.case_id, context.profile, paused_for=pause_for(case))
        self._letters: list[outbox.Letter] = []
        self._person: OpenedPerson | None = None
        self.turn_to(Milestone("", "", context.now))
        self.followed = Followed(self.milestone, MilestoneResult(""))  # for a step: the milestone that it follows

    @property
    def profile(self) -> Profile:
        """The municipality's profile, in the version that the case started under."""
        return self.context.profile

    @property
    def at(self) -> datetime:
        """Workflow time of the milestone: clocks start and tasks open then. `milestone.at` is when it occurred."""
        return self.milestone.now

    @property
    def discharged(self) -> datetime | None:
        """The actual discharge, which services wait for. None: it has not taken place, or the person is readmitted."""
        return None if self.case.admitted_at else self.case.discharged_at

    @property
    def source(self) -> str:
        """The key that ids of tasks and letters are made from: a step's are those of the milestone that it follows."""
        return self.followed.milestone.key if self.milestone.after else self.milestone.key

    def turn_to(self, milestone: Milestone) -> None:
        """Begin the next milestone."""
        self.milestone = milestone
        self.clocks.turn_to(milestone)

    def result(
        self,
        verdict: str = "",
        subject: str = "",
        *,
        lines: list[RecordedLine] | None = None,
        at: datetime | None = None,
    ) -> MilestoneResult:
        """The result of this milestone, with the clocks that it has changed.

        `subject`: id of what was written. `lines`: plan lines that the workflow has to learn. `at`: a moment for it.
        """
        return MilestoneResult(self.milestone.key, verdict, subject, self.clocks.touched(), lines or [], at)

    # clocks

    def start(self, limit: LimitName, subject: str = "", *, at: datetime | None = None, owner: str = "") -> Due:
        """Start the clock of a limit, or restart it. `at`: when it began, by default now."""
        due = self.clocks.start(limit, subject, at=at, owner=owner)
        if self.case.restricted and discloses(limit):
            self.clocks.pause(WithdrawalReason.ACCESS_RESTRICTED, [due.name])
        return due

    def stop(self, *names: str) -> None:
        """Stop clocks by name. Unknown names are ignored."""
        self.clocks.stop(*names)

    # tasks

    def ask(self, kind: TaskKind, due: Due, subject: str = "", about: Mapping[str, object] | None = None) -> TaskRow:
        """Open a task for the owner of a clock, unless a task of this kind and subject is open. Returns the task.

        If the owner is an institution, the task is the coordinator's, who calls it.
        """
        open_task = self.tasks.open().get((kind, subject))
        if open_task:
            return open_task
        if waiting_task := self.tasks.waiting().get((kind, subject)):
            return waiting_task
        owner = due.owner if due.owner in self.profile.owners else COORDINATOR
        name = self.context.vault.short_id("task", self.case.case_id, kind, subject, self.source, length=8)
        fact = self.milestone.fact or None
        row = TaskRow("T" + name, self.case.case_id, kind, owner, self.at, due.due_at or self.at, subject, fact)
        row.about = dict(about or {})
        if waits(kind, self.case):
            self._let_wait(row)
        return self.tasks.add(row)

    def answered(self, *kinds: TaskKind, subject: str | None = None) -> None:
        """Close the tasks of these kinds: those about the subject, by default all."""
        for (kind, about), task in (*self.tasks.open().items(), *self.tasks.waiting().items()):
            if kind in kinds and subject in (None, about):
                self.close_task(task)

    def close_task(self, task: TaskRow) -> None:
        """Close a task, in the name of the actor of this milestone."""
        task.closed_at = self.at
        task.closed_by = self.milestone.who or self.milestone.what

    def wait_for_death(self, death: str) -> None:
        """Let all clocks, and the tasks that a death stops, wait while it is told or in doubt; "": they go on."""
        self.case.death = death
        self._stand_still_or_go_on()
        if not death:
            self.clocks.resume(WithdrawalReason.DIED)

    def wait_for_closing(self, end: str) -> None:
        """Let all clocks and nearly all tasks wait while a person ends the case; "": that was taken back."""
        self.case.closing = end
        self._stand_still_or_go_on()
        if not end:
            self.clocks.resume(WithdrawalReason.CLOSING)

    def _stand_still_or_go_on(self) -> None:
        self.clocks.paused_for = pause_for(self.case)
        self._choose_waiting_tasks()
        self.clocks.pause_all()

    def restrict(self, *, restricted: bool) -> None:
        """Let the tasks and clocks wait that tell an institution about the person; or let them go on."""
        self.case.restricted = restricted
        self._choose_waiting_tasks()
        if restricted:
            disclosing = [name for name, clock in self.clocks.all().items() if discloses(clock.limit)]
            self.clocks.pause(WithdrawalReason.ACCESS_RESTRICTED, disclosing)
        else:
            self.clocks.resume(WithdrawalReason.ACCESS_RESTRICTED)

    def _choose_waiting_tasks(self) -> None:
        for task in self.tasks.open().values():
            if waits(task.kind, self.case):
                self._let_wait(task)
        for task in self.tasks.waiting().values():
            if not waits(task.kind, self.case):
                task.closed_at, task.closed_by = None, ""

    def _let_wait(self, task: TaskRow) -> None:
        task.closed_at, task.closed_by = self.at, WAITING

    # letters

    def reaches(self, institution: str) -> bool:
        """Whether an institution has a topic. If not, letters cannot reach it, and somebody has to call."""
        listed = self.profile.institution(institution)
        return listed is not None and listed.channel == "topic"

    def tell(self, receiver: str, kind: LetterKind, payload: Mapping[str, Any], *, subject: str = "") -> bool:
        """Write a letter. False: none: the receiver has no topic, or a death, a restriction or consent's end stops it.

        If the payload has a `message_id`, the letter is the answer to that message.

        Raises:
            DisclosureError: the letter names the person, and there is no consent.
        """
        if kind in DISCLOSING and self.case.consent != Consent.GIVEN:
            raise DisclosureError(f"{kind} without consent: case {self.case.case_id}, {self.milestone.what}")
        silent = bool(self.case.death or self.case.closing)  # nobody is to contact the household
        hidden = self.case.restricted or self.case.consent_over(self.at, self.context.now)
        stopped = (silent and kind in ASK_FOR_CONTACT) or (hidden and kind in DISCLOSING)
        if stopped or not self.reaches(receiver):
            return False
        about = subject or self.case.case_id
        letter = outbox.Letter(
            case_id=self.case.case_id,
            key=f"{self.source}:{about}",
            receiver=receiver,
            kind=kind,
            occurred_at=self.at,
            payload=payload,
            subject=about,
            answers=payload.get("message_id", ""),
            person_id=self.case.person_id,
        )
        self._letters.append(letter)
        return True

    async def sent(self) -> list[SentLetter]:
        """The letters about the case, also those of this unit of work, without their contents."""
        new = [SentLetter(letter.receiver, letter.kind, letter.subject) for letter in self._letters]
        return [*await self._rows.sent(), *new]

    async def senders(self) -> list[str]:
        """The institutions and people that sent a notice of this discharge."""
        return await self._rows.senders()

    async def lines_of_joined(self, case_id: str) -> list[JoinedLine]:
        """The lines that this case takes over from one that was joined into it."""
        return await self._rows.lines_of_joined(case_id)

    # the fact behind the milestone, and the person

    def fact(self) -> FactInCase | None:
        """The fact or action that led to this milestone, without its sealed part. None: there is none."""
        return self.facts.one(self.milestone.fact)

    def body(self) -> Mapping[str, Any]:
        """The codes and numbers of that fact; empty if there is no fact."""
        fact = self.fact()
        return fact.body if fact else {}

    def identity(self) -> Person:
        """The person's identity, opened, for rules and for letters that name the person."""
        return self._opened().told

    def versions(self) -> Versions:
        """What each source says of the person."""
        return self._opened().versions

    def _opened(self) -> OpenedPerson:
        if self._person is None:
            self._person = self._rows.persons.opened(self.context.vault)
        return self._person

    async def close(self) -> None:
        """Write all changes and letters to the database."""
        self._tasks_follow_clocks()
        letters = [(letter, self._opened().key) for letter in self._letters]
        await self._rows.write(self.case, [outbox.part(self.context.vault, letters)] if letters else [])

    def _tasks_follow_clocks(self) -> None:
        """Move each open task to the deadline of its clock, and close the `chase` task of a clock that has stopped."""
        if not self.clocks.moved:
            return
        open_tasks = self.tasks.open()
        for clock in self.clocks.moved.values():
            for name in (*tasks_of(clock.name, clock.subject), (TaskKind.CHASE, clock.name)):
                task = open_tasks.get(name)
                if task and clock.ended_at and task.kind == TaskKind.CHASE:
                    self.close_task(task)
                elif task and not clock.ended_at and not clock.paused:
                    task.due_at = clock.due_at


# Writes one milestone and returns its result. A step that has nothing to do changes nothing and returns None.
Writer = Callable[[CaseSession, Milestone], MilestoneResult | Awaitable[MilestoneResult | None] | None]
