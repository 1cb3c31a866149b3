"""What a case writes that takes over another one of the same person."""

from typing import Any

from tests.activities.chart import Chart


async def absorbs(chart: Chart, other: str, **body: Any) -> None:
    fact = await chart.told("case.absorbed", {"code": other, "who": "kim", **body}, "desk")
    await chart.write("case_absorbed", code=other, who="kim", fact=fact)


async def points(chart: Chart) -> list[tuple[str, str]]:
    return [(point["code"], point["place"]) for point in (await chart.tasks())["joined-case"].about["settle"]]


async def test_a_word_that_was_answered_in_the_other_case_is_named_and_not_asked_about(chart: Chart) -> None:
    other = await chart.ward.admitted()
    await absorbs(chart, other.case, answered=[{"kind": "person.died", "sender": "seoul-hospital"}])
    assert await points(chart) == [("word-answered", "seoul-hospital")]
