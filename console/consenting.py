"""What a command about consent says: the part that it is about, and the end that it names."""

from dataclasses import dataclass
from datetime import date, datetime, time

from console.connections import Connections
from console.errors import NotFoundError, UsageError
from console.moments import local
from handoff.case.consent import NO_END
from handoff.rules.calendar import DAY, at
from handoff.store.queries.stored import StoredMilestone
from handoff.vocabulary.consents import ConsentScope
from handoff.vocabulary.words import MilestoneName

OF_A_PROVIDER = (MilestoneName.PROVIDER_REFUSED, MilestoneName.PROVIDER_ALLOWED)


def provider_named(row: StoredMilestone) -> str:
    """The code of the provider that a refusal is about; "" if it is about none."""
    provider = row.code.partition(f"{ConsentScope.PROVIDER}:")[2] if row.what == MilestoneName.REFUSAL_TOLD else ""
    return row.code if row.what in OF_A_PROVIDER else provider


@dataclass(frozen=True)
class Consenting:
    """The options of a command about consent; those that were left out are empty."""

    gives: bool
    scope: str = ""
    line: str = ""
    provider: str = ""
    until: date | None = None
    no_end: bool = False


def subject_and_code(named: Consenting, case: str, connections: Connections) -> tuple[str, str, datetime | None]:
    """The subject and the code of the event, and the moment at which the consent ends: after its last day.

    Raises:
        UsageError: options do not fit together.
        NotFoundError: the line is of another case, there is no such provider, or the end has passed.
    """
    _fit_together(named)
    if named.line and named.line.partition(".")[0] != case:
        raise NotFoundError(f"There is no line {named.line} in case {case}. `handoff show {case}` lists its lines.")
    if named.provider and connections.profile.provider(named.provider) is None:
        raise NotFoundError(
            f"There is no provider {named.provider}. Nothing was done. `handoff institutions` lists them."
        )
    code = f"{named.scope}:{named.provider}" if named.provider else named.scope
    return named.line or case, NO_END if named.no_end else code, _end(named.until, connections.now())


def _end(until: date | None, now: datetime) -> datetime | None:
    if until is None:
        return None
    ends_at = at(until + DAY, time(0))
    if ends_at <= now:
        raise NotFoundError(
            f"{until.isoformat()} has passed: it is {local(now)}. Nothing was done. A consent ends on a day that lies "
            "ahead: name its last day, or leave --until out. A consent that is over: --withdraw."
        )
    return ends_at


def _fit_together(named: Consenting) -> None:
    options = {ConsentScope.SERVICE: ("--line", named.line), ConsentScope.PROVIDER: ("--provider", named.provider)}
    for scope, (option, value) in options.items():
        if (named.scope == scope) != bool(value):
            raise UsageError(f"--scope {scope} and {option} go together.")
    if (named.until or named.no_end) and (not named.gives or named.scope):
        raise UsageError("--until and --no-end go with --give, and with no --scope.")
    if named.until and named.no_end:
        raise UsageError("Name --until DAY or --no-end, not both.")
