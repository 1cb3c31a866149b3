"""What institutions and people say to one case, on the same ways as intake, the dispatcher and the command."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tests.lives.driver import Driver
from tests.lives.product import Profile, sealed_person
from tests.lives.twin import Twin

ROLES = {"gm-conference": "deciding-body", "nhis-gwangmyeong": "nhis", "desk": "desk", "family": "family"}


@dataclass(kw_only=True)
class Voices:
    """Facts are numbered and signalled; a person's action is an update.

    Attributes:
        told: the numbered facts, in order, as they travel to the workflow.
        waiting: the facts that have a number and have not been delivered yet.
        acted: what people did, as it travels to the workflow.
    """

    case: str
    profile: Profile
    twin: Twin
    driver: Driver
    number: int = 0
    says_parts = False  # whether its lives refuse parts of the support, and name ends of consents
    actions: int = 0
    told: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    acted: list[dict[str, Any]] = field(default_factory=list)

    def numbered(self, kind: str, about: dict[str, str], occurred: datetime, body: Any, **said: Any) -> None:
        """An institution says something. It gets the case's next number, and waits for its delivery."""
        self.number += 1
        row = self._fact(kind, about["who"], occurred, body, state="numbered", number=self.number)
        self.twin.change("cases", (self.case,), facts=self.number)
        named = {**about, "fact": row["fact_id"], "number": self.number, "role": role(about["who"])}
        telling = _told(kind, occurred, named, said)
        self.told.append(telling)
        self.waiting.append(telling)

    def deliver(self) -> None:
        """Signal what waits."""
        if self.waiting:
            waiting, self.waiting = self.waiting, []
            self.signal(waiting)

    def signal(self, facts: Sequence[dict[str, Any]]) -> None:
        """As the dispatcher does it: in the order of the numbers, none left out before."""
        if self.waiting and facts[-1]["number"] >= self.waiting[0]["number"]:
            facts, self.waiting = [*(each for each in facts if each not in self.waiting), *self.waiting], []
        self.driver.signal("tell", {"facts": facts, "told_at": self.driver.now.isoformat()})

    def acts(self, kind: str, subject: str = "", *, body: Any = None, **said: Any) -> None:
        """A person at the desk does something."""
        self.actions += 1
        row = self._fact(kind, "desk", self.driver.now, body, state="acted")
        telling = _told(kind, self.driver.now, {"who": "kim", "fact": row["fact_id"], "subject": subject}, said)
        self.acted.append(telling)
        self.driver.update("act", telling, f"{kind}-{self.actions}")

    def opens(self, person: str, born: date | None, opener: str, district: str) -> None:
        """The rows of the person and of the case, as intake writes them."""
        sealed = sealed_person(person, name="김복순", born=born, phone="010-2345-6789")
        self.twin.put("persons", person_id=person, created_at=self.driver.now, **sealed)
        self.twin.put(
            "cases",
            case_id=self.case,
            person_id=person,
            profile=self.profile.code,
            profile_version=1,
            stage="screening",
            facility=opener,
            opened_at=self.driver.now,
            district=district,
        )

    def _fact(self, kind: str, who: str, occurred: datetime, body: Any, **columns: Any) -> dict[str, Any]:
        return self.twin.put(
            "facts",
            sender=who,
            message_id=f"m{self.case}-{self.number}-{self.actions}",
            content_hash=b"",
            kind=kind,
            occurred_at=occurred,
            known_at=self.driver.now,
            case_id=self.case,
            body=body or {},
            **columns,
        )


def role(who: str) -> str:
    """The role of an institution."""
    found = ROLES.get(who, "hospital" if "hospital" in who else "provider")
    return "community-centre" if "centre" in who else "long-term-care" if "long-term" in who else found


def _told(kind: str, at: datetime, about: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """As it travels to the workflow."""
    until = said.pop("until", None)
    empty = {"who": "", "number": 0, "fact": 0, "subject": "", "code": "", "quantity": 0, "consent": "", "role": ""}
    named = {"kind": kind, "at": at.isoformat(), "until": until.isoformat() if until else None}
    return {**empty, **named, **about, **said}
