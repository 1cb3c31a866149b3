"""A case that is terminated, reset or deleted in Temporal's pages is named by the next look, or it goes on."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from google.protobuf.duration_pb2 import Duration
from sqlalchemy import text, update
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from handoff.repeat import until
from handoff.store import losses, tables
from handoff.store.engine import connect
from handoff.store.losses import Loss, Marked
from handoff.vocabulary.losses import WorkflowLoss
from tests.events.desk import NOW, Desk
from tests.store.databases import create, migrated
from tests.workflows.lost import archive, begun_cases, deleted, put_away, reset, task, terminated, watch
from tests.workflows.story import assessed
from tests.workflows.town import POLL, Town
from workflows.client import TASK_QUEUE, workflow_id
from workflows.discharge_handoff import DischargeHandoff
from workflows.losses import LossWatch, standing
from workflows.messages import Begin
from workflows.rewind import RESTORED
from workflows.runs import BEGINS_AGAIN, LastRun, Runs

MANY = 200  # open cases when Temporal's database is lost
DAY = timedelta(days=1)


@pytest.fixture
async def open_town(town: Town) -> AsyncIterator[Town]:
    """A case that is open and assessed; nothing of it is left for other tests."""
    await assessed(town)
    yield town
    await put_away(town)


async def lost(town: Town) -> str:
    return str((await town.record()).lost)


# by what people click


async def test_a_terminated_case_is_named_and_the_duty_officer_gets_a_task(open_town: Town) -> None:
    town = open_town
    await terminated(town)
    await watch(town).look()
    row = await town.record()
    assert (row.lost, row.lost_at) == ("terminated", town.now)
    opened = await task(town)
    assert (opened.owner, opened.about) == ("duty-officer", {"loss": "terminated"})
    assert opened.due_at == town.now + losses.REBUILT_WITHIN


async def test_a_deleted_case_is_named(open_town: Town) -> None:
    await deleted(open_town)
    await watch(open_town).look()
    assert await lost(open_town) == "no-workflow"


async def test_a_terminated_case_is_named_by_the_list_of_ended_runs_too(open_town: Town) -> None:
    """With very many open cases their pages come round late, and the list of what ended does not."""
    town = open_town
    await terminated(town)
    await until(lambda: kept(town), POLL)
    assert await lost(town) == "terminated"
    assert (await task(town)).owner == "duty-officer"


async def test_a_case_that_was_reset_is_named_though_it_runs(open_town: Town) -> None:
    town = open_town
    await reset(town)
    await until(lambda: kept(town), POLL)
    assert await lost(town) == "was-reset"
    await watch(town).look()
    assert await lost(town) == "was-reset"  # the run is the same one, so nothing has mended it


async def test_a_terminated_case_that_somebody_resets_runs_again_and_is_named_for_that(open_town: Town) -> None:
    town = open_town
    await terminated(town)
    await watch(town).look()
    await reset(town)
    await watch(town).look()
    assert await lost(town) == "was-reset"
    assert (await task(town)).about == {"loss": "was-reset"}


@pytest.mark.parametrize("reason", [RESTORED, BEGINS_AGAIN])
async def test_what_the_comparison_after_a_restore_ends_is_no_loss(open_town: Town, reason: str) -> None:
    town = open_town
    await (reset(town, reason) if reason == RESTORED else terminated(town, reason))
    await until(lambda: kept(town), POLL)
    assert await lost(town) == ""


async def kept(town: Town) -> bool:
    return await archive(town).keep_ended() > 0


# what is no loss


async def test_a_rebuilt_case_is_named_no_longer_and_its_task_is_closed(open_town: Town) -> None:
    town = open_town
    await terminated(town)
    await watch(town).look()
    await begun_anew(town)
    await watch(town).look()
    assert (await lost(town), await task(town)) == ("", None)


async def test_a_mark_that_is_wrong_is_taken_back_by_the_next_look(open_town: Town) -> None:
    town = open_town
    async with town.desk.engine.begin() as conn:
        mark = losses.Loss(town.case_id, WorkflowLoss.TERMINATED, "another run", f"T-{town.case_id}")
        assert await losses.mark(conn, [mark], town.now) == [town.case_id]
    await watch(town).look()
    assert (await lost(town), await task(town)) == ("", None)


async def test_a_case_lost_again_after_it_was_rebuilt_is_a_new_task(open_town: Town) -> None:
    town = open_town
    await terminated(town)
    await watch(town).look()
    first = (await task(town)).task_id
    await begun_anew(town)
    await watch(town).look()
    town.speak()
    await terminated(town)
    await watch(town).look()
    assert await lost(town) == "terminated"
    assert (await task(town)).task_id != first


async def begun_anew(town: Town) -> None:
    await town.env.client.start_workflow(
        DischargeHandoff.run,
        Begin(town.case_id, one_by_one=True, actions_first=True),
        id=workflow_id(town.case_id),
        task_queue=TASK_QUEUE,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
    )


async def test_a_task_that_an_earlier_build_let_wait_for_a_death_is_closed_for_good(open_town: Town) -> None:
    town = open_town
    await terminated(town)
    await watch(town).look()
    first = (await task(town)).task_id
    async with town.desk.engine.begin() as conn:
        waits = update(tables.tasks).where(tables.tasks.c.task_id == first)
        await conn.execute(waits.values(closed_at=town.now, closed_by="death"))
        await losses.mark(conn, [Loss(town.case_id, WorkflowLoss.MISSING, "", "T-more", "terminated")], town.now)
    assert (await task(town)).task_id == "T-more"
    async with town.desk.engine.begin() as conn:
        await conn.execute(waits.values(closed_at=town.now, closed_by="death"))
        await losses.clear(conn, [town.case_id], town.now, "kim")
    rebuilding = [row for row in await town.rows(tables.tasks) if row.kind == "rebuild-case"]
    assert {row.closed_by for row in rebuilding} == {"kim"}


async def test_while_temporal_is_away_nothing_is_marked(open_town: Town) -> None:
    town = open_town
    away = await Client.connect("127.0.0.1:1", lazy=True)
    with pytest.raises((RPCError, RuntimeError)):
        await LossWatch(town.desk.engine, town.desk.vault, Runs(away), lambda: town.now).look()
    assert await lost(town) == ""


async def test_without_its_namespace_nothing_is_marked(open_town: Town) -> None:
    town = open_town
    config = town.env.client.config()
    config["namespace"] = "nowhere"
    elsewhere = LossWatch(town.desk.engine, town.desk.vault, Runs(Client(**config)), lambda: town.now)
    with pytest.raises(RPCError):
        await elsewhere.look()
    assert await lost(town) == ""


async def test_a_case_that_was_not_begun_is_not_lost(open_town: Town) -> None:
    town = open_town
    await deleted(town)
    async with town.desk.engine.begin() as conn:
        await conn.execute(text("UPDATE facts SET told_at = NULL WHERE case_id = :case"), {"case": town.case_id})
    await watch(town).look()
    assert await lost(town) == ""


async def test_a_closed_case_is_not_lost(open_town: Town) -> None:
    town = open_town
    await town.closes("outcome-opened-in-error")
    await town.ended()
    await deleted(town)
    await watch(town).look()
    assert await lost(town) == ""


async def test_a_run_that_the_archive_finds_ended_is_no_loss_if_the_case_is_closed_meanwhile(open_town: Town) -> None:
    town = open_town
    await terminated(town)
    [ended] = await Runs(town.env.client).back_to(town.case_id, ())
    async with town.desk.engine.connect() as other:
        await other.execute(text("UPDATE cases SET closed_at = now() WHERE case_id = :case"), {"case": town.case_id})
        async with town.desk.engine.begin() as conn:
            noting = asyncio.create_task(watch(town).ended(conn, [ended]))
            await asyncio.sleep(0.3)
            assert not noting.done()  # the row is locked
            await other.commit()
            await noting
    assert (await lost(town), await task(town)) == ("", None)


@pytest.mark.parametrize(
    ("mark", "last", "found"),
    [
        (("", ""), None, "no-workflow"),
        (("", ""), LastRun("", "r1"), None),
        (("", ""), LastRun("failed", "r1"), "failed"),
        (("", ""), LastRun("timed-out", "r1"), "timed-out"),
        (("", ""), LastRun("canceled", "r1"), "canceled"),
        (("", ""), LastRun("completed", "r1"), "completed"),  # its end is in the record before it ends in Temporal
        (("", ""), LastRun("continued-as-new", "r1"), None),
        (("terminated", "r1"), LastRun("", "r1"), "was-reset"),
        (("terminated", "r1"), LastRun("", "r2"), None),
        (("no-workflow", ""), LastRun("", "r2"), None),
        (("was-reset", "r1"), LastRun("terminated", "r1"), "terminated"),
    ],
)
def test_a_loss_is_told_by_the_last_run(mark: tuple[str, str], last: LastRun | None, found: str | None) -> None:
    assert standing(Marked("C1", *mark, carried=True), last) == found
    assert standing(Marked("C1", *mark, carried=False), last) is None


# a whole database


@pytest.fixture
async def many(postgres_url: str) -> AsyncIterator[Desk]:
    """A municipality with 200 open cases."""
    url = await create(postgres_url, "losses", like=await migrated(postgres_url))
    desk = Desk(connect(url), url)
    await begun_cases(desk, MANY)
    yield desk
    await desk.engine.dispose()


async def test_with_temporals_database_gone_one_look_names_every_case_and_a_second_changes_nothing(
    many: Desk, env: WorkflowEnvironment
) -> None:
    anew = LossWatch(many.engine, many.vault, Runs(await emptied(env)), lambda: NOW)
    await anew.look()
    rows = await many.rows(tables.cases)
    assert {row.lost for row in rows} == {"no-workflow"}
    assert len(await many.rows(tables.tasks)) == MANY
    await anew.look()
    assert await many.rows(tables.cases) == rows
    assert len(await many.rows(tables.tasks)) == MANY


async def test_a_temporal_that_is_replaced_while_the_worker_runs_is_compared_as_a_whole(
    many: Desk, env: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.losses._PAGE", 20)
    monkeypatch.setattr("workflows.losses._MARKED", 20)
    looking = LossWatch(many.engine, many.vault, Runs(await emptied(env)), lambda: NOW)
    await looking.look()
    async with many.engine.begin() as conn:
        await losses.clear(conn, [row.case_id for row in await many.rows(tables.cases)], NOW, "kim")
    await looking.look()  # the same Temporal: one page
    assert sum(bool(row.lost) for row in await many.rows(tables.cases)) == 20
    replaced = LossWatch(many.engine, many.vault, Runs(await emptied(env)), lambda: NOW)
    replaced._whole = False  # it has run for long  # noqa: SLF001
    await replaced.look()
    assert all(row.lost for row in await many.rows(tables.cases))


async def test_every_page_has_its_turn(many: Desk, env: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.losses._PAGE", 60)
    looking = LossWatch(many.engine, many.vault, Runs(await emptied(env)), lambda: NOW)
    await looking.look()
    async with many.engine.begin() as conn:
        await losses.clear(conn, [row.case_id for row in await many.rows(tables.cases)], NOW, "kim")
    for _ in range(4):
        await looking.look()
    assert all(row.lost for row in await many.rows(tables.cases))


_NAMES = iter(range(1000))


async def emptied(env: WorkflowEnvironment) -> Client:
    """Temporal with a database made anew: another namespace, without any run."""
    name, kept = f"emptied-{next(_NAMES)}", Duration()
    kept.FromTimedelta(DAY)
    register = RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=kept)
    await env.client.workflow_service.register_namespace(register)
    config = env.client.config()
    config["namespace"] = name
    client = Client(**config)

    async def ready() -> bool:
        try:
            await Runs(client).running()
        except RPCError:
            return False
        return True

    await until(ready, POLL)
    return client
