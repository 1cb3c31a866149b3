"""Which telephone number of a message or an event is a contact."""

import pytest

from events.readers import InboundRecord
from handoff.rules.phones import contact, normal
from tests.events.readers.told import adt, fact_of, message, of_event, of_message, wide

MOBILE, HOME, WORK = "010-0000-1111", "02-2680-1234", "02-2680-9999"


def with_fields(home: str = "", work: str = "", later: str = "") -> InboundRecord:
    """A message with PID-13, PID-14 and PID-40."""
    lines = adt(phone=home).decode().split("\r")
    pid = lines[2].split("|")
    pid += [""] * (41 - len(pid))
    pid[14], pid[40] = work, later
    return message("\r".join([*lines[:2], "|".join(pid), *lines[3:]]).encode())


def phone_of(record: InboundRecord) -> str:
    person = fact_of(record).person
    assert person
    return person.phone


CHOSEN = [
    (f"{WORK}^WPN^FX~{MOBILE}^PRN^CP", MOBILE),
    (f"{WORK}^WPN^fx~{MOBILE}^prn^cp", MOBILE),
    (f"{WORK}^PRN^MD~{MOBILE}", MOBILE),
    (f"{WORK}^PRN^FAX~{MOBILE}^PRN^CP", MOBILE),
    (f"{WORK}^PRN^팩스~{MOBILE}^PRN^CP", MOBILE),
    (f"{WORK}^FAX~{MOBILE}^PRN^CP", MOBILE),
    (f"{WORK}^fx~{MOBILE}^PRN^CP", MOBILE),
    (f"F.{WORK}~{MOBILE}", MOBILE),
    (f"{WORK}^PRN^BP~{MOBILE}", MOBILE),
    (f"{WORK}^BPN^PH~{MOBILE}", MOBILE),
    (f"{WORK}^PRN^TDD~{MOBILE}", MOBILE),
    (f"{WORK}^PRN^TDD", WORK),
    (f"02-2680-9999^NET^Internet~{MOBILE}", MOBILE),
    (f"^NET^Internet^hong@example.org~{MOBILE}^PRN^CP", MOBILE),
    (f"^NET^X.400^hong12345678~{MOBILE}^PRN^CP", MOBILE),
    (f"hong1234567@example.org~{MOBILE}", MOBILE),
    (f"FAX {WORK}~{MOBILE}", MOBILE),
    (f"{WORK}(팩스)~{MOBILE}", MOBILE),
    (f"{WORK}^WPN^PH~{MOBILE}^PRN^CP", MOBILE),
    (f"{WORK}^WPN^PH~{HOME}^PRN^PH", HOME),
    (f"{WORK}^ASN^PH~{HOME}^ORN^PH", HOME),
    (f"{HOME}^EMR^PH~{MOBILE}^PRN^CP", MOBILE),
    (f"{WORK}^WPN^PH~{HOME}^EMR^PH", HOME),
    (f"{HOME}^PRN^PH~{MOBILE}^PRN^CP", HOME),
    (f"{HOME}^ORN^PH~{MOBILE}^PRN^CP", MOBILE),
    (f"{WORK}^WPN^PH", WORK),
    (f"없음~{MOBILE}", MOBILE),
    *(
        (f"{WORK}^{words}~{MOBILE}^PRN^CP", MOBILE)
        for words in (
            *("자택팩스", "WORKFAX", "팩스번호^PH", "모사전송", "PRN^fax machine", "PRN^FACS", "PRN^facsimile machine"),
            *("PRN^팩시밀리", "PRN^telefax", "PRN^FAX/기타", "PRN^삐삐", "PRN^pager number"),
            *("직장", "회사^PH", "WORK", "office^PH", "근무처", "보호자", "비상연락처"),
        )
    ),
    *((f"{HOME}^{words}~{MOBILE}", HOME) for words in ("자택", "집^전화", "휴대폰", "PRN^전화겸팩스", "PRN^Tel/Fax")),
    *((f"{WORK}^{words}", WORK) for words in ("직장", "보호자", "WORK^PH")),
    *((f"{cut}~{MOBILE}", MOBILE) for cut in ("01012345", "010-1111-111", "010-1234", "016 1234 567")),
    (f"없음^PRN^PH^^82^10^00001111~{WORK}^WPN", "010-00001111"),
]


@pytest.mark.parametrize(("sent", "phone"), CHOSEN)
def test_the_number_by_which_the_person_is_reached_is_read(sent: str, phone: str) -> None:
    assert of_message(phone=sent).phone == phone
    assert phone_of(with_fields(later=sent)) == phone


