"""Telephone numbers: which text is one, and the form in which two are compared."""

import re

from handoff.text import digits, folded

_FEWEST, _MOST = 7, 15  # digits of a number without its area, and of the longest one (E.164)
_GROUP = 4  # digits of the last part of a number, and at most of the middle one
_SUBSCRIBER = 7  # digits at the end; all zero in a placeholder
_KOREA = re.compile(r"^(00)?820?(?=[1-9]\d{7,9}$)")
_MOBILE_WITHOUT_ZERO = re.compile(r"1[016789]\d{7,8}")
_CUT_MOBILE = re.compile(r"\D*01[016789]\D{0,2}(?:\d{4}\D{1,2}\d{3}|\d{4,6})\D*")  # some digits are missing
_FURTHER = re.compile(r"((ext|내선|교환|x|#)|(?<=\d) *[/,;]).*$", re.DOTALL)  # an extension, or a second number
_USUAL = re.compile(r"01[016789]-?\d{3,4}-?\d{3}[1-9]", re.ASCII)  # a mobile, as most are written
_SEPARATOR = re.compile(r"\s*[/,;]\s*")
# Other equipment, mail, other services, masked numbers.
_NO_CALL = re.compile(
    r"fax|facs|팩스|팩시|모사전송|호출기|삐삐|pager|@|://|[*●○]{2}|xx"
    r"|kakao|카카오|카톡|telegram|텔레그램|instagram|\bid\b"
)
_OTHER_EQUIPMENT = re.compile(r"fax|facs|팩스|팩시|모사전송|호출기|삐삐|pager")
# The number is also that of a telephone: fax겸용, 전화/팩스. Or there is no fax: fax 없음.
_NOTE_ON_FAX = re.compile(
    r"(?:fax|facsimile|팩스)(?:기|번호)?\s*(?:및|/|&|겸)?\s*(?:겸용?|없|무\b|불가|안\s?됨|전화|tel|phone|x\b)"
    r"|(?:전화|tel|phone|겸용?|no|without)\s*(?:및|/|&|겸|\+)?\s*(?:fax|팩스)"
)
_BEFORE = r"(?<![0-9a-z_.@-])(?:\+?(?:00)?82[\s.)-]*(?:\(0\))?|\(?0)"
_BEHIND = r"[)\s.-]{0,2}\d{3,4}[\s.-]?\d{4}(?![0-9a-z_@]|\.[a-z])"
_WHOLE_MOBILE = re.compile(rf"{_BEFORE}1[016789]{_BEHIND}")
_WHOLE = re.compile(rf"{_BEFORE}[1-7]\d?{_BEHIND}")
_NUMBER = r"(?:\+?\d{2,4}[)\s.-]{0,2})?\d{3,4}[\s.-]?\d{4}(?!\d)"
_FAX = re.compile(
    rf"(?<![^\W\d_])\(?(?:f|fx|fax|팩스)(?![^\W\d_])[\s.:)]*{_NUMBER}|{_NUMBER}\s*\((?:f|fx|fax|팩스)\)", re.IGNORECASE
)
_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d([-./년]?) ?(?:0?[1-9]|1[0-2])[-./월]? ?(?:[0-2]?[1-9]|[123]0|31)일?(?!\d)")
_ANY_LETTER = re.compile(r"[^\W\d_]")


def normal(phone: str) -> str:
    """A Korean number as digits with its leading zero: +82 10-1234-5678 is 01012345678. The first of several counts."""
    number = _KOREA.sub("0", digits(_FURTHER.sub("", folded(phone))))
    return f"0{number}" if _MOBILE_WITHOUT_ZERO.fullmatch(number) else number


def contact(phone: str) -> str:
    """The text if somebody can be called by it; "" for words (없음), a fax, mail, or a placeholder (000-0000-0000).

    Of several numbers in one text only those are kept by which somebody can be called.
    """
    if _USUAL.fullmatch(phone):
        return phone
    phone = " ".join(phone.split())
    if _ANY_LETTER.search(phone):
        plain = folded(phone)
        if _NOTE_ON_FAX.search(plain) and len(_WHOLE.findall(plain)) == 1 and not _is_placeholder(digits(plain)):
            return phone
        phone = _FAX.sub("", phone).strip(" ,/;")
    numbers = _SEPARATOR.split(phone)
    usable = [number for number in numbers if _can_be_called(number)]
    return phone if len(usable) == len(numbers) else ", ".join(usable)


def _can_be_called(text: str) -> bool:
    number = digits(_DAY.sub("", text) if _ANY_LETTER.search(text) else text)
    if len(number) < _FEWEST or _CUT_MOBILE.fullmatch(text):
        return False
    plain = folded(text)
    if _NO_CALL.search(plain) and not _has_number_beside(plain):
        return False
    return not _is_placeholder(number)


def _is_placeholder(number: str) -> bool:
    return len(number) <= _MOST and (len(set(number)) == 1 or not number[-_SUBSCRIBER:].strip("0"))


def _has_number_beside(text: str) -> bool:
    """Whether a whole Korean number stands beside a word for other equipment or services: 010-2345-1111 카톡가능.

    A number of the landline may be that of the fax or pager itself, a mobile is not.
    """
    is_equipment = _OTHER_EQUIPMENT.search(_NOTE_ON_FAX.sub("", text))
    return (_WHOLE_MOBILE if is_equipment else _WHOLE).search(text) is not None


def _is_area(text: str) -> bool:
    """Whether an area has a leading zero, as in Korea: 010, 02, 031."""
    number = digits(text)
    return number[:1] == "0" and number[1:2] not in ("", "0") and number != "082"


def joined(country: str, area: str, local: str, extension: str) -> str:
    """A number from its parts, as it is dialled in Korea; with its country code if that is another one.

    The leading zero of the area is often left out: 82, 10, 12345678 is 010-12345678. Some feeds write one number in
    three parts one or two places to the right: 010, 0000, 1111.
    """
    if len(digits(extension)) == _GROUP and 0 < len(digits(local)) <= _GROUP and area:
        local, extension = f"{local}-{extension}", ""
    elif _is_area(country) and len(digits(local)) == _GROUP and len(digits(area)) in (_GROUP - 1, _GROUP):
        country, area, local = "", country, f"{area}-{local}"
    country, area = digits(country).lstrip("0"), digits(area)
    if not area.strip("0"):  # the zero that is dialled before a number within Korea
        country, area = country or ("82" if area else ""), ""
    if country not in ("", "82"):
        number = "-".join(filter(None, (f"+{country}", area, local)))
    elif area:
        short = not area.startswith("0") and (country or len(area) <= len("31"))
        number = "-".join(filter(None, (f"0{area}" if short else area, local)))
    else:
        number = f"0{local}" if country and local[:1] in "123456789" and len(digits(local)) > len("26801234") else local
    return f"{number} ext. {extension}" if number and extension else number
