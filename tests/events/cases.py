"""Stands in for the workflows of all cases."""

import asyncio
from typing import Literal

from workflows.client import NotDoneError
from workflows.messages import Facts


class Cases:
    """Takes what is told as the workflows would: it skips numbers that it knows."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[int], bool]] = []
        self.known: dict[str, list[int]] = {}
        self.closed: set[str] = set()
        self.away = False
        self.at_once = self.most_at_once = 0
        self.heard = asyncio.Event()

    async def __call__(self, case_id: str, told: Facts, /, *, opened: bool) -> Literal["told", "closed"]:
        if self.away:
            raise NotDoneError
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        self.calls.append((case_id, [each.number for each in told.facts], opened))
        if case_id in self.closed:
            return "closed"
        known = self.known.setdefault(case_id, [])
        known += [each.number for each in told.facts if each.number not in known]
        self.heard.set()
        return "told"
