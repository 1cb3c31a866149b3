"""Two cases of one person are joined in the store: from then on, words under either name find the one that goes on."""

import pytest
from sqlalchemy import insert, update

from events.intake.joining import Joiner, JoinOrder
from events.intake.unjoining import NotJoinedError
from events.readers import InboundRecord, from_json
from handoff.store import persons, tables
from handoff.store.intake import facts
from handoff.store.joins import CaseJoin
from handoff.vocabulary.details import Detail
from tests.events.desk import PROFILE, Desk, notice, person, record

HOSPITAL, FAMILY = "gm-hospital", "seoul-hospital"
HOME = "경기도 광명시 철산로 12 (철산동)"
ONE = {"registration_number": None, "patient_number": "p-1", "sex": "F", "address": HOME}
OTHER = {**ONE, "patient_number": "q-1", "phone": "010-9999-0000", "name": "김복선"}


async def two(desk: Desk) -> tuple[str, str]:
    """Two cases of one person, told by two hospitals: the one that is joined, and the one that goes on."""
    [other] = await desk.take(notice(FAMILY, who=person(**OTHER), discharge={"reference": "S-1"}))
    [one] = await desk.take(notice(who=person(**ONE)))
    assert (other.outcome, one.outcome) == ("opened", "opened")
    return other.case_id, one.case_id


def joiner(desk: Desk) -> Joiner:
    return Joiner(desk.engine, desk.vault, PROFILE)


async def joined(desk: Desk, case: str, into: str, *, one_person: bool = False) -> CaseJoin:
    return await joiner(desk).join(JoinOrder(case, into, "kim", one_person=one_person), desk.now)


async def acted(desk: Desk, case: str, into: str) -> None:
    """Both workflows act on the join."""
    row = {"case_id": into, "seq": 90, "key": f"absorbed:{case}", "what": "case_absorbed", "code": case, "who": "kim"}
    moments = {"occurred_at": desk.now, "known_at": desk.now, "entry_hash": b"", "outcome": {}}
    ended = {"closed_at": desk.now, "stage": "closed", "outcome": "joined"}
    async with desk.engine.begin() as conn:
        await conn.execute(insert(tables.timeline), {**row, **moments, "why": "", "subject": ""})
        await conn.execute(update(tables.cases).where(tables.cases.c.case_id == case).values(**ended))


def word(sender: str, about: dict[str, object], **discharge: object) -> InboundRecord:
    told = {"discharge": {"admitted_at": "2026-05-04T10:30:00+09:00", **discharge}, "person": about}
    return record("admission.occurred", told, sender)


async def test_both_cases_are_told_in_one_transaction_and_the_one_that_goes_on_hears_the_words_of_the_other(
    desk: Desk,
) -> None:
    case, into = await two(desk)
    done = await joined(desk, case, into)
    assert done.differs == ["name", "phone"]
    assert await desk.told(case) == [("discharge.notified", "actual"), ("case.joined", into)]
    assert await desk.told(into) == [
        ("discharge.notified", "actual"),
        ("discharge.notified", "actual"),
        ("case.absorbed", case),
    ]


async def test_consent_of_the_joined_case_is_not_moved(desk: Desk) -> None:
    [other] = await desk.take(notice(FAMILY, who=person(**OTHER), discharge={"reference": "S-1"}, consent=True))
    [one] = await desk.take(notice(who=person(**ONE), consent=None))
    await joined(desk, other.case_id, one.case_id)
    async with desk.engine.connect() as conn:
        rows = (await facts.untold(conn, [one.case_id], 100))[one.case_id]
    read = [
        from_json(desk.vault.key(row.person_id, row.key_sealed).open("fact", row.content_sealed or b"")) for row in rows
    ]
    assert [fact.consent for fact in read] == [None, None, None]


@pytest.mark.parametrize(
    "later",
    [
        word(FAMILY, {"patient_number": "q-1"}),
        word(FAMILY, {}, reference="S-1"),
        word(HOSPITAL, {"patient_number": "p-1"}),
        notice("gm-centre-cheolsan", who=person(**{**OTHER, "patient_number": None}), discharge={"reference": "N-1"}),
    ],
    ids=["number", "reference", "own number", "name and phone"],
)
async def test_a_later_word_under_either_name_finds_the_case_that_goes_on(desk: Desk, later: InboundRecord) -> None:
    case, into = await two(desk)
    await joined(desk, case, into)
    await desk.close(case)
    [taken] = await desk.take(later)
    assert (taken.case_id, taken.outcome) == (into, "joined" if b"N-1" in (later.value or b"") else "entered")


