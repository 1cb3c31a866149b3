"""What `up` and `demo` do not start: servers that the settings name, and processes that `--external` names."""

import base64
from collections.abc import Iterable
from pathlib import Path

from console.errors import UsageError
from workers.data_folder import files, institutions
from workers.embedded.external import Elsewhere
from workers.embedded.stack import Stack
from workers.oncall.provision import namespace_plan
from workers.settings import Settings

PROCESSES = ("worker", "intake", "relay")
FOLDER = "external"  # below the data folder


def named(words: str | None) -> frozenset[str]:
    """Read a list of processes, commas between.

    Raises:
        UsageError: one of them is none.
    """
    names = {word.strip() for word in (words or "").split(",") if word.strip()}
    if unknown := names - set(PROCESSES):
        raise UsageError(f"No process is called {', '.join(sorted(unknown))}: there are {', '.join(PROCESSES)}.")
    return frozenset(names)


def elsewhere(folder: Path, processes: frozenset[str] = frozenset()) -> Elsewhere:
    """What somebody else runs, as settings and command line say.

    Raises:
        SettingsError: a setting is wrong.
        UsageError: a Kafka is named: its users are not ours to make here.
    """
    settings = Settings.read(folder)
    if settings.kafka_bootstrap:
        raise UsageError(
            "HANDOFF_KAFKA_BOOTSTRAP names a Kafka of your own, and `up` would start another: unset it, or run "
            "`handoff provision` and each of worker, intake and relay by itself."
        )
    url = settings.postgres_url.get_secret_value() if settings.postgres_url else ""
    return Elsewhere(url, settings.temporal_address, processes)


async def provision_temporal(settings: Settings) -> None:
    """Make the namespace on a Temporal that somebody else runs, or give it what it lacks; safe to repeat.

    Raises:
        PartAwayError: it cannot be reached.
        UnfitError: the namespace has what nobody may change unasked.
    """
    for change in await namespace_plan(settings):
        await change.do()


def handed_over(stack: Stack, names: Iterable[str]) -> list[str]:
    """Write down what processes that are started elsewhere need, and say where: secrets as files, the rest to be set.

    The folder is closed to others. What is in it can be read: a container, with a user of its own, is given the inner
    folder.
    """
    folder = stack.data / FOLDER
    secrets = folder / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    secrets.mkdir(mode=0o755, exist_ok=True)
    for name, secret in _secrets(stack).items():
        files.write(secrets / name, secret, mode=0o444)
    shared = _shared(stack, secrets)
    said = ["", f"Not started here, and waited for. Each reads the files in {secrets} and needs these variables:"]
    for name in names:
        own = {**shared, "HANDOFF_HEALTH_PORT": str(stack.health_port(name))}
        files.write(folder / f"{name}.env", _lines(own))
        said.append(f"  {name}: {folder / name}.env")
    return [*said, *(f"    {line}" for line in _lines(shared).splitlines()), ""]


def _secrets(stack: Stack) -> dict[str, str]:
    return {
        "handoff_postgres_url": stack.endpoints.postgres_url,
        "handoff_kafka_password": stack.keys.engine_password,
        "handoff_master_key": base64.b64encode(stack.keys.master_key).decode(),
    }


def _shared(stack: Stack, secrets: Path) -> dict[str, str]:
    settings = Settings.read(stack.data)
    return {
        "HANDOFF_SECRETS": str(secrets),
        "HANDOFF_MASTER_KEY_FILE": str(secrets / "handoff_master_key"),
        "HANDOFF_PROFILE": settings.profile or institutions.current(stack.data),
        "HANDOFF_KAFKA_BOOTSTRAP": stack.endpoints.kafka_bootstrap,
        "HANDOFF_TEMPORAL_ADDRESS": stack.endpoints.temporal_address,
        "HANDOFF_TEMPORAL_NAMESPACE": settings.temporal_namespace,
    }


def _lines(settings: dict[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())
