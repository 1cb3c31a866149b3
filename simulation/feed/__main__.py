"""Writes the feed's files and its README: `python -m simulation.feed --day 2027-03-02 --to FOLDER`."""

import argparse
from datetime import date
from pathlib import Path

from simulation.feed.day import DAY, Day, day, table
from simulation.feed.stories import Makes

FOLDER = Path(__file__).parent.parent.parent / "examples" / "feed"
_ABOUT = """# A day of a whole hospital's feed

Two thousand invented HL7 v2 messages of one day ({day}), as a hospital's interface engine has them: every trigger
event, every patient class, residents and strangers. One file for each hour, a batch whose messages are read one by one.
Written by `python -m simulation.feed`; for another day: `python -m simulation.feed --day 2027-03-02 --to FOLDER`.

```sh
handoff read examples/feed/09.hl7 --as gm-hospital       # what each message would do; nothing is sent
for hour in examples/feed/*.hl7; do handoff publish --from gm-hospital $hour; done
```

## What it makes at the municipality

{made}

Nothing is parked. Of strangers nothing is kept that names them: words about their stays wait for a week, as digests and
moments. A case gets its usual tasks; those here are settled by a person before there is a case, or beside it.

{table}
"""


def readme(made: Day, on: date) -> str:
    """The README of the folder."""
    counts = "\n".join(f"- {times} times: {what}" for what, times in made.makes.items() if what != Makes.NOTHING)
    return _ABOUT.format(day=on, made=counts, table="\n".join(table(made)))


def write(folder: Path, on: date = DAY) -> None:
    """Write the files of a day into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    made = day(on)
    for hour, messages in enumerate(made.hours):
        if messages:
            (folder / f"{hour:02}.hl7").write_bytes(b"".join(messages))
    (folder / "README.md").write_text(readme(made, on), encoding="utf-8")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--day", type=date.fromisoformat, default=DAY)
    options.add_argument("--to", type=Path, default=FOLDER)
    chosen = options.parse_args()
    write(chosen.to, chosen.day)
