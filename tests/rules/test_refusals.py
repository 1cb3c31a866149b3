"""Whose word about a refusal counts: the table of the rule is that of the contract, and each cell acts."""

import re
from pathlib import Path

import pytest

from handoff.rules.refusals import WEIGHTS, weight
from handoff.vocabulary.consents import ConsentScope, RefusalWeight
from tests.case.cases import Telling, opened, serving

PAGE = Path(__file__).parents[2] / "docs" / "event-contract.md"
IN_WORDS = {
    "counts": RefusalWeight.COUNTS,
    "asked": RefusalWeight.IS_ASKED_ABOUT,
    "refused": RefusalWeight.NOT_THEIRS,
}
CELLS = [(role, scope) for role in (*WEIGHTS, "nobody") for scope in ConsentScope]
BECOMES = {
    ("support", "consent.withdrawn"): "consent_withdrawn",
    ("support", "consent.refused"): "refusal_told",  # consent stands, so the person is asked
    ("lookup", ""): "lookup_refused",
    ("service", ""): "service_refused",
    ("provider", ""): "provider_refused",
}


def test_the_contract_has_the_table_of_the_rule() -> None:
    rows = re.findall(r"^\| (.+?) \| (\w+)\b.*? \| (\w+)\b.*? \| (\w+)\b.*? \| (\w+)\b.*? \|$", _table(), re.MULTILINE)
    written = {
        role: tuple(map(IN_WORDS.__getitem__, words)) for roles, *words in rows[1:] for role in roles.split(", ")
    }
    assert written == {role: tuple(row[scope] for scope in ConsentScope) for role, row in WEIGHTS.items()}


@pytest.mark.parametrize("kind", ["consent.refused", "consent.withdrawn"])
@pytest.mark.parametrize(("role", "scope"), CELLS)
def test_the_word_of_each_role_about_each_part_does_what_the_table_says(role: str, scope: str, kind: str) -> None:
    telling = serving()
    said = _tells(telling, role, kind, scope)
    counts = weight(role, ConsentScope(scope))
    if counts == RefusalWeight.COUNTS:
        assert said == [BECOMES.get((scope, kind)) or BECOMES[scope, ""]]
    elif counts == RefusalWeight.IS_ASKED_ABOUT:
        assert said == ["refusal_told"]
    else:
        assert (said, telling.written[-1].code) == (["set_aside"], "not-your-event")
    if counts != RefusalWeight.COUNTS:
        assert (telling.case.end, telling.case.consent, telling.case.refused) == ("", "given", [])


@pytest.mark.parametrize("role", [*WEIGHTS, "nobody"])
def test_before_consent_only_those_that_speak_with_the_person_end_the_case(role: str) -> None:
    telling = Telling()
    telling.fact("discharge.notified", code="actual")
    _tells(telling, role, "consent.refused", "support")
    ends = weight(role, ConsentScope.SUPPORT) == RefusalWeight.COUNTS
    assert telling.case.end == ("outcome-refused" if ends else "")


def test_no_institution_ends_a_case_while_services_run() -> None:
    telling = serving()
    telling.fact("consent.withdrawn", "gm-hospital", code="support")
    assert telling.fact("consent.refused", "gm-hospital", code="support") == ["refusal_told"]
    assert telling.case.end == ""
    assert telling.action("consent.refused") == ["consent_refused"]  # a person's word, after the withdrawal


def test_a_provider_refuses_no_other_provider() -> None:
    telling = serving()
    _, said = opened(), telling.fact("consent.refused", "meals", role="provider", code="provider:helpers")
    assert (said, telling.written[-1].code) == (["set_aside"], "not-your-event")


def _tells(telling: Telling, role: str, kind: str, scope: str) -> list[str]:
    who = "desk" if role == "desk" else f"some-{role}"
    code = f"provider:{who}" if scope == "provider" and role == "provider" else scope
    code = "provider:meals" if scope == "provider" and role != "provider" else code
    return telling.fact(kind, who, role=role, code=code, subject="C1.1")


def _table() -> str:
    return PAGE.read_text().partition("### Whose word about a refusal counts")[2].partition("\n##")[0]
