"""The worker of production in a municipality with room for everybody: `python -m tests.benchmarks.our_worker`."""

from functools import cache

from handoff.profile.limits import Calendar
from handoff.profile.load import load
from handoff.profile.model import Profile
from handoff.store.engine import SessionSettings, connect
from workers.data_folder.institutions import CurrentProfile
from workers.process import run, until_told_to_stop
from workers.settings import Settings
from workers.worker import a_worker, connect_when_up

ROOM = 1000  # times the capacity


@cache
def wide() -> Profile:
    """Gwangmyeong with a calendar that always works, and providers who always have room."""
    profile = load("gwangmyeong")
    roomy = tuple(each.model_copy(update={"capacity": each.capacity * ROOM}) for each in profile.providers)
    changes = {"code": "wide", "calendar": Calendar(works="always"), "providers": roomy}
    return profile.model_copy(update=changes)


class _Wide(CurrentProfile):
    def __call__(self) -> Profile:
        return wide()


class Roomy(Settings):
    """Production's settings, for this municipality."""

    def municipality_now(self) -> CurrentProfile:
        """Always the same."""
        return _Wide(self.data, self.profile)


async def worker() -> None:
    """Carry cases until told to stop."""
    settings = Roomy()
    carrying = a_worker(
        await connect_when_up(settings), connect(settings.postgres, session=SessionSettings(plan_once=True)), settings
    )
    await until_told_to_stop(carrying=carrying.run())
    await carrying.shutdown()


if __name__ == "__main__":
    run("our-worker", worker)
