"""Words without a visit number that are about another stay than those of the case never change it by themselves."""

from typing import Any

import pytest

from events.intake.resolve import Resolver, Settlement
from events.readers import InboundRecord
from handoff.store import tables
from tests.events.desk import PROFILE, Desk, notice, person, record

WHO = person(patient_number="88-1", registration_number=None)
STAY = {"reference": None, "admitted_at": "2026-04-20T10:00:00+09:00"}


def word(kind: str, **moments: str) -> InboundRecord:
    """A word of the hospital that names the patient, but no stay: day and hour of each moment."""
    stay = {f"{name}_at": f"2026-{moment}:00:00+09:00" for name, moment in moments.items()}
    return record(kind, {"person": WHO, "discharge": stay}, time="2026-05-30T12:00:00+09:00")


def first(**stay: Any) -> InboundRecord:
    return notice(who=WHO, discharge={**STAY, **stay})


ADMITTED_AGAIN = word("admission.occurred", admitted="05-10T09")
# The words before it, the word, and what becomes of it. The case: admitted on 20 April, discharged on 4 May.
ROWS: list[tuple[str, list[InboundRecord], InboundRecord, str]] = [
    ("corrected", [], word("discharge.corrected", admitted="04-20T11", discharged="05-03T10"), "entered"),
    ("corrected without admission", [], word("discharge.corrected", discharged="05-03T10"), "entered"),
    ("an older stay", [], word("discharge.corrected", admitted="01-10T10", discharged="01-20T10"), "held"),
    ("an older discharge", [], word("discharge.corrected", discharged="01-20T10"), "held"),
    ("a later stay", [], word("discharge.corrected", admitted="05-10T09", discharged="05-15T10"), "held"),
    ("a later notice", [], word("discharge.notified", admitted="05-10T09", discharged="05-15T10"), "held"),
    ("an older notice", [], word("discharge.notified", admitted="01-10T10", discharged="01-20T10"), "held"),
    ("the same notice", [], word("discharge.notified", admitted="04-20T10", discharged="05-04T10"), "joined"),
    ("a return", [ADMITTED_AGAIN], word("discharge.notified", admitted="05-10T09", discharged="05-15T10"), "joined"),
    ("an older cancellation", [], word("discharge.cancelled", admitted="01-10T10"), "held"),
    ("a cancellation", [], word("discharge.cancelled", admitted="04-20T10"), "entered"),
    ("a cancellation without moments", [], word("discharge.cancelled"), "entered"),
    ("a readmission", [], ADMITTED_AGAIN, "entered"),
    ("an older admission", [], word("admission.occurred", admitted="01-10T10"), "entered"),  # it changes nothing
    ("cancelled again", [ADMITTED_AGAIN], word("admission.cancelled", admitted="05-10T09"), "entered"),
    ("an older one cancelled", [ADMITTED_AGAIN], word("admission.cancelled", admitted="01-10T10"), "held"),
]


@pytest.fixture(autouse=True)
def late_in_may(desk: Desk) -> None:
    desk.passes(days=27)


async def check(desk: Desk, outcome: str) -> None:
    [codes] = [[point["code"] for point in task.about["settle"]] for task in await desk.rows(tables.tasks)] or [[]]
    assert codes == (["another-stay"] if outcome == "held" else [])


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(("_name", "before", "said", "outcome"), ROWS, ids=[row[0] for row in ROWS])
async def test_a_word_of_another_stay_is_a_persons_task(
    _name: str, before: list[InboundRecord], said: InboundRecord, outcome: str, *, together: bool, desk: Desk
) -> None:
    words = [first(), *before, said]
    outcomes = (
        await desk.outcomes(*words)
        if together
        else [result for arrival in words for result in await desk.outcomes(arrival)]
    )
    assert outcomes == ["opened", *["entered"] * len(before), outcome]
    await check(desk, outcome)


NEWS = [row for row in ROWS if row[2].headers[1][1] != b"discharge.notified" and not row[1]]


@pytest.mark.parametrize(("_name", "_before", "said", "outcome"), NEWS, ids=[row[0] for row in NEWS])
async def test_a_word_that_came_before_the_case_is_compared_too(
    _name: str, _before: list[InboundRecord], said: InboundRecord, outcome: str, desk: Desk
) -> None:
    assert await desk.outcomes(said) == ["early"]
    await desk.take(first())
    [early, _] = await desk.rows(tables.facts)
    assert early.state == {"entered": "numbered"}.get(outcome, outcome)
    await check(desk, outcome)


async def test_a_notice_that_named_no_admission_is_corrected_by_one_that_does(desk: Desk) -> None:
    correction = word("discharge.corrected", admitted="04-20T10", discharged="05-03T10")
    assert await desk.outcomes(first(admitted_at=None), correction) == ["opened", "entered"]
    later = word("discharge.corrected", admitted="05-10T10", discharged="05-15T10")
    assert await desk.outcomes(later) == ["held"]


async def test_a_person_who_knows_better_lets_the_word_count(desk: Desk) -> None:
    [opened, held] = await desk.take(first(), word("discharge.corrected", admitted="05-10T09", discharged="05-15T10"))
    settlement = Settlement(held.task_id, "kim", "same", opened.case_id)
    assert (await Resolver(desk.engine, desk.vault, PROFILE).resolve(settlement, desk.now)).outcome == "entered"
