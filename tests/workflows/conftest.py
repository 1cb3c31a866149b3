import itertools
from collections.abc import AsyncIterator, Mapping

import pytest
from temporalio.testing import WorkflowEnvironment
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.case_record import CaseRecord
from handoff.profile.limits import Calendar
from handoff.profile.load import load
from handoff.profile.model import Profile
from handoff.store.engine import connect
from handoff.vocabulary.services import Namer
from tests.events.desk import Desk
from tests.store.databases import create, migrated
from tests.workflows.cases_worker import carrying
from tests.workflows.record_histories import keep, recording
from tests.workflows.town import Town
from workers.embedded.temporal import DYNAMIC, SEARCH_ATTRIBUTES, binary
from workflows.client import Handoffs
from workflows.payloads import PAYLOADS
from workflows.steps import stepped

SKIPPING = {"frontend.WorkflowTimeSkippingEnabled": "true", "history.timerProcessorMaxTimeShift": '"1ms"'}
# How soon what was deleted is gone; by default half a minute later.
FORGETTING = {
    "history.transferProcessorUpdateAckInterval": '"200ms"',
    "history.visibilityProcessorUpdateAckInterval": '"200ms"',
}
WIDE = 50  # times the capacity, for all the cases of a session live in one town
_NUMBERS = itertools.count()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "history(name): its case's history is kept under tests/workflows/histories")


@pytest.fixture(scope="session")
async def env() -> AsyncIterator[WorkflowEnvironment]:
    """A real Temporal server with a clock of its own for every case."""
    settings = _flags("--dynamic-config-value", {**DYNAMIC, **SKIPPING, **FORGETTING})
    searched = _flags("--search-attribute", SEARCH_ATTRIBUTES)
    async with await WorkflowEnvironment.start_time_skipping_v2(
        data_converter=PAYLOADS,
        dev_server_existing_path=binary(),
        dev_server_extra_args=[*settings, *searched, "--log-level", "error"],
    ) as running:
        yield running


def _flags(flag: str, pairs: Mapping[str, str]) -> list[str]:
    return [word for key, value in pairs.items() for word in (flag, f"{key}={value}")]


@pytest.fixture(scope="session")
async def town_desk(postgres_url: str) -> AsyncIterator[Desk]:
    url = await create(postgres_url, f"town_{next(_NUMBERS)}", like=await migrated(postgres_url))
    engine = connect(url)
    yield Desk(engine, url)
    await engine.dispose()


@pytest.fixture(scope="session")
def profiles() -> Mapping[str, Profile]:
    """Gwangmyeong's calendar, and one that always works, so that a test may run on a Sunday.

    In both the engine proposes first visits; in `named`, whose calendar always works, providers name them.
    """
    statutory = load("gwangmyeong")
    wide = tuple(each.model_copy(update={"capacity": each.capacity * WIDE}) for each in statutory.providers)
    changes = {"code": "always", "calendar": Calendar(works="always"), "providers": wide}
    always = statutory.model_copy(update=changes)
    proposing = {"visits": statutory.visits.model_copy(update={"first_visit": Namer.ENGINE})}
    return {
        "gwangmyeong": statutory.model_copy(update=proposing),
        "always": always.model_copy(update=proposing),
        "named": always.model_copy(update={"code": "named"}),
    }


@pytest.fixture(scope="session")
async def worker(env: WorkflowEnvironment, town_desk: Desk, profiles: Mapping[str, Profile]) -> AsyncIterator[None]:
    record = CaseRecord(
        town_desk.engine, town_desk.vault, lambda code, _: profiles[code], lambda: town_desk.now, stepped
    )
    passed_through = SandboxRestrictions.default.with_passthrough_modules("handoff", "activities")
    async with carrying(env.client, record, SandboxedWorkflowRunner(restrictions=passed_through)):
        yield


@pytest.fixture
async def town(
    env: WorkflowEnvironment,
    worker: None,
    town_desk: Desk,
    profiles: Mapping[str, Profile],
    request: pytest.FixtureRequest,
) -> AsyncIterator[Town]:
    town = Town(town_desk, env, Handoffs(env.client), profiles["always"])
    yield town
    marker = request.node.get_closest_marker("history")
    if marker and recording():
        keep(marker.args[0], await town.history())


@pytest.fixture
def statutory_town(town: Town, profiles: Mapping[str, Profile]) -> Town:
    """The same town on Gwangmyeong's own calendar."""
    town.profile = profiles["gwangmyeong"]
    return town


@pytest.fixture
def naming_town(town: Town, profiles: Mapping[str, Profile]) -> Town:
    """The same town, where providers name their first visits."""
    town.profile = profiles["named"]
    return town
