"""Text for terminals and pipes that cannot show Hangul."""

import codecs
import io
import json
import sys
import unicodedata

_AS_WIDE = "handoff-as-wide"


def show_what_can_be_shown() -> None:
    """Print question marks for letters that the terminal cannot show, equally wide, so that tables stay in line."""
    codecs.register_error(_AS_WIDE, _marked)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_AS_WIDE)


def _marked(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join("??" if unicodedata.east_asian_width(letter) in "WF" else "?" for letter in letters), error.end


def in_json(content: object, indent: int | None = None) -> str:
    """JSON for this terminal or pipe. Letters that it cannot show are escaped."""
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    return json.dumps(content, ensure_ascii=plain, indent=indent)
