"""What is said about the support: plans and decisions, providers' answers, gaps and visits."""

from typing import TYPE_CHECKING, Any

from tests.lives.said import DESK, HOURS, Deeds, centre, moment, open_tasks, says

if TYPE_CHECKING:
    from tests.lives.life import Life

CONFERENCE = "gm-conference"
OPEN = ("requested", "accepted", "in-progress", "on-hold")
AGREED = ("accepted", "in-progress", "on-hold")
LIVING = ("planned", "offered", "accepted", "in-service", "gap", "on-hold")
LINES: tuple[dict[str, Any], ...] = (
    {"service": "meal-delivery", "kind": "series", "quantity": 5, "per": "week", "days": 28},
    {"service": "meal-delivery", "kind": "series", "quantity": 1, "per": "day", "days": 10},
    {"service": "home-safety", "kind": "one-off"},
    {"service": "home-safety", "kind": "one-off", "quantity": 2},
    {"service": "household-help", "kind": "series", "quantity": 3, "per": "week", "days": 28},
    {"service": "personal-care", "kind": "one-off", "quantity": 1, "prefers": "gm-household-01"},
    {"service": "temporary-protection", "kind": "one-off"},
    {"service": "temporary-protection", "kind": "stand-by"},
    {"service": "accompaniment", "kind": "on-demand", "quantity": 2, "per": "month", "days": 60},
    {"service": "home-visit-korean-medicine", "kind": "series", "quantity": 1, "per": "week", "days": 21},
    {"service": "home-visit-medicine", "kind": "one-off"},
)


def plan(life: "Life") -> Deeds:
    """Plans, approvals, and what the deciding body writes itself."""
    drafting = any(task["kind"] in ("draft-plan", "plan-escalated") for task in open_tasks(life))
    yield (2.0 if drafting else 0.08), says(life, "plan.drafted", centre(life), body={"lines": drafted_lines(life)})
    submitted = [plan for plan in life.twin.rows("plans") if plan["state"] == "submitted"]
    version = life.draw.choice((0, 0, len(life.twin.rows("plans")), 1))
    weight = 2.0 if submitted else 0.03
    yield weight, says(life, "plan.approved", CONFERENCE, life.case, quantity=version)
    yield (
        weight / 8,
        says(life, "plan.changed", CONFERENCE, life.case, body={"lines": drafted_lines(life)}, code="other"),
    )


def rejections(life: "Life") -> Deeds:
    """Plans rejected."""
    submitted = any(plan["state"] == "submitted" for plan in life.twin.rows("plans"))
    version = life.draw.choice((0, 0, len(life.twin.rows("plans")), 1))
    rejected = says(life, "plan.rejected", CONFERENCE, life.case, quantity=version, code="too-little")
    yield (0.8 if submitted else 0.01), rejected


def drafted_lines(life: "Life") -> list[dict[str, Any]]:
    """Lines of a plan: of what lives some are kept; a few cannot be read."""
    draw = life.draw
    lines = [dict(draw.choice(LINES)) for _ in range(draw.choice((1, 1, 2, 2, 3, 5)))]
    for line in lines:
        if draw.random() < 0.2:
            line["urgent"] = True
    for row in life.twin.rows("plan_lines"):
        if row["state"] in LIVING and draw.random() < 0.5:
            kept = {name: row[name] for name in ("service", "kind", "quantity", "per", "days") if row[name]}
            lines.append({**kept, "keeps": row["line_id"]})
    if draw.random() < 0.08:
        lines.append(
            draw.choice(
                ({"service": "no-such"}, {"service": "meal-delivery", "kind": "one-off"}, {**lines[0], "keeps": "X.9"})
            )
        )
    return lines


def answers(life: "Life") -> Deeds:
    """Providers' answers to offers."""
    for row in life.twin.rows("referrals"):
        offer, who = row["offer_id"], row["provider"]
        asked = row["state"] == "requested"
        weight = 3.0 if asked else 0.02
        until = life.draw.choice((None, None, moment(life, 3, 26, 60)))
        yield weight, says(life, "referral.accepted", who, offer, until=until)
        part = life.draw.choice((0, 1, 1, row["quantity"], row["quantity"] + 1))
        yield weight / 4, says(life, "referral.partly-accepted", who, offer, quantity=part, until=until)
        reason = life.draw.choice(("no-capacity", "waitlist", "other"))
        yield weight / 2, says(life, "referral.declined", who, offer, code=reason)


def minds(life: "Life") -> Deeds:
    """Providers that change their minds, and services that end."""
    for row in life.twin.rows("referrals"):
        subject = life.draw.choice((row["offer_id"], row["line_id"]))
        weight = 0.08 if row["state"] in OPEN else 0.005
        change = life.draw.choice(("cannot-go-on", "quantity", "weekdays", "other"))
        part = life.draw.choice((0, 1, row["quantity"]))
        until = life.draw.choice((None, moment(life, 3, 26, 60)))
        yield weight, says(life, "referral.changed", row["provider"], subject, code=change, quantity=part, until=until)
        who = life.draw.choice((row["provider"], DESK))
        ended = life.draw.choice(("completed", "failed", "refused", "moved"))
        yield weight, says(life, "service.ended", who, subject, code=ended, until=until)


def gaps(life: "Life") -> Deeds:
    """Answers to gaps."""
    words = (
        "provider:gm-protection-01",
        "service:household-help",
        "service:none",
        "give-up:no-provider",
        "wait",
        "what",
    )
    for row in life.twin.rows("plan_lines"):
        weight = 1.5 if row["state"] == "gap" else 0.01
        word = life.draw.choice(words)
        until = moment(life, 20, 72) if word == "wait" else None
        yield (
            weight,
            lambda row=row, word=word, until=until: life.acts("gap.answered", row["line_id"], code=word, until=until),
        )


def visits(life: "Life") -> Deeds:
    """Visits, requests for them, and proposals."""
    for row in life.twin.rows("visits"):
        past = row["planned_at"] <= life.driver.now + HOURS
        weight = {"scheduled": 1.5 if past else 0.05, "unreported": 0.6}.get(row["state"], 0.002)
        visit, who = row["visit_id"], row["provider"]
        yield weight, says(life, "visit.completed", who, visit, quantity=1)
        reason = life.draw.choice(("no-answer", "refused", "provider", "other"))
        yield weight / 3, says(life, "visit.missed", who, visit, code=reason)
    for row in life.twin.rows("referrals"):
        if row["state"] in AGREED:
            yield 0.1, says(life, "visit.proposed", row["provider"], row["offer_id"], until=moment(life, -5, 4, 30))
    for row in life.twin.rows("plan_lines"):
        if row["kind"] in ("on-demand", "stand-by"):
            until = life.draw.choice((None, moment(life, 5, 50)))
            yield 0.2, says(life, "visit.requested", DESK, row["line_id"], until=until)
