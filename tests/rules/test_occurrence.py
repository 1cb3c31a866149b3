"""When something can have occurred: moments worked out by hand."""

from datetime import datetime, timedelta

import pytest

from handoff.rules.occurrence import FOLLOWS, PLANNED, PRECEDES, STAYS, TO_THE_MINUTE, Seen, impossible
from handoff.timezone import KST
from handoff.vocabulary.states import Earlier
from handoff.vocabulary.words import EventKind

NOW = datetime(2026, 11, 27, 15, 0, tzinfo=KST)  # a Friday
SEEN = Seen(NOW, TO_THE_MINUTE)


def korea(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KST)


@pytest.mark.parametrize("kind", [*PLANNED, *FOLLOWS])
@pytest.mark.parametrize(("moment", "code"), [("2026-11-27T15:01", ""), ("2026-11-27T15:02", "moment-in-future")])
def test_nothing_has_occurred_in_the_future(kind: EventKind, moment: str, code: str) -> None:
    doubt = impossible(kind, korea(moment), {}, SEEN)
    assert (doubt.code if doubt else "") == code


@pytest.mark.parametrize(
    ("kind", "earlier"), [(kind, word) for kind, words in (*FOLLOWS.items(), *STAYS.items()) for word in words]
)
def test_nothing_has_occurred_before_what_it_follows(kind: EventKind, earlier: Earlier) -> None:
    began = korea("2026-11-26T10:00")
    assert impossible(kind, korea("2026-11-26T09:59"), {earlier: began}, SEEN) is None, "minutes are rounded"
    doubt = impossible(kind, korea("2026-11-26T09:58"), {earlier: began}, SEEN)
    assert doubt is not None
    assert doubt.code == "moment-before-cause"
    assert doubt.says == f"{earlier.says} on 2026-11-26 10:00, so it cannot be earlier"


@pytest.mark.parametrize(("kind", "effect"), PRECEDES.items())
def test_nothing_has_occurred_after_what_has_followed_it(kind: EventKind, effect: Earlier) -> None:
    followed = korea("2026-11-26T10:00")
    assert impossible(kind, korea("2026-11-26T10:01"), {effect: followed}, SEEN) is None, "minutes are rounded"
    doubt = impossible(kind, korea("2026-11-26T10:02"), {effect: followed}, SEEN)
    assert doubt is not None
    assert doubt.code == "moment-after-effect"
    assert doubt.says == f"{effect.says} on 2026-11-26 10:00, so it cannot be later"


def test_the_latest_of_what_it_follows_is_named() -> None:
    earlier = {
        Earlier.NOTICE: korea("2026-11-20T10:00"),
        Earlier.LAST_VISIT: korea("2026-11-25T10:00"),
        Earlier.CONSENT: korea("2026-11-21T10:00"),
    }
    for moment, possible in (("2026-11-25T10:00", True), ("2026-11-24T10:00", False), ("2026-11-19T10:00", False)):
        doubt = impossible(EventKind.CASE_CLOSED, korea(moment), earlier, SEEN)
        assert (doubt is None) is possible, moment
        assert possible or (doubt and "2026-11-25 10:00" in doubt.says), moment


@pytest.mark.parametrize(("kind", "planned"), PLANNED.items())
@pytest.mark.parametrize(
    ("planned_at", "moment", "code"),
    [
        ("2026-11-27T16:00", "2026-11-27T09:00", ""),  # earlier on its own day
        ("2026-11-27T00:10", "2026-11-26T23:50", "moment-before-plan"),  # the day before, though minutes apart
        ("2026-11-20T10:00", "2026-11-27T10:00", ""),  # later than planned
        ("2026-12-24T10:00", "2026-11-27T10:00", "moment-before-plan"),  # of next month, today
    ],
)
def test_what_is_planned_is_not_over_before_its_day(
    kind: EventKind, planned: Earlier, planned_at: str, moment: str, code: str
) -> None:
    doubt = impossible(kind, korea(moment), {planned: korea(planned_at)}, SEEN)
    assert (doubt.code if doubt else "") == code
    if doubt:
        assert planned_at.replace("T", " ") in doubt.says


def test_a_demonstration_with_days_of_seconds_has_days_of_seconds() -> None:
    seen, planned_at = Seen(NOW, timedelta(0), scale=10 / 86400), NOW - timedelta(seconds=1)
    told = {seconds: planned_at - timedelta(seconds=seconds) for seconds in (4.9, 5.1)}
    doubts = {
        seconds: impossible(EventKind.VISIT_COMPLETED, moment, {Earlier.VISIT: planned_at}, seen)
        for seconds, moment in told.items()
    }
    assert [doubt is None for doubt in doubts.values()] == [True, False]


@pytest.mark.parametrize(
    ("planned_at", "moment", "left", "code"),
    [
        ("2026-11-26T09:00", "2026-11-26T11:00", "", ""),  # planned before the admission, and told after it
        ("2026-11-26T10:30", "2026-11-26T09:30", "", ""),  # it took place before the admission
        ("2026-11-26T10:30", "2026-11-26T10:30", "", "moment-in-hospital"),
        ("2026-11-27T09:00", "2026-11-27T09:00", "", "moment-in-hospital"),
        ("2026-11-26T12:00", "2026-11-26T12:00", "2026-11-27T08:00", "moment-in-hospital"),
        ("2026-11-26T12:00", "2026-11-27T08:00", "2026-11-27T08:00", ""),  # after the return
        ("2026-11-27T09:00", "2026-11-27T09:00", "2026-11-20T08:00", "moment-in-hospital"),  # the discharge before
    ],
)
def test_no_visit_took_place_while_the_person_was_in_hospital(
    planned_at: str, moment: str, left: str, code: str
) -> None:
    earlier = {Earlier.VISIT: korea(planned_at), Earlier.ADMISSION: korea("2026-11-26T10:00")}
    earlier |= {Earlier.DISCHARGE: korea(left)} if left else {}
    doubt = impossible(EventKind.VISIT_COMPLETED, korea(moment), earlier, SEEN)
    assert (doubt.code if doubt else "") == code
    assert doubt is None or "admitted on 2026-11-26 10:00, and was in hospital then" in doubt.says
    assert impossible(EventKind.VISIT_MISSED, korea(moment), earlier, SEEN) is None
