from collections import Counter

from handoff.case.plan_draft import draft
from handoff.profile.model import Profile
from simulation.scenario import COURSES, PLANS, scenario

AGREED = {
    "told-by-two",
    "resent",
    "id-reused",
    "consent-refused",
    "declined",
    "silent",
    "partly-accepted",
    "gap-answered",
    "visit-missed",
    "urgent-line",
    "expected-discharge",
    "corrected",
    "readmitted",
    "discharge-cancelled",
    "held-settled",
}

SITUATIONS = {course.situation for course in COURSES if course.situation}


def test_twenty_discharges_mean_every_situation_once(demo: Profile) -> None:
    meant = Counter(each.course.situation for each in scenario(1, 1, 20, demo).meant)
    assert SITUATIONS >= AGREED
    assert all(meant[situation] == 1 for situation in SITUATIONS)
    assert scenario(1, 1, 20, demo).strays == 1


def test_fifty_discharges_mean_most_of_them_more_often(demo: Profile) -> None:
    meant = Counter(each.course.situation for each in scenario(1, 1, 50, demo).meant)
    assert min(meant[situation] for situation in SITUATIONS) == 2
    assert scenario(1, 1, 50, demo).strays == 2


def test_the_same_seed_and_run_mean_the_same(demo: Profile) -> None:
    assert scenario(7, 2, 20, demo) == scenario(7, 2, 20, demo)
    assert scenario(7, 2, 20, demo) != scenario(8, 2, 20, demo)
    assert scenario(7, 2, 20, demo) != scenario(7, 3, 20, demo)


def test_every_plan_is_one_that_the_municipality_takes(demo: Profile) -> None:
    for lines in PLANS.values():
        assert len(draft({"lines": lines}, demo)) == len(lines)


def test_most_people_consent_and_both_forms_are_used() -> None:
    assert sum(course.consents for course in COURSES) >= 15
    assert {course.form for course in COURSES} == {"json", "hl7"}
