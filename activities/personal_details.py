"""Writes new details of the person: who is told of them, where sources contradict each other, and the new district."""

from collections.abc import Mapping

from activities.case_session import CaseSession, Writer
from activities.informing import assessors, due_soon, inform, remember
from handoff.case.messages import Milestone, MilestoneResult
from handoff.rules.jurisdiction import Ours, municipality
from handoff.rules.versions import Version, standing
from handoff.timezone import to_the_minute
from handoff.vocabulary.awaited import TaskKind
from handoff.vocabulary.details import Detail
from handoff.vocabulary.words import MilestoneName


def person_corrected(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Tell those who work with the person what has changed. A contradiction between sources is one task a detail."""
    changed = milestone.code.split(",")
    _ask_what_is_right(session)
    if Detail.ADDRESS in changed:
        _move(session)
    inform(session, changed)
    return session.result()


def _ask_what_is_right(session: CaseSession) -> None:
    """Open a task for each detail that is in dispute, and close those of details that are not, or no longer."""
    versions = session.versions()
    for detail in Detail:
        stands = standing(detail, versions.get(detail, ()))
        if stands is None or not stands.against:
            session.answered(TaskKind.DETAILS_DIFFER, subject=detail)
            continue
        sources = [_told(stands.counts, counts=True), *(_told(version) for version in stands.against)]
        task = session.ask(TaskKind.DETAILS_DIFFER, due_soon(session), detail)
        task.about = {"detail": detail, "settle": sources}


def _told(version: Version, *, counts: bool = False) -> dict[str, str]:
    """Who told a version, and when. Never what: that is personal data."""
    origin = version.origin
    passed_on = f", told by: {origin.told_by}" if origin.told_by else ""
    says = f"on {to_the_minute(origin.written_at)}{passed_on}{'; this counts until it is settled' if counts else ''}"
    return {"code": origin.source or "unknown", "place": "", "says": says}


def _move(session: CaseSession) -> None:
    """Let the case follow the person into another district. Providers that do not serve it are a task each.

    Those who assess in the old district know of the person, and may still answer.
    """
    person, profile = session.identity(), session.profile
    place = municipality(person.address, person.address_code, profile)
    if not isinstance(place, Ours) or not place.district or place.district == session.case.district:
        return
    for assessor in list(assessors(session)):
        if assessor not in session.case.informed:
            remember(session, assessor, {})
    session.case.district = place.district
    for referral in session.referrals.open().values():
        provider = profile.provider(referral.provider)
        if provider is None or profile.covers(provider, place.district):
            session.answered(TaskKind.DISTRICT_NOT_SERVED, subject=referral.offer_id)
            continue
        about = {"receiver": referral.provider, "district": place.district}
        task = session.ask(TaskKind.DISTRICT_NOT_SERVED, due_soon(session), referral.offer_id)
        task.about = about  # the person may have moved twice


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.PERSON_CORRECTED: person_corrected,
}
