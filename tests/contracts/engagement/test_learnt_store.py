"""What a LearntStore keeps of each thing that is learnt."""

from __future__ import annotations

import pytest
import redis as redis_client

from service.adapters.redis.learnt_values import examinations, place_effects, traffics
from service.adapters.redis.redis_keys import EXAMINATION, PLACE_EFFECTS, TRAFFIC
from service.domain.ads.forecast.traffic import Traffic
from service.domain.ads.response.place_effects import NO_EFFECTS, PlaceEffect, PlaceEffects
from service.domain.engagement.examination import NOTHING_LEARNT, Examination

pytestmark = pytest.mark.redis

LOOKS = Examination({("must-read", 1): 1.0, ("must-read", 2): 0.62, ("ours: x", 50): 0.05}, 4_200)
WEEK = Traffic("Europe/Madrid", 480_000, 2.5, (1.0,) * 168, (0.3,) * 168, {"sidebar": 41.5}, 0.2)
EFFECTS = PlaceEffects({1: PlaceEffect(1.3, 1.6), 2: PlaceEffect(0.5, 0.4)}, {77: PlaceEffect(0.51, 0.42)})
LEARNT = {
    "looks": (examinations, EXAMINATION, NOTHING_LEARNT, Examination({("related", 1): 1.0}, 9), LOOKS),
    "traffic": (traffics, TRAFFIC, None, Traffic("UTC", 1, 1.0, (1.0,), (0.1,), {}, 0.5), WEEK),
    "effects": (place_effects, PLACE_EFFECTS, NO_EFFECTS, PlaceEffects({5: PlaceEffect(2.0, 2.0)}), EFFECTS),
}


@pytest.mark.parametrize("subject", LEARNT)
def test_what_was_learnt_last_is_kept_whole_and_for_its_site_alone(subject: str, redis: redis_client.Redis) -> None:
    store_on, _, nothing, first, last = LEARNT[subject]
    store = store_on(redis)

    assert store.read("courier") == nothing
    store.keep("courier", first)
    store.keep("courier", last)

    assert store.read("courier") == last
    assert store.read("herald") == nothing


@pytest.mark.parametrize("subject", LEARNT)
def test_what_was_learnt_is_small_and_lapses(subject: str, redis: redis_client.Redis) -> None:
    store_on, family, _, _, learnt = LEARNT[subject]
    store_on(redis).keep("courier", learnt)

    key = family.name(site="courier")

    assert redis.strlen(key) < 5_000
    assert 0 < redis.ttl(key) <= (family.ttl_s or 0)
