"""Whose word about a refusal or a withdrawal counts, by role and scope. docs/event-contract.md has the same table.

Only the person may refuse. The municipality, its community centre and hospitals speak with the person. The person is
asked about the word of a relative, and of an institution with an interest of its own.
"""

from collections.abc import Mapping

from handoff.vocabulary.consents import ConsentScope, RefusalWeight

_COUNTS, _ASKED, _NOT_THEIRS = RefusalWeight.COUNTS, RefusalWeight.IS_ASKED_ABOUT, RefusalWeight.NOT_THEIRS
MUNICIPALITY = "desk"  # also the role of each person of the municipality
PROVIDER = "provider"


def _row(
    support: RefusalWeight, lookup: RefusalWeight, service: RefusalWeight, provider: RefusalWeight
) -> Mapping[ConsentScope, RefusalWeight]:
    return dict(zip(ConsentScope, (support, lookup, service, provider), strict=True))


_OTHER = _row(_ASKED, _NOT_THEIRS, _NOT_THEIRS, _NOT_THEIRS)
# A provider speaks of its own line and of itself only, which the record makes sure of.
WEIGHTS: Mapping[str, Mapping[ConsentScope, RefusalWeight]] = {
    MUNICIPALITY: _row(_COUNTS, _COUNTS, _COUNTS, _COUNTS),
    "community-centre": _row(_COUNTS, _COUNTS, _COUNTS, _COUNTS),
    "hospital": _row(_COUNTS, _COUNTS, _COUNTS, _COUNTS),
    "long-term-care": _row(_COUNTS, _COUNTS, _COUNTS, _COUNTS),
    "residential-care": _row(_COUNTS, _COUNTS, _COUNTS, _COUNTS),
    "family": _row(_ASKED, _COUNTS, _ASKED, _ASKED),
    "nhis": _row(_ASKED, _COUNTS, _NOT_THEIRS, _NOT_THEIRS),
    PROVIDER: _row(_ASKED, _NOT_THEIRS, _COUNTS, _COUNTS),
}


def weight(role: str, scope: ConsentScope) -> RefusalWeight:
    """What the word of this role about a refusal of this scope counts. An unknown role is asked about, or refused."""
    return WEIGHTS.get(role, _OTHER)[scope]
