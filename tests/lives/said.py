"""How a thing is said in a life, and what its record is asked for before."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.lives.life import Life

DESK = "desk"
HOURS = timedelta(hours=1)
Deed = Callable[[], None]
Deeds = Iterator[tuple[float, Deed]]  # how likely, and what is done


def says(life: "Life", kind: str, who: str, subject: str = "", **said: Any) -> Deed:
    """An institution says it, or somebody at the desk types it in."""

    def does() -> None:
        if life.draw.random() < 0.25:
            life.acts(kind, subject, **said)
        else:
            life.tells(kind, who, subject, **said)

    return does


def moment(life: "Life", *hours: float) -> Any:
    """A moment so many hours from now: one of these."""
    return life.driver.now + life.draw.choice(hours) * HOURS


def case_row(life: "Life") -> dict[str, Any]:
    """The case's own row."""
    return life.twin.rows("cases")[0]


def discharge(life: "Life", kind: str, who: str, consent: str = "") -> None:
    """An institution tells of a discharge: when it was, or will be."""
    code = "expected" if kind == "discharge.expected" or life.draw.random() < 0.15 else "actual"
    until = moment(life, 5, 30, 100) if code == "expected" else moment(life, -2, -20, -70, 1, 20)
    if life.draw.random() < 0.05:
        until, code = None, ""
    life.tells(kind, who, code=code, until=until, consent=consent)


def centre(life: "Life") -> str:
    """The community centre that assesses."""
    return str(life.profile.assessor_of(case_row(life)["district"]))


def running_clocks(life: "Life") -> set[str]:
    """Names of the clocks that have not ended."""
    return {row["name"] for row in life.twin.rows("clocks") if row["ended_at"] is None}


def open_tasks(life: "Life") -> list[dict[str, Any]]:
    """Tasks that nobody has closed."""
    return [row for row in life.twin.rows("tasks") if row["closed_at"] is None]
