"""Words of services: how they are planned, what a visitor has to know, and how visits are reported."""

from enum import StrEnum

from handoff.vocabulary.rows import Word


class SafetyNeed(Word):
    """What a provider has to know for safety before it takes a line. It says nothing of the person's illness."""

    TWO_VISITORS = "two-visitors"  # never alone
    LIFTING = "lifting"  # the person has to be lifted
    STAIRS_ONLY = "stairs-only"  # no lift, no ramp
    PROTECTIVE_GEAR = "protective-gear"  # mask, gloves, apron
    ANIMAL = "animal-in-home"
    HEARING = "speak-or-write-clearly"
    SLOW_TO_ANSWER = "slow-to-answer-door"
    VISITOR_SEX = "visitor-of-same-sex"


class Reporting(Word):
    """How it is reported whether the visits of a service took place."""

    BY_VISIT = "by-visit"  # each visit is reported
    BY_EXCEPTION = "by-exception"  # a missed visit the same day; its provider confirms the others by the week


class Holiday(StrEnum):
    """What a holiday does to one visit of a series."""

    MOVE = "move"
    SKIP = "skip"


class Namer(StrEnum):
    """Who names the moment of a visit."""

    PROVIDER = "provider"  # also a person of the municipality who asked it
    ENGINE = "engine"
