"""How likely a teaser is followed by what is known of it when a page is decided: a learnt model as plain numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SHARE = 0.5
"""What the model's word is worth beside the score that a kind of widget gives: as much as all the rest together."""


@dataclass(frozen=True, slots=True)
class ClickModel:
    """A logistic model: a weight for each feature by name, the bias, and the mean chance of a click.

    The chance is that of a first position. `share` is the part of a score that it makes.
    """

    weights: Mapping[str, float]
    bias: float
    usual: float
    learnt_at: int = 0
    share: float = SHARE
