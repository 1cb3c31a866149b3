"""The look-up terms by which a person is found with what a word tells of some details, also if it does not count."""

from dataclasses import replace

from handoff.fact import Person
from handoff.rules.identity import index_terms
from handoff.store.persons import OpenedPerson, Term, terms
from handoff.store.vault import Vault
from handoff.store.versions_json import told_values
from handoff.vocabulary.details import Detail

FOUND_BY = (Detail.NAME, Detail.BIRTH, Detail.PHONE, Detail.ADDRESS)  # details of which look-up terms are made


def terms_with(sent: Person, person: OpenedPerson, sender: str, vault: Vault) -> set[Term]:
    """The terms of a person with the details that were sent.

    Strong identifiers are left out: only a notice adds them.
    """
    values = {name: value for detail in FOUND_BY for name, value in told_values(detail, sent).items()}
    whole = replace(person.told, registration_number="", patient_number="", **values)
    return terms(vault, index_terms(whole, sender))
