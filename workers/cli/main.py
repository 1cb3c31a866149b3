"""The `handoff` command: parses a line into an order, does it, and answers with an exit code."""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from workers.build import this_build
from workers.cli import (
    acting_commands,
    case_commands,
    institution_commands,
    oncall_commands,
    stack_commands,
    waiting_commands,
)
from workers.cli.demo import command as demo_command
from workers.cli.order import Order


def show_version(value: bool) -> None:  # noqa: FBT001 - Typer calls it so
    """Print the version and the build, if that is asked for."""
    if value:
        typer.echo(f"handoff {version('discharge-handoff')}, build {this_build()}")
        raise typer.Exit


app = typer.Typer(
    name="handoff",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_PANELS = {
    "The stack": (
        stack_commands.up,
        demo_command.demo,
        stack_commands.status,
        stack_commands.migrate,
        stack_commands.worker,
        stack_commands.intake,
        stack_commands.relay,
    ),
    "On call": (
        oncall_commands.doctor,
        oncall_commands.provision,
        oncall_commands.builds,
        oncall_commands.backup,
        oncall_commands.restore,
        oncall_commands.compare,
    ),
    "Institutions": (institution_commands.publish, institution_commands.listen, institution_commands.read),
    "What waits": (waiting_commands.tasks, waiting_commands.settle),
    "A case": (
        case_commands.notice,
        case_commands.cases,
        case_commands.show,
        case_commands.history,
        case_commands.prove,
    ),
    "Acting": (
        acting_commands.contact,
        acting_commands.consent,
        acting_commands.assess,
        acting_commands.plan,
        acting_commands.decide,
        acting_commands.answer,
        acting_commands.gap,
        acting_commands.visit,
        acting_commands.check,
        acting_commands.discharge,
        acting_commands.admit,
        acting_commands.close,
    ),
}


@app.callback()
def handoff(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print version and build, and end.")
    ] = False,
) -> None:
    """Carries a person from the hospital's discharge notice to community care."""


for _panel, _commands in _PANELS.items():
    for _command in _commands:
        app.command(rich_help_panel=_panel)(_command)
app.add_typer(stack_commands.profiles, name="profiles", rich_help_panel="The stack")
app.add_typer(institution_commands.institutions, name="institutions", rich_help_panel="Institutions")
app.add_typer(waiting_commands.parked, name="parked", rich_help_panel="What waits")


def parse(argv: Sequence[str]) -> Order | int:
    """Read a command line; an exit code if that is all there is to do, as for `--help`.

    Raises:
        TyperException: the line is not a command; its `exit_code` is 2.
        UsageError: its options contradict each other.
    """
    parsed = app(list(argv), standalone_mode=False, prog_name="handoff")
    return parsed if isinstance(parsed, Order) else int(parsed or 0)


def main() -> None:
    """Run the command line of this process."""
    from workers.cli.commands import run_process

    run_process(sys.argv[1:])


if __name__ == "__main__":
    main()
