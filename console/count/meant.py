"""What a run of the simulation intended, read from its journal only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handoff.store.queries.notice_cases import Named


@dataclass(frozen=True)
class IntendedRecord:
    """One record that a player published, or was about to publish."""

    institution: str
    message_id: str
    sha256: str
    notice: str  # key of the notice, the same for its resends; "": it is no notice
    meant: str  # key of the discharge that it is about
    discharged_at: str
    known: bool  # Kafka confirmed it


@dataclass
class MeantRun:
    """One run, from its journal."""

    run: int
    seed: int = 0
    seconds_per_day: float = 1.0
    began_at: datetime | None = None
    discharges: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # by key
    publications: list[IntendedRecord] = field(default_factory=list)

    @property
    def notices(self) -> dict[Named, set[str]]:
        """Notices by institution and message id: more than one if an id was reused."""
        notices: dict[Named, set[str]] = {}
        for record in self.publications:
            if record.notice:
                notices.setdefault((record.institution, record.message_id), set()).add(record.notice)
        return notices

    def meant_by(self, named: Named) -> set[str]:
        """The discharges that a message id is about."""
        return {
            record.meant
            for record in self.publications
            if (record.institution, record.message_id) == named and record.meant
        }


def meant_run(lines: Iterable[Mapping[str, Any]], run: int) -> MeantRun:
    """Read the journal's lines of one run."""
    meant = MeantRun(run)
    began: dict[tuple[str, str, str], IntendedRecord] = {}
    for line in lines:
        if line["run"] != run:
            continue
        if line["what"] == "run":
            meant.seed, meant.seconds_per_day = line["seed"], line["seconds_per_day"]
            meant.began_at = datetime.fromisoformat(line["at"])
        elif line["what"] == "meant":
            meant.discharges[line["meant"]] = line
        elif line["what"] == "publishing":
            meant.publications.append(_publication(line, confirmed=False))
        elif line["what"] == "published":
            published = _publication(line, confirmed=True)
            began[(published.institution, published.message_id, published.sha256)] = published
    meant.publications = [began.get((p.institution, p.message_id, p.sha256), p) for p in meant.publications]
    return meant


def _publication(line: Mapping[str, Any], *, confirmed: bool) -> IntendedRecord:
    return IntendedRecord(
        institution=line["institution"],
        message_id=line["message_id"],
        sha256=line["sha256"],
        notice=line["notice"],
        meant=line["meant"],
        discharged_at=line["discharged_at"],
        known=confirmed,
    )
