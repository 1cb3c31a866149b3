"""Connections that lead nowhere for ever, as behind a machine that lost its power: nobody is told, and all goes on."""

import asyncio
import random
from pathlib import Path

from tests.chaos.hospitals import Hospitals
from tests.chaos.run import Report, looked_at, quiet
from tests.chaos.town import HOSPITALS, running, town


async def test_what_waits_for_an_answer_that_never_comes_asks_again(tmp_path: Path) -> None:
    report = Report(0)
    async with running(tmp_path) as servers, town(servers, 0) as there:
        hospitals = Hospitals(there, random.Random(0), "stranded")
        await hospitals.publish(HOSPITALS[0], 20)
        assert not await quiet(there, hospitals)
        publishing = asyncio.create_task(hospitals.publish(HOSPITALS[1], 20))
        await asyncio.sleep(0.1)  # in the middle of it
        for proxy in there.proxies.values():
            proxy.strand()
        await publishing
        await hospitals.publish(HOSPITALS[2], 20)
        await looked_at(there, hospitals, report)
    assert report.sound, f"{report.line()} {report.lost} {report.doubled}"
    assert report.published == 60
