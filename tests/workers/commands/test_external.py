"""Processes that are started elsewhere are told what they need; secrets are files of their own."""

import base64
from collections.abc import Iterable
from pathlib import Path

import pytest

from console.cli.order import UsageError
from workers.commands.external import elsewhere, handed_over, named
from workers.embedded.servers import Servers
from workers.embedded.stack import Stack
from workers.settings import Settings


class Made(Stack):
    """A stack whose servers have addresses and do not run."""

    def addressed(self) -> "Made":
        self._made = Servers.of(self.data, self.keys, self._ports, self._say)
        return self


def test_processes_are_named_with_commas_and_a_mistake_is_refused() -> None:
    assert named("worker, relay") == {"worker", "relay"}
    assert named(None) == frozenset()
    with pytest.raises(UsageError, match=r"Unknown process wroker: use worker, intake, relay\."):
        named("wroker,relay")


def test_servers_that_the_settings_name_are_not_started(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('temporal_address = "127.0.0.1:7233"\n')

    assert elsewhere(tmp_path, frozenset({"worker"})).temporal_address == "127.0.0.1:7233"
    assert set(elsewhere(tmp_path).servers()) == {"temporal"}


def test_a_kafka_of_somebody_elses_is_refused_in_a_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('kafka_bootstrap = "127.0.0.1:9092"\n')

    with pytest.raises(UsageError, match=r"HANDOFF_KAFKA_BOOTSTRAP names a Kafka of your own.*handoff provision"):
        elsewhere(tmp_path)


async def test_what_is_handed_over_lets_a_process_run_without_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Made(tmp_path / "data", lambda _: None) as stack:
        said = handed_over(stack.addressed(), ["worker", "relay"])
        ours = (stack.endpoints, stack.keys, stack.health_port("relay"))

    for name, value in _variables(tmp_path / "data" / "external" / "relay.env"):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HANDOFF_DATA", str(tmp_path / "nowhere"))
    theirs = Settings.read()

    endpoints, keys, port = ours
    assert theirs.postgres == endpoints.postgres_url
    assert theirs.temporal == endpoints.temporal_address
    assert theirs.kafka["sasl_plain_password"] == keys.engine_password
    assert theirs.master_key_file
    assert base64.b64decode(theirs.master_key_file.read_bytes()) == keys.master_key
    assert theirs.health_port == port
    assert theirs.municipality().code == "gwangmyeong"
    assert not [line for line in said if keys.engine_password in line or keys.postgres_password in line]
    assert (tmp_path / "data" / "external").stat().st_mode & 0o077 == 0


def _variables(file: Path) -> Iterable[tuple[str, str]]:
    for line in file.read_text().splitlines():
        name, _, value = line.partition("=")
        yield name, value
