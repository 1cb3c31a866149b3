from datetime import date

from handoff.profile.model import Profile
from handoff.rules.jurisdiction import Ours, municipality
from simulation.people import draw


def test_the_same_run_has_the_same_people(demo: Profile) -> None:
    assert draw(1, 1, 20, demo) == draw(1, 1, 20, demo)


def test_no_two_runs_share_a_phone_or_a_patient_number(demo: Profile) -> None:
    runs = [draw(seed, run, 50, demo) for run, seed in enumerate((1, 1, 2, 1), start=1)]
    people = [person for run in runs for person in run]
    assert len({person.phone for person in people}) == len({person.patient_number for person in people}) == 200


def test_everybody_lives_in_the_municipality_and_is_old_enough(demo: Profile) -> None:
    for person in draw(3, 1, 100, demo):
        assert isinstance(municipality(person.address, "", demo), Ours)
        assert 65 <= (date(2026, 3, 27) - person.birth_date).days // 366 <= 97
