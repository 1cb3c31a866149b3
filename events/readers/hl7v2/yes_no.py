"""The answers of flags in an HL7 v2 message (table 0136), as feeds write them."""

_YES = frozenset({"Y", "YES", "1", "T", "TRUE", "예", "네"})
_NO = frozenset({"N", "NO", "0", "F", "FALSE", "아니오", "아니요", "아님"})


def answer(text: str) -> bool | None:
    """Whether a flag says yes or no; None: it is empty, or says neither."""
    if not text:
        return None
    plain = text.upper()
    return True if plain in _YES else False if plain in _NO else None
