"""A provider that has lost a line, or never had it, changes nothing of it: neither visits, nor rhythm, nor its end."""

from datetime import timedelta
from typing import Any

import pytest

from handoff.store.tables import plan_lines
from tests.activities.chart import Chart
from tests.activities.test_rhythm_changes import FIRST, served

OTHER = "gm-meals-01"


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("visit_moved", {"until": FIRST + timedelta(days=1)}),
        ("rhythm_changed", {"code": "weekdays"}),
        ("offer_partly_accepted", {"code": "quantity", "quantity": 1}),
        ("offer_changed_mind", {"code": "cannot-go-on"}),
        ("service_ended", {"code": "other"}),
        ("service_end_set", {"code": "other", "until": FIRST + timedelta(days=4)}),
    ],
)
async def test_another_provider_changes_nothing_of_a_line(chart: Chart, what: str, fields: dict[str, Any]) -> None:
    line, offer = await served(chart)
    visit = await chart.write("visit_planned", line)
    before = await chart.rows(plan_lines), await chart.visits(), await chart.referrals()
    fact = await chart.told("referral.changed", {"weekdays": ["mon", "thu"]}, OTHER)
    result = await chart.write(what, line, fact=fact, who=OTHER, **fields)
    assert result.verdict == "gone"
    assert (await chart.letters(OTHER, "notice.rejected"))[0]["code"] in ("offer-gone", "visit-gone")
    assert (await chart.rows(plan_lines), await chart.visits(), await chart.referrals()) == before
    assert (await chart.write("visit_planned", line)).subject == visit.subject
    assert result.subject in ("", offer)
