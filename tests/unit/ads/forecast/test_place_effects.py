"""A flight's click rate is free of where it stood: what placements do is learnt, and counts in the auction of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from service.adapters.redis.learnt_values import place_effects
from service.domain.ads.booking.standing import Standing, Standings
from service.domain.ads.inventory import (
    Creative,
    Flight,
    FlightCreative,
    Placement,
    PriceModel,
    Tier,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.ads.response.place_effects import NO_EFFECTS, USUAL, PlaceEffect, PlaceEffects, effects_of
from service.domain.ads.response.response import Responded, priors_of, response_to
from service.domain.ads.targeting.slot_facts import SlotFacts
from service.domain.events.sums.rollup import OTHER, Cell, Dimension, Sums
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.ads.forecast.learn_place_effects import LearnPlaceEffects
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots
from service.usecases.ads.known.keep_pace import PaceKeeper
from tests.makers.memory_inventory import MemoryInventoryStore

NOW = 500 * 3_600
TRUE = np.array([2.0, 1.0, 0.25])
"""What three placements do to clicks, not yet set against the usual."""


def cell(flight: int, placement: int, net: Sequence[int]) -> tuple[Cell, Sums]:
    return Cell(Dimension.PLACEMENT, flight, str(placement)), Sums(net=[*net])


def drawn_site(seed: int, flights: int = 30, shown: int = 20_000) -> tuple[dict[Cell, Sums], np.ndarray, np.ndarray]:
    """A site whose better flights stand in better places: its sums, the shares shown, and each flight's true rate."""
    chance = np.random.default_rng(seed)
    rate = np.sort(chance.gamma(2.0, 0.001, flights))[::-1]
    liking = np.linspace(2.0, -2.0, flights)[:, None] * np.array([1.0, 0.0, -1.0])
    share = np.exp(liking) / np.exp(liking).sum(axis=1, keepdims=True)
    impressions = chance.multinomial(shown, share)
    clicks = chance.binomial(impressions, np.minimum(rate[:, None] * TRUE, 1.0))
    views = chance.binomial(impressions, np.array([0.8, 0.6, 0.3]))
    counts = np.stack((impressions, views, clicks), axis=-1)
    return dict(cell(f + 1, p + 1, counts[f, p].tolist()) for f in range(flights) for p in range(3)), impressions, rate


def true_effects(impressions: np.ndarray) -> np.ndarray:
    shown = impressions.sum(axis=0)
    return TRUE * shown.sum() / (shown @ TRUE)


def test_what_placements_do_is_found_where_the_better_flights_stand_in_the_better_ones() -> None:
    """Over 30 drawn sites; clicks over impressions by placement mix what stands there with what the place does."""
    faults, plain = [], []
    for seed in range(30):
        cells, impressions, _ = drawn_site(seed)
        found, true = effects_of([cells]), true_effects(impressions)
        faults.append([abs(found.at(p + 1).clicks / true[p] - 1) for p in range(3)])
        clicks = np.array([sum(cells[Cell(Dimension.PLACEMENT, f + 1, str(p + 1))].net[2] for f in range(30))
                           for p in range(3)])  # fmt: skip
        raw = clicks / impressions.sum(axis=0) * impressions.sum() / clicks.sum()
        plain.append(np.abs(raw / true - 1))
    print("fault", np.mean(faults, axis=0), "plain", np.mean(plain, axis=0))
    assert np.mean(faults) < 0.15
    assert np.mean(plain) > 2 * np.mean(faults)


def test_a_flights_rate_is_nearer_to_the_truth_than_its_clicks_over_impressions() -> None:
    errors = {"corrected": 0.0, "plain": 0.0}
    for seed in range(30):
        cells, impressions, rate = drawn_site(seed)
        found = effects_of([cells])
        scale = TRUE[0] / true_effects(impressions)[0]
        counted = [
            Responded(*(sum(cells[Cell(Dimension.PLACEMENT, f + 1, str(p + 1))].net[kind] for p in range(3))
                        for kind in range(3)))
            for f in range(30)
        ]  # fmt: skip
        columns = (np.array([getattr(one, name) for one in counted]) for name in ("impressions", "views", "clicks"))
        priors = priors_of(*columns)
        for name, effects in (("corrected", found), ("plain", NO_EFFECTS)):
            told = [response_to(one, priors, effects.of(f + 1)).click_ratio for f, one in enumerate(counted)]
            errors[name] += float(np.mean(np.abs(np.log(np.array(told) / (rate * scale)))))
    print({name: round(error / 30, 3) for name, error in errors.items()})
    assert errors["corrected"] < 0.5 * errors["plain"]


