"""What is said about the person: contact, consent, needs, dates, hospital, checks, and the end."""

from typing import TYPE_CHECKING

from tests.lives.said import DESK, Deeds, case_row, centre, discharge, moment, open_tasks, running_clocks, says

if TYPE_CHECKING:
    from tests.lives.life import Life

INSURER = "nhis-gwangmyeong"
OUTCOMES = ("not-eligible", "guided-elsewhere", "opened-in-error", "discharge-cancelled", "refused", "unmet-need")


def consent(life: "Life") -> Deeds:
    """Consent given, renewed, refused, withdrawn, as a whole or in part; papers; an application."""
    given = case_row(life)["consent"] == "given"
    tellers = (life.opener, DESK, INSURER) if life.says_parts else (life.opener, DESK)
    who = life.draw.choice(tellers)
    until = life.draw.choice((None, None, moment(life, -5, 2, 40, 700))) if life.says_parts else None
    yield (
        (0.05 if given else 2.0),
        says(life, "consent.given", who, code=life.draw.choice(("", "support")), until=until),
    )
    yield (0.005 if given else 0.03), says(life, "consent.refused", who, code=life.draw.choice(("", "lookup")))
    yield (
        (0.06 if given else 0.02),
        says(life, "consent.withdrawn", who, code=life.draw.choice(("support", "service"))),
    )
    if life.says_parts:
        yield from parts(life, who)
    yield 0.05, says(life, "application.received", "family", consent=life.draw.choice(("given", "", "refused")))


def parts(life: "Life", who: str) -> Deeds:
    """Parts of the support refused and given back, papers, and services that run although consent has ended."""
    refused = case_row(life)["refused"] != "[]"
    lines = [row["line_id"] for row in life.twin.rows("plan_lines")] or [life.case]
    line = life.draw.choice(lines)
    providers = [row["provider"] for row in life.twin.rows("referrals")] or ["nobody"]
    provider = life.draw.choice(providers)
    part = life.draw.choice(("lookup", f"provider:{provider}"))
    yield 0.04, says(life, "consent.refused", who, code=part)
    yield (0.5 if refused else 0.01), says(life, "consent.given", DESK, code=part)
    yield (0.5 if refused else 0.01), says(life, "papers.received", DESK)
    yield 0.03, says(life, "service.refused", life.draw.choice((DESK, provider)), line)
    asked = any(task["kind"] == "running-services" for task in open_tasks(life))
    yield (1.0 if asked else 0.01), says(life, "service.kept", DESK, line)


def contact(life: "Life") -> Deeds:
    """Somebody speaks with the person, or tries to."""
    asked = any(task["kind"] in ("contact", "missed-visit", "tell-result") for task in open_tasks(life))
    weight = 1.0 if asked else 0.05
    yield weight, says(life, "contact.made", DESK, code=life.draw.choice(("", "result", "phone")))
    yield weight / 2, says(life, life.draw.choice(("contact.failed", "person.unreachable")), DESK, code="phone")


def assessment(life: "Life") -> Deeds:
    """Surveys and determinations."""
    running = running_clocks(life)
    found = life.draw.choice(({}, {"severe_disability": True}, {"group": "family-care-gap"}, {"complex_need": True}))
    score = life.draw.choice((0, 1, 2, 2, 3, 3, 4, 6))
    asked = {"presurvey", "resurvey"} & running
    survey = says(life, "presurvey.completed", centre(life), quantity=score, body={"score": score, "found": found})
    yield (2.5 if asked else 0.1), survey
    result = life.draw.choice(("eligible", "eligible", "eligible", "not-eligible"))
    decided = says(life, "determination.returned", INSURER, code=result, quantity=score, body={"found": found})
    doubted = any(task["kind"] in ("eligibility", "guide") for task in open_tasks(life))
    yield (2.5 if "determination" in running or doubted else 0.1), decided


def checks(life: "Life") -> Deeds:
    """Checks on the person."""
    asked = {task["subject"] for task in open_tasks(life) if task["kind"] in ("check", "safety-check")}
    for row in life.twin.rows("checks"):
        weight = 1.0 if row["check_id"] in asked else 0.03
        subject = life.draw.choice((row["check_id"], row["name"], "", life.case))
        result = life.draw.choice(("well", "well", "needs-change", "worse", "need-ended", ""))
        yield weight, says(life, "check.completed", centre(life), subject, code=result)
        yield weight / 2, says(life, "check.failed", centre(life), subject, code="no-answer")


def dates(life: "Life") -> Deeds:
    """The discharge: notified, expected, corrected, cancelled."""
    case = case_row(life)
    who = life.draw.choice((life.opener, life.opener, "gm-hospital", "seoul-hospital"))
    weight = 0.15 if case["admitted_at"] else 0.08 if case["discharged_at"] else 1.2
    yield weight, lambda: discharge(life, "discharge.notified", who)
    yield weight / 6, lambda: discharge(life, "discharge.expected", who)
    yield 0.08, lambda: discharge(life, "discharge.corrected", who)
    same = case["discharged_at"] or case["expected_at"]
    yield (
        0.05,
        says(life, "discharge.corrected", who, code="actual" if case["discharged_at"] else "expected", until=same),
    )
    yield (
        0.05,
        says(life, "discharge.notified", who, code="actual", until=same, consent=life.draw.choice(("", "given"))),
    )
    yield 0.04, says(life, "discharge.cancelled", who)


def hospital(life: "Life") -> Deeds:
    """Readmission and death."""
    away = case_row(life)["admitted_at"] is not None
    who = life.draw.choice((life.opener, "gm-hospital", "seoul-hospital"))
    until = life.draw.choice((None, moment(life, -1, -30, -500)))
    yield 0.06, says(life, "admission.occurred", who, until=until)
    yield (0.06 if away else 0.01), says(life, "admission.cancelled", who)
    code = life.draw.choice(("", "", "doubtful"))
    yield 0.006, says(life, "person.died", who, code=code, until=life.draw.choice((None, moment(life, -3, -900))))


def settling(life: "Life") -> Deeds:
    """Tasks settled by hand."""
    for row in open_tasks(life):
        yield 0.06, lambda row=row: life.acts("task.settled", row["task_id"], code=row["kind"])
    yield 0.01, lambda: life.acts("task.settled", "T0000000")


def closing(life: "Life") -> Deeds:
    """The end, as a person decides it."""
    reviewed = any(task["kind"] in ("review-end", "readmission-review", "eligibility") for task in open_tasks(life))
    began = case_row(life)["support_began_at"] is not None
    code = f"reason-{life.draw.choice('12345')}" if began else f"outcome-{life.draw.choice(OUTCOMES)}"
    if life.draw.random() < 0.05:
        code = life.draw.choice(("reason-6", "reason-1", "outcome-none", "outcome-refused", ""))
    if case_row(life)["closing"]:
        yield 0.2, lambda: life.acts("case.reopened")
    yield (0.3 if reviewed else 0.01), lambda: life.acts("case.closed", code=code)
