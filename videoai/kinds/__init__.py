"""The kinds of value that a parameter can have: how a raw one is read, and what is said of a wrong one."""

from videoai.kinds.kind import Kind
from videoai.kinds.numbers import Amount, Number, Point, Seed, Span, Whole, WholeOrOff
from videoai.kinds.seeds import SeedList
from videoai.kinds.words import Choice, Directed, Flag, FreeText, IdOrPath, VideoPath, closest_word, folded

__all__ = [
    "Amount",
    "Choice",
    "Directed",
    "Flag",
    "FreeText",
    "IdOrPath",
    "Kind",
    "Number",
    "Point",
    "Seed",
    "SeedList",
    "Span",
    "VideoPath",
    "Whole",
    "WholeOrOff",
    "closest_word",
    "folded",
]
