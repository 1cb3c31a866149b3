"""One seed of chaos: `make chaos` lives through many."""

from pathlib import Path

from tests.chaos.faults import FAULTS
from tests.chaos.run import lived
from tests.chaos.town import running


async def test_whatever_goes_wrong_no_notice_is_lost_doubled_or_gone_without_a_word(tmp_path: Path) -> None:
    async with running(tmp_path) as servers:
        report = await lived(servers, seed=8, notices=50)
    assert report.sound, f"{report.line()} {report.schedule} {report.lost} {report.doubled}"
    assert report.published >= 50
    assert len(report.schedule) == len(FAULTS)
