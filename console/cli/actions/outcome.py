"""The result of an action, in words."""

from collections.abc import Mapping, Sequence

from console.act import ActionDone
from console.cli.order import Answer
from console.connections import Connections
from console.moments import local
from console.running_help import RunningHelp, in_lines
from handoff.case.consent import NO_END
from handoff.vocabulary.consents import ConsentScope
from handoff.vocabulary.words import EventKind, MilestoneName
from handoff.worklist.next_action import Next

DONE: Mapping[str, str] = {
    EventKind.CONTACT_MADE: "the contact is recorded.",
    EventKind.CONTACT_FAILED: "the failed attempt is recorded; the next attempt is planned.",
    EventKind.CONSENT_GIVEN: "consent is recorded; institutions may now be told who the person is.",
    EventKind.CONSENT_REFUSED: "support is refused; the case ends.",
    EventKind.CONSENT_WITHDRAWN: "consent is withdrawn: open offers are taken back, accepted services go on.",
    EventKind.SERVICE_REFUSED: "this service ends; the others go on.",
    EventKind.SERVICE_KEPT: "the service goes on; nobody else is told about the person.",
    EventKind.PAPERS_RECEIVED: "the papers are recorded; the case goes on.",
    EventKind.PRESURVEY_COMPLETED: "the survey is recorded.",
    EventKind.DETERMINATION_RETURNED: "the determination is recorded.",
    EventKind.PLAN_DRAFTED: "the plan is submitted.",
    EventKind.PLAN_APPROVED: "the plan is approved; its lines that were not offered before are offered now.",
    EventKind.PLAN_REJECTED: "the plan is rejected; a new version is due.",
    EventKind.REFERRAL_ACCEPTED: "the provider accepts. A provider without a topic now needs name, address and phone.",
    EventKind.REFERRAL_PARTLY_ACCEPTED: "the provider accepts a part; the rest goes to the next one, if any.",
    EventKind.REFERRAL_DECLINED: "the provider declines; the line is offered to the next provider, if there is one.",
    EventKind.REFERRAL_CHANGED: "the provider gives the line back; it goes to the next provider, if there is one.",
    EventKind.SERVICE_ENDED: "the service ends; no visit takes place after its end.",
    EventKind.GAP_ANSWERED: "the decision about the gap is recorded.",
    EventKind.VISIT_PROPOSED: "the visit takes place then; others stay, unless the engine proposed this first one.",
    EventKind.VISIT_COMPLETED: "the visit took place.",
    EventKind.VISIT_MISSED: "the visit was missed; somebody has to call the person.",
    EventKind.VISIT_REQUESTED: "a visit is requested.",
    EventKind.CHECK_COMPLETED: "the check is recorded.",
    EventKind.CHECK_FAILED: "the failed check is recorded; the next attempt is planned.",
    EventKind.DISCHARGE_NOTIFIED: "the discharge is recorded.",
    EventKind.DISCHARGE_CANCELLED: "the discharge is cancelled; offers and visits are cancelled too.",
    EventKind.ADMISSION_OCCURRED: "the person is in hospital again; clocks and visits are suspended.",
    EventKind.CASE_CLOSED: "the case ends. Contact stops now; `handoff reopen` takes it back before it is final.",
    EventKind.CASE_REOPENED: "the case goes on as it was.",
    EventKind.RECORD_CORRECTED: "the record is corrected; what was recorded before stays to be seen.",
    EventKind.TASK_SETTLED: "done.",
}


# What a consent, its refusal or its withdrawal changes if it is about a part.
PARTS: Mapping[tuple[str, str], str] = {
    (EventKind.CONSENT_GIVEN, ConsentScope.LOOKUP): "records may be looked up again; papers are not awaited any more.",
    (EventKind.CONSENT_GIVEN, ConsentScope.PROVIDER): "this provider may be asked again.",
    (EventKind.CONSENT_GIVEN, MilestoneName.CONSENT_RENEWED): "the end of the consent is moved.",
    (EventKind.CONSENT_GIVEN, NO_END): "the consent has no end any more.",
    (EventKind.CONSENT_REFUSED, ConsentScope.LOOKUP): "records are not looked up; the person is asked for papers.",
    (EventKind.CONSENT_REFUSED, ConsentScope.SERVICE): "this service ends; the others go on.",
    (EventKind.CONSENT_REFUSED, ConsentScope.PROVIDER): "this provider is not asked again; its lines go to the next.",
}

# What a provider changes of a line that it keeps, by the code of the change.
CHANGED: Mapping[str, str] = {
    "quantity": "the provider makes this many visits from then on; the rest, if any, goes to the next provider.",
    "weekdays": "the visits fall on these weekdays from then on.",
}


def answer(connections: Connections, acted: ActionDone) -> Answer:
    """What was done, and the next action."""
    action, done, following = acted.action, acted.done, acted.following
    content: dict[str, object] = {
        "case": action.case,
        "milestones": done.milestones,
        "verdicts": done.verdicts,
        "subjects": done.subjects,
    }
    if acted.before:
        content["recorded"] = acted.before.key
    renewed = [what for what in done.milestones if what == MilestoneName.CONSENT_RENEWED]
    part = action.code.partition(":")[0] or "".join(renewed)
    kind = EventKind.CONSENT_REFUSED if action.kind == EventKind.CONSENT_WITHDRAWN else action.kind
    result = CHANGED.get(action.code) or PARTS.get((kind, part)) or DONE.get(action.kind, "It is recorded.")
    if acted.before:
        result = f"that is recorded already, so nothing was written: {acted.before.says}."
    command = connections.to_type(following.command) if following and following.command else ""
    return Answer(content, [f"{action.subject}: {result}", next_in_words(following, command)])


def with_ended(done: Answer, ends: Sequence[RunningHelp]) -> Answer:
    """The same answer, with the running help that a rejection has ended."""
    if not ends:
        return done
    result, *following = done.shown
    content = {**done.content, "ended": [line.content() for line in ends]}
    return Answer(content, [result, f"Help that was running has ended:\n{in_lines(ends)}", *following])


def next_in_words(following: Next | None, command: str = "") -> str:
    """Who does what next, and by when. The command stands on a line of its own, so that it can be copied."""
    if following is None:
        return "Nobody has to do anything now."
    sentence = f"Next: {following.action}. Owner: {following.owner}. Due: {local(following.due_at)}."
    return f"{sentence}\n    {command}" if command else sentence
