"""What the commands of somebody on call do."""

from dataclasses import asdict

from temporalio.service import RPCError, RPCStatusCode

from console.cli.order import Answer, Exit
from console.cli.output import table
from console.errors import NotFoundError
from workers.connections import LazyConnections
from workers.failures import known
from workers.oncall.doctor import examine
from workers.oncall.finding import Finding
from workers.oncall.provision import plan
from workflows import namespace

OFF = "off"  # as the setting has it: workers that are not pinned to their build
_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


async def provision(connections: LazyConnections, *, dry_run: bool) -> Answer:
    """Plan all changes, then make them one after the other; each is whole or not made at all.

    Raises:
        PartAwayError, KafkaRefusesError, UnfitError: nothing was changed.
    """
    changes = await plan(connections.settings)
    content = {
        "changes": [{"part": each.part, "what": each.says} for each in changes],
        "done": not dry_run,
    }
    if not changes:
        return Answer(content, ["Nothing differs."])
    if not dry_run:
        for change in changes:
            await change.do()
    word = "would: " if dry_run else "done: "
    return Answer(content, [f"{each.part}: {word}{each.says}" for each in changes])


async def diagnose(connections: LazyConnections, *, quiet: bool, strict: bool) -> Answer:
    """One line a part; exit code 0 unless one fails, or, where it is `strict`, one is worth a warning."""
    found = await examine(connections.settings, lambda error: (known(error) or (0, ""))[1])
    told = [each for each in found if each.state != "ok"] if quiet else found
    bad = {"warn", "fail"} if strict else {"fail"}
    sound = not any(each.state in bad for each in found)
    rows = [_row(each) for each in told]
    shown = [table(("", "Part", "Found", "To do"), rows)] if rows else []
    return Answer([asdict(each) for each in told], shown, Exit.DONE if sound else Exit.FAILED)


async def list_builds(connections: LazyConnections, current: str | None) -> Answer:
    """The builds of the worker that Temporal knows; `current` makes one take the new cases, "off" none of them.

    Raises:
        NotFoundError: no such build has ever polled.
        NotDoneError: Temporal cannot be reached.
    """
    client = await connections.temporal()
    if current:
        try:
            await namespace.make_current(client, "" if current == OFF else current)
        except RPCError as error:
            if error.status not in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION):
                raise
            raise NotFoundError(
                f"No worker of build {current} asks for work: start it with HANDOFF_WORKER_VERSIONING=pinned, "
                "then try again. `handoff builds` lists those that are known."
            ) from error
    found = await namespace.builds(client)
    if not found:
        return Answer([], ["No worker was started with HANDOFF_WORKER_VERSIONING=pinned yet."])
    rows = [(each.build, _takes(each)) for each in found]
    return Answer([asdict(each) for each in found], [table(("Build", ""), rows)])


def _takes(build: namespace.Build) -> str:
    if build.current:
        return "takes new cases"
    if not build.used:
        return f"takes no cases yet: `handoff builds --current {build.build}` gives it the new ones"
    return "still has open cases: keep its worker" if build.draining else "has no open cases: its worker may go"


def _row(finding: Finding) -> tuple[str, ...]:
    style = _STYLES[finding.state]
    return f"[{style}]{finding.state}[/]", finding.part, finding.says, finding.do
