"""The municipality of a registered address, and the district within it. There is no default."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from handoff.profile.model import Profile
from handoff.profile.register import Municipality
from handoff.text import compatible

CODE_DIFFERS = "address-code-differs"
_CODE_DIGITS = 5
_WORD = re.compile(r"(?:[^\s,()\[\]/^>|;:.]|\.(?![가-힣])|(?<![가-힣])\.)+")  # a dot between names parts them too
_SUFFIXES = ("시", "군", "구")
# Provinces as codes: of ISO 3166-2, which our administrative codes begin with, and their names in Latin.
_PROVINCE_CODES = {
    **dict.fromkeys(("11", "seoul"), "서울특별시"),
    **dict.fromkeys(("26", "busan"), "부산광역시"),
    **dict.fromkeys(("27", "daegu"), "대구광역시"),
    **dict.fromkeys(("28", "incheon"), "인천광역시"),
    **dict.fromkeys(("29", "gwangju"), "광주광역시"),
    **dict.fromkeys(("30", "daejeon"), "대전광역시"),
    **dict.fromkeys(("31", "ulsan"), "울산광역시"),
    **dict.fromkeys(("36", "sejong"), "세종특별자치시"),
    **dict.fromkeys(("41", "gyeonggi"), "경기도"),
    **dict.fromkeys(("42", "51", "gangwon"), "강원특별자치도"),
    **dict.fromkeys(("43", "chungcheongbuk", "chungbuk"), "충청북도"),
    **dict.fromkeys(("44", "chungcheongnam", "chungnam"), "충청남도"),
    **dict.fromkeys(("45", "52", "jeollabuk", "jeonbuk"), "전북특별자치도"),
    **dict.fromkeys(("46", "jeollanam", "jeonnam"), "전라남도"),
    **dict.fromkeys(("47", "gyeongsangbuk", "gyeongbuk"), "경상북도"),
    **dict.fromkeys(("48", "gyeongsangnam", "gyeongnam"), "경상남도"),
    **dict.fromkeys(("49", "50", "jeju"), "제주특별자치도"),
}
_AROUND_CODE = re.compile(r"^kr-|-?(do|si)$", re.IGNORECASE)
# What may be joined to its town: a village (광명시철산동), a street (광명시철산로12) or a district (안양시만안구). The
# streets of town halls, markets and stations begin with the town's name wherever they are: 광명시청앞길, 광명시장로.
_JOINED = re.compile(
    r"[가-힣]{2,}\d*(?:동|읍|면)(?:\d.*)?|(?![장청민립외의역])[가-힣]{2,}\d*(?:로|길)(?:\d.*)?|[가-힣]+구(?!.)"
)
_COUNTRY_NAMES = frozenset({"대한민국", "한국"})
_ABROAD = re.compile(r"^(the|south|republic|of|korea|kr|kor|rok|\d{5,6}|\d{3}-\d{3})$", re.IGNORECASE)
_LONGEST = 500  # characters; the rest is ignored
_LONG_NAME = 3  # a shorter form (경기) joined to the next word is ambiguous, unless that is a municipality in it
_BETWEEN = " / "  # stands between two addresses in one text


@dataclass(frozen=True)
class Ours:
    """In this municipality. `district`: code of the administrative or legal dong; "" if the address has none."""

    district: str = ""


@dataclass(frozen=True)
class Other:
    """In another municipality: its full name in Korean and its five-digit code."""

    name: str
    code: str


@dataclass(frozen=True)
class NotFound:
    """The address does not tell. `why`: no-address, unknown, ambiguous or `CODE_DIFFERS`."""

    why: str


@dataclass(frozen=True)
class Place:
    """One municipality of Korea."""

    province: str
    name: str
    code: str

    @property
    def full_name(self) -> str:
        """Province and name, as at the beginning of an address: 경기도 광명시."""
        return f"{self.province} {self.name}".strip()


@dataclass(frozen=True)
class _Country:
    by_code: Mapping[str, Place]
    by_name: Mapping[str, Sequence[Place]]
    provinces: Mapping[str, frozenset[str]]  # any way to write a province -> official names
    renumbered: Mapping[str, str]

    def of(self, province: str, name: str) -> list[Place]:
        official = self.provinces.get(province, frozenset())
        return [place for place in self.by_name.get(name, ()) if place.province in official]

    def of_roughly(self, province: str, name: str) -> list[Place]:
        """Those whose suffix is left out behind their province (경기 광명), or to which a village is joined."""
        if len(name) >= len("광명"):
            places = [place for suffix in _SUFFIXES for place in self.of(province, name + suffix)]
            if places:
                return places
        official = self.provinces.get(province, frozenset())
        return [place for place in self.of_joined(name, len("중구")) if place.province in official]

    def of_joined(self, word: str, shortest: int = _LONG_NAME) -> list[Place]:
        """Those to whose name, of at least so many letters, a village, a street or a district is joined."""
        return [
            place
            for end in range(shortest, len(word) - 1)
            for place in self.by_name.get(word[:end], ())
            if _JOINED.fullmatch(word, end)
        ]


def municipality(address: str, address_code: str, profile: Profile) -> Ours | Other | NotFound:
    """Find the municipality by the administrative code if it is known, else by the words of the address.

    A name that occurs in several provinces (중구, 고성군) is ambiguous without its province. If one of code and words
    names our municipality and the other does not, or the words name another one beside ours, a person decides.
    """
    ours = profile.municipality
    country = _country(ours.province, ours.names, ours.code)
    words = _words(address)
    coded, (named, behind) = _by_code(address_code, country), _by_words(words, country)
    others = (_by_words(part, country)[0] for part in (behind, *_several(address)))
    certain = (places for places in others if len(places) == 1)
    if any(map(partial(_contradict, ours.code, named), (coded, *certain))):
        return NotFound(CODE_DIFFERS)
    places = coded or named
    if not places:
        return NotFound("unknown" if words or address_code.strip() else "no-address")
    if len(places) > 1:
        return NotFound("ambiguous")
    if places[0].code == ours.code:
        return Ours(_district(words, ours))
    return Other(places[0].full_name, places[0].code)


def differ(one: str, other: str) -> bool:
    """Whether two addresses name two municipalities of Korea."""
    country = _country("", (), "")
    first, second = (_by_words(_words(address), country)[0] for address in (one, other))
    return bool(first and second) and not set(first) & set(second)


def both(one: str, other: str) -> str:
    """Two addresses of which nobody can say which one counts, as one text."""
    return f"{one}{_BETWEEN}{other}"


def _several(address: str) -> list[tuple[str, ...]]:
    """The words of each address in a text that has several."""
    return [_words(part) for part in address.split(_BETWEEN)] if _BETWEEN in address else []


def _contradict(ours: str, named: Sequence[Place], other: Sequence[Place]) -> bool:
    """Whether only one of them has our municipality. What names two others is not ours either way."""
    if not named or not other:
        return False
    codes, others = {place.code for place in named}, {place.code for place in other}
    return codes.isdisjoint(others) and ours in codes | others


def _by_code(code: str, country: _Country) -> list[Place]:
    """Look up the first five digits of a code; a general district (수원시 장안구 41111) belongs to its city (41110)."""
    digits = re.sub(r"\D", "", code)[:_CODE_DIGITS] if code else ""
    if len(digits) < _CODE_DIGITS:
        return []
    digits = country.renumbered.get(digits[:2], digits[:2]) + digits[2:]
    exact, city = country.by_code.get(digits), country.by_code.get(f"{digits[:4]}0")
    if exact is None and city is not None and city.name.endswith("시"):
        return [city]
    return [exact] if exact else []


def _by_words(words: Sequence[str], country: _Country) -> tuple[list[Place], Sequence[str]]:
    """The municipalities that the words name, and the words behind that name."""
    if words and words[0].isascii():
        words = _without_codes(words)
    if not words:
        return [], ()
    places, behind = _from_the_front(words, country)
    if not places:
        places, behind = _by_name_alone(words[0], country), words[1:]
    return (places, behind) if places else (_anywhere(words, country), ())


def _without_codes(words: Sequence[str]) -> Sequence[str]:
    """The words from the first in Korean on, behind the province if the first one is its code or Latin name."""
    korean = next((number for number, word in enumerate(words) if not word.isascii()), 0)
    province = _PROVINCE_CODES.get(_AROUND_CODE.sub("", words[0]).lower(), "") if korean else ""
    return (province, *words[korean:]) if province else words[korean:]


def _from_the_front(words: Sequence[str], country: _Country) -> tuple[list[Place], Sequence[str]]:
    """Province, then municipality, as addresses are written, also if joined into one word."""
    for province, rest in _split_province(words, country):
        if itself := country.of(province, ""):
            return itself, rest
        if rest and (places := country.of(province, rest[0]) or country.of_roughly(province, rest[0])):
            return places, rest[1:]
    return [], ()


def _split_province(words: Sequence[str], country: _Country) -> Iterator[tuple[str, Sequence[str]]]:
    yield words[0], words[1:]
    for end in range(len(words[0]) - 1, 1, -1):
        name, rest = words[0][:end], words[0][end:]
        if name in country.provinces and (len(name) >= _LONG_NAME or _is_in(name, rest, country)):
            yield name, (rest, *words[1:])


def _is_in(province: str, name: str, country: _Country) -> bool:
    return bool(country.of(province, name) or country.of_roughly(province, name))


def _by_name_alone(word: str, country: _Country) -> list[Place]:
    return list(country.by_name.get(word, ())) or country.of_joined(word)


def _anywhere(words: Sequence[str], country: _Country) -> list[Place]:
    """Province and municipality in any order, as joined HL7 address parts have them; both are required."""
    provinces = {word for word in words if word in country.provinces}
    places = {place for province in provinces for name in words for place in country.of(province, name)}
    return sorted(places, key=lambda place: place.code)


def _district(words: Sequence[str], ours: Municipality) -> str:
    """Code of the dong in the address. An administrative dong beats a legal one; "" if two of a kind are named."""
    named = ours.districts_named(words)
    for dongs in ([dong for dong in named if dong.part_of], [dong for dong in named if not dong.part_of]):
        if dongs:
            return dongs[0].code if len(dongs) == 1 else ""
    return ""


def _words(address: str) -> tuple[str, ...]:
    words = _WORD.findall(compatible(address[:_LONGEST]))
    return tuple([word for word in words if not _noise(word)])


def _noise(word: str) -> bool:
    """Whether a word is the country or a postal code."""
    return _ABROAD.match(word) is not None if word.isascii() else word in _COUNTRY_NAMES


@cache
def _country(our_province: str, our_names: tuple[str, ...], our_code: str) -> _Country:
    """The national table, plus every name that the profile gives our own municipality."""
    table = tomllib.loads((Path(__file__).parent / "municipalities.toml").read_text(encoding="utf-8"))
    places: dict[tuple[str, str], Place] = {}
    provinces = {our_province: frozenset({our_province})} if our_province else {}
    for province, content in table["provinces"].items():
        named = content.get("municipalities", {"": content.get("itself")})
        places |= {(province, name): Place(province, name, code) for name, code in named.items()}
        for name in (province, *content["also"]):
            provinces[name] = provinces.get(name, frozenset()) | {province}
    places |= {(our_province, name): Place(our_province, name, our_code) for name in our_names}
    by_name: dict[str, list[Place]] = {}
    for place in places.values():
        by_name.setdefault(place.name, []).append(place)
    by_code = {place.code: place for place in reversed(places.values())}
    return _Country(by_code, by_name, provinces, table["renumbered"])
