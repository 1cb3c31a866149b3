from datetime import date

import pytest

from handoff.fact import Person
from handoff.profile.model import Profile
from handoff.profile.register import EligibilityRules
from handoff.rules.eligibility import Found, age, look_ups, screen
from handoff.rules.routes import route
from tests.rules.profiles import GWANGMYEONG

ON = date(2026, 11, 22)
OLD, MIDDLE = date(1948, 3, 1), date(1976, 3, 1)


@pytest.mark.parametrize(
    ("born", "disability", "found", "expected"),
    [
        (OLD, None, Found(complex_need=True), "eligible"),
        (OLD, None, Found(), "undetermined"),
        (OLD, None, Found(complex_need=False), "not-eligible"),
        (MIDDLE, True, Found(complex_need=True), "eligible"),
        (MIDDLE, None, Found(severe_disability=True, complex_need=True), "eligible"),
        (MIDDLE, None, Found(complex_need=True), "undetermined"),
        (MIDDLE, False, Found(complex_need=True), "undetermined"),
        (MIDDLE, False, Found(group="family-care-gap", complex_need=True), "eligible"),
        (MIDDLE, False, Found(group="none", complex_need=True), "not-eligible"),
        (MIDDLE, False, Found(group="none"), "not-eligible"),
        (MIDDLE, True, Found(severe_disability=False, group="none", complex_need=True), "not-eligible"),
        (None, None, Found(), "undetermined"),
        (None, None, Found(complex_need=True), "undetermined"),
        (None, None, Found(complex_need=False), "not-eligible"),
        (None, False, Found(group="none", complex_need=True), "undetermined"),
        (date(2027, 1, 1), False, Found(group="none", complex_need=True), "undetermined"),
    ],
)
def test_nobody_is_refused_while_a_fact_is_missing(
    *, born: date | None, disability: bool | None, found: Found, expected: str
) -> None:
    person = Person(birth_date=born, severe_disability=disability)
    assert screen(person, found, GWANGMYEONG, ON).eligibility == expected


@pytest.mark.parametrize(
    ("born", "expected"), [(OLD, "high"), (date(1955, 1, 1), "normal"), (MIDDLE, "normal"), (None, "undetermined")]
)
def test_priority_is_another_question_than_eligibility(born: date | None, expected: str) -> None:
    assert screen(Person(birth_date=born), Found(), GWANGMYEONG, ON).priority == expected


@pytest.mark.parametrize(("number", "expected"), [("480301-2123456", "high"), ("760301-2123456", "normal")])
def test_the_resident_number_tells_the_age_where_no_birth_date_was_reported(number: str, expected: str) -> None:
    assert screen(Person(registration_number=number), Found(), GWANGMYEONG, ON).priority == expected


def test_a_verdict_names_every_reason_that_was_looked_at() -> None:
    verdict = screen(Person(birth_date=MIDDLE), Found(group="family-care-gap", complex_need=True), GWANGMYEONG, ON)
    codes = [reason.code for reason in verdict.reasons]
    assert codes == ["age-below", "disability-unknown", "group-family-care-gap", "need-complex", "priority-none"]


def test_where_nothing_is_agreed_no_group_keeps_a_question_open() -> None:
    strict = GWANGMYEONG.model_copy(update={"eligibility": EligibilityRules(severe_disability=False)})
    assert screen(Person(birth_date=MIDDLE), Found(complex_need=True), strict, ON).eligibility == "not-eligible"


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(1961, 11, 22), date(2026, 11, 22), 65),
        (date(1961, 11, 23), date(2026, 11, 22), 64),
        (date(1960, 2, 29), date(2025, 2, 28), 64),
        (date(1960, 2, 29), date(2025, 3, 1), 65),
    ],
)
def test_a_person_is_a_year_older_on_the_birthday(born: date, on: date, years: int) -> None:
    assert age(born, on) == years


@pytest.mark.parametrize(
    ("score", "expected"),
    [(0, "guide"), (1, "guide"), (2, "own-survey"), (3, "own-survey"), (4, "determination"), (40, "determination")],
)
def test_the_survey_score_decides_the_route(score: int, expected: str) -> None:
    assert route(score, GWANGMYEONG) == expected


def test_a_score_below_the_table_has_no_route() -> None:
    with pytest.raises(ValueError, match="no row for score -1"):
        route(-1, GWANGMYEONG)


AT_65 = date(1961, 11, 22)
GROUPS = ["family-care-gap", "no-institutional-support", "insufficient-infrastructure"]
NO_GROUPS = GWANGMYEONG.model_copy(update={"eligibility": EligibilityRules()})
AT_70 = GWANGMYEONG.model_copy(update={"eligibility": EligibilityRules(min_age=70)})
ONLY_AGE = GWANGMYEONG.model_copy(update={"eligibility": EligibilityRules(severe_disability=False)})


@pytest.mark.parametrize(
    ("born", "disability", "profile", "asked"),
    [
        (AT_65, None, GWANGMYEONG, None),
        (AT_65, False, GWANGMYEONG, None),
        (date(1961, 11, 23), None, GWANGMYEONG, ["severe-disability", *GROUPS]),
        (MIDDLE, False, GWANGMYEONG, GROUPS),
        (MIDDLE, True, GWANGMYEONG, None),
        (None, None, GWANGMYEONG, None),  # a missing fact never means no
        (None, False, ONLY_AGE, None),
        (date(2027, 1, 1), None, GWANGMYEONG, None),  # a birth to come says nothing
        (MIDDLE, None, NO_GROUPS, ["severe-disability"]),
        (MIDDLE, False, NO_GROUPS, []),
        (MIDDLE, None, ONLY_AGE, []),
        (MIDDLE, True, ONLY_AGE, []),  # no ground of eligibility there
        (AT_65, None, AT_70, ["severe-disability"]),
    ],
)
def test_what_is_still_to_be_asked_about_a_person_below_the_age(
    *, born: date | None, disability: bool | None, profile: Profile, asked: list[str] | None
) -> None:
    questions = look_ups(Person(birth_date=born, severe_disability=disability), profile, ON)
    assert (None if questions is None else [question.code for question in questions]) == asked


@pytest.mark.parametrize(
    ("born_in", "plainly_outside"),
    [
        ("1961", False),
        ("1962", True),
        ("1961-11", False),
        ("1961-12", True),
        ("1943", False),
        ("2026", True),
        ("", False),
    ],
)
def test_the_year_or_month_of_birth_may_be_enough_to_be_plainly_outside(born_in: str, *, plainly_outside: bool) -> None:
    assert (look_ups(Person(born_in=born_in), GWANGMYEONG, ON) is not None) is plainly_outside
