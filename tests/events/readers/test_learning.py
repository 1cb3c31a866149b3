"""Habits are proposed from messages: what the messages prove, how surely, and never anything about a person."""

from collections.abc import Iterable, Sequence

import pytest

from events.readers.hl7v2.patient_class import class_of
from events.readers.learning.evidence import Evidence
from events.readers.learning.meanings import destination_of, looks_like_a_code
from events.readers.learning.proposal import Proposal, propose
from handoff.profile.register import USUAL, Habits
from handoff.vocabulary.states import Destination, StayClass
from tests.events.readers.told import NOW, adt, message

Lines = dict[str, tuple[object, int, bool]]  # habit and code: value, messages, sure
ORDINARY = [adt(trigger=trigger, control=f"O-{number}") for number in range(9) for trigger in ("A01", "A03", "A13")]


def learned(messages: Iterable[bytes], habits: Habits = USUAL) -> Proposal:
    evidence = Evidence()
    for value in messages:
        evidence.add(message(value), NOW, habits)
    return propose(evidence, habits)


def lines(messages: Iterable[bytes], habits: Habits = USUAL) -> Lines:
    proposed = learned(messages, habits).habits
    return {".".join(filter(None, (one.habit, one.code))): (one.value, one.messages, one.sure) for one in proposed}


def times(count: int, *fields: dict[str, str]) -> list[bytes]:
    """So many messages, with each of the fields in turn."""
    return [adt(**fields[number % len(fields)] | {"control": f"T-{number}"}) for number in range(count)]


def with_class(code: str, count: int) -> list[bytes]:
    return [adt(control=f"K-{number}").replace(b"PV1|1|I|", f"PV1|1|{code}|".encode()) for number in range(count)]


def test_ordinary_messages_need_no_habits() -> None:
    proposal = learned(ORDINARY)
    assert (proposal.messages, proposal.few, proposal.habits) == (27, False, ())
    assert proposal.triggers == {"A01": 9, "A03": 9, "A13": 9}


STAMPED = times(24, {"trigger": "A03", "says": "A04"}, {"trigger": "A13", "says": "A04"})


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (STAMPED, {"event_stamped": (True, 24, True)}),
        (times(24, {"trigger": "A03", "says": "A01"}), {"event_stamped": (True, 24, True)}),
        (times(24, {"trigger": "A03", "says": "A03"}), {}),  # it never contradicts
        ([*STAMPED, adt(says="A03")], {}),  # another code once: no stamp
        (times(24, {"trigger": "A03", "says": ""}), {}),
        (times(24, {"trigger": "A03", "says": "ADT"}), {"event_stamped": (True, 24, True)}),
        ([value.replace(b"ADT^A03", b"ADT") for value in times(24, {"says": "A03"})], {}),  # only EVN-1 names the event
        ([*times(20, {"says": "A03"}), *STAMPED[1:2]], {}),  # two codes
        ([*times(20, {"says": "A03"}), adt(trigger="A13", says="A03")], {"event_stamped": (True, 21, False)}),
        ([*ORDINARY, adt(trigger="A03", says="A13")], {}),  # one contradiction is a mistake
    ],
)
def test_an_event_that_never_changes_while_msh_9_does_is_a_stamp(messages: list[bytes], expected: Lines) -> None:
    assert lines(messages) == expected


@pytest.mark.parametrize(
    ("disposition", "expected"),
    [
        ("01^귀가", {}),
        ("20^expired", {}),
        ("02^전원", {}),
        ("30", {}),
        ("20", {}),
        ("06", {}),
        ("사망", {"dispositions.사망": (Destination.DIED, 20, True)}),
        ("귀가", {}),
        ("D1^자택 귀가", {"dispositions.D1": (Destination.HOME, 20, True)}),
        ("D1^Home", {"dispositions.D1": (Destination.HOME, 20, True)}),
        ("D9^원내 사망", {"dispositions.D9": (Destination.DIED, 20, True)}),
        ("09^Expired at home", {"dispositions.09": (Destination.DIED, 20, True)}),
        ("20^귀가", {"dispositions.20": (Destination.HOME, 20, True)}),
        ("30^퇴원(자택)", {"dispositions.30": (Destination.HOME, 20, True)}),
        ("01^요양병원 전원", {"dispositions.01": (Destination.HOSPITAL, 20, True)}),
        ("5^Nursing home", {}),
        ("7^nursing home", {"dispositions.7": (Destination.ELSEWHERE, 20, True)}),
        ("D2^^^^transfer to another hospital", {"dispositions.D2": (Destination.HOSPITAL, 20, True)}),
        ("77", {"dispositions.77": (None, 20, False)}),
        ("77^기타", {"dispositions.77": (None, 20, False)}),
    ],
)
def test_a_disposition_is_proposed_if_its_text_says_something_else_than_table_0112(
    disposition: str, expected: Lines
) -> None:
    assert lines(times(20, {"disposition": disposition})) == expected


