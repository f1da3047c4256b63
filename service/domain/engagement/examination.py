"""How likely a reader looks at a place of a page, beside the first one: learnt from where readers' clicks fall."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from service.domain.engagement.teaser_events import TeaserAct, TeaserCounts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Place = tuple[str, int]
"""A kind of widget, and a position from 1."""

FALL = 0.5
"""How fast attention falls before a site's clicks tell: the chance of a look at position k is (1 / k)^FALL.

The form is that of Joachims, Swaminathan and Schnabel, Unbiased Learning-to-Rank with Biased Feedback, WSDM 2017, who
take 1 for lists of search results. The three places of the Open Bandit Dataset's recommendations, side by side, show no
fall (24, 29 and 27 clicks of some 6,700 each). A column of teasers lies between: half of the way.
"""

SURE_AFTER = 20.0
"""Clicks at a place that weigh as much as what is believed of it: of so many a rate is known to about a fifth."""

LEAST, MOST = 0.05, 2.0
"""Bounds of a place's chance, as a share of the first place's: beyond, something else is counted than readers."""

ROUNDS = 20
"""Steps of the estimate: on 40 drawn sites, no chance was more than 0.001 from where 400 steps lead."""

THOUSANDTHS = 1_000


def believed(position: int) -> float:
    """Returns the chance of a look at a position that nothing is known of, as a share of the first one's."""
    return float(max(position, 1) ** -FALL)


@dataclass(frozen=True, slots=True)
class Examination:
    """The chance of a look at each place, as a share of that at a first position; what was learnt from `clicks`."""

    by_place: Mapping[Place, float] = field(default_factory=dict)
    clicks: int = 0

    def at(self, widget: str, position: int) -> float:
        """Returns the place's chance, in [LEAST, MOST]; of one that nothing is known of, what is believed of it."""
        return self.by_place.get((widget, position), believed(position))

    def thousandths(self, widget: str, position: int) -> int:
        """Returns the place's chance in whole thousandths: what one offer there counts for."""
        return round(THOUSANDTHS * self.at(widget, position))


NOTHING_LEARNT = Examination()


class PlacedCounts(NamedTuple):
    """Of articles in places, an entry each: which article, which place, how often shown there and followed."""

    article: Ints
    place: Ints
    shown: Floats
    clicks: Floats


def examination_of(days: Iterable[TeaserCounts]) -> Examination:
    """Returns the examination that readers' beacons of some days speak for."""
    shown: Counter[tuple[int, Place]] = Counter()
    clicks: Counter[tuple[int, Place]] = Counter()
    for counts in days:
        for (act, at), count in counts.items():
            if at.position > 0 and act in (TeaserAct.IMPRESSION, TeaserAct.CLICK):
                (shown if act is TeaserAct.IMPRESSION else clicks)[at.article_hash, (at.widget, at.position)] += count
    places = sorted({place for _, place in shown})
    if not places:
        return NOTHING_LEARNT
    numbers = {place: number for number, place in enumerate(places)}
    articles = np.unique(np.array([article for article, _ in shown], np.uint64), return_inverse=True)[1]
    counted = PlacedCounts(
        articles.astype(np.int64),
        np.array([numbers[place] for _, place in shown], np.int64),
        np.array([*shown.values()], float),
        np.array([min(clicks[key], count) for key, count in shown.items()], float),
    )
    found = learnt(counted, np.array([believed(position) for _, position in places]))
    first = np.array([position == 1 for _, position in places])
    return Examination(
        dict(zip(places, _beside_first(found, first, counted).tolist(), strict=True)), int(counted.clicks.sum())
    )


def learnt(counted: PlacedCounts, belief: Floats) -> Floats:
    """Returns the chance of a look at each place; `belief` is what is believed of each.

    The position-based model (Craswell and others, WSDM 2008): an article of appeal r is followed in place k with the
    chance e_k r. With clicks as Poisson counts the most likely values satisfy r_i = clicks_i / sum_k n_ik e_k and
    e_k = clicks_k / sum_i n_ik r_i, which are taken in turn. Where an article's clicks fall, given how many it has,
    tells of places alone, so that what is shown first because it is best does not make the first place look better;
    an article that stood in one place tells nothing. To the clicks of each place come SURE_AFTER that fell as believed.
    """
    article, place, shown, clicks = counted
    total, of_place = np.bincount(article, clicks), np.bincount(place, clicks, belief.size)
    chance = belief
    for _ in range(ROUNDS):
        looks = np.bincount(article, shown * chance[place])
        appeal = total / np.maximum(looks, 1e-12)
        expected = np.bincount(place, shown * appeal[article], belief.size)
        chance = (of_place + SURE_AFTER) / (expected + SURE_AFTER / belief)
    return chance


def _beside_first(chance: Floats, first: npt.NDArray[np.bool_], counted: PlacedCounts) -> Floats:
    """Returns the chances as shares of that at first positions, their mean by how often they were shown."""
    shown = np.bincount(counted.place, counted.shown, chance.size) * first
    scale = float(shown @ chance / shown.sum()) if shown.any() else 1.0
    return np.clip(chance / scale, LEAST, MOST)