def test_where_nothing_can_be_told_every_place_is_usual() -> None:
    assert effects_of([]) == NO_EFFECTS
    one = effects_of([dict([cell(1, 1, (1_000, 600, 3)), cell(2, 1, (500, 100, 0))])])
    assert (one.at(1), one.at(9), one.flights) == (USUAL, USUAL, {})
    rest = effects_of([{Cell(Dimension.PLACEMENT, 1, OTHER): Sums(net=[5, 5, 5])}])
    assert rest == NO_EFFECTS


class Counted:
    """Tells fixed counts of the flights."""

    def __init__(self) -> None:
        self.counted: Mapping[int, tuple[int, int, int]] = {}

    def standings(self, _: str, flights: Sequence[int], now: float) -> Standings:
        counts = (self.counted.get(number, (0, 0, 0)) for number in flights)
        return Standings(int(now // 60), tuple(Standing({}, {}, {}, *each) for each in counts))


def test_a_flight_shown_where_few_look_is_worth_more_where_many_do() -> None:
    """At the foot 0.1 % followed it, which is 0.4 % in the sidebar; the other asks 1.20 for 1,000 in both."""
    store, ledger = MemoryInventoryStore(), Counted()
    places = (Placement("sidebar", number=1), Placement("article-foot", number=2))

    def flight(name: str, model: PriceModel, price_micros: int) -> Flight:
        return Flight(
            name, "c", "a", Tier.PRICE, price_model=model, price_micros=price_micros,
            placements=("sidebar", "article-foot"), creatives=(FlightCreative("k"),),
        )  # fmt: skip

    by_click, other = flight("by-click", PriceModel.CPC, 500_000), flight("other", PriceModel.CPM, 1_200_000)
    creative = Creative("k", "a", "native", "https://a.example/")
    store.apply("s", InventoryChanges((creative, *places, by_click, other)), 0)
    snapshots = InventorySnapshots(store, lambda _: (lambda _: np.array([], np.uint64),))
    snapshot = snapshots.current("s")
    number = next(number for number, one in snapshot.flights_by_number.items() if one.flight.id == "by-click")
    ledger.counted = {number: (200_000, 60_000, 200)}

    def first(effects: PlaceEffects) -> list[str]:
        keeper = PaceKeeper(snapshots, ledger, 5, read_effects=lambda _: effects)  # type: ignore[arg-type]
        keeper.look(NOW)
        kinds = (snapshot.placements[name] for name in ("sidebar", "article-foot"))
        return [kind.flights[kind.paid(SlotFacts(NOW), 0, 10)[0]].flight.id for kind in kinds]

    assert first(NO_EFFECTS) == ["other", "other"]
    foot, side = PlaceEffect(0.5, 0.4), PlaceEffect(1.3, 1.6)
    learnt = PlaceEffects({1: side, 2: foot}, {number: foot})
    assert first(learnt) == ["by-click", "other"]
    again = snapshots.current("s")
    again.follow(again)
    assert first(learnt) == ["by-click", "other"]


@pytest.mark.redis
def test_what_the_sums_of_days_tell_is_learnt_and_kept(services: Services) -> None:
    services.sites.put(Site("s"))
    store = place_effects(services.client)
    assert store.read("s") == NO_EFFECTS
    cells, impressions, _ = drawn_site(1)

    class Days:
        def days(self, _: str, days: Sequence[int]) -> list[Mapping[Cell, Sums]]:
            return [cells if day == int(services.clock() // 86_400) else {} for day in days]

    LearnPlaceEffects(services.site_records, Days(), store, services.clock).look()  # type: ignore[arg-type]
    found = store.read("s")
    assert found.at(1).clicks == pytest.approx(true_effects(impressions)[0], rel=0.2)
    assert found.at(1).views > 1 > found.at(3).views
    assert found.of(1).clicks > 1 > found.of(30).clicks
