"""Letters that answer a notice: acknowledged, settled or rejected."""

from collections.abc import Mapping
from typing import Any

from events.contract.outgoing import NoticeAcknowledged, NoticeRejected
from events.intake.context import IntakeContext
from events.intake.parking import digest_of
from events.intake.prepared import Prepared, Refused
from handoff.fact import Unreadable
from handoff.store.intake.facts import FactRow
from handoff.store.outbox import Letter
from handoff.store.persons import OpenedPerson
from handoff.store.vault import Key
from handoff.vocabulary.outcomes import LetterKind

AddressedLetter = tuple[Letter, Key]  # a letter, and the key that seals it


def acknowledgement(
    prepared: Prepared, person: OpenedPerson | None, says: Mapping[str, Any], context: IntakeContext
) -> list[AddressedLetter]:
    """Tell the sender of a notice that it is stored or, if it was held, that it was settled.

    Args:
        prepared: the notice.
        person: whom it is about; None: not settled yet.
        says: `status`, `case_id` and `unclear` of `notice.acknowledged`.
        context: of the transaction.

    Returns:
        One letter; none if the sender has no topic.
    """
    row, settled = prepared.row, prepared.row.fact_id is not None
    if not context.profile.has_topic(row.sender):
        return []
    fields = {"message_id": row.message_id, "reference": prepared.fact.reference, "id_reused": prepared.id_reused}
    values = {**fields, **_spot(row), "case_id": "", "settled": settled, **says}
    payload = NoticeAcknowledged.model_validate(values).model_dump()
    case_id = says.get("case_id", "")
    letter = Letter(
        case_id,
        f"{'settled' if settled else 'acknowledged'}:{row.code}",
        row.sender,
        LetterKind.NOTICE_ACKNOWLEDGED,
        context.now,
        payload,
        subject=case_id,
        answers=row.message_id,
        person_id=person.person_id if person else None,
    )
    return [(letter, person.key if person else context.vault.own)]


def rejection(refused: Refused, context: IntakeContext) -> list[AddressedLetter]:
    """Tell the sender why a record is not taken. No letter if it was typed in, or the sender has no topic."""
    record, why = refused.record, refused.why
    if not (record.topic and context.profile.has_topic(record.institution)):
        return []
    fields = {"message_id": why.message_id, "code": why.code, "reason": why.reason, "place": why.place}
    payload = NoticeRejected.model_validate({**fields, "offset": record.offset, "index": record.index}).model_dump()
    key = f"rejected:{record.place}:{digest_of(record, context).hex()[:16]}"
    letter = Letter(
        "", key, record.institution, LetterKind.NOTICE_REJECTED, context.now, payload, answers=why.message_id
    )
    return [(letter, context.vault.own)]


def settled_rejection(row: FactRow, why: Unreadable, context: IntakeContext) -> list[AddressedLetter]:
    """Tell the sender why a notice that was held is not taken. No letter if the sender has no topic."""
    if not context.profile.has_topic(row.sender):
        return []
    fields = {"message_id": row.message_id, "code": why.code, "reason": why.reason, "place": why.place}
    payload = NoticeRejected.model_validate({**fields, **_spot(row), "settled": True}).model_dump()
    key = f"rejected:{row.code}"
    letter = Letter("", key, row.sender, LetterKind.NOTICE_REJECTED, context.now, payload, answers=row.message_id)
    return [(letter, context.vault.own)]


def _spot(row: FactRow) -> dict[str, int | None]:
    """Where on its topic the sender finds a record; the number of the message in it."""
    return {"offset": row.offset if row.topic_id else None, "index": row.index_in_record or 0}