async def test_an_answer_about_the_joined_case_reaches_the_one_that_goes_on(desk: Desk) -> None:
    case, into = await two(desk)
    await joined(desk, case, into)
    await desk.close(case)
    survey = record("presurvey.completed", {"score": 3}, "gm-centre-cheolsan", subject=case)
    [taken] = await desk.take(survey)
    assert (taken.outcome, taken.case_id) == ("entered", into)


async def test_what_only_the_joined_person_had_is_filled_in_and_nothing_is_overwritten(desk: Desk) -> None:
    about = person(**OTHER, contact={"name": "박지민"})
    [other] = await desk.take(notice(FAMILY, who=about, discharge={"reference": "S-1"}))
    [one] = await desk.take(notice(who=person(**{**ONE, "sex": None, "patient_number": None})))
    done = await joined(desk, other.case_id, one.case_id)
    assert (done.filled, done.differs) == (["contact"], ["name", "phone"])
    assert await desk.told(one.case_id) == [
        ("discharge.notified", "actual"),
        ("discharge.notified", "actual"),
        ("case.absorbed", other.case_id),
        ("person.corrected", "contact"),
    ]
    [[goes_on], [case]] = [
        [row for row in await desk.rows(tables.cases) if row.case_id == name] for name in (one.case_id, other.case_id)
    ]
    async with desk.engine.connect() as conn:
        people = await persons.find(conn, desk.vault, {goes_on.person_id, case.person_id})
    told = people[goes_on.person_id]
    assert (told.told.contact_name, told.told.sex, told.told.patient_number) == ("박지민", "", "")
    assert [one.origin.source for one in told.versions[Detail.CONTACT]] == [FAMILY]


ANSWERS = {"person.died": "death_taken_back", "disclosure.restricted": "disclosure_allowed"}


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("again", [0, 1])
async def test_a_death_or_a_restriction_that_was_answered_is_not_asked_about_again(
    kind: str, again: int, desk: Desk
) -> None:
    case, into = await two(desk)

    async def tell() -> None:
        desk.passes(minutes=5)
        about = {"patient_number": "q-1", **({"protected": True} if kind == "disclosure.restricted" else {})}
        stay = {"died_at": desk.now.isoformat()} if kind == "person.died" else {"admitted_at": desk.now.isoformat()}
        what = kind if kind == "person.died" else "admission.occurred"
        assert await desk.outcomes(record(what, {"person": about, "discharge": stay}, FAMILY)) == ["entered"]

    await tell()
    desk.passes(minutes=5)
    async with desk.engine.begin() as conn:  # its workflow was told, and a person has answered
        await conn.execute(update(tables.facts).values(told_at=desk.now))
        row = {"case_id": case, "seq": 90, "key": "answer", "what": ANSWERS[kind], "who": "kim", "why": ""}
        moments = {"occurred_at": desk.now, "known_at": desk.now, "entry_hash": b"", "outcome": {}}
        await conn.execute(insert(tables.timeline), {**row, **moments, "subject": "", "code": ""})
    if again:
        await tell()
    await joined(desk, case, into)
    kinds = [told for told, _ in await desk.told(into)]
    assert kinds.count(kind) == again
    [absorbed] = [fact for fact in await desk.rows(tables.facts) if fact.kind == "case.absorbed"]
    assert absorbed.body["answered"] == [{"kind": kind, "sender": FAMILY}]


async def test_two_different_resident_numbers_are_two_people(desk: Desk) -> None:
    [other] = await desk.take(
        notice(
            FAMILY,
            who=person(
                name="박영희", registration_number="500101-2123456", birth_date="1950-01-01", phone="010-1111-2222"
            ),
            discharge={"reference": "S-1"},
        )
    )
    one = await desk.opened()
    assert other.case_id
    with pytest.raises(NotJoinedError, match="two people"):
        await joined(desk, other.case_id, one)
    assert await desk.rows(tables.joins) == []


async def test_a_closed_case_is_only_linked(desk: Desk) -> None:
    case, into = await two(desk)
    await desk.close(case)
    await joined(desk, case, into)
    assert await desk.told(into) == [("discharge.notified", "actual"), ("case.absorbed", case)]
    row = next(row for row in await desk.rows(tables.cases) if row.case_id == case)
    assert (row.joined_into, row.outcome) == (into, "guided")
    [taken] = await desk.take(word(FAMILY, {"patient_number": "q-1"}))
    assert (taken.outcome, taken.case_id) == ("entered", into)


async def test_support_that_ended_with_a_closed_case_did_not_begin_the_case_that_it_is_linked_to(desk: Desk) -> None:
    case, into = await two(desk)
    await desk.close(case)
    async with desk.engine.begin() as conn:
        await conn.execute(update(tables.cases).values(support_began_at=desk.now))
    await joined(desk, case, into)
    [absorbed] = [row for row in await desk.rows(tables.facts) if row.kind == "case.absorbed"]
    assert absorbed.body["support_began_at"] is None


