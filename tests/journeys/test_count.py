from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from console.count.kafka import Answered, CountedTopics, Sent
from console.count.meant import IntendedRecord, MeantRun
from console.count.summary import FourAccounts, compare
from console.count.workflows import Workflows
from handoff.store.queries.notice_cases import Counted, NoticeRow

LEFT = datetime(2026, 11, 2, 9, tzinfo=UTC)


@dataclass
class Accounts:
    """Two discharges that went well, in all four accounts: one still looked after, one closed."""

    publications: list[IntendedRecord] = field(default_factory=list)
    topics: CountedTopics = field(default_factory=CountedTopics)
    record: Counted = field(default_factory=Counted)
    workflows: Workflows = field(default_factory=Workflows)

    def __post_init__(self) -> None:
        for key, case, closed_at in (("1-001", "C1", None), ("1-002", "C2", LEFT)):
            self.tell(key, f"m{key}")
            self.acknowledge(f"m{key}", case)
            self.record.notices.append(NoticeRow(("hospital", f"m{key}"), case, "numbered"))
            self.record.cases[case] = row(
                closed_at=closed_at,
                eligibility="eligible",
                consent="given",
                discharged_at=LEFT,
                support_began_at=LEFT + timedelta(seconds=6),
                end_reason=3 if closed_at else None,
            )
            self.workflows.chains[case] = {(f"handoff-{case}", f"run-{case}")}
        self.record.known, self.workflows.running = {"C1", "C2"}, {"C1"}
        self.record.clocks = [row(case_id="C1", ended_at=None, pauses=[], owner="coordinator")]

    def tell(self, meant: str, message: str, notice: str = "", times: int = 1) -> None:
        """A notice is published so many times."""
        name = notice or message
        left = LEFT.isoformat()
        self.publications.append(IntendedRecord("hospital", message, f"hash-{name}", name, meant, left, known=True))
        self.topics.sent += [Sent("hospital", message, f"hash-{name}")] * times

    def acknowledge(self, message: str, case: str, event: str = "") -> None:
        data = {"message_id": message, "case_id": case, "status": "opened" if case else "held"}
        self.topics.answered.append(Answered("hospital", event or f"ack-{message}", "notice.acknowledged", case, data))

    def offer(self, event: str) -> None:
        self.topics.answered.append(Answered("north", event, "referral.offered", "C1.1.O1", {"offer_id": "C1.1.O1"}))

    def summary(self) -> dict[str, Any]:
        run = MeantRun(1, 7, 6.0, LEFT, publications=self.publications)
        return compare(FourAccounts(run, self.topics, self.record, self.workflows))

    def found(self, *names: str) -> tuple[Any, ...]:
        cases = self.summary()["cases"]
        return tuple(cases[name] for name in names)

    def told(self, *names: str) -> tuple[int, ...]:
        notices = self.summary()["notices"]
        return tuple(notices[name] for name in names)


def row(**columns: Any) -> Any:
    return SimpleNamespace(**columns)


def rows(*each: Any) -> Sequence[Any]:
    return each


def test_a_run_in_which_all_went_well_counts_nothing_lost_or_doubled() -> None:
    summary = Accounts().summary()
    assert summary["notices"] == {
        "published": 2,
        "acknowledged": 2,
        "resent": 0,
        "joined": 0,
        "held": 0,
        "rejected": 0,
    }
    assert summary["cases"] == {
        "opened": 2,
        "closed": 1,
        "in_follow_up": 0,
        "waiting": 1,
        "unowned": 0,
        "eligible_consenting": 2,
        "first_visit_delivered": 2,
        "lost": 0,
        "doubled": 0,
    }
    assert summary["first_service_days"] == {"p50": 1.0, "p90": 1.0}
    assert summary["share_within_two_days"] == 1.0
    assert summary["promises_broken"] == {"first_service": 0, "named_late": 0}


def test_a_notice_that_nobody_answered_is_lost() -> None:
    accounts = Accounts()
    accounts.tell("1-003", "m3")
    assert accounts.found("lost", "doubled") == (1, 0)


def test_a_record_that_kafka_said_to_have_and_has_not_is_lost() -> None:
    accounts = Accounts()
    accounts.tell("1-003", "m3", times=0)
    assert accounts.found("lost") == (1,)


