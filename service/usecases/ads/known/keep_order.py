"""Keeps in this process what a site's flights want: how urgent guaranteed ones are, what auctioned ones will bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from service.domain.ads.booking.standing import Standing
from service.domain.ads.inventory import Flight, PriceModel
from service.domain.ads.pacing.course import TrafficCurve
from service.domain.ads.pacing.urgency import (
    Share,
    Sightings,
    hours_left,
    is_paid_by_response,
    is_promised,
    runs_now,
    still_to_show,
    urgency,
)
from service.domain.ads.plan.allocation import SlotShortlist
from service.domain.ads.response.place_effects import NO_EFFECTS
from service.domain.ads.response.response import NEW_PRIORS, Responded, ecpm_micros, priors_of, response_to
from service.domain.money.exchange import OWN_CURRENCY
from service.usecases.ads.known.known_flights import KnownFlights

_COUNTED = ("impressions", "views", "clicks")


class SiteOrder:
    """Learns from the pages of a site, and from where its flights stand, and writes it in their rows.

    `exchange` has the rates by which auctioned ones are compared, `effects` what their placements do to their chances.
    """

    def __init__(self, known: KnownFlights) -> None:
        self._known = known
        self.exchange = OWN_CURRENCY
        self.effects = NO_EFFECTS
        self._sightings = Sightings()
        self._priors = NEW_PRIORS

    def sight(self, slots: Sequence[SlotShortlist], now: float) -> None:
        """Counts which flights a page's slots suit, unless enough pages of this second were looked at."""
        if not slots or not self._sightings.looks(now):
            return
        kinds = {id(slot.of_placement): slot.of_placement for slot in slots}.values()
        suited = [kind.goals_suited for kind in kinds]
        self._sightings.note(suited[0] if len(suited) == 1 else np.unique(np.concatenate(suited)))

    def learn(self, standings: Mapping[int, Standing]) -> None:
        """Takes up how readers responded to these flights: from that, what is expected of all of them is told."""
        rows, places = self._known.rows, self._known.places(standings)
        told = [(one.net_impressions, one.net_views, one.net_clicks) for one in standings.values()]
        for name, counts in zip(_COUNTED, np.array(told, np.int64).reshape(-1, 3).T, strict=True):
            rows[name][places] = counts
        self._priors = priors_of(*(rows[name] for name in _COUNTED))

    def take_up(
        self, flight: Flight, place: int, standing: Standing, kept_ratio: float, now: float, curve: TrafficCurve
    ) -> float | None:
        """Returns what a flight that stands so still has to show, in impressions; None for one without a promise."""
        row = self._known.rows[place]
        counted = Responded(standing.net_impressions, standing.net_views, standing.net_clicks)
        shown = self.effects.of(flight.number)
        usual = response_to(counted, self._priors, shown)
        if is_paid_by_response(flight):
            row["ecpm_micros"] = ecpm_micros(flight, usual, self.exchange.rate(flight.currency))
            row["is_by_click"] = flight.price_model is PriceModel.CPC
        if not is_promised(flight):
            return None
        share = self._share(place, flight.number).after(
            self._sightings.pages, self._sightings.of(flight.number), runs=runs_now(flight, now)
        )
        row["pages"], row["suited"] = share.pages, share.suited
        row["pages_seen"], row["suited_seen"] = share.pages_seen, share.suited_seen
        to_show = still_to_show(flight, standing, kept_ratio, usual.in_place(shown))
        if to_show is not None:
            row["urgency"] = urgency(to_show, share, hours_left(flight, now, curve))
        return to_show

    def _share(self, place: int, number: int) -> Share:
        """The share that is known of a flight; one that is looked at for the first time is counted from now on."""
        row = self._known.rows[place]
        if row["pages_seen"] < 0:
            return Share(pages_seen=self._sightings.pages, suited_seen=self._sightings.of(number))
        return Share(float(row["pages"]), float(row["suited"]), int(row["pages_seen"]), float(row["suited_seen"]))
