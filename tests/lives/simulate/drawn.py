"""How Hypothesis draws a life. What stands first in a choice is the simplest: a failing life shrinks towards it."""

from itertools import chain

from hypothesis import strategies as st

from tests.lives.simulate.plan import CASES, TURNS, WHEREABOUTS, Again, Build, Deadline, Opening, Plan, Step, Turn, Word

HOSPITALS = ("gm-hospital", "seoul-hospital", "gm-long-term-care")
STAYS = ("", "s1", "s2")
MOMENTS = (None, -30, -2, 10, 20, 50, -60)  # hours: few, so that words meet
PICKS = st.integers(0, 65_535)
LATE = st.sampled_from((False, False, False, True))

WORDS = st.builds(
    Word,
    kind=st.sampled_from(WHEREABOUTS),
    who=st.sampled_from((*HOSPITALS[:2], HOSPITALS[0], HOSPITALS[2])),
    stay=st.sampled_from((*STAYS, "s1")),
    until=st.sampled_from(MOMENTS),
    since=st.sampled_from(("begin", "now")),
    written=st.sampled_from((0, 1, 90, 1_500, 4_000)),
    code=st.sampled_from(("actual", "expected", "")),
    late=LATE,
)
AWAITED = st.builds(Turn, pick=PICKS)
DEEDS = {
    "awaited": AWAITED,
    "word": WORDS,
    "turn": st.builds(Turn, pick=PICKS, about=st.sampled_from(TURNS)),
    "deadline": st.builds(Deadline, pick=PICKS, seconds=st.sampled_from((-1, 0, 1)), waits=st.sampled_from((False, False, True))),
    "again": st.builds(Again, of=st.integers(1, 3), anew=st.booleans()),
    "build": st.builds(Build),
}
OFTEN = {"awaited": 7, "word": 7, "turn": 5, "deadline": 3, "again": 2, "build": 1}
STEPS = st.builds(
    Step,
    case=st.integers(0, CASES - 1),
    after=st.sampled_from((0, 1, 30, 120, 600)),
    deed=st.sampled_from([name for name, times in OFTEN.items() for _ in range(times)]).flatmap(DEEDS.__getitem__),
)
OPENINGS = st.builds(
    Opening,
    notice=st.builds(
        Word,
        kind=st.sampled_from(("discharge.notified", "discharge.notified", "discharge.expected")),
        who=st.sampled_from(HOSPITALS),
        stay=st.sampled_from(STAYS),
        until=st.sampled_from((-2, -30, 20, None)),
        written=st.sampled_from((0, 90)),
    ),
    consent=st.sampled_from(("given", "given", "", "refused")),
    district=st.sampled_from(("cheolsan", "haan", "")),
    ahead=st.integers(0, 7),
    pick=PICKS,
)
PLANS = st.builds(
    Plan,
    cases=st.tuples(*[OPENINGS] * CASES),
    capacities=st.tuples(*[st.sampled_from((6, 3, 12, 40))] * 2),
    lost=st.sampled_from((0, 0, 8, 30)),
    away=st.sampled_from((0, 0, 0, 8)),
    weather=st.integers(0, 999),
    chapter=st.sampled_from((0, 0, 60)),
    steps=st.tuples(*[st.lists(STEPS, max_size=10)] * 3).map(lambda parts: tuple(chain(*parts))),
)