def test_a_case_that_kafka_names_and_postgresql_has_not_is_lost() -> None:
    accounts = Accounts()
    accounts.record.known.remove("C2")
    del accounts.record.cases["C2"]
    assert accounts.found("lost") == (1,)


def test_a_case_without_a_workflow_is_lost_and_so_is_a_workflow_without_a_case() -> None:
    accounts = Accounts()
    accounts.workflows.chains["C9"] = accounts.workflows.chains.pop("C2")
    assert accounts.found("lost") == (2,)


def test_an_open_case_whose_workflow_ended_is_lost() -> None:
    accounts = Accounts()
    accounts.workflows.running.clear()
    assert accounts.found("lost") == (1,)


def test_a_resend_is_no_second_notice() -> None:
    accounts = Accounts()
    accounts.tell("1-001", "m1-001", times=2)
    assert accounts.summary()["notices"]["resent"] == 2
    assert accounts.found("lost", "doubled") == (0, 0)


def test_a_second_acknowledgement_under_another_id_is_doubled_and_a_repeat_is_not() -> None:
    accounts = Accounts()
    accounts.acknowledge("m1-001", "C1")
    assert accounts.found("doubled") == (0,)
    accounts.acknowledge("m1-001", "C1", event="another")
    assert accounts.found("doubled") == (1,)


def test_an_id_reused_for_another_patient_is_acknowledged_twice_rightly() -> None:
    accounts = Accounts()
    accounts.tell("1-003", "m1-001", notice="n3")
    accounts.acknowledge("m1-001", "", event="ack-3")
    assert accounts.found("lost", "doubled") == (0, 0)
    assert accounts.summary()["notices"]["held"] == 1


def test_a_held_notice_counts_as_what_it_was_settled_to() -> None:
    accounts = Accounts()
    for number in "345":
        accounts.tell(f"1-00{number}", f"m{number}")
        accounts.acknowledge(f"m{number}", "")
        accounts.record.notices.append(NoticeRow(("hospital", f"m{number}"), "", "held"))
    assert accounts.told("acknowledged", "joined", "held") == (5, 0, 3)
    accounts.record.notices[2:] = [
        NoticeRow(("hospital", message), case, "numbered")
        for message, case in (("m3", "C3"), ("m4", "C3"), ("m5", "C1"))
    ]
    assert accounts.told("acknowledged", "joined", "held") == (5, 2, 0)  # and C3 was opened by one of them


def test_two_open_cases_for_one_discharge_are_doubled() -> None:
    accounts = Accounts()
    accounts.record.notices.append(NoticeRow(("hospital", "m1-001"), "C3", "numbered"))
    accounts.record.cases["C3"] = accounts.record.cases["C1"]
    accounts.record.known.add("C3")
    accounts.workflows.running.add("C3")
    accounts.workflows.chains["C3"] = {("handoff-C3", "run-C3")}
    assert accounts.found("lost", "doubled") == (0, 1)


def test_two_workflows_of_one_case_are_doubled_and_a_chain_of_runs_is_not() -> None:
    accounts = Accounts()
    accounts.workflows.chains["C1"].add(("handoff-C1-again", "run-9"))
    assert accounts.found("doubled") == (1,)


def test_one_offer_under_two_ids_is_doubled() -> None:
    accounts = Accounts()
    accounts.offer("one")
    accounts.offer("one")
    assert accounts.found("doubled") == (0,)
    accounts.offer("two")
    assert accounts.found("doubled") == (1,)


def test_two_visits_to_come_on_one_line_are_doubled() -> None:
    accounts = Accounts()
    visit = {"line_id": "C1.1", "state": "scheduled", "planned_at": LEFT}
    accounts.record.visits = rows(row(**visit), row(**visit))
    assert accounts.found("doubled") == (1,)


def test_a_case_whose_clocks_all_stand_still_is_nobodys() -> None:
    accounts = Accounts()
    accounts.record.clocks[0].pauses = [{"why": "readmitted", "until": None}]
    assert accounts.found("unowned") == (1,)


def test_a_person_discharged_again_is_counted_from_the_discharge_before_the_first_service() -> None:
    accounts = Accounts()
    accounts.record.cases["C1"].discharged_at = LEFT + timedelta(days=1)
    assert accounts.summary()["first_service_days"]["p90"] == 1.0
