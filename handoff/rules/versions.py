"""What several sources say of one detail of a person: which version counts, and whether two of them are in dispute.

Both depend on the set of versions and their own moments, never on the order in which they came (DESIGN 16). The words
of a case count over those of the person's earlier cases. Within a case a facility's word counts over that of others,
and the later word over the earlier. What a person has settled counts over all that was told until then, and over those
who only repeat that.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from handoff.rules import phones
from handoff.text import letters
from handoff.vocabulary.details import Detail

PERIOD = timedelta(days=30)  # an older word of another source is out of date, and no contradiction
MOST = 12  # versions of one detail that are kept
_GAP = ("", None)
_NEVER = datetime.min.replace(tzinfo=UTC)
_STREET = re.compile(r"[가-힣]+\d*(?:로|길)\s*\d+(?:번?길\s*\d+)?(?:-\d+)?")
_TOWN = re.compile(r"[가-힣]+[시군구](?![가-힣])")
_IN_BRACKETS = re.compile(r"\([^)]*\)?")
_LANGUAGES = {"kor": "ko", "korean": "ko", "한국어": "ko", "eng": "en", "english": "en", "chi": "zh", "zho": "zh"}
_LANGUAGES |= {"중국어": "zh", "vie": "vi", "베트남어": "vi", "jpn": "ja", "일본어": "ja", "영어": "en"}


@dataclass(frozen=True)
class Origin:
    """The word by which a version was told.

    Attributes:
        source: code of the institution, or `desk`; "": an earlier build did not keep it.
        written_at: when the source said it, aware.
        known_at: when we learned of it.
        since: when the case was opened in which it was told. None: an earlier build did not keep it.
        told_by: a `ToldBy`: whose word the source passes on; "": its own.
        by: the person at the desk who typed it in, as a code.
        knows: whether it counts like a facility's.
        correction: whether it corrects something, and is no notice.
        settles: whether a person has decided by it what counts.
        message: id of the message; it decides between words of the same moment.
    """

    source: str
    written_at: datetime
    known_at: datetime
    since: datetime | None = None
    told_by: str = ""
    by: str = ""
    knows: bool = True
    correction: bool = False
    settles: bool = False
    message: str = ""

    @property
    def who(self) -> tuple[str, str]:
        """Whose word it is: a later word of the same source takes the place of its earlier one."""
        return self.source, self.told_by

    @property
    def rank(self) -> tuple[datetime, bool, datetime, bool, str]:
        """Of two words without a decision of a person: the higher one counts."""
        level = self.knows or self.settles
        return self.since or _NEVER, level, self.written_at, self.correction, self.message


@dataclass(frozen=True)
class Version:
    """What one source says of one detail. Personal data.

    Attributes:
        values: by field of `Person`.
        first_at: when this source said it first.
        origin: its last word that says it.
    """

    values: Mapping[str, Any]
    first_at: datetime
    origin: Origin


Versions = dict[Detail, list[Version]]


@dataclass(frozen=True)
class Stands:
    """Where the versions of one detail stand.

    Attributes:
        counts: the version that counts.
        against: versions that contradict it. A person settles what is right.
    """

    counts: Version
    against: Sequence[Version] = field(default=())


def added(detail: Detail, versions: Iterable[Version], new: Version) -> list[Version]:
    """The versions with another one. A version that its source repeats keeps its first moment, and its last word."""
    listed = [*versions, new]
    by_value: dict[tuple[object, ...], Version] = {}
    for version in listed:
        origin = version.origin
        name = (origin.since, origin.who, origin.settles, comparable(detail, version.values))
        before = by_value.get(name)
        if before is not None:
            last = max(before, version, key=lambda one: one.origin.rank)
            version = replace(last, first_at=min(before.first_at, version.first_at))  # noqa: PLW2901
        by_value[name] = version
    ranked = sorted(by_value.values(), key=lambda one: (one.origin.settles, one.origin.rank), reverse=True)
    return ranked[:MOST]


def within(versions: Versions, opened_at: datetime) -> Versions:
    """The versions, with those of an unknown case as told in the case that was opened at this moment."""
    return {
        detail: [
            one if one.origin.since else replace(one, origin=replace(one.origin, since=opened_at)) for one in listed
        ]
        for detail, listed in versions.items()
    }


def merged(one: Versions, other: Versions) -> Versions:
    """The versions of two records of one person."""
    union = {detail: list(versions) for detail, versions in one.items()}
    for detail, versions in other.items():
        for version in versions:
            union[detail] = added(detail, union.get(detail, ()), version)
    return union


def standing(detail: Detail, versions: Iterable[Version]) -> Stands | None:
    """Which version counts, and which ones contradict it; None: there is none."""
    spoken = list(versions)
    if not spoken:
        return None
    episode = max((version.origin.since or _NEVER) for version in spoken)
    spoken = [version for version in spoken if (version.origin.since or _NEVER) == episode]
    live = _live(detail, spoken)
    counts = max(live, key=lambda version: version.origin.rank)
    whole = replace(counts, values=_whole(detail, counts, spoken))
    if not detail.disputable:
        return Stands(whole)
    against = [version for version in live if _contradicts(detail, version, counts, spoken)]
    against += _became_another(detail, counts, spoken)
    return Stands(whole, sorted(against, key=lambda version: version.origin.rank))


def _whole(detail: Detail, counts: Version, spoken: Sequence[Version]) -> dict[str, Any]:
    """The values of the version that counts, with what it leaves out from others that agree with it."""
    values = dict(counts.values)
    for version in sorted(spoken, key=lambda one: one.origin.rank, reverse=True):
        if agree(detail, version.values, counts.values):
            gaps = (name for name in values if values[name] in _GAP and version.values.get(name) not in _GAP)
            values.update({name: version.values[name] for name in gaps})
    if values.get("birth_date"):
        values["born_in"] = ""
    return values


def _live(detail: Detail, spoken: Sequence[Version]) -> list[Version]:
    """The last word of each source, without those that a person has settled."""
    settled = max(
        (version for version in spoken if version.origin.settles), key=lambda one: one.origin.written_at, default=None
    )
    open_ = list(spoken)
    if settled is not None:
        at = settled.origin.written_at
        old = {comparable(detail, version.values) for version in spoken if version.first_at <= at}
        open_ = [version for version in spoken if comparable(detail, version.values) not in old]
    last: dict[tuple[str, str], Version] = {}
    for version in open_:
        who = version.origin.who
        last[who] = max(last.get(who, version), version, key=lambda one: one.origin.rank)
    return [*last.values(), *([settled] if settled else [])]


def _contradicts(detail: Detail, version: Version, counts: Version, spoken: Sequence[Version]) -> bool:
    """Whether a version is against the one that counts: of another source, and not out of date."""
    if version.origin.who == counts.origin.who or not version.origin.source:
        return False
    if agree(detail, version.values, counts.values) or version.first_at < counts.first_at - PERIOD:
        return False
    taken_back = (  # the source that counts said the same before, and corrected it since
        own.origin.who == counts.origin.who
        and max(own.first_at, version.first_at) <= counts.first_at
        and agree(detail, own.values, version.values)
        for own in spoken
        if own is not counts
    )
    return not any(taken_back)


def _became_another(detail: Detail, counts: Version, spoken: Sequence[Version]) -> list[Version]:
    """What the source that counts said before, if that is quite another name or birth date."""
    if counts.origin.settles:
        return []
    own = [version for version in spoken if version.origin.who == counts.origin.who and version is not counts]
    return [version for version in own if quite_different(detail, version.values, counts.values)]


def quite_different(detail: Detail, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two names, or two birth dates, have so little in common that they may be those of two persons."""
    if agree(detail, one, other):
        return False
    first, second = comparable(detail, one), comparable(detail, other)
    if detail == Detail.NAME:
        return len(set(first) & set(second)) * 2 < max(len(first), len(second))
    if detail == Detail.BIRTH:
        return sum(a != b for a, b in zip(first.split("-"), second.split("-"), strict=False)) > 1
    return False


