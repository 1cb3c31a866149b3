from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

from handoff.profile.files import BUNDLED, ProfileError, names
from handoff.profile.limits import LIMITS, Length
from handoff.profile.load import load
from handoff.timezone import KST

GWANGMYEONG = load("gwangmyeong")


def mistakes(path: Path) -> list[tuple[str, str]]:
    with pytest.raises(ProfileError) as error:
        load(path)
    assert all(mistake.reason and mistake.file for mistake in error.value.mistakes)
    return [(Path(mistake.file).name, mistake.key) for mistake in error.value.mistakes]


def written(folder: Path, text: str, name: str = "here.toml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("name", names())
def test_every_bundled_profile_is_valid_and_has_every_limit(name: str) -> None:
    profile = load(name)
    assert set(profile.limits) == set(LIMITS)
    assert profile.code == name


def test_gwangmyeong_has_the_41_providers_of_the_published_split() -> None:
    split = Counter(provider.categories for provider in GWANGMYEONG.providers)
    assert split == {
        ("daily-life", "accompaniment"): 11,
        ("daily-life",): 1,
        ("residential-safety",): 2,
        ("meals",): 2,
        ("temporary-protection",): 1,
        ("home-visit-medical",): 24,
    }
    licences = Counter(provider.licences for provider in GWANGMYEONG.providers if provider.licences)
    assert licences == {("korean-medicine",): 22, ("general-medicine",): 2}
    assert all("illustrative" in provider.name for provider in GWANGMYEONG.providers)
    assert {group.code for group in GWANGMYEONG.eligibility.groups} == {
        "family-care-gap",
        "no-institutional-support",
        "insufficient-infrastructure",
    }


def test_most_home_visit_clinics_answer_by_phone_and_large_bodies_have_topics() -> None:
    clinics = [each for each in GWANGMYEONG.providers if each.categories == ("home-visit-medical",)]
    assert sum(each.channel == "phone" for each in clinics) > len(clinics) / 2
    assert {"gm-hospital", "nhis-gwangmyeong", "gm-conference", "gm-meals-01"} <= set(GWANGMYEONG.topics())
    assert "gm-korean-medicine-22" not in GWANGMYEONG.topics()


def test_a_borrowed_tariff_says_whose_it_is() -> None:
    assert all(service.tariff_source == "Seoul 2026" for service in GWANGMYEONG.services if service.tariff)


def test_every_dong_has_a_community_centre() -> None:
    assert GWANGMYEONG.assessor_of("cheolsan-3") == GWANGMYEONG.assessor_of("cheolsan") == "gm-centre-cheolsan"
    assert GWANGMYEONG.assessor_of("iljik") == "gm-centre-soha"
    assert GWANGMYEONG.assessor_of("") == "gm-centre-gwangmyeong"
    for district in GWANGMYEONG.municipality.districts:
        body = GWANGMYEONG.institution(GWANGMYEONG.assessor_of(district.code))
        assert body is not None
        assert body.role == "community-centre"


def test_the_demonstration_is_gwangmyeong_with_short_days() -> None:
    demo = load("demo")
    assert demo.seconds_per_day < 60
    assert demo.calendar.works == "always"
    assert {each.code for each in demo.providers} == {each.code for each in GWANGMYEONG.providers}
    assert demo.services == GWANGMYEONG.services
    assert demo.municipality == GWANGMYEONG.municipality
    assert demo.limit("presurvey", date(2026, 11, 22)) == GWANGMYEONG.limit("presurvey", date(2026, 11, 22))


def test_a_profile_changes_what_it_names_and_keeps_the_rest(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        extends = "gwangmyeong"
        code = "own"
        [limits.presurvey]
        within = "1wd"
        [[providers]]
        code = "gm-meals-01"
        capacity = 7
        [[providers]]
        code = "gm-meals-02"
        dropped = true
        [[providers]]
        code = "meal-department"
        name = "meals of the city itself"
        categories = ["meals"]
        capacity = 10
        department = true
        """,
    )
    own = load(file)
    meals = own.provider("gm-meals-01")
    assert meals is not None
    assert (meals.capacity, meals.categories) == (7, ("meals",))
    assert own.provider("gm-meals-02") is None
    assert own.provider("meal-department") is not None
    assert len(own.providers) == 41
    limit = own.limit("presurvey", date(2026, 11, 22))
    assert (str(limit.within), limit.owner) == ("1wd", "assessor")


def test_a_limit_may_change_on_a_day(tmp_path: Path) -> None:
    version = 'warn = "2wh"\nclock = "working"\nowner = "assessor"\nescalate_to = "duty-officer"\n'
    file = written(
        tmp_path,
        f"""extends = "gwangmyeong"
[[limits.presurvey]]
from = 2026-03-27
within = "3wd"
{version}
[[limits.presurvey]]
from = 2026-12-01
within = "2wd"
{version}""",
    )
    own = load(file)
    lengths = [str(own.limit("presurvey", on).within) for on in (date(2026, 11, 30), date(2026, 12, 1))]
    assert lengths == ["3wd", "2wd"]
    assert own.limit("presurvey", date(2026, 1, 1)).within == Length(3, "wd")
    assert own.limit("presurvey", datetime(2026, 12, 1, 0, 30, tzinfo=KST)).within == Length(2, "wd")


def test_every_mistake_is_named_with_file_key_and_reason(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        extends = "gwangmyeong"
        colour = "blue"
        [limits.presurvey]
        within = "two days"
        [limits.acknowledge]
        within = "1wd"
        [plan]
        max_rejections = -1
        [[providers]]
        code = "gm-meals-01"
        capacity = 0
        """,
    )
    assert sorted(key for _, key in mistakes(file)) == [
        "colour",
        "limits.acknowledge",
        "limits.presurvey.within",
        "plan.max_rejections",
        "providers.gm-meals-01.capacity",
    ]
    assert {name for name, _ in mistakes(file)} == {"here.toml"}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('deciding_body = "nobody"', "deciding_body"),
        ('insurer = "gm-hospital"', "insurer"),
        ("seconds_per_day = 4", "seconds_per_day"),
        ('[limits.presurvey]\nowner = "nobody"', "limits.presurvey.owner"),
        (
            '[limits.tea]\nwithin="1h"\nwarn="0h"\nclock="real"\nowner="coordinator"\nescalate_to="coordinator"',
            "limits.tea",
        ),
        ('[[providers]]\ncode = "gm-meals-01"\ncategories = ["mails"]', "providers.gm-meals-01.categories"),
        ('[[providers]]\ncode = "gm-meals-01"\ndistricts = ["nowhere"]', "providers.gm-meals-01.districts"),
        ('[[providers]]\ncode = "gm-clinic-01"\nlicences = ["general"]', "providers.gm-clinic-01.licences"),
        ("[[providers]]\ncode = 'gm-meals-01'\nagreed_to = 2025-01-01", "providers.gm-meals-01"),
        ('[[routes]]\ncode = "own-survey"\nfrom_score = 3', "routes.own-survey.from_score"),
        ("routes = []", "routes"),
        (
            '[[municipality.districts]]\ncode = "cheolsan-3"\npart_of = "nowhere"',
            "municipality.districts.cheolsan-3.part_of",
        ),
        (
            '[[municipality.districts]]\ncode = "cheolsan"\nassessor = "nobody"',
            "municipality.districts.cheolsan.assessor",
        ),
        ('[[institutions]]\ncode = "gm-meals-01"\nname = "x"\nrole = "hospital"', "institutions.gm-meals-01"),
        ("[checks]\nmonths_after_plan = 4", "checks.months_after_plan"),
        ('[calendar]\nhours = [{ opens = "18:00", closes = "09:00" }]', "calendar.hours.0"),
    ],
)
def test_what_contradicts_itself_is_refused_by_its_key(tmp_path: Path, text: str, key: str) -> None:
    file = written(tmp_path, f'extends = "gwangmyeong"\n{text}\n')
    assert ("here.toml", key) in mistakes(file)


