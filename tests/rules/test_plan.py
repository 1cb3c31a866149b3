import tomllib
from datetime import date
from typing import Any

import pytest

from handoff.case.plan_draft import PlanError, PlanLine, draft
from handoff.vocabulary.services import SafetyNeed
from tests.rules.profiles import GWANGMYEONG

DRAFT = """
[[lines]]
service = "meal-delivery"
kind = "series"
quantity = 5
per = "week"
days = 28
urgent = true

[[lines]]
service = "accompaniment"
kind = "on-demand"

[[lines]]
service = "home-visit-korean-medicine"
kind = "series"
quantity = 1
per = "week"
days = 28
safety = ["lifting", "two-visitors"]
prefers = "gm-korean-medicine-07"
keeps = "C7F3.3"
"""


def refused(**changes: Any) -> list[str]:
    line = {"service": "meal-delivery", "kind": "series", "quantity": 5, "per": "week", "days": 28, **changes}
    with pytest.raises(PlanError) as error:
        draft({"lines": [line]}, GWANGMYEONG)
    return [f"{mistake.line} {mistake.key}" for mistake in error.value.mistakes]


def test_a_draft_becomes_lines() -> None:
    assert draft(tomllib.loads(DRAFT), GWANGMYEONG) == (
        PlanLine("meal-delivery", "series", 5, "week", 28, urgent=True),
        PlanLine("accompaniment", "on-demand", 1),
        PlanLine(
            "home-visit-korean-medicine",
            "series",
            1,
            "week",
            28,
            prefers="gm-korean-medicine-07",
            keeps="C7F3.3",
            safety=(SafetyNeed.LIFTING, SafetyNeed.TWO_VISITORS),
        ),
    )


@pytest.mark.parametrize("start", ["2026-12-07", date(2026, 12, 7)])
def test_a_line_may_name_its_start_day_and_its_weekdays(start: object) -> None:
    line = {"service": "meal-delivery", "kind": "series", "quantity": 2, "per": "week", "days": 28}
    [read] = draft({"lines": [{**line, "starts_on": start, "weekdays": ["thu", "mon"]}]}, GWANGMYEONG)
    assert (read.starts_on, read.weekdays) == ("2026-12-07", ("mon", "thu"))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"service": "massage"}, "1 service"),
        ({"kind": "one-off"}, "1 kind"),
        ({"kind": "sometimes"}, "1 kind"),
        ({"per": ""}, "1 per"),
        ({"per": "year"}, "1 per"),
        ({"days": 0}, "1 days"),
        ({"days": "4w"}, "1 days"),
        ({"quantity": 0}, "1 quantity"),
        ({"safety": ["bites"]}, "1 safety.0"),
        ({"safety": "lifting"}, "1 safety"),
        ({"quantity": "5"}, "1 quantity"),
        ({"prefers": "nobody"}, "1 prefers"),
        ({"prefers": "gm-clinic-01"}, "1 prefers"),
        ({"diagnosis": "I63"}, "1 diagnosis"),
        ({"weekdays": ["mon", "thu"]}, "1 weekdays"),  # five a week
        ({"quantity": 2, "weekdays": ["mon", "mon"]}, "1 weekdays"),
        ({"quantity": 2, "weekdays": ["mon", "Thursday"]}, "1 weekdays.1"),
        ({"quantity": 1, "per": "month", "weekdays": ["mon"]}, "1 weekdays"),
        ({"starts_on": "2026-13-07"}, "1 starts_on"),
        ({"starts_on": "next week"}, "1 starts_on"),
        ({"service": "accompaniment", "kind": "on-demand", "starts_on": "2026-12-07"}, "1 starts_on"),
        ({"service": "home-safety", "kind": "one-off", "days": 0}, "1 per"),
        ({"service": "home-visit-medicine", "prefers": "gm-korean-medicine-01"}, "1 prefers"),
    ],
)
def test_a_line_that_cannot_be_delivered_is_refused_by_its_key(changes: dict[str, Any], expected: str) -> None:
    assert expected in refused(**changes)


def test_every_mistake_of_every_line_is_named_at_once() -> None:
    good = {"service": "meal-delivery", "kind": "series", "quantity": 5, "per": "week", "days": 28, "keeps": "C.1"}
    lines = [{**good, "service": "massage"}, {**good, "quantity": 0, "extra": 1}, good, good, "meals"]
    with pytest.raises(PlanError) as error:
        draft({"lines": lines}, GWANGMYEONG)
    found = [(mistake.line, mistake.key) for mistake in error.value.mistakes]
    assert found == [(1, "service"), (2, "quantity"), (2, "extra"), (3, "keeps"), (4, "keeps"), (5, "line")]
    assert "line 1: service: not in the catalogue" in str(error.value)


@pytest.mark.parametrize("raw", [{}, {"lines": []}, {"lines": "meals"}, {"lines": {"service": "meals"}}])
def test_a_plan_without_lines_is_no_plan(raw: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match="at least one line"):
        draft(raw, GWANGMYEONG)
