"""What docker/compose.yaml promises: checked against the Compose Specification's own schema, and by what it says.

`compose-spec.json` is the schema of compose-go 2.16.2 (Apache-2.0), unchanged.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from tests.cluster.binaries import VERSION
from workers.embedded import kafka
from workers.settings import Settings

DOCKER = Path(__file__).parents[2] / "docker"
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "provision", "worker", "intake", "relay")
PROCESSES = ("worker", "intake", "relay")
SCHEMA = json.loads(Path(__file__).with_name("compose-spec.json").read_text())


def test_the_file_is_a_compose_file() -> None:
    mistakes = [f"{error.json_path}: {error.message}" for error in Draft7Validator(SCHEMA).iter_errors(COMPOSE)]

    assert mistakes == []


def test_nothing_is_published_outside_this_machine() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert not any("network_mode" in service for service in SERVICES.values())


@pytest.mark.parametrize("name", OURS)
def test_our_containers_can_write_nothing_and_become_nobody_else(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "user" not in service  # the image's own, which is not root
    assert service["volumes"] == ["register:/var/lib/handoff" + ("" if name == "provision" else ":ro")]


def test_processes_start_when_tables_topics_and_namespace_are_there() -> None:
    assert all(set(SERVICES[name]["depends_on"]) == {"provision"} for name in PROCESSES)
    assert SERVICES["provision"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["temporal"]["depends_on"] == {"temporal-schema": {"condition": "service_completed_successfully"}}


def test_every_setting_is_one_that_a_process_knows() -> None:
    known = {f"HANDOFF_{name.upper()}" for name in Settings.model_fields} | {"HANDOFF_SECRETS"}

    assert all(set(SERVICES[name]["environment"]) <= known for name in OURS)


def test_secrets_come_as_files_that_the_script_makes() -> None:
    made = (DOCKER / "secrets.sh").read_text()
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}

    assert used == set(COMPOSE["secrets"])
    assert all(re.search(rf"keep {name}$", made, re.MULTILINE) for name in used)
    assert all(entry == {"file": f"./secrets/{name}"} for name, entry in COMPOSE["secrets"].items())


def test_no_password_stands_in_the_file() -> None:
    words = {name: value for service in SERVICES.values() for name, value in service.get("environment", {}).items()}

    assert not [name for name in words if re.search("PASSWORD|PWD", name) and not name.endswith("_FILE")]


def test_every_mounted_file_is_there() -> None:
    mounted = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]

    assert all((DOCKER / each).is_file() for each in mounted if each.startswith("./"))
    assert {each for each in mounted if not each.startswith("./")} == set(COMPOSE["volumes"])


def test_servers_are_of_the_versions_that_were_tried() -> None:
    images = {name: service["image"] for name, service in SERVICES.items()}

    assert images["temporal"].endswith(f":{VERSION}")
    assert images["temporal-schema"].endswith(f":{VERSION}")
    assert images["kafka"].endswith(f":{kafka.version()}")
    assert all(re.fullmatch(r"[a-z]+(/[a-z-]+)?:[0-9][0-9.]*|discharge-handoff:.*", image) for image in images.values())