async def test_a_closed_case_is_not_linked_if_its_person_has_another_open_one(desk: Desk) -> None:
    case, into = await two(desk)
    await desk.close(case)
    desk.passes(days=40)
    later = {"reference": "S-2", "discharged_at": "2026-06-12T10:00:00+09:00"}
    [next_case] = await desk.take(notice(FAMILY, who=person(**OTHER), discharge=later))
    assert next_case.outcome == "opened"
    with pytest.raises(NotJoinedError, match=f"handoff join {next_case.case_id} --into {into}"):
        await joined(desk, case, into)
    await joined(desk, next_case.case_id, into)


async def test_a_case_that_took_over_another_one_may_be_joined_itself(desk: Desk) -> None:
    first, second = await two(desk)
    about = person(**{**OTHER, "name": "김복성", "patient_number": "r-1", "phone": "010-8888-0000"})
    [third] = await desk.take(notice("gm-long-term-care", who=about, discharge={"reference": "H-1"}))
    assert third.outcome == "opened"
    await joined(desk, first, second)
    with pytest.raises(NotJoinedError, match="under way"):
        await joined(desk, second, third.case_id)  # it has not taken over the lines of the first one
    await acted(desk, first, second)
    await joined(desk, second, third.case_id)
    await acted(desk, second, third.case_id)
    roots = {row.case_id: row.joined_into for row in await desk.rows(tables.cases)}
    assert roots == {first: third.case_id, second: third.case_id, third.case_id: None}
    [taken] = await desk.take(word(FAMILY, {"patient_number": "q-1"}))
    assert taken.case_id == third.case_id
    await joiner(desk).unjoin(second, "kim", desk.now)
    roots = {row.case_id: row.joined_into for row in await desk.rows(tables.cases)}
    assert roots == {first: second, second: None, third.case_id: None}


async def test_undoing_a_join_moves_nothing_back_and_a_task_lists_what_to_do(desk: Desk) -> None:
    case, into = await two(desk)
    await joined(desk, case, into)
    desk.passes(hours=1)
    await desk.take(word(FAMILY, {"patient_number": "q-1"}, reference="S-1"))
    with pytest.raises(NotJoinedError, match="under way"):
        await joiner(desk).unjoin(case, "kim", desk.now)
    await acted(desk, case, into)
    before = [(row.case_id, row.number) for row in await desk.rows(tables.facts)]
    await joiner(desk).unjoin(case, "kim", desk.now)
    assert [(row.case_id, row.number) for row in await desk.rows(tables.facts)] == before
    [task] = [row for row in await desk.rows(tables.tasks) if row.kind == "unjoined-case"]
    assert task.case_id == into
    codes = [(point["code"], point["place"]) for point in task.about["settle"]]
    assert codes == [("words", FAMILY), ("next-words", case), ("closed-case", case)]
    with pytest.raises(NotJoinedError, match="not joined"):
        await joiner(desk).unjoin(case, "kim", desk.now)


async def test_after_it_is_undone_words_of_each_sender_find_their_own_person_again(desk: Desk) -> None:
    case, into = await two(desk)
    await joined(desk, case, into)
    await desk.take(word(FAMILY, {}, reference="S-1"))
    await acted(desk, case, into)
    await joiner(desk).unjoin(case, "kim", desk.now)
    own = [
        word(FAMILY, {"patient_number": "q-1"}, admitted_at="2026-05-04T11:00:00+09:00"),
        word(HOSPITAL, {"patient_number": "p-1"}),
        word(FAMILY, {}, reference="S-1", admitted_at="2026-05-04T11:10:00+09:00"),
    ]
    taken = [(one.outcome, one.case_id) for one in await desk.take(*own)]
    assert taken == [("early", ""), ("entered", into), ("late", case)]  # the case that was joined has closed


async def test_a_join_answers_the_task_about_a_merge_of_both(desk: Desk) -> None:
    [one] = await desk.take(notice(who=person(**ONE)))
    about = person(**{**OTHER, "name": "박영희", "birth_date": "1950-01-01"})
    [other] = await desk.take(notice(who=about, discharge={"reference": "V-2"}))
    told = {"person": {"patient_number": "p-1"}, "merged_numbers": ["q-1"]}
    assert await desk.outcomes(record("person.merged", told)) == ["held"]
    with pytest.raises(NotJoinedError, match="--birth-date DAY"):
        await joined(desk, other.case_id, one.case_id)
    await joined(desk, other.case_id, one.case_id, one_person=True)
    assert [row.closed_by for row in await desk.rows(tables.tasks) if row.kind == "held-notice"] == ["kim"]
    assert await desk.outcomes(record("person.merged", told)) == ["entered"]
