"""The command by which people tell new details of a person."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.options import Case, Moment, Who, day
from console.cli.order import Answer, ordered
from console.errors import UsageError
from handoff.vocabulary.details import Detail, ToldBy

if TYPE_CHECKING:
    from console.connections import Connections
    from handoff.fact import Person

By = Annotated[
    ToldBy | None,
    typer.Option(help="Whose word it is: that of a relative, such as a daughter; of the person; of the register."),
]
Name = Annotated[str, typer.Option(help="The person's full name.")]
BirthDate = Annotated[date | None, typer.Option("--birth-date", metavar="DAY", parser=day, help="Such as 1948-03-02.")]
Phone = Annotated[str, typer.Option(help="Phone number of the person.")]
Address = Annotated[str, typer.Option(help="The registered address. In another municipality it is a task.")]
Contact = Annotated[str, typer.Option(help="Whom to call about the person: the name.")]
ContactRelation = Annotated[str, typer.Option(help="What the contact is to the person, such as daughter.")]
ContactPhone = Annotated[str, typer.Option(help="The contact's phone number.")]
Language = Annotated[str, typer.Option(help="The language that the person speaks, such as ko or vi.")]
Carer = Annotated[str, typer.Option(help="Who cares for the person at home: the name.")]
CarerRelation = Annotated[str, typer.Option(help="What the carer is to the person, such as husband.")]
CarerPhone = Annotated[str, typer.Option(help="The carer's phone number.")]
Settle = Annotated[bool, typer.Option("--settle", help="You found out that this is right, whatever was told before.")]
Keep = Annotated[Detail | None, typer.Option(help="You found out that what counts now of this detail is right.")]


@ordered(json=True)
async def person(
    connections: "Connections",
    case: Case,
    *,
    who: Who,
    told_by: By = None,
    name: Name = "",
    birth_date: BirthDate = None,
    phone: Phone = "",
    address: Address = "",
    contact: Contact = "",
    contact_relation: ContactRelation = "",
    contact_phone: ContactPhone = "",
    language: Language = "",
    carer: Carer = "",
    carer_relation: CarerRelation = "",
    carer_phone: CarerPhone = "",
    settle: Settle = False,
    keep: Keep = None,
    at: Moment = None,
) -> Answer:
    """Tell new details of the person. Who told them is kept, and those who work with the person learn of them."""
    from console.cli.cases.details import answer
    from console.person import NewDetails, correct_details
    from handoff.fact import Person

    details = Person(name, birth_date, phone=phone, address=address, language=language)
    details = _with_others(details, (contact, contact_relation, contact_phone), (carer, carer_relation, carer_phone))
    if keep and details != Person():
        raise UsageError("--keep says that what counts now is right. Leave out the other details.")
    if not keep and told_by is None:
        raise UsageError("--told-by is missing: whose word it is, such as relative or person.")
    new = NewDetails(who, told_by or "", details, keep, settle, at.moment if at and not at.counted else None)
    return answer(connections, case, await correct_details(connections, case, new))


def _with_others(person: "Person", contact: tuple[str, str, str], carer: tuple[str, str, str]) -> "Person":
    """The person with the name, relation and phone of the contact and of the carer."""
    from dataclasses import replace

    parts = ("name", "relation", "phone")
    others = {Detail.CONTACT: contact, Detail.CARER: carer}
    fields: dict[str, Any] = {
        f"{role}_{part}": word for role, details in others.items() for part, word in zip(parts, details, strict=True)
    }
    return replace(person, **fields)
