"""What a terminal or a pipe can hold: not every one has Hangul."""

import codecs
import io
import json
import sys
import unicodedata

_AS_WIDE = "handoff-as-wide"


def show_what_can_be_shown() -> None:
    """A terminal that has no Hangul, say, shows question marks for it, as wide as it is: tables stay in line."""
    codecs.register_error(_AS_WIDE, _marked)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_AS_WIDE)


def _marked(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join("??" if unicodedata.east_asian_width(each) in "WF" else "?" for each in letters), error.end


def in_json(content: object, indent: int | None = None) -> str:
    """JSON as this terminal or pipe can hold it: what it has no letters for is escaped, and nothing is lost."""
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    return json.dumps(content, ensure_ascii=plain, indent=indent)