def test_a_mistake_that_is_inherited_is_named_where_it_stands(tmp_path: Path) -> None:
    written(tmp_path, 'extends = "gwangmyeong"\n[plan]\nmax_rejections = "many"\n', "metropolis.toml")
    file = written(tmp_path, 'extends = "metropolis"\n[plan]\n', "district.toml")
    assert mistakes(file) == [("metropolis.toml", "plan.max_rejections")]


def test_a_file_of_the_same_name_extends_the_bundled_profile(tmp_path: Path) -> None:
    file = written(tmp_path, 'extends = "gwangmyeong"\nversion = 2\n', "gwangmyeong.toml")
    assert load(file).version == 2


def test_a_profile_without_anything_names_what_is_missing(tmp_path: Path) -> None:
    found = [key for _, key in mistakes(written(tmp_path, 'code = "bare"\n'))]
    assert {"name", "municipality", "limits", "ladders", "services"} <= set(found)


def test_a_limit_that_is_missing_is_missed(tmp_path: Path) -> None:
    text = (BUNDLED / "gwangmyeong.toml").read_text(encoding="utf-8")
    file = written(tmp_path, text.replace("[limits.gap]", "[limits.gab]"))
    assert {key for _, key in mistakes(file)} == {"limits.gap", "limits.gab"}


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(ProfileError, match="known are demo, gwangmyeong"):
        load("atlantis")


def test_unreadable_toml_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="line 2"):
        load(written(tmp_path, 'code = "x"\ncode = = 1\n'))


def test_profiles_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    written(tmp_path, 'extends = "two.toml"\n', "one.toml")
    written(tmp_path, 'extends = "one.toml"\n', "two.toml")
    with pytest.raises(ProfileError, match="circle"):
        load(tmp_path / "one.toml")


def test_a_hospital_may_have_its_own_table_of_dispositions(tmp_path: Path) -> None:
    text = 'extends = "gwangmyeong"\ncode = "here"\n[[institutions]]\ncode = "gm-hospital"\n'
    table = 'dispositions = {{ "05" = "died", "20" = "{}" }}\n'
    profile = load(written(tmp_path, text + table.format("elsewhere")))
    assert profile.habits_of("gm-hospital").dispositions == {"05": "died", "20": "elsewhere"}
    assert profile.habits_of("seoul-hospital").dispositions == {}
    assert profile.institution("gm-hospital").name == GWANGMYEONG.institution("gm-hospital").name  # type: ignore[union-attr]
    [(_, key)] = mistakes(written(tmp_path, text + table.format("somewhere"), "other.toml"))
    assert "dispositions" in key
