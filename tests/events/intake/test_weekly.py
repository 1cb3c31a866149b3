"""A provider's word about a week that cannot be is answered, and nothing of it is taken."""

from datetime import timedelta
from typing import Any

import pytest

from handoff.rules.weeks import week_of
from tests.events.desk import PROFILE, Desk, record

BY = "gm-meals-01"


@pytest.mark.parametrize(
    ("week", "missed", "ahead", "code", "place"),
    [
        ("9999-W52", [], 0, "field-invalid", "ce_subject"),
        ("0001-W01", [], 0, "field-invalid", "ce_subject"),
        ("2026-W54", [], 0, "field-invalid", "ce_subject"),
        ("2199-W10", [], 0, "date-senseless", "ce_subject"),  # it has not begun
        ("", [], 20, "date-senseless", "/occurred_at"),
        ("", ["a\u0000b"], 0, "subject-unknown", "/missed"),
        ("", [7], 0, "subject-unknown", "/missed"),
        ("", [{"id": 7}], 0, "field-invalid", "/missed/0"),
    ],
)
async def test_a_word_that_cannot_be_is_answered(
    desk: Desk, week: str, missed: list[Any], ahead: int, code: str, place: str
) -> None:
    data = {"missed": missed, "occurred_at": (desk.now + timedelta(days=ahead)).isoformat()}
    named = week or week_of(desk.now, PROFILE).name
    [taken] = await desk.take(record("visits.confirmed", data, BY, subject=named))
    assert taken.outcome == "rejected"
    [refused] = [letter for kind, letter in await desk.letters(BY) if kind == "notice.rejected"]
    assert (refused["code"], refused["place"]) == (code, place)
