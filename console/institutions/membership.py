"""Changes to a registered institution: name, role, password, suspended, removed."""

from dataclasses import dataclass

from console.connections import Connections
from console.errors import NotFoundError, UsageError
from console.institutions.register import (
    ROLES,
    HandedOver,
    handed_over,
    kafka_runs,
    kept_in_the_folder,
    provision,
    registered,
)
from handoff.profile.files import ProfileError
from handoff.profile.register import Provider
from handoff.store.queries.monitoring import open_cases_with
from handoff.vocabulary.states import InstitutionStanding

_LATER = "Kafka does not run: its user and rights follow with the next `handoff up`, or `handoff provision`."
_DONE = {
    InstitutionStanding.SUSPENDED: "Kafka refuses it at once. What it sent before and nobody has read is parked "
    "(sender-suspended); its letters wait on its topic. `handoff institutions resume {code}` lets it in again, with "
    "the same password; then `handoff parked retry --from {code} --as WHO`.",
    InstitutionStanding.REMOVED: "Kafka refuses it at once, and it gets no more letters. Its topics stay until Kafka "
    "deletes what is in them; its code stays taken. `handoff institutions resume {code}` takes it back.",
    InstitutionStanding.ACTIVE: "It is heard again, and has the password that it had.",
}
_RENEWED = (
    "The password before opens no new connection. One that is open stays open: `suspend`, then `resume`, to end it."
)


@dataclass(frozen=True)
class InstitutionChange:
    """What to change. None: no change.

    Attributes:
        silent_days: days without a message after which `doctor` reports it; 0: never.
    """

    name: str | None = None
    role: str | None = None
    silent_days: int | None = None


async def change_institution(connections: Connections, code: str, change: InstitutionChange) -> HandedOver:
    """Change its name or role, or how long it may be silent.

    Raises:
        UsageError: no change was named, or there is no such role.
        NotFoundError: nobody is registered under the code, a setting names the profile, or the profile needs it
            in its role.
    """
    body = registered(connections, code)
    fields = {name: value for name, value in vars(change).items() if value is not None}
    if not fields:
        raise UsageError("Say what to change: --name, --role or --silent-days.")
    if change.silent_days is not None and isinstance(body, Provider):
        raise UsageError(f"--silent-days is for institutions. {code} is a provider.")
    if change.role is not None and (change.role not in ROLES or isinstance(body, Provider)):
        roles = ", ".join(ROLES)
        raise UsageError(f"{code} cannot have the role {change.role!r}. An institution has one of {roles}.")
    return handed_over(connections, code, secret=False, note=await _changed(connections, code, fields))


async def set_standing(connections: Connections, code: str, standing: InstitutionStanding) -> HandedOver:
    """Suspend it, remove it, or let it in again.

    Raises:
        NotFoundError: nobody is registered under the code; it has this standing already; a setting names the profile;
            or it cannot be removed: it is a party to open cases, or the profile needs it, e.g. as the deciding body.
    """
    body = registered(connections, code)
    if body.standing == standing:
        raise NotFoundError(f"{code} is {standing} already.")
    if standing == InstitutionStanding.REMOVED:
        await _check_no_open_cases(connections, code)
    later = await _changed(connections, code, {"standing": standing})
    return handed_over(connections, code, secret=False, note=f"{_DONE[standing].format(code=code)} {later}".rstrip())


async def new_password(connections: Connections, code: str) -> HandedOver:
    """Give it a new Kafka password. Returns what to send to it.

    Raises:
        NotFoundError: nobody is registered under the code, it has no topics, or a setting names the profile.
    """
    body = registered(connections, code)
    if not connections.profile.has_topic(code):
        raise NotFoundError(f"{code} has no Kafka password: it has no topics.")
    later = await _changed(connections, code, {"password_version": body.password_version + 1})
    return handed_over(connections, code, secret=True, note=f"{_RENEWED} {later}".rstrip())


async def _changed(connections: Connections, code: str, fields: dict[str, object]) -> str:
    """Change the register, and Kafka if it runs. Returns what is still to be done, in words, or ""."""
    kept_in_the_folder(connections)
    runs = await kafka_runs(connections, connections.bootstrap)
    before = connections.register.text()
    try:
        connections.register.change(code, fields)
    except ProfileError as mistake:
        raise NotFoundError(f"Nothing was changed, because the profile would have a mistake: {mistake}") from mistake
    if runs:
        await provision(connections, code, before)
    connections.forget_profile()
    return "" if runs else _LATER


async def _check_no_open_cases(connections: Connections, code: str) -> None:
    async with connections.engine.connect() as conn:
        cases = await open_cases_with(conn, code)
    if cases:
        raise NotFoundError(
            f"{code} is a party to open cases ({cases}). Suspend it now (`handoff institutions suspend {code}`), and "
            "remove it when they are closed."
        )