def agree(detail: Detail, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two versions say the same, perhaps in more or fewer words."""
    first, second = comparable(detail, one), comparable(detail, other)
    if first == second or detail in (Detail.NAME, Detail.PHONE):
        return first == second
    if detail in (Detail.ADDRESS, Detail.CONTACT, Detail.CARER):
        pairs = list(zip(first.split("|"), second.split("|"), strict=True))
        if detail == Detail.ADDRESS and not all(pairs[1]):  # one of them has a code only
            codes = [str(values.get("address_code") or "")[:5] for values in (one, other)]
            return not all(codes) or codes[0] == codes[1]
        return all(a == b or not a or not b for a, b in pairs)
    return first.startswith(second) or second.startswith(first)


def comparable(detail: Detail, values: Mapping[str, Any]) -> str:
    """A version as text without differences of spelling."""
    texts = {name: str(value) for name, value in values.items() if value not in ("", None)}
    match detail:
        case Detail.BIRTH:
            return texts.get("birth_date") or texts.get("born_in", "")
        case Detail.PHONE:
            return phones.normal(texts.get("phone", ""))
        case Detail.ADDRESS:
            return _in_parts(texts.get("address", ""))
        case Detail.CONTACT | Detail.CARER:
            name, phone = (texts.get(f"{detail}_{part}", "") for part in ("name", "phone"))
            return f"{letters(name)}|{phones.normal(phone)}"
        case Detail.LANGUAGE:
            word = texts.get("language", "").casefold().partition("-")[0].strip()
            return _LANGUAGES.get(word, word)
    return letters("".join(texts[name] for name in detail.fields if name in texts))


def _in_parts(address: str) -> str:
    """Town, street with number, and flat of an address, as far as it has them. Provinces and villages are left out."""
    plain = _IN_BRACKETS.sub(" ", address)
    street = _STREET.search(plain)
    towns = _TOWN.findall(plain[: street.start()] if street else plain)
    if street is None:
        return f"{towns[-1] if towns else ''}|{letters(plain)}|"
    return f"{towns[-1] if towns else ''}|{letters(street[0])}|{letters(plain[street.end() :])}"
