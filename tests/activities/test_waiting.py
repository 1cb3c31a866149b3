"""Tasks about what a case has lost wait for no death: nobody else would see to them."""

from types import SimpleNamespace
from typing import cast

import pytest

from activities.waiting import waits
from handoff.store.record.cases import CaseRow
from handoff.vocabulary.awaited import TaskKind
from handoff.vocabulary.states import Death


@pytest.mark.parametrize("kind", [TaskKind.REBUILD_CASE, TaskKind.LOST_IN_RESTORE])
@pytest.mark.parametrize("stands", [{"death": Death.CLEAR}, {"death": Death.DOUBTED}, {"closing": "refused"}])
def test_what_a_case_has_lost_waits_neither_for_a_death_nor_for_an_end(kind: TaskKind, stands: dict[str, str]) -> None:
    case = cast("CaseRow", SimpleNamespace(**({"death": "", "closing": "", "restricted": False} | stands)))
    assert not waits(kind, case)
    assert "closing" not in stands or waits(TaskKind.ASSESS, case)
