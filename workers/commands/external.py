"""What `up` and `demo` do not start: servers named by settings, and processes named by `--external`."""

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
    """Parse a comma-separated list of processes.

    Raises:
        UsageError: a name is unknown.
    """
    names = {word.strip() for word in (words or "").split(",") if word.strip()}
    if unknown := names - set(PROCESSES):
        raise UsageError(f"Unknown process {', '.join(sorted(unknown))}: use {', '.join(PROCESSES)}.")
    return frozenset(names)


def elsewhere(folder: Path, processes: frozenset[str] = frozenset()) -> Elsewhere:
    """What runs elsewhere, by settings and command line.

    Raises:
        SettingsError: a setting is wrong.
        UsageError: the settings name a Kafka; `up` cannot make users there.
    """
    settings = Settings.read(folder)
    if settings.kafka_bootstrap:
        raise UsageError(
            "HANDOFF_KAFKA_BOOTSTRAP names a Kafka of your own, but `up` always starts one: unset it, or run "
            "`handoff provision`, then worker, intake and relay each by itself."
        )
    url = settings.postgres_url.get_secret_value() if settings.postgres_url else ""
    return Elsewhere(url, settings.temporal_address, processes)


async def provision_temporal(settings: Settings) -> None:
    """Set up the namespace on a Temporal of your own; safe to repeat.

    Raises:
        PartAwayError: it cannot be reached.
        UnfitError: the namespace conflicts with the settings.
    """
    for change in await namespace_plan(settings):
        await change.do()


def handed_over(stack: Stack, names: Iterable[str]) -> list[str]:
    """Write files with secrets and settings for processes that are started elsewhere; returns lines that say where.

    The outer folder is closed to other users, its content is not: a container mounts the inner folder and reads it as
    another user.
    """
    folder = stack.data / FOLDER
    secrets = folder / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    secrets.mkdir(mode=0o755, exist_ok=True)
    for name, secret in _secrets(stack).items():
        files.write(secrets / name, secret, mode=0o444)
    shared = _shared(stack, secrets)
    lines = ["", f"These are not started here; `up` waits for them. Each reads {secrets} and needs these variables:"]
    for name in names:
        own = {**shared, "HANDOFF_HEALTH_PORT": str(stack.health_port(name))}
        files.write(folder / f"{name}.env", _lines(own))
        lines.append(f"  {name}: {folder / name}.env")
    return [*lines, *(f"    {line}" for line in _lines(shared).splitlines()), ""]


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
