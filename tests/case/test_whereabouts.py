"""Where the person is does not depend on the order in which words come."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.case.dates import lies_ahead
from handoff.case.messages import CaseEvent, Milestone
from handoff.case.readmission import NEVER_ADMITTED, OTHER_MOMENT
from handoff.case.state import CaseState
from handoff.case.whereabouts import whereabouts
from handoff.case.words import MOST_STAYS, OF_ADMISSION, OF_DISCHARGE, StayWord, gathered
from handoff.vocabulary.states import Standing
from handoff.vocabulary.words import EventKind, MilestoneName
from tests.case.cases import HOSPITAL, NOON, Telling, hours
from workflows.payloads import PAYLOADS

TELLERS = {"gm-hospital": "hospital", "seoul-hospital": "hospital", "nhis": "nhis"}
MOMENTS = st.integers(0, 12).map(hours)


@st.composite
def words(draw: st.DrawFn) -> StayWord:
    who = draw(st.sampled_from(sorted(TELLERS)))
    kind = draw(st.sampled_from((*OF_DISCHARGE, *OF_ADMISSION)))
    names = kind not in (EventKind.DISCHARGE_CANCELLED, EventKind.ADMISSION_CANCELLED)
    return StayWord(
        kind=kind,
        who=who,
        stay=draw(st.sampled_from(("", "ward", "clinic"))),
        written=draw(MOMENTS),
        within=draw(st.sampled_from((0, 0, 1, 60, 7200))),
        says_within=draw(st.sampled_from((0, 0, 0, 3600, 86400))),
        says=draw(MOMENTS) if names else None,
        expected=names and kind not in OF_ADMISSION and draw(st.booleans()),
        facility=TELLERS[who] == "hospital",
    )


@given(st.lists(words(), max_size=12), st.integers(0, 12))
def test_what_is_carried_is_a_join(told: list[StayWord], cut: int) -> None:
    left, right = told[:cut], told[cut:]
    whole = gathered(told)
    assert gathered([*gathered(left), *gathered(right)]) == whole
    assert gathered([*right, *left]) == whole
    assert gathered([*whole, *told]) == whole


@settings(max_examples=300)
@given(st.lists(words(), max_size=10))
def test_what_is_carried_decides_as_all_words_do(told: list[StayWord]) -> None:
    carried, whole = whereabouts(gathered(told)), whereabouts(told)
    assert replace(carried, contradictions=()) == replace(whole, contradictions=())
    assert bool(carried.contradictions) == bool(whole.contradictions)


@st.composite
def events(draw: st.DrawFn) -> list[CaseEvent]:
    told = draw(st.lists(words(), min_size=1, max_size=5))
    notice = draw(words().filter(lambda each: each.kind == EventKind.DISCHARGE_NOTIFIED))
    return [event(each) for each in (notice, *told)]


def event(told: StayWord) -> CaseEvent:
    return CaseEvent(
        told.kind,
        told.written,
        told.who,
        code="expected" if told.expected else "actual",
        until=told.says,
        role=TELLERS[told.who],
        stay=told.stay,
        written=told.written,
        written_within=told.within,
        until_within=told.says_within,
    )


def ended(told: list[CaseEvent]) -> tuple[Telling, tuple[object, ...]]:
    """Where the case stands after these events. The first notice opens it; earlier words follow it."""
    opening = next(each for each in told if each.kind == EventKind.DISCHARGE_NOTIFIED)
    telling = Telling()
    for number, each in enumerate([opening, *(other for other in told if other is not opening)], 1):
        telling.tell(replace(each, number=number, fact=number))
    case = telling.case
    asked = [milestone for milestone in telling.written if milestone.what == MilestoneName.DATES_DIFFER]
    assert bool(asked) or not case.disputed
    keys = [milestone.key for milestone in telling.written]
    assert len(set(keys)) == len(keys)
    assert written_dates(telling) == (case.stands, case.discharged_at, case.admitted_at)
    return telling, (case.stands, case.discharged_at, case.expected_at, case.admitted_at, case.disputed, case.facility)


def written_dates(telling: Telling) -> tuple[object, ...]:
    """What the record has by the milestones that it was asked to write."""
    stands: str = ""
    discharged_at: datetime | None = None
    admitted_at: datetime | None = None
    for milestone in telling.written:
        match milestone.what, milestone.code:
            case MilestoneName.CASE_SCREENED, _:
                discharged_at = milestone.until if expected_at(milestone) is None else None
            case MilestoneName.DISCHARGE_CANCELLED, _:
                stands, discharged_at, admitted_at = Standing.DISCHARGE_CANCELLED, None, None
            case MilestoneName.DISCHARGE_RENEWED, code:
                stands, discharged_at = "", milestone.until if code == "actual" else None
            case ((MilestoneName.DISCHARGE_CONFIRMED | MilestoneName.DISCHARGE_CORRECTED), code):
                discharged_at = None if code == "expected" else milestone.until
            case MilestoneName.SUSPENDED, _:
                stands, admitted_at = Standing.READMITTED, milestone.until
            case MilestoneName.RESUMED, code:
                stands, admitted_at = "", None
                discharged_at = discharged_at if code == NEVER_ADMITTED else milestone.until
            case MilestoneName.NOTED, _ if milestone.why == OTHER_MOMENT:
                admitted_at = milestone.until
    return stands, discharged_at, admitted_at


def expected_at(opening: Milestone) -> datetime | None:
    """The discharge that the opening notice expected, as intake stores it."""
    ahead = opening.until is not None and lies_ahead(opening.until, opening.at)
    return opening.until if opening.code == "expected" or ahead else None


@settings(max_examples=300)
@given(events(), st.randoms(use_true_random=False))
def test_a_case_ends_at_the_same_place_in_every_order(told: list[CaseEvent], chance: Random) -> None:
    telling, end = ended(told)
    where = whereabouts(telling.case.words)
    expected = None if where.discharged_at else where.expected_at
    assert end[:2] == (where.stands, where.discharged_at)
    assert where.discharged_at or end[2] == expected
    assert end[4] == bool(where.contradictions)
    for _ in range(5):
        shuffled = chance.sample(told, len(told))
        assert ended(shuffled)[1][:2] == end[:2]
        assert ended(shuffled)[1][3:] == end[3:]


def test_eleven_thousand_words_about_hundreds_of_stays_leave_less_than_64_kilobytes() -> None:
    chance, case = Random(7), CaseState("C1")
    for _ in range(11_000):
        kind = chance.choice((*OF_DISCHARGE, *OF_ADMISSION))
        said = StayWord(
            kind,
            chance.choice(sorted(TELLERS)),
            f"{chance.randrange(400):016x}",
            hours(chance.randrange(3000)),
            says=hours(chance.randrange(3000)),
            facility=True,
        )
        case.words = gathered([*case.words, said])
    assert len(PAYLOADS.payload_converter.to_payloads([case])[0].data) < 64 * 1024
    assert len({(word.who, word.stay) for word in case.words}) == MOST_STAYS


def of_earlier_build(**fields: object) -> Telling:
    """A case that an earlier build opened: it knows dates, and no words."""
    telling = Telling()
    telling.case = replace(CaseState("C1", opener=HOSPITAL, facility=HOSPITAL, number=1), **fields)  # type: ignore[arg-type]
    telling.number = 1
    return telling


def test_a_case_of_an_earlier_build_starts_with_words_made_from_its_dates() -> None:
    told = {"stay": "ward", "written": hours(10)}
    home = of_earlier_build(discharged_at=NOON)
    assert home.fact("discharge.corrected", code="actual", until=NOON, **told) == ["noted"]
    assert of_earlier_build(discharged_at=NOON).fact("discharge.cancelled", **told) == ["discharge_cancelled"]
    assert of_earlier_build(discharged_at=NOON).fact("admission.occurred", until=hours(2), **told) == ["suspended"]
    waiting = of_earlier_build(expected_at=hours(48))
    assert waiting.fact("discharge.notified", code="actual", until=hours(1), **told) == ["discharge_confirmed"]
    cancelled = of_earlier_build(stands="discharge-cancelled", cancelled_date=NOON)
    assert cancelled.fact("discharge.notified", code="actual", until=hours(3), **told) == ["discharge_renewed"]
    away = of_earlier_build(stands="readmitted", discharged_at=NOON, admitted_at=hours(5))
    assert away.fact("discharge.notified", code="actual", until=hours(9), **told) == ["resumed"]
    assert away.case.discharged_at == hours(9)


def test_a_readmission_that_is_told_after_its_return_suspends_and_resumes_at_once() -> None:
    telling = Telling()
    telling.fact("discharge.notified", code="actual", until=NOON, stay="ward", written=hours(0))
    telling.fact("discharge.notified", code="actual", until=hours(90), stay="second", written=hours(90))
    assert telling.written[-1].what == "dates_differ"
    assert telling.fact("admission.occurred", until=hours(20), stay="second", written=hours(21)) == [
        "suspended",
        "resumed",
    ]
    assert (telling.case.discharged_at, telling.case.resurvey) == (hours(90), "admission.occurred#3")


def test_an_expected_date_never_takes_an_actual_discharge_back() -> None:
    telling = Telling()
    telling.fact("discharge.notified", code="actual", until=NOON, written=hours(0))
    assert telling.fact("discharge.corrected", code="expected", until=hours(-40), written=hours(2)) == ["noted"]
    assert telling.fact("discharge.expected", code="expected", until=hours(30), written=hours(3)) == ["notice_joined"]
    assert telling.case.discharged_at == NOON


def test_moments_are_compared_as_closely_as_the_coarser_was_told() -> None:
    telling = Telling()
    telling.fact("discharge.notified", code="actual", until=NOON, written=hours(0))
    midnight, day = NOON.replace(hour=0), 86_400
    assert telling.fact("discharge.notified", "nhis", code="actual", until=midnight, until_within=day) == [
        "notice_joined"
    ]
    same_day = {"until": midnight, "until_within": day, "stay": "second"}
    assert telling.fact("admission.occurred", written=hours(-3), **same_day) == ["noted"]
    assert telling.fact("admission.occurred", written=hours(5), **same_day) == ["suspended"]


def test_words_that_nobody_can_order_are_one_task_in_both_orders() -> None:
    minute = {"written": hours(1), "written_within": 60}
    other = {"written": hours(1) + timedelta(seconds=20)}
    for first, second in ((minute, other), (other, minute)):
        telling = Telling()
        telling.fact("discharge.notified", code="actual", until=NOON, written=hours(0))
        telling.fact("discharge.cancelled", **first)
        telling.fact("discharge.notified", code="actual", until=hours(-2), **second)
        assert telling.written[-1].what == "dates_differ"
        assert telling.case.disputed
