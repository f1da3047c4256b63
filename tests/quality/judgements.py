"""What was judged by hand of pairs of the sample collection: article numbers and judgements, no text.

judged_pairs.csv: pairs drawn by draw_pairs.py. `story` is `duplicate` (one text, with edits), `same-story` (one event
told again), `related` (one affair or topic, another event) or `apart`; `headline` is `same` where both promise one
thing; `held_back` is 1 for the random half on which nothing was tuned.

copied_pairs.csv: the pairs that share half or more of the shorter text's three-word runs (texts of less than thirty are
left out), and whether one is a copy of the other.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """Two articles by number, what they are to one another, and whether their headlines promise the same."""

    one: int
    other: int
    story: str
    same_headline: bool
    held_back: bool


def judged_pairs() -> list[JudgedPair]:
    """Returns every judged pair."""
    return [
        JudgedPair(int(r["a"]), int(r["b"]), r["story"], r["headline"] == "same", r["held_back"] == "1")
        for r in _rows("judged_pairs.csv")
    ]


def copied_pairs() -> list[tuple[int, int, bool]]:
    """Returns pairs with much text in common: both numbers, and whether one is a copy of the other."""
    return [(int(r["a"]), int(r["b"]), r["copy"] == "1") for r in _rows("copied_pairs.csv")]


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(newline="") as lines:
        return list(csv.DictReader(lines))
