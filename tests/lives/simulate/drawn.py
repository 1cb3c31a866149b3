"""How Hypothesis draws a life. What stands first in a choice is the simplest: a failing life shrinks towards it."""

from itertools import chain
from typing import Any, Literal

from hypothesis import strategies as st

from tests.lives.simulate.plan import CASES, TURNS, WHEREABOUTS, Again, Build, Deadline, Opening, Plan, Step, Turn, Word

HOSPITALS = ("gm-hospital", "seoul-hospital", "gm-long-term-care")
TELLERS = st.sampled_from(("", "", *HOSPITALS))
STAYS = ("", "", "s1", "s1", "s2")
LATER = 300  # minutes between two words of a story
STORIES = (  # what became of a person: words, each with its moment in hours after the first discharge
    (("discharge.notified", 0), ("discharge.corrected", 6)),
    (("discharge.notified", 0), ("admission.occurred", 10), ("admission.cancelled", None)),
    (("discharge.notified", 0), ("admission.occurred", 10), ("discharge.notified", 20)),
    (("discharge.notified", 0), ("admission.occurred", 10), ("discharge.corrected", 4)),
    (("discharge.notified", 0), ("discharge.cancelled", None)),
    (("discharge.expected", 20), ("discharge.cancelled", None), ("discharge.notified", 30)),
    (("discharge.notified", 0), ("admission.occurred", 10), ("discharge.notified", 20), ("admission.occurred", 30)),
)
# Hours since the life began, few, so that words meet; and hours since now, so that they fit.
MOMENTS = st.one_of(
    st.tuples(st.sampled_from((None, -30, -2, 10, 20, 50)), st.just("begin")),
    st.tuples(st.sampled_from((-1, -20, 30)), st.just("now")),
)
RARE = ("consent", "rejections", "visits", "visits", "closing", "closing", "answers")  # what a life else seldom meets
PICKS = st.integers(0, 65_535)
CASE = st.integers(0, CASES - 1)
AFTER = st.sampled_from((0, 0, 1, 30, 120, 600))
SOON = st.sampled_from((0, 1, 30, 120))


def _word(moment: tuple[int | None, Literal["begin", "now"]], **said: Any) -> Word:
    until, since = moment
    return Word(until=until, since=since, **said)


WORDS = st.builds(
    _word,
    MOMENTS,
    kind=st.sampled_from(WHEREABOUTS),
    who=TELLERS,
    stay=st.sampled_from(STAYS),
    written=st.sampled_from((0, 1, 90, 1_500, 4_000)),
    code=st.sampled_from(("actual", "expected", "")),
    late=st.sampled_from((False, False, False, True)),
)
AWAITED = st.builds(Turn, pick=PICKS)
DEEDS = {
    "awaited": AWAITED,
    "word": WORDS,
    "turn": st.builds(Turn, pick=PICKS, about=st.sampled_from((*TURNS, *RARE))),
    "deadline": st.builds(Deadline, pick=PICKS, seconds=st.sampled_from((-1, 0, 1)), waits=st.booleans()),
    "again": st.builds(Again, of=st.integers(1, 3), anew=st.booleans()),
    "build": st.builds(Build),
}
OFTEN = {"awaited": 7, "word": 7, "turn": 6, "deadline": 3, "again": 2, "build": 1}
STEPS = st.builds(
    Step,
    case=CASE,
    after=AFTER,
    deed=st.sampled_from([name for name, times in OFTEN.items() for _ in range(times)]).flatmap(DEEDS.__getitem__),
)


@st.composite
def stories(draw: st.DrawFn) -> list[Step]:
    """What one hospital says of a person who comes and goes: in any order, each word written when it was true."""
    case, who, stay = draw(CASE), draw(TELLERS), draw(st.sampled_from(STAYS))
    left, words = draw(st.sampled_from((-2, -30, -60))), draw(st.sampled_from(STORIES))
    told = [
        Word(
            kind,
            who,
            draw(st.sampled_from((stay, stay, "", "s2"))),
            None if hours is None else left + hours,
            written=LATER * (len(words) - place),
        )
        for place, (kind, hours) in enumerate(words)
    ]
    return [Step(case, draw(SOON), word) for word in draw(st.permutations(told))]


STORY = st.just([]) | stories()
OPENINGS = st.builds(
    Opening,
    notice=st.builds(
        Word,
        kind=st.sampled_from(("discharge.notified", "discharge.notified", "discharge.expected")),
        who=st.sampled_from((HOSPITALS[0], *HOSPITALS)),
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
    forgotten=st.sampled_from((0, 0, 8, 30)),
    away=st.sampled_from((0, 0, 0, 8)),
    weather=st.integers(0, 999),
    chapter=st.sampled_from((0, 8, 40, 60)),
    steps=st.tuples(st.lists(STEPS, max_size=10), STORY, st.lists(STEPS, max_size=8), STORY).map(
        lambda parts: tuple(chain(*parts))
    ),
)
