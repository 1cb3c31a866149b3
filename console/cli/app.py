"""The `handoff` command: the commands for people. The process that starts it adds those for operators."""

from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Annotated

import typer
from typer.core import TyperGroup

from console.cli.actions import commands as actions
from console.cli.cases import commands as cases
from console.cli.doors.commands import doors
from console.cli.identity import commands as identity
from console.cli.institutions import commands as institutions
from console.cli.order import Order
from console.cli.person.commands import person
from console.cli.profiles import profiles
from console.cli.services import commands as services
from console.cli.tasks import commands as tasks
from console.cli.weeks import commands as weeks

STACK, ON_CALL = "The stack", "On call"
PANELS = (STACK, ON_CALL, "Institutions", "What waits", "A case", "Acting")


class _ByPanel(TyperGroup):
    """Lists commands in the order of the panels, not in the order in which they were added."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        del ctx
        return sorted(self.commands, key=lambda name: PANELS.index(getattr(self.commands[name], "rich_help_panel", "")))


app = typer.Typer(
    name="handoff",
    cls=_ByPanel,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def add(panel: str, *commands: Callable[..., Order] | typer.Typer) -> None:
    """Add commands and groups of commands to a panel of `handoff --help`."""
    for command in commands:
        if isinstance(command, typer.Typer):
            app.add_typer(command, rich_help_panel=panel)
        else:
            app.command(rich_help_panel=panel)(command)


add(STACK, profiles)
add(
    "Institutions",
    institutions.institutions,
    institutions.read,
    institutions.publish,
    institutions.listen,
)
add("What waits", tasks.tasks, tasks.settle, weeks.confirm, doors, tasks.parked)
add("A case", cases.notice, cases.cases, cases.show, cases.history, cases.prove, cases.rebuild, identity.disclosed)
add(
    "Acting",
    actions.contact,
    person,
    actions.consent,
    actions.papers,
    actions.assess,
    actions.plan,
    actions.decide,
    services.answer,
    services.gap,
    services.visit,
    services.line,
    services.check,
    actions.discharge,
    actions.admit,
    actions.close,
    actions.reopen,
    identity.join,
    identity.unjoin,
    identity.wrong_person,
)


def show_version(ctx: typer.Context, value: bool) -> None:  # noqa: FBT001 - Typer calls it so
    """Print version and build if the option was given."""
    if value:
        typer.echo(f"handoff {version('discharge-handoff')}, build {ctx.obj.build()}")
        raise typer.Exit


@app.callback()
def handoff(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print version and build.")
    ] = False,
) -> None:
    """Carries a person from the hospital's discharge notice to community care."""


def parse(argv: Sequence[str], host: object = None) -> Order | int:
    """Read a command line. Returns an exit code if nothing is left to do, as after `--help`.

    Raises:
        TyperException: the line is not a command. Its `exit_code` is 2.
    """
    parsed = app(list(argv), standalone_mode=False, prog_name="handoff", obj=host)
    return parsed if isinstance(parsed, Order) else int(parsed or 0)