def test_texts_that_contradict_each_other_are_left_to_a_person() -> None:
    mixed = times(20, {"disposition": "D1^귀가"}, {"disposition": "D1^사망"})
    assert lines(mixed) == {"dispositions.D1": (None, 20, False)}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("I", {}),
        ("i^입원", {}),
        ("O^외래", {}),
        ("U", {}),
        ("1^입원", {"classes.1": (StayClass.INPATIENT, 20, True)}),
        ("ip", {"classes.IP": (StayClass.INPATIENT, 20, True)}),
        ("입원", {"classes.입원": (StayClass.INPATIENT, 20, True)}),
        ("2^외래진료", {"classes.2": (StayClass.OUTPATIENT, 20, True)}),
        ("O^Inpatient", {"classes.O": (StayClass.INPATIENT, 20, True)}),
        ("ER", {"classes.ER": (StayClass.EMERGENCY, 20, True)}),
        ("3^응급실", {"classes.3": (StayClass.EMERGENCY, 20, True)}),
        ("4^입원예약", {"classes.4": (StayClass.PREADMISSION, 20, True)}),
        ("5^응급 입원", {"classes.5": (None, 20, False)}),
        ("9", {"classes.9": (None, 20, False)}),
    ],
)
def test_a_class_is_proposed_if_its_text_says_something_else_than_table_0004(sent: str, expected: Lines) -> None:
    assert lines(with_class(sent, 20)) == expected


def of_type(kind: bytes, trigger: str, count: int) -> list[bytes]:
    sent = [adt(trigger=trigger, control=f"R-{number}") for number in range(count)]
    return [value.replace(b"ADT^", kind + b"^") for value in sent]


NOISE = times(30, {"trigger": "A08"})


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([*ORDINARY, *of_type(b"ORU", "R01", 3)], {"ignored": (("R01",), 3, True)}),
        ([*ORDINARY, *of_type(b"SIU", "S12", 1), *of_type(b"MDM", "T02", 2)], {"ignored": (("S12", "T02"), 3, True)}),
        ([*ORDINARY, *of_type(b"ADT", "A99", 2)], {"ignored": (("A99",), 2, False)}),
        ([*ORDINARY, *of_type(b"ORU", "A03", 2)], {}),  # the code of a discharge is never passed over
        ([*ORDINARY, *times(90, {"trigger": "A02"})], {}),  # it has no effect as it is
        ([*ORDINARY[:20], *NOISE], {"ignored": (("A08",), 30, False)}),
        ([*ORDINARY[:20], *NOISE, adt(trigger="A08", phone="010-0000-9")], {}),  # it said something new once
        ([*ORDINARY[:20], *NOISE, adt(trigger="A08", discharged="202603311100")], {}),
        ([*ORDINARY[:20], *NOISE, adt(trigger="A08", dead="Y")], {}),
        ([*ORDINARY, *NOISE[:9]], {}),  # less than half
        ([*ORDINARY[:8], *[adt(trigger="A08", visit=f"V-{stay}") for stay in range(15)]], {}),  # each of another stay
        (
            [*ORDINARY[:20], *times(30, {"trigger": "A08", "visit": "", "numbers": ""})],
            {},
        ),  # nobody knows whose they are
    ],
)
def test_a_filter_is_proposed_for_noise_only(messages: list[bytes], expected: Lines) -> None:
    assert lines(messages) == expected


