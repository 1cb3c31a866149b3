"""Who got or saw data about the person of a case: the list for a breach report. It names fields, never their values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from console.connections import Connections
from console.errors import NotFoundError
from handoff.store.queries import reads
from handoff.store.queries.disclosures import (
    Retraction,
    StoredAnswer,
    StoredAssessment,
    letters_told,
    looks,
    retractions,
)
from handoff.store.queries.identity_reads import IdentityRead, log_identity_read
from handoff.vocabulary.outcomes import LetterKind
from handoff.vocabulary.states import ReferralState

PHONE, READ = "phone", "read"
ASKED = LetterKind.ASSESSMENT_REQUESTED
WHOM = ("name", "address", "phone")  # what somebody told a provider or an assessor that has no topic


@dataclass(frozen=True)
class Disclosure:
    """One recipient that got data, or one person who looked at them.

    Attributes:
        how: the kind of letter, `phone`, or `read`.
        fields: the names of the fields.
        at: when it was sent, told or read; None: the letter was not sent.
        letter: id of the letter; "": none.
        why: of a look: the reason that was given.
        retracted_at: when it was written that it has to be deleted, or somebody was asked to call; None: never.
        confirmed_at: when the deletion was confirmed; None: it was not.
    """

    recipient: str
    how: str
    fields: Sequence[str]
    at: datetime | None
    letter: str = ""
    why: str = ""
    retracted_at: datetime | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str = ""


async def disclosures(connections: Connections, case: str, *, who: str, why: str) -> list[Disclosure]:
    """Everything that was disclosed about the person of a case. This look is logged before it is shown.

    Raises:
        NotFoundError: there is no such case.
    """
    async with connections.engine.begin() as conn:
        if await reads.case(conn, case) is None:
            raise NotFoundError(f"There is no case {case}. `handoff cases --all` lists them.")
        await log_identity_read(conn, IdentityRead(case, who, why, connections.now()))
    async with connections.engine.connect() as conn:
        listed = [
            Disclosure(letter.receiver, letter.kind, letter.fields, letter.sent_at, letter.event_id)
            for letter in await letters_told(conn, connections.vault, case)
        ]
        by_letter = {row.recipient for row in listed if row.how in (LetterKind.REFERRAL_CONFIRMED, ASKED)}
        listed += [
            Disclosure(answer.provider, PHONE, WHOM, answer.answered_at)
            for answer in await StoredAnswer.of_cases(conn, [case], "answered_at")
            if answer.answered_at
            and answer.state != ReferralState.REJECTED
            and answer.provider not in by_letter
            and not _has_topic(connections, answer.provider)
        ]
        listed += [
            Disclosure(survey.assessor, PHONE, WHOM, survey.assessed_at)
            for survey in await StoredAssessment.of_cases(conn, [case], "assessed_at")
            if connections.profile.institution(survey.assessor)
            and survey.assessor not in by_letter
            and not _has_topic(connections, survey.assessor)
        ]
        done = await retractions(conn, case)
        named = {row.recipient for row in listed}
        listed += [Disclosure(code, PHONE, WHOM, None) for code in sorted(done) if code not in named]
        seen = [Disclosure(look.who, READ, (), look.read_at, why=look.why) for look in await looks(conn, case)]
    return [*(_with(row, done.get(row.recipient, Retraction())) for row in listed), *seen]


def _has_topic(connections: Connections, code: str) -> bool:
    return connections.profile.has_topic(code)


def _with(row: Disclosure, done: Retraction) -> Disclosure:
    if row.letter and row.letter not in done.letters:  # it names nobody, or was sent afterwards
        return row
    same = row.recipient, row.how, row.fields, row.at, row.letter, row.why
    return Disclosure(*same, done.sent_at or done.written_at or done.asked_at, done.confirmed_at, done.confirmed_by)