@pytest.mark.parametrize(
    ("home", "work", "later", "phone"),
    [
        ("", WORK, "", WORK),
        ("", f"{WORK}^WPN^FX", "", ""),
        ("", f"{WORK}^PRN^PH", f"{MOBILE}^PRN^CP", MOBILE),
        ("없음", WORK, "", WORK),
        (HOME, WORK, MOBILE, HOME),
        (f"{WORK}^WPN", "", f"{MOBILE}^PRN", MOBILE),
        (f"{HOME}^PRN^FX", WORK, "", WORK),
    ],
)
def test_the_number_of_the_work_is_the_last_to_be_asked(home: str, work: str, later: str, phone: str) -> None:
    assert phone_of(with_fields(home, work, later)) == phone


NO_CONTACT = [
    *(
        "없음",
        "없습니다",
        "모름",
        "무",
        "미상",
        "none",
        "None",
        "NONE",
        "unknown",
        "n/a",
        "N/A",
        "no phone",
        "-",
        "--",
        ".",
    ),
    *("0", "000", "000-0000-0000", "0000000000", "00000000000", "010-0000-0000", "010-000-0000", "02-000-0000"),
    *("999-9999-9999", "9999999", "111-1111-1111", "010", "02-", "전화없음(010)", "010-****-1111", "010-xxxx-1111"),
    *("hong@example.org", "hong1234567@example.org", "FAX 02-2680-9999", "팩스 02-2680-9999", "삐삐 015-1234-5678"),
    *(wide("000-0000-0000"), wide("NONE"), "내선 1234"),
    *(
        "F.02-2680-1235",
        "02-2680-1235(F)",
        "02-2680-1235 (fax)",
        "F 0226801235",
        "Fax: 2680-1235",
        "(팩스)02-2680-1235",
    ),
    *("없음(2026-11-24 확인)", "보호자 연락처 참조 20261124", "2026년 11월 24일 확인 예정", "거부 2026.11.24."),
    *(
        "자택팩스 02-2680-1234",
        "팩스번호: 02-2680-1234",
        "02-2680-1234 fax",
        "모사전송 02-2680-1234",
        "telefax 02-2680-1234",
    ),
    *("삐삐 012-345-6789", "02-2680-1234 호출기", "fax 없음", "팩스겸용", "fax 02-2680-1234 (카톡 없음)"),
    *("kakao hong01012345678", "01012345678@example.org", "010-****-1111 카톡", "fax 없음 010-0000-0000"),
    *("kakao: abcdefg12345678", "카톡 hong1234567", "카카오톡 ID 12345678"),
]


@pytest.mark.parametrize("sent", NO_CONTACT)
def test_what_nobody_can_call_is_no_contact(sent: str) -> None:
    assert contact(sent) == of_event(phone=sent).phone == of_message(phone=sent).phone == ""


@pytest.mark.parametrize(
    ("sent", "phone", "digits"),
    [
        ("010-0000-1111", "010-0000-1111", "01000001111"),
        ("(031) 123-4567", "(031) 123-4567", "0311234567"),
        ("02)2680-1234", "02)2680-1234", "0226801234"),
        ("2680-1234", "2680-1234", "26801234"),
        ("680-1234", "680-1234", "6801234"),
        ("1588-1234", "1588-1234", "15881234"),
        ("+82 10-0000-1111", "+82 10-0000-1111", "01000001111"),
        ("+82-(0)10-0000-1111", "+82-(0)10-0000-1111", "01000001111"),
        ("0082 10 0000 1111", "0082 10 0000 1111", "01000001111"),
        ("82-10-0000-1111", "82-10-0000-1111", "01000001111"),
        ("82 31 123 4567", "82 31 123 4567", "0311234567"),
        ("+82 2 2680 1234", "+82 2 2680 1234", "0226801234"),
        ("10-0000-1111", "10-0000-1111", "01000001111"),
        ("010-0000-1111, 02-2680-1234", "010-0000-1111, 02-2680-1234", "01000001111"),
        ("010-0000-1111/02-2680-1234", "010-0000-1111/02-2680-1234", "01000001111"),
        ("010-0000-1111 / hong@example.org", "010-0000-1111", "01000001111"),
        ("fax 02-2680-9999, 010-0000-1111", "010-0000-1111", "01000001111"),
        ("없음 / 010-0000-1111; 000-0000-0000", "010-0000-1111", "01000001111"),
        (" 010-0000-1111 (딸)", "010-0000-1111 (딸)", "01000001111"),
        ("031-680-1234 내선 12", "031-680-1234 내선 12", "0316801234"),
        ("031-680-1234 ext. 12", "031-680-1234 ext. 12", "0316801234"),
        (wide("010-0000-1111"), "010-0000-1111", "01000001111"),
        (wide("(031) 123-4567"), "(031) 123-4567", "0311234567"),
        ("T:02-2680-1234 F:02-2680-1235", "T:02-2680-1234", "0226801234"),
        ("02-2680-1234 FAX 02-2680-1235", "02-2680-1234", "0226801234"),
        ("02-2680-1234, 02-2680-1235(F)", "02-2680-1234", "0226801234"),
        ("02-2680-1235(팩스) 010-0000-1111", "010-0000-1111", "01000001111"),
        ("Father 010-0000-1111", "Father 010-0000-1111", "01000001111"),
        ("2026-1124", "2026-1124", "20261124"),
        ("+1 202 555 0143", "+1 202 555 0143", "12025550143"),
    ],
)
def test_a_number_is_kept_as_written_and_compared_by_its_digits(sent: str, phone: str, digits: str) -> None:
    assert of_event(phone=sent).phone == of_message(phone=sent).phone == phone
    assert normal(phone) == digits


