"""What the commands `provision`, `doctor` and `builds` do."""

from dataclasses import asdict

from rich.text import Text
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

OFF = "off"  # as in the setting: workers that are not pinned to their build
_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


async def provision(connections: LazyConnections, *, dry_run: bool) -> Answer:
    """Plan all changes, then make them one after the other, each completely or not at all.

    Raises:
        PartAwayError, KafkaRefusesError, UnfitError: nothing was changed.
    """
    changes = await plan(connections.settings)
    content = {
        "changes": [{"part": change.part, "what": change.says} for change in changes],
        "done": not dry_run,
    }
    if not changes:
        return Answer(content, ["Everything is set up already."])
    if not dry_run:
        for change in changes:
            await change.do()
    word = "would: " if dry_run else "done: "
    return Answer(content, [f"{change.part}: {word}{change.says}" for change in changes])


async def diagnose(connections: LazyConnections, *, quiet: bool, strict: bool) -> Answer:
    """One line for each finding; exit code 1 if one is `fail`, or, if `strict`, `warn`."""
    findings = await examine(connections.settings, lambda error: (known(error) or (0, ""))[1])
    listed = [finding for finding in findings if finding.state != "ok"] if quiet else findings
    bad = {"warn", "fail"} if strict else {"fail"}
    sound = not any(finding.state in bad for finding in findings)
    rows = [_row(finding) for finding in listed]
    shown = [table(("", "Part", "Found", "To do"), rows)] if rows else []
    return Answer([asdict(finding) for finding in listed], shown, Exit.DONE if sound else Exit.FAILED)


async def list_builds(connections: LazyConnections, current: str | None) -> Answer:
    """The worker's builds that Temporal knows. `current`: the build to take new cases; "off": unpinned workers.

    Raises:
        NotFoundError: no worker of this build has ever polled.
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
                f"No worker of build {current} has polled: start one with HANDOFF_WORKER_VERSIONING=pinned, "
                "then try again. `handoff builds` lists the known builds."
            ) from error
    builds = await namespace.builds(client)
    if not builds:
        return Answer([], ["No worker was started with HANDOFF_WORKER_VERSIONING=pinned yet."])
    rows = [(build.build, _takes(build)) for build in builds]
    return Answer([asdict(build) for build in builds], [table(("Build", ""), rows)])


def _takes(build: namespace.Build) -> str:
    if build.current:
        return "takes new cases"
    if not build.used:
        return f"takes no cases yet: `handoff builds --current {build.build}` gives it new ones"
    return "still has open cases: keep its worker" if build.draining else "has no open cases: its worker may be stopped"


def _row(finding: Finding) -> tuple[str | Text, ...]:
    return Text(finding.state, style=_STYLES[finding.state]), finding.part, finding.says, finding.do