def test_a_filter_that_is_proposed_keeps_what_is_registered() -> None:
    own = Habits(ignored=("A99",))
    sent = [*ORDINARY, *of_type(b"ADT", "A99", 2), *of_type(b"ORU", "R01", 3)]
    assert lines(sent, own) == {"ignored": (("A99", "R01"), 3, True)}


def clocks(sent: str, recorded: str, **fields: str) -> dict[str, str]:
    return {"sent": sent, "recorded": recorded, "discharged": "", "admitted": ""} | fields


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (clocks("20260401101000+0900", "202604011005"), {}),
        (clocks("20260401011000+0000", "202604010105"), {"zone": ("UTC", 20, True)}),
        (clocks("20260401011000Z", "202604010105"), {"zone": ("UTC", 20, True)}),
        (clocks("20260401011000+0000", "202604011005"), {"zone": ("Asia/Seoul", 20, True)}),
        (clocks("20260401090500+0800", "202604010905"), {"zone": ("+08:00", 20, True)}),
        (clocks("202604010110", "202604010105"), {}),  # no offset anywhere proves nothing
        (clocks("202604010110", "20260401010500+0000"), {"zone": ("UTC", 20, True)}),
        (clocks("202604011010", "20260401010500+0000"), {}),  # Korea's, as it is read
        (clocks("20260401011000+0000", "202603312230"), {}),  # hours between the event and the message
        (clocks("20260401011000+0000", "20260401", discharged="202604010108"), {"zone": ("UTC", 20, True)}),
        (
            clocks("20260401011000+0000", "20260401010500+0000", discharged="202604011002"),
            {"zone": ("Asia/Seoul", 20, True)},
        ),
    ],
)
def test_a_zone_is_proposed_if_another_time_of_the_message_proves_it(fields: dict[str, str], expected: Lines) -> None:
    assert lines(times(20, fields)) == expected


@pytest.mark.parametrize(("count", "expected"), [(2, {}), (3, {"zone": ("UTC", 3, True)})])
def test_two_messages_prove_no_zone(count: int, expected: Lines) -> None:
    local = times(20, clocks("20260401011000", "20260401010500"))
    assert lines([*local, *times(count, clocks("20260401011000+0000", "202604010105"))]) == expected


def test_times_in_two_zones_prove_no_zone() -> None:
    two = (clocks("20260401011000+0000", "202604010105"), clocks("20260401011000+0000", "202604011005"))
    assert lines(times(20, *two)) == {}


def test_one_message_of_twenty_that_came_late_does_not_hide_the_zone() -> None:
    prompt, late = (clocks("20260401011000+0000", recorded) for recorded in ("202604010105", "202604010030"))
    assert lines([*times(19, prompt), adt(**late)]) == {"zone": ("UTC", 19, True)}
    assert lines([*times(17, prompt), *times(3, late)]) == {}


LATIN = {"charset": "KS X 1001", "name": "KIM^GARAM", "address": "30 Cheolsan-ro^^Gwangmyeong"}


def encoded(charset: str, declared: str, count: int) -> list[bytes]:
    return [value.decode().encode(charset) for value in times(count, {"charset": declared})]


def latin_1(name: str, count: int) -> list[bytes]:
    return [value.decode().encode("latin-1") for value in times(count, LATIN | {"name": name})]


UTF_8 = encoded("utf-8", "KS X 1001", 20)


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (encoded("utf-8", "UNICODE UTF-8", 20), {}),
        (encoded("utf-8", "", 20), {}),
        (encoded("cp949", "KS X 1001", 20), {}),
        (encoded("utf-8", "KS X 1001", 20), {"charset": ("utf-8", 20, True)}),
        (encoded("utf-8", "ASCII", 20), {"charset": ("utf-8", 20, True)}),
        (encoded("cp949", "", 20), {"charset": ("cp949", 20, True)}),
        (encoded("cp949", "UNICODE UTF-8", 20), {"charset": ("cp949", 20, True)}),
        ([*encoded("cp949", "", 10), *encoded("utf-8", "", 10)], {}),  # both occur
        ([*times(20, LATIN), *encoded("cp949", "", 2)], {"charset": ("cp949", 2, False)}),
        (times(20, LATIN), {}),
        (latin_1("ÅSA^JOSE", 20), {}),  # "ÅS" has the bytes of a syllable of CP949
        ([*latin_1("ÅSA^JOSE", 3), *encoded("cp949", "", 20)], {}),
        (times(20, LATIN | {"name": "GARCÍA^JOSÉ"}), {}),  # UTF-8, but without Hangul
        ([*times(20, LATIN | {"name": "GARCÍA^JOSÉ"}), *UTF_8], {"charset": ("utf-8", 20, True)}),
    ],
)
def test_a_character_set_is_proposed_if_the_bytes_prove_another_than_msh_18(
    messages: list[bytes], expected: Lines
) -> None:
    assert lines(messages) == expected


