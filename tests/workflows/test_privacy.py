"""Temporal knows codes and ids: nothing that tells who the person is."""

from temporalio.converter import DataConverter

from handoff.store import tables
from tests.workflows.story import accepts, approved, visited
from tests.workflows.town import MEALS, SAFETY, Town
from workflows.client import workflow_id

CANARIES = {
    "name": "카나리아새",
    "birth_date": "1941-07-19",
    "phone": "010-9182-7364",
    "address": "경기도 광명시 카나리로 1984 (철산동)",
    "registration_number": "410719-2918273",
    "patient_number": "CANARY-PATIENT-5577",
    "sex": "canary-sex",
}
REFERENCE = "CANARY-VISIT-8833"


async def everything_in_temporal(town: Town) -> str:
    """Every payload, header, attribute, id and word that Temporal keeps of the case, decoded."""
    history = await town.history()
    described = await town.handle.describe()
    payloads = [str(history.to_json()), str(described.raw_description)]
    for event in history.events:
        payloads += [str(data) for data in _decoded(event)]
    raw = (
        await DataConverter.default.decode([described.raw_description.execution_config.user_metadata.details])
        if (described.raw_description.execution_config.user_metadata.HasField("details"))
        else []
    )
    return "\n".join([*payloads, str(raw), str(await town.handle.query("__temporal_workflow_metadata"))])


def _decoded(message: object) -> list[bytes]:
    """The bytes of every payload in a message, however deep it stands."""
    found: list[bytes] = []
    for descriptor, value in message.ListFields():  # type: ignore[attr-defined]
        for each in value.values() if hasattr(value, "values") else value if _many(value) else [value]:
            if hasattr(each, "ListFields"):
                found += [each.data] if descriptor.message_type.name == "Payload" else _decoded(each)
    return found


def _many(value: object) -> bool:
    return hasattr(value, "__iter__") and not isinstance(value, str | bytes)


async def test_nothing_that_tells_who_the_person_is_ever_reaches_temporal(town: Town) -> None:
    who = {**CANARIES, "phone": f"010-9182-{town.number:04}"}
    assert await town.hospital_tells(who=who, discharge={"reference": REFERENCE}) == "opened"
    await town.tells("presurvey.completed", "gm-centre-cheolsan", town.case_id, score=3)
    await town.tells("plan.drafted", "gm-centre-cheolsan", town.case_id, lines=[MEALS, SAFETY])
    await town.tells("plan.approved", "gm-conference", town.case_id)
    await accepts(town)
    await visited(town)
    await town.hospital_tells("person.died", discharge={"reference": REFERENCE}, who=who)
    await town.passes(hours=25)
    assert await town.ended() == "reason-1"
    kept = await everything_in_temporal(town)
    assert town.case_id in kept
    forms = {*who.values(), REFERENCE, who["phone"].replace("-", ""), "카나리로", "4107192918273"}
    found = {each for each in forms if each in kept or each in kept.encode().decode("unicode_escape", "ignore")}
    assert not found
    assert "카나리아새" not in workflow_id(town.case_id)


async def test_the_receiver_who_has_to_knock_at_the_door_is_told_the_name(town: Town) -> None:
    await approved(town, SAFETY)
    provider = await accepts(town)
    letters = await town.desk.letters(provider)
    assert "김복순" in str(letters)
    assert not [row for row in await town.rows(tables.timeline) if "김복순" in str(row)]
