from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.rules.matching import Candidate, Need, load, rank
from tests.rules.profiles import GWANGMYEONG

ON = date(2026, 11, 23)
EVERYBODY = [Candidate(provider, provider.capacity) for provider in GWANGMYEONG.providers]
MEALS = Need("meal-delivery", "cheolsan-3", 5, ON)


def best(need: Need, candidates: list[Candidate] = EVERYBODY, tried: tuple[str, ...] = ()) -> list[str]:
    return [each.provider for each in rank(need, candidates, tried, GWANGMYEONG).best]


def reason(code: str, need: Need, candidates: list[Candidate] = EVERYBODY, tried: tuple[str, ...] = ()) -> str:
    return dict(rank(need, candidates, tried, GWANGMYEONG).excluded)[code]


def changed(code: str, **settings_: object) -> list[Candidate]:
    return [
        replace(each, provider=each.provider.model_copy(update=settings_)) if each.provider.code == code else each
        for each in EVERYBODY
    ]


def test_a_meal_is_offered_to_meal_providers_only() -> None:
    assert best(MEALS) == ["gm-meals-01", "gm-meals-02"]
    assert reason("gm-clinic-01", MEALS) == "other-category"


def test_a_korean_medicine_clinic_does_not_answer_an_order_for_a_general_clinic() -> None:
    need = Need("home-visit-medicine", "cheolsan-3", 1, ON)
    assert best(need) == ["gm-clinic-01", "gm-clinic-02"]
    assert reason("gm-korean-medicine-01", need) == "no-licence"
    assert len(best(replace(need, service="home-visit-korean-medicine"))) == 22


def test_a_provider_goes_to_the_dongs_of_its_district_and_to_no_other() -> None:
    need = Need("household-help", "cheolsan-3", 1, ON)
    assert "gm-daily-life-03" in best(need)
    assert reason("gm-daily-life-01", need) == "other-district"
    assert "gm-daily-life-03" in best(replace(need, district="cheolsan"))


def test_where_the_address_tells_no_dong_only_who_goes_everywhere_is_asked() -> None:
    need = Need("household-help", "", 1, ON)
    assert reason("gm-daily-life-03", need) == "other-district"
    assert "gm-daily-life-06" in best(need)


@pytest.mark.parametrize(
    ("settings_", "why"),
    [
        ({"agreed_from": date(2026, 11, 24)}, "agreement-not-begun"),
        ({"agreed_to": date(2026, 11, 22)}, "agreement-ended"),
        ({"districts": ("haan",)}, "other-district"),
        ({"categories": ("daily-life",)}, "other-category"),
    ],
)
def test_whoever_cannot_serve_is_excluded_with_the_reason(settings_: dict[str, object], why: str) -> None:
    candidates = changed("gm-meals-01", **settings_)
    assert best(MEALS, candidates) == ["gm-meals-02"]
    assert reason("gm-meals-01", MEALS, candidates) == why


def test_an_agreement_holds_on_its_first_and_on_its_last_day() -> None:
    assert len(best(MEALS, changed("gm-meals-01", agreed_from=ON, agreed_to=ON))) == 2


def test_who_was_asked_for_this_line_is_not_asked_again() -> None:
    assert best(MEALS, tried=("gm-meals-01",)) == ["gm-meals-02"]
    assert reason("gm-meals-01", MEALS, tried=("gm-meals-01",)) == "already-asked"


def test_a_full_or_suspended_provider_is_not_asked() -> None:
    full = [replace(each, free=4, reserved=346) if each.provider.code == "gm-meals-01" else each for each in EVERYBODY]
    assert reason("gm-meals-01", MEALS, full) == "no-capacity"
    resting = [replace(each, suspended=each.provider.code == "gm-meals-02") for each in EVERYBODY]
    assert reason("gm-meals-02", MEALS, resting) == "suspended"


def test_nobody_left_is_an_empty_list_and_no_error() -> None:
    assert best(Need("temporary-protection", "haan-1", 1, ON), tried=("gm-protection-01",)) == []
    assert best(replace(MEALS, service="massage")) == []


def test_the_less_loaded_comes_first_and_the_plans_own_wish_before_it() -> None:
    busy = [replace(each, free=300, reserved=50) if each.provider.code == "gm-meals-01" else each for each in EVERYBODY]
    assert best(MEALS, busy) == ["gm-meals-02", "gm-meals-01"]
    ranking = rank(replace(MEALS, prefers="gm-meals-01"), busy, (), GWANGMYEONG)
    assert ranking.best[0].provider == "gm-meals-01"
    assert ranking.best[0].reasons == ("preferred-in-plan", "category", "serves-everywhere", "load-16%")


@pytest.mark.parametrize(
    ("kind", "quantity", "per", "weekly"),
    [
        ("series", 1, "day", 7),
        ("series", 5, "week", 5),
        ("series", 2, "month", 1),
        ("series", 9, "month", 3),
        ("one-off", 3, "", 1),
        ("on-demand", 2, "week", 1),
        ("stand-by", 1, "", 1),
    ],
)
def test_load_is_visits_a_week(kind: str, quantity: int, per: str, weekly: int) -> None:
    assert load(kind, quantity, per) == weekly


candidates_ = st.lists(
    st.builds(
        Candidate,
        provider=st.sampled_from(GWANGMYEONG.providers),
        free=st.integers(0, 12),
        reserved=st.integers(0, 400),
        suspended=st.booleans(),
    ),
    unique_by=lambda each: each.provider.code,
)
needs = st.builds(
    Need,
    service=st.sampled_from([each.code for each in GWANGMYEONG.services]),
    district=st.sampled_from(["", *(each.code for each in GWANGMYEONG.municipality.districts)]),
    load=st.integers(1, 7),
    on=st.dates(date(2025, 12, 1), date(2027, 1, 1)),
    prefers=st.sampled_from(["", *(each.code for each in GWANGMYEONG.providers)]),
)


@settings(max_examples=200)
@given(needs, candidates_, st.sets(st.sampled_from([each.code for each in GWANGMYEONG.providers]), max_size=5))
def test_nobody_excluded_is_ever_proposed_and_everybody_is_answered_for(
    need: Need, candidates: list[Candidate], tried: set[str]
) -> None:
    ranking = rank(need, candidates, tried, GWANGMYEONG)
    proposed, refused = {each.provider for each in ranking.best}, {code for code, _ in ranking.excluded}
    assert not proposed & refused
    assert proposed | refused == {each.provider.code for each in candidates}
    assert not proposed & tried
    free = {each.provider.code: each.free for each in candidates}
    assert all(free[code] >= need.load for code in proposed)
    assert rank(need, candidates[::-1], tried, GWANGMYEONG).best == ranking.best
