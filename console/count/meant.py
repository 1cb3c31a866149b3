"""What a run of the simulation meant, from its journal alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handoff.store.queries.notice_cases import Named


@dataclass(frozen=True)
class IntendedRecord:
    """One record that a player published, or began to."""

    institution: str
    message_id: str
    sha256: str
    notice: str  # the notice that it is, which its resends are too; "": it is none
    meant: str  # key of the discharge that it is about
    discharged_at: str
    known: bool  # Kafka said that it has it


@dataclass
class MeantRun:
    """One run, as its journal tells it."""

    run: int
    seed: int = 0
    seconds_per_day: float = 1.0
    began_at: datetime | None = None
    discharges: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # by key
    publications: list[IntendedRecord] = field(default_factory=list)

    @property
    def notices(self) -> dict[Named, set[str]]:
        """The notices that stand behind an institution's message id: more than one where an id was reused."""
        found: dict[Named, set[str]] = {}
        for each in self.publications:
            if each.notice:
                found.setdefault((each.institution, each.message_id), set()).add(each.notice)
        return found

    def meant_by(self, named: Named) -> set[str]:
        """The discharges that a message id is about."""
        return {each.meant for each in self.publications if (each.institution, each.message_id) == named and each.meant}


def meant_run(lines: Iterable[Mapping[str, Any]], run: int) -> MeantRun:
    """Read the journal's lines of one run."""
    told = MeantRun(run)
    began: dict[tuple[str, str, str], IntendedRecord] = {}
    for line in lines:
        if line["run"] != run:
            continue
        if line["what"] == "run":
            told.seed, told.seconds_per_day = line["seed"], line["seconds_per_day"]
            told.began_at = datetime.fromisoformat(line["at"])
        elif line["what"] == "meant":
            told.discharges[line["meant"]] = line
        elif line["what"] == "publishing":
            told.publications.append(_publication(line, known=False))
        elif line["what"] == "published":
            said = _publication(line, known=True)
            began[(said.institution, said.message_id, said.sha256)] = said
    told.publications = [began.get((p.institution, p.message_id, p.sha256), p) for p in told.publications]
    return told


def _publication(line: Mapping[str, Any], *, known: bool) -> IntendedRecord:
    return IntendedRecord(
        institution=line["institution"],
        message_id=line["message_id"],
        sha256=line["sha256"],
        notice=line["notice"],
        meant=line["meant"],
        discharged_at=line["discharged_at"],
        known=known,
    )
