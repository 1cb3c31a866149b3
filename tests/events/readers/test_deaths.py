"""Every message that tells a death tells it; one by words alone or against itself is in doubt."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from events.contract.event_types import told
from events.readers import InboundRecord, read
from handoff.fact import Fact
from handoff.profile.register import Habits
from handoff.rules import plausibility
from handoff.vocabulary.states import Destination
from tests.events.readers.told import DISCHARGE, NOW, PERSON, doubts_of, event, fact_of, message

DEATHS = Path(__file__).parent.parent / "records" / "deaths"
LATER = datetime(2026, 11, 25, 23, 0, tzinfo=UTC)


def sample(name: str) -> Fact:
    fact = read(InboundRecord("gm-hospital", (DEATHS / f"{name}.hl7").read_bytes()), LATER)
    assert isinstance(fact, Fact)
    return fact


def kind(**fields: str) -> str:
    return fact_of(message(**fields)).kind


@pytest.mark.parametrize("trigger", ["A01", "A08", "A11", "A13", "A31"])
@pytest.mark.parametrize(
    "death",
    [{"dead": "Y"}, {"dead": "y"}, {"died": "202604011030"}, {"disposition": "20"}, {"disposition": "05^사망^L"}],
)
def test_every_message_but_a_notice_that_tells_a_death_is_read_as_the_death(
    trigger: str, death: dict[str, str]
) -> None:
    assert kind(trigger=trigger, says=trigger, **death) == "person.died"


@pytest.mark.parametrize("name", ["d10-a08-death", "d12-a31-death", "x01-a08-death-2"])
def test_a_hospitals_update_with_a_death_is_the_death_at_its_moment(name: str) -> None:
    fact = sample(name)
    assert fact.kind == "person.died"
    assert fact.discharge is not None
    assert told(fact).until == fact.discharge.died_at is not None
    assert (told(fact).code, plausibility.doubts(fact.discharge, fact.person, LATER)) == ("", ())


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("d01-disposition-sa-mang-text", ["disposition-says-death"]),
        ("d05-disposition-death", ["disposition-says-death"]),
        ("d08-flag-lower-case", ["death-but-home"]),
    ],
)
def test_a_notice_that_tells_a_death_has_a_doubt_that_a_person_settles(name: str, codes: list[str]) -> None:
    fact = sample(name)
    assert fact.kind == "discharge.notified"
    assert [doubt.code for doubt in plausibility.doubts(fact.discharge, fact.person, LATER)] == codes


def test_a_change_of_the_persons_data_without_a_death_moves_no_date() -> None:
    fact = fact_of(message(trigger="A31", says="A31"))
    assert fact.kind == "discharge.corrected"
    assert fact.discharge is not None
    assert (fact.discharge.discharged_at, fact.discharge.expected_at) == (None, None)


@pytest.mark.parametrize("trigger", ["A31", "A28"])
@pytest.mark.parametrize("disposition", ["01", "HOME", "자택", "02", ""])
def test_data_of_a_person_who_died_later_is_no_contradiction_to_the_stay_that_it_repeats(
    trigger: str, disposition: str
) -> None:
    sent = {"died": "202603201030", "discharged": "202603011000", "admitted": "202602201000"}
    fact = fact_of(message(trigger=trigger, says=trigger, disposition=disposition, **sent))
    assert fact.kind == "person.died"
    assert plausibility.doubts(fact.discharge, fact.person, NOW) == ()


@pytest.mark.parametrize("sent", ["N", "n", '""'])
def test_a_flag_that_says_no_or_is_deleted_says_that_the_person_lives(sent: str) -> None:
    assert told(fact_of(message(trigger="A08", says="A08", dead=sent))).alive
    assert not told(fact_of(message(trigger="A08", says="A08", dead=sent, died="202604011030"))).alive
    assert not told(fact_of(message(trigger="A08", says="A08"))).alive


def test_a_death_that_its_own_flag_denies_is_in_doubt() -> None:
    fact = fact_of(message(trigger="A08", says="A08", dead="N", died="202604011030"))
    doubts = plausibility.doubts(fact.discharge, fact.person, NOW)
    assert (fact.kind, [doubt.code for doubt in doubts]) == ("person.died", ["death-denied"])


def test_a_moment_of_death_that_cannot_be_read_tells_the_death_in_doubt() -> None:
    fact = fact_of(message(trigger="A08", says="A08", died="20261399"))
    assert (fact.kind, told(fact).code) == ("person.died", "doubtful")


@pytest.mark.parametrize("own", list(Destination))
def test_an_institutions_own_table_says_what_its_codes_mean(own: Destination) -> None:
    habits = Habits(dispositions={"20": own, "77": Destination.DIED})
    fact = read(message(trigger="A08", says="A08", disposition="20"), NOW, habits)
    other = read(message(trigger="A08", says="A08", disposition="77"), NOW, habits)
    assert isinstance(fact, Fact)
    assert isinstance(other, Fact)
    assert fact.kind == ("person.died" if own == "died" else "discharge.corrected")
    assert (other.kind, plausibility.doubts(other.discharge, other.person, NOW)) == ("person.died", ())


@pytest.mark.parametrize("where", ["person", "discharge"])
@pytest.mark.parametrize(
    "death",
    [
        {"deceased": True},
        {"deceasedBoolean": "true"},
        {"deceased_at": "2026-04-01T11:00:00+09:00"},
        {"deceasedDateTime": "2026-04-01T11:00:00+09:00"},
    ],
)
def test_an_event_with_a_field_of_death_is_the_death(where: str, death: dict[str, object]) -> None:
    data = {"person": PERSON, "discharge": DISCHARGE}
    data[where] = {**data[where], **death}
    fact = fact_of(event(data, kind="discharge.corrected"))
    assert fact.kind == "person.died"
    assert (told(fact).until is not None) == ("20" in str(death))
    taken_back = {"person": {**PERSON, "deceased": False}, "discharge": DISCHARGE}
    assert told(fact_of(event(taken_back, kind="discharge.corrected"))).alive


YES = ("Y", "y", "YES", "1", "T", "true", "예", "사망", "D", "Deceased", "1^yes")
NO = ("N", "NO", "0", "F", "FALSE", "아니오", "생존", '""')
NOTHING = ("", "U", "-", "UNK", "없음", "00000000", "?")
UNCLEAR = ("X", "2", "20260401", "미사망", "YN")


@pytest.mark.parametrize("trigger", ["A02", "A08", "A31", "A40"])
@pytest.mark.parametrize("sent", [*YES, *UNCLEAR])
def test_a_flag_in_any_spelling_tells_the_death(trigger: str, sent: str) -> None:
    fact = fact_of(message(trigger=trigger, dead=sent))
    assert fact.kind == "person.died"
    assert fact.discharge is not None
    assert (fact.discharge.death, fact.discharge.alive) == (True, None)


@pytest.mark.parametrize(
    ("flags", "died", "alive", "doubts"),
    [
        (YES, True, None, {}),
        (NO, False, True, {}),
        (NOTHING, False, None, {}),
        (UNCLEAR, True, None, {"PID-30": "flag-unreadable"}),
    ],
)
def test_a_flag_of_a_death_says_yes_no_nothing_or_something_unclear(
    flags: tuple[str, ...], *, died: bool, alive: bool | None, doubts: dict[str, str]
) -> None:
    for sent in flags:
        fact = fact_of(message(dead=sent))
        assert fact.discharge is not None
        read_as = fact.discharge.death, fact.discharge.alive, doubts_of(message(dead=sent))
        assert read_as == (died, alive, doubts), sent
