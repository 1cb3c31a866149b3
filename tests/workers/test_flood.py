"""What is written of a library that repeats itself, here aiokafka while Kafka is away."""

import asyncio
import contextlib
import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from workers.flood import FirstOfEachKind

NAME = "김순자"
# Twelve producers whose broker is away, for so many seconds, with the log of a process.
AWAY = """
import asyncio, socket, sys
from aiokafka import AIOKafkaProducer
from workers.process import log_as_json

async def tried(port):
    while True:
        producer = AIOKafkaProducer(bootstrap_servers=f"127.0.0.1:{port}", retry_backoff_ms=100)
        try:
            await producer.start()
        except Exception:
            await asyncio.sleep(0.05)
        finally:  # also when the time is over: a producer left open is a line of its own
            await producer.stop()

async def main():
    with socket.socket() as closed:  # bound, and nobody listens
        closed.bind(("127.0.0.1", 0))
        trying = [asyncio.create_task(tried(closed.getsockname()[1])) for _ in range(12)]
        await asyncio.sleep(float(sys.argv[1]))

log_as_json()
asyncio.run(main())
"""


class Log:
    """A log with the filter, whose ten seconds pass when the test says so."""

    def __init__(self) -> None:
        self.written = io.StringIO()
        self._due: list[Callable[[], None]] = []
        self.handler = logging.StreamHandler(self.written)
        self.handler.addFilter(FirstOfEachKind(lambda _, work: self._due.append(work)))

    def says(self, logger: str, line: int, text: str, *values: object) -> None:
        self.handler.handle(logging.LogRecord(logger, logging.ERROR, "", line, text, values, None))

    def ten_seconds_pass(self) -> list[Any]:
        """What the filter itself says then."""
        due, self._due = self._due, []
        with structlog.testing.capture_logs() as said:
            for work in due:
                work()
        return said


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    with contextlib.closing(log.handler):
        yield log


def test_the_first_line_of_each_kind_is_written_and_those_like_it_are_counted(log: Log) -> None:
    for number in range(50):
        log.says("aiokafka.client", 435, "Unable connect to node with id %s", number)
        log.says("aiokafka.client", 325, "Unable to update metadata from %s", number)
        log.says("aiokafka.conn", 10, "closed")
    assert log.written.getvalue().splitlines() == [
        "Unable connect to node with id 0",
        "Unable to update metadata from 0",
        "closed",
    ]
    (line,) = log.ten_seconds_pass()
    assert (line["event"], line["lines"]) == ("lines_left_out", 147)
    assert line["of"] == {"aiokafka.client": 98, "aiokafka.conn": 49}


def test_while_a_flood_goes_on_there_is_one_line_in_ten_seconds(log: Log) -> None:
    for _ in range(3):
        for _ in range(800):
            log.says("aiokafka.client", 435, "Unable connect")
        assert len(log.ten_seconds_pass()) == 1
    assert log.written.getvalue() == "Unable connect\n"


def test_after_ten_quiet_seconds_nothing_is_said_and_the_next_trouble_is_written(log: Log) -> None:
    log.says("aiokafka.client", 435, "Unable connect")
    assert log.ten_seconds_pass() == []
    log.says("aiokafka.client", 435, "Unable connect")
    log.says("aiokafka.client", 435, "Unable connect")
    assert [each["lines"] for each in log.ten_seconds_pass()] == [1]
    assert log.ten_seconds_pass() == []
    assert log.ten_seconds_pass() == []
    log.says("aiokafka.client", 435, "Unable connect")
    assert log.written.getvalue() == "Unable connect\n" * 3


def test_the_count_repeats_nothing_of_what_the_lines_said(log: Log) -> None:
    for _ in range(5):
        log.says("aiokafka.consumer", 7, f"{NAME} %s", NAME)
    assert NAME not in str(log.ten_seconds_pass())


def test_our_own_lines_are_all_written(log: Log) -> None:
    for number in range(20):
        log.says("relay", 1, "not_sent %s", number)
    assert len(log.written.getvalue().splitlines()) == 20
    assert log.ten_seconds_pass() == []


async def test_ten_seconds_without_kafka_are_a_few_lines() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", AWAY, "11", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    _, errors = await process.communicate()
    lines = [json.loads(line) for line in errors.decode().splitlines() if line.startswith("{")]
    (counted,) = [line for line in lines if line["event"] == "lines_left_out"]
    assert counted["lines"] > 300
    assert set(counted["of"]) <= {"aiokafka.client", "aiokafka.producer.producer", "aiokafka"}
    assert len(lines) < 6, errors.decode()
