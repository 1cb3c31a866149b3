"""What the habits of a sender change in the reading of its messages."""

import pytest

from events.readers import read
from events.readers.fields import fields_read
from handoff.fact import Fact, NoEffect, Unreadable
from handoff.profile.register import USUAL, Habits
from handoff.vocabulary.states import Destination
from handoff.vocabulary.words import EventKind
from tests.events.readers.told import NOW, adt, message

STAMPED = Habits(event_stamped=True)
FILTER = Habits(ignored=("A08", "A31", "R01", "A60"))


@pytest.mark.parametrize(
    ("trigger", "stamp", "kind"),
    [
        ("A03", "A04", EventKind.DISCHARGE_NOTIFIED),
        ("A03", "A01", EventKind.DISCHARGE_NOTIFIED),
        ("A13", "A03", EventKind.DISCHARGE_CANCELLED),
        ("A01", "A04", EventKind.ADMISSION_OCCURRED),
        ("A08", "A31", EventKind.DISCHARGE_CORRECTED),
    ],
)
def test_a_stamped_event_contradicts_nothing(trigger: str, stamp: str, kind: EventKind) -> None:
    sent = message(trigger=trigger, says=stamp)
    usual, fact = read(sent, NOW), read(sent, NOW, STAMPED)
    assert isinstance(usual, Fact)
    assert isinstance(fact, Fact)
    assert "event-differs" in [doubt.code for doubt in usual.doubts]
    assert (fact.kind, fact.doubts) == (kind, ())


def test_a_correction_stamped_as_one_of_the_person_moves_the_stay() -> None:
    fact = read(message(trigger="A08", says="A31"), NOW, STAMPED)
    assert isinstance(fact, Fact)
    assert fact.discharge is not None
    assert fact.discharge.discharged_at is not None


@pytest.mark.parametrize("trigger", ["A02", "A04", "A05", "A12"])
def test_a_stamp_makes_no_work_of_what_has_no_effect(trigger: str) -> None:
    sent = message(trigger=trigger, says="A03")
    assert isinstance(read(sent, NOW), Fact)
    assert isinstance(read(sent, NOW, STAMPED), NoEffect)


def test_a_stamp_is_no_trigger_event() -> None:
    refused = read(message(adt(says="A03").replace(b"ADT^A03", b"ADT")), NOW, STAMPED)
    assert isinstance(refused, Unreadable)
    assert refused.code == "type-unknown"


@pytest.mark.parametrize("trigger", ["A08", "A31", "A60"])
def test_a_filter_passes_over_what_it_names(trigger: str) -> None:
    assert isinstance(read(message(trigger=trigger), NOW, FILTER), NoEffect)


def test_a_filter_passes_over_messages_of_another_type() -> None:
    result = adt(trigger="R01").replace(b"ADT^R01", b"ORU^R01")
    assert isinstance(read(message(result), NOW), Unreadable)
    assert isinstance(read(message(result), NOW, FILTER), NoEffect)


@pytest.mark.parametrize(
    ("fields", "habits"),
    [
        ({"trigger": "A03"}, FILTER),
        ({"trigger": "A08", "says": "A03"}, FILTER),
        ({"trigger": "A03", "says": "A08"}, FILTER),
        ({"trigger": "A08"}, USUAL),
        ({"trigger": "A08", "dead": "Y"}, FILTER),
        ({"trigger": "A08", "died": "202604010900"}, FILTER),
        ({"trigger": "A31", "dead": "y"}, FILTER),
        ({"trigger": "A08", "disposition": "20"}, FILTER),
        ({"trigger": "A08", "disposition": "41"}, FILTER),
        ({"trigger": "A08", "disposition": "09^사망"}, FILTER),
        ({"trigger": "A08", "disposition": "expired"}, FILTER),
        ({"trigger": "A08", "disposition": "D9"}, Habits(ignored=("A08",), dispositions={"D9": Destination.DIED})),
        (
            {"trigger": "A08", "disposition": "D1^expired"},
            Habits(ignored=("A08",), dispositions={"D1": Destination.HOME}),
        ),
    ],
)
def test_a_filter_never_passes_over_a_death_or_another_event(fields: dict[str, str], habits: Habits) -> None:
    assert isinstance(read(message(**fields), NOW, habits), Fact)


@pytest.mark.parametrize("trigger", ["A08", "A31", "A60"])
@pytest.mark.parametrize("flag", [b"PD1||||||||||||Y\r", b"ARV|1|A|DEM\r"])
def test_a_filter_never_passes_over_a_restriction_and_no_date_of_it_counts(trigger: str, flag: bytes) -> None:
    result = read(message(adt(trigger=trigger) + flag), NOW, FILTER)
    assert isinstance(result, Fact)
    assert (result.kind, result.restricted != "") == ("discharge.corrected", True)
    assert result.discharge is not None
    assert result.discharge.discharged_at is None


def test_a_code_for_a_death_that_means_something_else_here_is_passed_over() -> None:
    own = Habits(ignored=("A08",), dispositions={"20": Destination.HOME})
    assert isinstance(read(message(trigger="A08", disposition="20"), NOW, own), NoEffect)


def test_a_stamped_event_does_not_keep_a_filter_from_its_event() -> None:
    own = Habits(ignored=("A08",), event_stamped=True)
    assert isinstance(read(message(trigger="A08", says="A03"), NOW, own), NoEffect)


def test_the_fields_of_a_message_are_shown_as_its_senders_habits_read_them() -> None:
    sent = message(trigger="A08", says="A31")

    def shown(habits: Habits) -> list[str]:
        fields = fields_read(sent, read(sent, NOW, STAMPED), NOW, habits).fields
        return [field.place for field in fields if field.ours == "discharge.discharged_at"]

    assert shown(STAMPED) == ["PV1-45"]
    assert shown(USUAL) == []


@pytest.mark.parametrize("stamp", ["ADT", "ADT_A08", "퇴원", "08", "A08", ""])
def test_a_filter_passes_an_event_over_beside_a_stamp_that_names_none(stamp: str) -> None:
    assert isinstance(read(message(trigger="A08", says=stamp), NOW, FILTER), NoEffect)
    assert isinstance(read(message(trigger="A08", says="A03"), NOW, FILTER), Fact)
