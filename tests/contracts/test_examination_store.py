"""What every ExaminationStore keeps, in memory and on Redis."""

from __future__ import annotations

import pytest
import redis as redis_client

from service.adapters.memory.examination_store import MemoryExaminationStore
from service.adapters.redis.page.examination_store import RedisExaminationStore
from service.adapters.redis.redis_keys import EXAMINATION
from service.domain.events.examination import NOTHING_LEARNT, Examination
from service.domain.ports import ExaminationStore

LEARNT = Examination({("must-read", 1): 1.0, ("must-read", 2): 0.62, ("ours: x", 50): 0.05}, 4_200)


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def store(request: pytest.FixtureRequest) -> ExaminationStore:
    """Each implementation in turn, empty."""
    if request.param == "memory":
        return MemoryExaminationStore()
    return RedisExaminationStore(request.getfixturevalue("redis"))


def test_nothing_is_known_before_anything_is_learnt(store: ExaminationStore) -> None:
    assert store.get("courier") == NOTHING_LEARNT


def test_what_was_learnt_last_is_kept_whole_and_for_its_site_alone(store: ExaminationStore) -> None:
    store.put("courier", Examination({("related", 1): 1.0}, 9))
    store.put("courier", LEARNT)
    assert store.get("courier") == LEARNT
    assert store.get("herald") == NOTHING_LEARNT


@pytest.mark.redis
def test_what_is_not_learnt_anew_is_forgotten(redis: redis_client.Redis) -> None:
    RedisExaminationStore(redis).put("courier", LEARNT)
    assert 0 < redis.ttl(EXAMINATION.name(site="courier")) <= (EXAMINATION.ttl_s or 0)
