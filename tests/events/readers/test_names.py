"""Names that are written twice, are no longer valid, fill a place, or lost all their letters."""

import pytest

from tests.events.readers.told import PERSON, doubts_of, event, message, of_event, of_message, refusal_of

NAMES = [
    ("김^길순^^^^^L^^^20100101&20200101~홍^길순^^^^^L", "홍길순"),
    ("김^길순^^^^^L^^^20100101&20200101^^^~홍^길순^^^^^L^^^20200101", "홍길순"),
    ("김^길순^^^^^L^^^20100101&99991231~홍^길순^^^^^L", "김길순"),
    ("김^길순^^^^^L^^^20100101~홍^길순^^^^^L", "김길순"),
    ("김^길순^^^^^L^^^^^20100101^20200101~홍^길순^^^^^L^^^^^20200101", "홍길순"),
    ("홍길순^홍길순^^^^^L", "홍길순"),
    ("홍 길순^홍길순", "홍길순"),
    ("홍길순^길순", "홍길순"),
    ("남궁민수^남궁민수", "남궁민수"),
    ("남궁^민수", "남궁민수"),
    ("이^이", "이이"),
    ("이^이슬비", "이이슬비"),
    ("남궁^궁", "남궁궁"),
    ("NA^NA", "NA NA"),
    ("HONG^HONG", "HONG HONG"),
    ("NULL~홍^길순", "홍길순"),
    ("0^^^^^^L~홍^길순^^^^^A", "홍길순"),
]


@pytest.mark.parametrize(("sent", "name"), NAMES)
def test_the_name_is_read_once_and_while_it_is_valid(sent: str, name: str) -> None:
    assert of_message(name=sent).name == name


@pytest.mark.parametrize("name", ["홍#순", "홍_순", "홍△순", "홍0순", "홍◎⊙순"])
def test_a_mark_in_the_place_of_a_letter_is_a_doubt(name: str) -> None:
    assert doubts_of(message(name=name)) == {"PID-5": "text-unreadable"}
    assert doubts_of(event({"person": {**PERSON, "name": name}})) == {"/person/name": "text-unreadable"}


@pytest.mark.parametrize("name", ["홍길순#2", "홍길순0", "홍길순2", "홍길순#"])
def test_a_mark_behind_a_name_is_no_doubt(name: str) -> None:
    assert doubts_of(message(name=name)) == doubts_of(event({"person": {**PERSON, "name": name}})) == {}


FILLERS = (
    "NULL",
    "null",
    "N/A",
    "0",
    "12345",
    "NULL^NULL",
    "N/A^N/A",
    "none",
    "-",
    ".",
    "해당없음",
    "해당 없음",
    "미등록",
    "",
)


@pytest.mark.parametrize("sent", FILLERS)
def test_what_only_fills_the_place_of_a_name_is_no_name(sent: str) -> None:
    name = sent.replace("^", " ")
    refusals = refusal_of(message(name=sent)), refusal_of(event({"person": {**PERSON, "name": name}}))
    assert [(refusal.code, refusal.place) for refusal in refusals] == [
        ("name-missing", "PID-5"),
        ("name-missing", "/person/name"),
    ]


@pytest.mark.parametrize("name", ["NULLA^MARIA", "NA^YOUNGHEE", "나", "무", "미정", "NIL^ARMSTRONG", "홍2"])
def test_a_name_like_a_filler_is_a_name(name: str) -> None:
    assert of_message(name=name).name == of_event(name=name.replace("^", " ")).name == name.replace("^", " ")


@pytest.mark.parametrize("name", ["???", "???^??", "??"])
def test_a_name_whose_letters_were_all_lost_is_in_doubt(name: str) -> None:
    assert doubts_of(message(name=name)) == {"PID-5": "text-unreadable"}
    assert doubts_of(event({"person": {**PERSON, "name": name.replace("^", " ")}})) == {
        "/person/name": "text-unreadable"
    }
