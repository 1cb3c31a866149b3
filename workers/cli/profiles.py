"""A profile is checked before anything starts."""

from handoff.profile.files import ProfileError
from handoff.profile.load import load
from workers.cli.order import Answer, NotFoundError


def check_profile(name: str) -> Answer:
    """Load a profile and say what it is.

    Raises:
        NotFoundError: it has mistakes, each named with file, key and reason.
    """
    try:
        profile = load(name)
    except ProfileError as error:
        raise NotFoundError(f"The profile is refused.\n{error}") from error
    numbers = (len(profile.institutions), len(profile.providers), len(profile.services))
    counts = "{} institutions, {} providers, {} services".format(*numbers)
    content = {"profile": profile.code, "version": profile.version}
    return Answer(content, [f"{profile.name} ({profile.code}, version {profile.version}): {counts}. No mistakes."])
