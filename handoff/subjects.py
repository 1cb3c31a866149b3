"""What the id of a part of a case says: of its line, and whether it is a visit's.

The ids are C7F3K9Q2M4X (case), C7F3K9Q2M4X.2 (line), C7F3K9Q2M4X.2.O1 (offer) and C7F3K9Q2M4X.2.V1 (visit).
"""


def line_of(subject: str) -> str:
    """The id of the line that a line, offer or visit belongs to. Any other id stays as it is."""
    return ".".join(subject.split(".")[:2])


def is_visit(subject: str) -> bool:
    """Whether this is the id of a visit."""
    return subject.rpartition(".")[2].startswith("V")
