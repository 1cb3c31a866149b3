"""What Temporal answers, as the teller is told it: it does not answer, or it refuses this one case."""

import socket
from datetime import UTC, datetime

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from handoff.case.messages import CaseEvent
from workflows.client import Handoffs, NotDoneError
from workflows.messages import Facts
from workflows.payloads import PAYLOADS

FACT = CaseEvent("plan.approved", datetime(2026, 5, 4, tzinfo=UTC), "gm-conference", 1)


@pytest.mark.parametrize("opened", [True, False])
async def test_a_temporal_that_is_not_there_does_not_answer(*, opened: bool) -> None:
    handoffs = Handoffs(await Client.connect("127.0.0.1:1", lazy=True))
    with pytest.raises(NotDoneError):
        await handoffs.tell("C1", Facts([FACT]), opened=opened)


async def test_a_temporal_that_says_nothing_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.client.TELL_WITHIN", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = "{}:{}".format(*silent.getsockname())
        handoffs = Handoffs(await Client.connect(where, lazy=True))
        with pytest.raises(NotDoneError):
            await handoffs.tell("C1", Facts([FACT]), opened=False)


@pytest.mark.parametrize(
    ("status", "away"),
    [
        (RPCStatusCode.UNAVAILABLE, True),
        (RPCStatusCode.DEADLINE_EXCEEDED, True),
        (RPCStatusCode.CANCELLED, True),
        (RPCStatusCode.RESOURCE_EXHAUSTED, False),
        (RPCStatusCode.INVALID_ARGUMENT, False),
        (RPCStatusCode.PERMISSION_DENIED, False),
    ],
)
async def test_only_some_answers_say_that_temporal_is_away(
    monkeypatch: pytest.MonkeyPatch, status: RPCStatusCode, *, away: bool
) -> None:
    handoffs = Handoffs(await Client.connect("127.0.0.1:1", lazy=True))

    async def answer(*_: object) -> None:
        raise RPCError("", status, b"")

    monkeypatch.setattr(Handoffs, "_start", answer)
    with pytest.raises(NotDoneError if away else RPCError):
        await handoffs.tell("C1", Facts([FACT]), opened=True)


@pytest.mark.parametrize("size", [3_000_000, 5_000_000])  # above Temporal's limit; above gRPC's
async def test_a_signal_that_is_too_large_is_the_trouble_of_its_case(temporal_address: str, size: int) -> None:
    handoffs = Handoffs(await Client.connect(temporal_address, data_converter=PAYLOADS))
    large = CaseEvent("plan.approved", FACT.at, "gm-conference", 2, code="x" * size)
    assert await handoffs.tell(f"C-large-{size}", Facts([FACT]), opened=True) == "told"
    with pytest.raises(Exception) as refused:  # noqa: PT011 - whatever it is, it is no outage
        await handoffs.tell(f"C-large-{size}", Facts([large]), opened=False)
    assert not isinstance(refused.value, NotDoneError), refused.value
    assert await handoffs.tell(f"C-large-{size}", Facts([FACT]), opened=False) == "told"
