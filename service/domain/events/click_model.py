"""How likely a teaser is followed by what is known of it when a page is decided: a learnt model as plain numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

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

    def appeal(self, features: Mapping[str, Floats]) -> Floats:
        """Returns each candidate's appeal in (0, 1), a half at the usual chance: p / (p + usual)."""
        odds = sum((weight * features[name] for name, weight in self.weights.items()), np.float64(self.bias))
        likely = 1.0 / (1.0 + np.exp(-np.asarray(odds, float)))
        return np.asarray(likely / (likely + self.usual), float)

    def blended(self, score: Floats, features: Mapping[str, Floats]) -> Floats:
        """Returns the scores that pages are chosen by, of those that the kind of widget gives."""
        return (1.0 - self.share) * score + self.share * self.appeal(features)
