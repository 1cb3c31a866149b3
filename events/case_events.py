"""What is stored of a fact or of a person's action, as the event that its case gets."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from events.contract.event_types import told as particulars
from events.readers import from_json
from handoff.case.messages import CaseEvent
from handoff.case.record_rows import TimelineRow
from handoff.profile.model import Profile
from handoff.store.intake.facts import CONTENT, Untold
from handoff.store.queries.actions import StoredAction
from handoff.store.vault import SealBrokenError, Vault

_LETTERS_OF_A_STAY = 16  # of the keyed digest in hex: enough to tell the stays of one case apart


def of_fact(vault: Vault, profile: Profile, stored: Untold) -> CaseEvent | None:
    """The event of a numbered fact: codes and ids only. None: the person was erased meanwhile."""
    try:
        sealed = stored.content_sealed or b""
        fact = from_json(vault.key(stored.person_id, stored.key_sealed).open(CONTENT, sealed))
    except SealBrokenError:
        return None
    details = particulars(fact)
    body = profile.institution(fact.sender)
    return CaseEvent(
        kind=fact.kind,
        at=fact.occurred_at,
        who=details.who or fact.sender,
        why=details.why,
        number=stored.number,
        fact=stored.fact_id,
        subject=details.subject,
        code=details.code,
        quantity=details.quantity,
        until=details.until,
        consent=details.consent,
        consent_until=details.consent_until,
        alive=details.alive,
        role=body.role if body else "",
        stay=(stored.reference_digest or b"").hex()[:_LETTERS_OF_A_STAY],
        written=fact.written_at,
        occurred=fact.occurred_at,
        written_within=fact.written_within,
        until_within=details.until_within,
    )


def of_action(stored: StoredAction, rows: Iterable[TimelineRow] = ()) -> CaseEvent:
    """The event of a person's action.

    Args:
        stored: the action.
        rows: of the timeline, those that it led to. An action of an earlier build has its actor and code there only.
    """
    first = next(iter(rows), None)
    who, code = stored.acted_by, stored.acted_code
    if not who and first:
        who, code = first.who, first.code
    until = stored.body.get("until")
    return CaseEvent(
        kind=stored.kind,
        at=stored.known_at,
        occurred=stored.occurred_at,
        who=who,
        fact=stored.fact_id,
        subject=stored.subject if stored.subject != stored.case_id else "",
        code=code,
        quantity=int(str(stored.body.get("quantity") or 0)),
        until=datetime.fromisoformat(str(until)) if until else None,
        why=_word(stored.body, "why"),
        corrects=_word(stored.body, "corrects"),
    )


def _word(body: Mapping[str, object], name: str) -> str:
    return str(body.get(name) or "")
