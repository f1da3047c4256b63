"""How much likelier than usual an ad is seen and followed in each placement, learnt from flights in several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from service.domain.engagement.examination import PlacedCounts, learnt
from service.domain.events.sums.rollup import OTHER, Cell, Dimension, Sums
from service.domain.events.tokens import EventKind

LEAST, MOST = 0.05, 20.0
"""Bounds of an effect: beyond, something else is counted than readers."""

TOLD_FROM = 0.01
MOST_FLIGHTS = 20_000
"""Flights that are told of, those shown most first; each takes some 30 bytes."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PlaceEffect:
    """A chance as a multiple of the site's usual one: of an impression to be seen, and to be followed."""

    views: float = 1.0
    clicks: float = 1.0


USUAL = PlaceEffect()


@dataclass(frozen=True, slots=True)
class PlaceEffects:
    """The effect of each placement, by its number, and the mean effect of those in which a flight was shown, by its.

    What is in neither is shown where it is usual. The mean over a site's impressions is 1.
    """

    placements: Mapping[int, PlaceEffect] = field(default_factory=dict)
    flights: Mapping[int, PlaceEffect] = field(default_factory=dict)

    def at(self, placement: int) -> PlaceEffect:
        """Returns the effect of a placement."""
        return self.placements.get(placement, USUAL)

    def of(self, flight: int) -> PlaceEffect:
        """Returns the effect of where a flight was shown."""
        return self.flights.get(flight, USUAL)


NO_EFFECTS = PlaceEffects()


def effects_of(days: Iterable[Mapping[Cell, Sums]]) -> PlaceEffects:
    """Returns the effects that the sums of some days speak for.

    As of articles in positions (examination.learnt): given how many clicks a flight has, where they fell tells of
    placements alone, so that a placement of flights that readers like does not look better for it.
    """
    shown: dict[tuple[int, int], list[int]] = {}
    for cells in days:
        for cell, sums in cells.items():
            if cell.dimension is Dimension.PLACEMENT and cell.value != OTHER:
                counts = shown.setdefault((cell.flight, int(cell.value)), [0, 0, 0])
                for kind in range(len(counts)):
                    counts[kind] += sums.net[kind]
    if not shown:
        return NO_EFFECTS
    flights, flight = np.unique(np.array([one for one, _ in shown], np.int64), return_inverse=True)
    placements, placement = np.unique(np.array([one for _, one in shown], np.int64), return_inverse=True)
    counted = np.array([*shown.values()], float)
    effects = [_effects(flight, placement, counted, kind) for kind in (EventKind.VIEW, EventKind.CLICK)]
    means = [_means(flight, placement, counted[:, 0], effect) for effect in effects]
    most_shown = np.argsort(-np.bincount(flight, counted[:, 0]), kind="stable")[:MOST_FLIGHTS]
    elsewhere = np.max(np.abs(np.array(means) - 1.0), axis=0) >= TOLD_FROM
    return PlaceEffects(
        _by_number(placements, effects, range(placements.size)),
        _by_number(flights, means, most_shown[elsewhere[most_shown]]),
    )


def _effects(flight: npt.NDArray[np.int64], placement: npt.NDArray[np.int64], counted: Floats, kind: int) -> Floats:
    """The effect of each placement on one kind of event."""
    events = np.minimum(counted[:, kind], counted[:, 0])
    places = int(placement.max()) + 1
    found = learnt(PlacedCounts(flight, placement, counted[:, 0], events), np.ones(places))
    shown = np.bincount(placement, counted[:, 0], places)
    usual = float(shown @ found / shown.sum()) if shown.any() else 1.0
    return np.clip(found / usual, LEAST, MOST)


def _means(flight: npt.NDArray[np.int64], placement: npt.NDArray[np.int64], shown: Floats, effect: Floats) -> Floats:
    """The mean effect of the placements of each flight, by its impressions."""
    total = np.bincount(flight, shown)
    return np.where(total > 0, np.bincount(flight, shown * effect[placement]) / np.maximum(total, 1.0), 1.0)


def _by_number(numbers: npt.NDArray[np.int64], effects: list[Floats], places: Iterable[int]) -> dict[int, PlaceEffect]:
    views, clicks = effects
    return {int(numbers[at]): PlaceEffect(float(views[at]), float(clicks[at])) for at in places}
