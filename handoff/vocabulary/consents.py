"""The words for consent to a part of the support, and for what a word about a refusal counts."""

from handoff.vocabulary.rows import Word


class ConsentScope(Word):
    """What a consent, its refusal or its withdrawal is about (DOMAIN §2.11)."""

    SUPPORT = "support"  # the support as a whole
    LOOKUP = "lookup"  # the lookup of the person's records: who refuses it brings papers instead
    SERVICE = "service"  # one line of the plan
    PROVIDER = "provider"  # one provider, whatever it offers


class RefusalWeight(Word):
    """What the word of a role about a refusal counts."""

    COUNTS = "counts"
    IS_ASKED_ABOUT = "is-asked-about"  # a person asks the person concerned; until then nothing changes
    NOT_THEIRS = "not-theirs"  # it is refused, and its sender is told what to do
