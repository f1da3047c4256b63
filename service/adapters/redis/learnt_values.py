"""What was learnt of each site in the store: of each subject one value a site, a few kilobytes of JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Generic, TypeVar, cast

import orjson
import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import EXAMINATION, PLACE_EFFECTS, TRAFFIC, KeySpec
from service.domain.ads.forecast.traffic import Traffic
from service.domain.ads.response.place_effects import NO_EFFECTS, PlaceEffect, PlaceEffects
from service.domain.engagement.examination import NOTHING_LEARNT, Examination
from service.domain.ports import LearntStore

T = TypeVar("T")
Fields = Mapping[str, Any]


class RedisLearntStore(Generic[T]):
    """A LearntStore on Redis; what is learnt no more is forgotten after the family's ttl_s seconds."""

    def __init__(
        self,
        client: redis.Redis,
        spec: KeySpec,
        nothing: T,
        fields_of: Callable[[Any], Fields],
        value_of: Callable[[Fields], T],
    ) -> None:
        """`fields_of` and `value_of` are the way to JSON and back; `nothing` is what is known at first."""
        self._client = client
        self._spec = spec
        self._nothing = nothing
        self._fields_of = fields_of
        self._value_of = value_of

    def read(self, site_id: str) -> T:
        """Returns what was learnt last; `nothing` before. Raises StoreUnavailable."""
        with translate():
            raw = cast("bytes | None", self._client.get(self._spec.name(site=site_id)))
        return self._nothing if raw is None else self._value_of(orjson.loads(raw))

    def keep(self, site_id: str, learnt: T) -> None:
        """Keeps what was learnt in place of what was before. Raises StoreUnavailable."""
        value = orjson.dumps(self._fields_of(learnt))
        with translate():
            self._client.set(self._spec.name(site=site_id), value, ex=self._spec.ttl_s)


def examinations(client: redis.Redis) -> LearntStore[Examination]:
    """Returns where it stands how likely readers look at each place of a site's pages."""
    return RedisLearntStore(client, EXAMINATION, NOTHING_LEARNT, _examination_fields, _examination)


def traffics(client: redis.Redis) -> LearntStore[Traffic | None]:
    """Returns where it stands how each site's slots spread over a week; None where nothing was learnt."""
    return RedisLearntStore(client, TRAFFIC, None, _traffic_fields, _traffic)


def place_effects(client: redis.Redis) -> LearntStore[PlaceEffects]:
    """Returns where it stands how likely ads are seen and followed in each placement of a site."""
    return RedisLearntStore(client, PLACE_EFFECTS, NO_EFFECTS, _effects_fields, _effects)


def _examination_fields(learnt: Examination) -> Fields:
    return {"clicks": learnt.clicks, "places": [[*place, chance] for place, chance in learnt.by_place.items()]}


def _examination(fields: Fields) -> Examination:
    return Examination({(widget, place): chance for widget, place, chance in fields["places"]}, fields["clicks"])


def _traffic_fields(learnt: Traffic) -> Fields:
    weights, spreads = ([round(one, 5) for one in learnt.weights], [round(one, 4) for one in learnt.spreads])
    return asdict(learnt) | {"weights": weights, "spreads": spreads}


def _traffic(fields: Fields) -> Traffic:
    return Traffic(**{**fields, "weights": tuple(fields["weights"]), "spreads": tuple(fields["spreads"])})


def _effects_fields(learnt: PlaceEffects) -> Fields:
    return {
        subject: {str(number): [round(one.views, 4), round(one.clicks, 4)] for number, one in effects.items()}
        for subject, effects in (("placements", learnt.placements), ("flights", learnt.flights))
    }


def _effects(fields: Fields) -> PlaceEffects:
    placements, flights = (
        {int(number): PlaceEffect(*effects) for number, effects in fields[subject].items()}
        for subject in ("placements", "flights")
    )
    return PlaceEffects(placements, flights)
