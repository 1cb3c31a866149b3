"""Two ways to write an address are compared alike; another house or unit is another address."""

import pytest

from handoff.rules.addresses import normal

SAME = [
    "경기도 광명시 철산로 12, 101동 502호 (철산동)",
    "광명시 철산로 12 101동 502호",
    "경기 광명시 철산1동 철산로12 101-502",
    "14235 경기도 광명시 철산로 12, 101동 502호 (철산동, 주공아파트)",
    "경기도 광명시 철산로 12 주공13단지 101동 502호",
    "대한민국 경기도 광명시 철산로 １２, １０１동 ５０２호",  # noqa: RUF001
    "철산로 12 (101동 502호) 광명시 경기도 14235",
]
OTHERS = [
    "경기도 광명시 철산로 12, 101동 503호",
    "경기도 광명시 철산로 12, 102동 502호",
    "경기도 광명시 철산로 12",
    "경기도 광명시 철산로 12번길 101, 502호",
    "경기도 광명시 철산로 12, 지하101호 502",
    "경기도 광명시 오리로 12, 101동 502호",
    "경기도 광명시 철산동 12, 101동 502호",
]


@pytest.mark.parametrize("written", SAME)
def test_one_home_is_compared_alike_however_it_is_written(written: str) -> None:
    assert normal(written) == "철산로 12 101 502"


@pytest.mark.parametrize("written", OTHERS)
def test_another_house_or_unit_is_another_address(written: str) -> None:
    assert normal(written) not in ("", "철산로 12 101 502")


@pytest.mark.parametrize("vague", ["", "경기도 광명시", "광명시 철산동", "경기도 광명시 철산로", "없음", "불명"])
def test_what_names_no_house_is_no_address_to_compare(vague: str) -> None:
    assert normal(vague) == ""


def test_an_address_that_is_not_korean_is_compared_by_its_letters() -> None:
    assert normal("12, Cheolsan-ro, Gwangmyeong-si") == normal("12 cheolsan-ro gwangmyeong-si") != ""


def test_a_lot_is_compared_by_its_dong() -> None:
    assert normal("경기도 광명시 철산동 123-4") == normal("광명시 철산동 123-4번지") == "철산동 123 4"