@pytest.mark.parametrize(
    "sent",
    [
        *(
            "010-0000-1111 카톡가능",
            "010-0000-1111 (kakao)",
            "01000001111카톡",
            "카톡 010-0000-1111",
            "02-2680-1234 카톡 안함",
        ),
        *(
            "+82 10-0000-1111 (kakao)",
            "010-0000-1111 텔레그램",
            "010-0000-1111 hong@example.org",
            "010-0000-1111 (ID 없음)",
        ),
        *("010-0000-1111 (fax 없음)", "010-0000-1111 팩스없음", "02)2680-1234 (fax 불가)", "02-2680-1234 (no fax)"),
        *("fax겸용 02-2680-1234", "전화/팩스 02-2680-1234", "02-2680-1234 (전화, 팩스 겸용)", "tel/fax 02-2680-1234"),
        *("010-0000-1111 팩스", "010-111-1111", "011-123-4567", "010 0000 1111 (딸)"),
    ],
)
def test_a_note_beside_a_whole_number_does_not_take_it_away(sent: str) -> None:
    assert contact(sent) == of_event(phone=sent).phone == of_message(phone=sent).phone == sent


@pytest.mark.parametrize(
    ("sent", "phone"),
    [
        ("^PRN^CP^^(82)^(010)^00001111", "010-00001111"),
        ("^PRN^CP^^^(010)^0000-1111", "010-0000-1111"),
        ("^PRN^PH^^^02)^26801234", "02-26801234"),
        ("^PRN^PH^^^(02)^26801234", "02-26801234"),
        ("^PRN^PH^^82^(0)31^6801234", "031-6801234"),
        ("^PRN^CP^^82^0^1000001111", "01000001111"),
        ("^PRN^CP^^^0^1000001111", "01000001111"),
        ("^PRN^PH^^1^(202)^5550143", "+1-202-5550143"),
        ("^PRN^CP^^82^10^00001111", "010-00001111"),
        ("^PRN^CP^^+82^10^0000-1111", "010-0000-1111"),
        ("^PRN^CP^^82^010^00001111", "010-00001111"),
        ("^PRN^CP^^0082^10^00001111", "010-00001111"),
        ("^PRN^CP^^^010^00001111", "010-00001111"),
        ("^PRN^CP^^^10^00001111", "010-00001111"),
        ("^PRN^PH^^82^2^26801234", "02-26801234"),
        ("^PRN^PH^^82^31^6801234", "031-6801234"),
        ("^PRN^PH^^^31^6801234", "031-6801234"),
        ("^PRN^PH^^82^31^6801234^12", "031-6801234 ext. 12"),
        ("^PRN^CP^^82^^1000001111", "01000001111"),
        ("^PRN^CP^^82^^01000001111", "01000001111"),
        ("^PRN^PH^^^^6801234", "6801234"),
        ("^PRN^PH^^1^202^5550143", "+1-202-5550143"),
        (f"^PRN^CP^^{wide('82')}^{wide('10')}^{wide('00001111')}", "010-00001111"),
        ("^PRN^CP^^82^10^00000000", ""),
        ("^PRN^CP^^^010^0000^1111", "010-0000-1111"),
        ("^PRN^CP^^010^0000^1111", "010-0000-1111"),
        ("^PRN^CP^^82^10^0000^1111", "010-0000-1111"),
        ("^PRN^PH^^^031^680^1234", "031-680-1234"),
        ("^PRN^PH^^02^680^1234", "02-680-1234"),
        ("^PRN^PH^^82^31^6801234^1234", "031-6801234 ext. 1234"),
        ("^PRN^CP^^82^10^", ""),
        ("^PRN^CP^^^^^^^^^01000001111", "01000001111"),
        ("^PRN^CP^^82^10^00002222^^^^^010-0000-1111", "010-0000-1111"),
    ],
)
def test_the_parts_of_a_number_are_joined_as_it_is_dialled(sent: str, phone: str) -> None:
    assert of_message(phone=sent).phone == phone
