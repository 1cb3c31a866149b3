"""The journal of the simulation: a file with one JSON object a line.

Lines, by `what`: `run` (seed, number, size), `meant` (a simulated discharge), `publishing` and `published` (a record,
before and after Kafka has it). No names or phones: seed and run are enough to draw the same people again.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from simulation.records import WrittenRecord
from simulation.scenario import Scenario

FILE = "simulation/journal.jsonl"


@dataclass(frozen=True)
class Journal:
    """The journal of a data folder, with all its runs."""

    path: Path
    run: int

    @classmethod
    def next_run(cls, data: Path) -> "Journal":
        """The journal, for the next run on a data folder."""
        path = data / FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        return cls(path, 1 + max((line["run"] for line in lines(path)), default=0))

    def began(self, scenario: Scenario, seconds_per_day: float) -> None:
        """Write that a run begins, with its discharges."""
        beginning = {"seed": scenario.seed, "cases": len(scenario.meant), "seconds_per_day": seconds_per_day}
        self._write("run", **beginning)
        for meant in scenario.meant:
            course = meant.course
            intent = {"situation": course.situation, "facility": meant.facility, "consents": course.consents}
            self._write("meant", meant=meant.key, reference=meant.reference, **intent)

    def publishing(self, institution: str, written: WrittenRecord) -> None:
        """Write that a record is about to be published."""
        self._record("publishing", institution, written)

    def published(self, institution: str, written: WrittenRecord) -> None:
        """Write that Kafka has a record."""
        self._record("published", institution, written)

    def _record(self, what: str, institution: str, written: WrittenRecord) -> None:
        self._write(
            what,
            institution=institution,
            message_id=written.message_id,
            kind=written.kind,
            notice=written.notice,
            meant=written.meant,
            situation=written.situation,
            discharged_at=written.discharged_at,
            sha256=sha256(written.value).hexdigest(),
        )

    def _write(self, what: str, **fields: Any) -> None:
        line = {"run": self.run, "what": what, "at": datetime.now(UTC).isoformat(), **fields}
        with self.path.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(line, ensure_ascii=False) + "\n")


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a journal; incomplete ones, after a kill, are skipped."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue
