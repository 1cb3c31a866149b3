"""The command that checks a profile."""

from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.order import Answer, ordered
from console.errors import NotFoundError

if TYPE_CHECKING:
    from console.connections import Connections

profiles = typer.Typer(name="profiles", no_args_is_help=True, help="The municipalities' profiles.")


@profiles.command("check")
@ordered()
async def profiles_check(
    connections: "Connections",
    file: Annotated[str, typer.Argument(metavar="FILE", help="A TOML file, or a bundled profile's name.")],
) -> Answer:
    """Check a profile. Every mistake is listed with file, key and reason."""
    from handoff.profile.files import ProfileError
    from handoff.profile.load import load

    del connections
    try:
        profile = load(file)
    except ProfileError as error:
        raise NotFoundError(f"The profile has mistakes.\n{error}") from error
    numbers = (len(profile.institutions), len(profile.providers), len(profile.services))
    counts = "{} institutions, {} providers, {} services".format(*numbers)
    content = {"profile": profile.code, "version": profile.version}
    return Answer(content, [f"{profile.name} ({profile.code}, version {profile.version}): {counts}. No mistakes."])