REGISTERED = Habits(
    event_stamped=True,
    dispositions={"D9": Destination.DIED},
    classes={"1": StayClass.INPATIENT},
    ignored=("R01",),
    zone="UTC",
    charset="utf-8",
)
PECULIAR = [
    *[
        value.replace(b"PV1|1|I|", "PV1|1|1^입원|".encode())
        for value in times(
            20, clocks("20260401011000+0000", "202604010105", says="A04", disposition="D9^사망", charset="ASCII")
        )
    ],
    *of_type(b"ORU", "R01", 3),
]


def test_what_is_registered_is_not_proposed_again() -> None:
    assert set(lines(PECULIAR[:20])) == {"event_stamped", "dispositions.D9", "classes.1", "zone", "charset"}
    assert lines(PECULIAR, REGISTERED) == {}


def test_a_registered_code_that_its_text_contradicts_is_proposed_again() -> None:
    own = Habits(dispositions={"D9": Destination.HOME})
    assert lines(times(20, {"disposition": "D9^사망"}), own) == {"dispositions.D9": (Destination.DIED, 20, True)}


@pytest.mark.parametrize("count", [1, 7, 19])
def test_fewer_than_twenty_messages_are_sure_of_nothing(count: int) -> None:
    proposal = learned(PECULIAR[:count])
    assert proposal.few
    assert proposal.habits
    assert {habit.sure for habit in proposal.habits} == {False}


@pytest.mark.parametrize("value", [b"", b"{}", b"FHS|^~\\&|", b"nothing", "환자".encode("cp949")])
def test_what_is_no_message_is_counted_and_left_out(value: bytes) -> None:
    proposal = learned([*ORDINARY, value])
    assert (proposal.messages, proposal.unread) == (27, 1)


SECRETS = ("홍길순", "한소망", "0815", "4711", "V-1", "480315", "철산로")


@pytest.mark.parametrize(
    "fields",
    [
        {"disposition": "홍길순^귀가"},
        {"disposition": "사망 홍길순"},
        {"disposition": "480315-2123456"},
        {"disposition": "D1^홍길순 사망 4711"},
        {"disposition": "77^홍길순"},
        {"says": "홍길순"},
        {"trigger": "홍길순"},
        {"charset": "홍길순"},
    ],
)
def test_nothing_about_a_person_is_in_a_proposal(fields: dict[str, str]) -> None:
    shown = str(learned([*times(20, fields), *with_class("홍길순", 3), *with_class("8004711", 3)]))
    assert [secret for secret in SECRETS if secret in shown] == []
    assert "'PV1-2': 6" in shown


@pytest.mark.parametrize(
    ("codes", "shown"),
    [
        (("1", "01", "D1", "D-12", "HOME", "IP", "사망", "Expired", "30a"), True),
        (("", "홍길순", "홍길순사망", "19480315", "DISCHARGED", "010-0000-4711", "two words"), False),
    ],
)
def test_only_what_looks_like_a_code_is_shown(codes: Sequence[str], shown: bool) -> None:  # noqa: FBT001
    assert {code: looks_like_a_code(code) for code in codes} == dict.fromkeys(codes, shown)


def test_words_that_mean_nothing_have_no_meaning() -> None:
    assert {text: destination_of(text) for text in ("", "기타", "Homer", "unknown")} == dict.fromkeys(
        ("", "기타", "Homer", "unknown")
    )
    assert {text: class_of(text) for text in ("", "기타", "VIP", "operation")} == dict.fromkeys(
        ("", "기타", "VIP", "operation")
    )
