import pytest

from handoff.rules.delivery import REFERRAL_STATES, Tally, ended_by_word, ended_in_full, planned_visits


@pytest.mark.parametrize(
    ("kind", "quantity", "per", "days", "planned"),
    [
        ("series", 1, "week", 56, 8),
        ("series", 5, "week", 14, 10),
        ("series", 2, "day", 10, 20),
        ("series", 1, "week", 30, 5),  # the visits of days 0, 7, 14, 21 and 28
        ("series", 2, "month", 90, 6),
        ("series", 3, "week", 1, 1),
        ("one-off", 3, "", 0, 3),
        ("on-demand", 4, "week", 28, None),
        ("stand-by", 1, "", 0, None),
    ],
)
def test_a_line_means_so_many_visits(kind: str, quantity: int, per: str, days: int, planned: int | None) -> None:
    assert planned_visits(kind, quantity, per, days) == planned


@pytest.mark.parametrize(
    ("tally", "state", "referral"),
    [
        (Tally(8, 8), "completed", "completed"),
        (Tally(8, 8, missed=2), "completed", "completed"),  # both were made up for
        (Tally(8, 7, missed=1), "partly-delivered", "failed"),
        (Tally(8, 1, missed=7), "partly-delivered", "failed"),
        (Tally(19, 0, unreported=19), "not-reported", "failed"),
        (Tally(8, 7, unreported=1), "not-reported", "failed"),
        (Tally(8, 0, missed=7, unreported=1), "not-reported", "failed"),
        (Tally(8, 0, missed=8), "failed", "failed"),
    ],
)
def test_what_was_delivered_decides_how_a_line_ended_whose_time_is_over(
    tally: Tally, state: str, referral: str
) -> None:
    assert ended_in_full(tally, tally.regular) == state
    assert REFERRAL_STATES[state] == referral


@pytest.mark.parametrize(
    ("tally", "planned", "says", "state"),
    [
        (Tally(1, 1), 8, "completed", "ended-early"),  # a provider's "completed" does not make eight of one
        (Tally(8, 8), 8, "completed", "completed"),
        (Tally(8, 8), 8, "other", "completed"),
        (Tally(8, 0, unreported=8), 8, "completed", "not-reported"),
        (Tally(8, 3, unreported=2), 8, "other", "ended-early"),
        (Tally(2, 2), None, "completed", "completed"),
        (Tally(2, 2), None, "other", "ended-early"),
        (Tally(0, 0), None, "completed", "ended-early"),
    ],
)
def test_a_word_ends_a_line_early_unless_all_was_delivered(
    tally: Tally, planned: int | None, says: str, state: str
) -> None:
    assert ended_by_word(tally, planned, all_done=says == "completed") == state
