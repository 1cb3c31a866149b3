"""A restriction of access in the words that a coordinator reads, and the command that answers it."""

from rich.console import Console

from console.cli.cases.show import shown
from console.show import show_case
from tests.console.office import Office
from tests.workflows.town import Town


async def read(office: Office) -> str:
    """What `handoff show` prints about the town's case."""
    console = Console(width=200)
    with console.capture() as captured:
        console.print(*shown(await show_case(office.desk, office.town.case_id)).shown)
    return captured.get()


async def test_the_case_says_that_nobody_is_told_and_its_task_lets_it_go_on(town: Town, office: Office) -> None:
    await town.hospital_tells()
    await town.hospital_tells("discharge.corrected", who=town.somebody(protected=True))
    case = await read(office)
    assert "access is restricted: nobody else is told who it is before a person answers" in case
    assert "the clock stands still: access restricted" in case
    task = await office.task("confirm-restriction")
    assert "ask whether others may be told of the person; --done if so" in case
    await office.answers(f"handoff settle {task['task']} --done --as coordinator")
    case = await read(office)
    assert "restricted: nobody" not in case
    assert "stands still" not in case
    assert "disclosure allowed" in case
