"""Settings: where they come from, and what is said of one that is wrong."""

from pathlib import Path

import pytest

from events.kafka.login import Login
from tests.packaging.settings_reference import reference
from workers.data_folder.keys import Keys
from workers.settings import Settings, SettingsError, unknown_variables

DOCS = Path(__file__).parents[2] / "docs"
ADDRESS = "postgresql://u:hidden@h/d"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in unknown_variables() + [f"HANDOFF_{name.upper()}" for name in Settings.model_fields]:
        monkeypatch.delenv(name, raising=False)


def test_the_reference_is_made_from_the_settings() -> None:
    assert (DOCS / "settings.md").read_text() == reference(), (
        "run python -m tests.packaging.settings_reference > docs/settings.md"
    )


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("HEALTH_PORT", "70000", "less than or equal to 65535"),
        ("HEALTH_PORT", "http", "integer"),
        ("POSTGRES_URL", "mysql://u:hidden@h/d", "it is not postgresql://"),
        ("KAFKA_BOOTSTRAP", "localhost", "HOST:PORT"),
        ("TEMPORAL_ADDRESS", "http://localhost", "HOST:PORT"),
        ("KAFKA_RETENTION_DAYS", "7", "greater than or equal to 14"),
        ("WORKER_VERSIONING", "maybe", "'off' or 'pinned'"),
        ("MASTER_KEY_FILE", "/no/such/file", "cannot be read"),
        ("MASTER_KEY_FILE", __file__, "has no key of 32 bytes"),
    ],
)
def test_a_wrong_setting_is_refused_with_name_and_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(f"HANDOFF_{name}", value)
    with pytest.raises(SettingsError) as refusal:
        Settings.read(tmp_path)
    assert str(refusal.value).startswith(f"HANDOFF_{name}: ")
    assert says in str(refusal.value)
    assert "hidden" not in str(refusal.value)


def test_a_line_of_the_file_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("health_prot = 8080\n")
    with pytest.raises(SettingsError, match="health_prot: unknown setting"):
        Settings.read(tmp_path)


def test_a_file_that_is_no_toml_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("health_port = \n")
    with pytest.raises(SettingsError, match=r"settings\.toml"):
        Settings.read(tmp_path)
    monkeypatch.setenv("HANDOFF_SETTINGS", str(tmp_path / "none.toml"))
    with pytest.raises(SettingsError, match=r"HANDOFF_SETTINGS: .*none\.toml"):
        Settings.read(tmp_path)


def test_the_environment_counts_before_a_secret_before_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "settings.toml").write_text('health_port = 1\nkafka_username = "file"\ntemporal_namespace = "file"\n')
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "handoff_postgres_url").write_text(ADDRESS + "\n")
    (tmp_path / "secrets" / "handoff_kafka_username").write_text("secret")
    monkeypatch.setenv("HANDOFF_SECRETS", str(tmp_path / "secrets"))
    monkeypatch.setenv("HANDOFF_HEALTH_PORT", "2")
    read = Settings.read(tmp_path)
    assert (read.health_port, read.kafka_username, read.temporal_namespace) == (2, "secret", "file")
    assert read.postgres == ADDRESS
    assert "hidden" not in repr(read)


def test_a_variable_that_nobody_knows_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDOFF_PROFIEL", "demo")
    assert unknown_variables() == ["HANDOFF_PROFIEL"]


def test_a_kafka_login_that_is_set_counts_before_the_folders_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = Keys.of(tmp_path).engine_password
    assert Settings.read(tmp_path).kafka_login == Login("engine", kept)
    monkeypatch.setenv("HANDOFF_KAFKA_USERNAME", "nobody")
    assert Settings.read(tmp_path).kafka_login == Login("nobody", kept)
    monkeypatch.setenv("HANDOFF_KAFKA_PASSWORD", "wrong")
    assert Settings.read(tmp_path).kafka_login == Login("nobody", "wrong")
    monkeypatch.delenv("HANDOFF_KAFKA_PASSWORD")
    monkeypatch.setenv("HANDOFF_KAFKA_BOOTSTRAP", "kafka:9092")
    assert Settings.read(tmp_path).kafka_login is None
