"""What ClickModels keep."""

from __future__ import annotations

import pytest
import redis as redis_client

from service.adapters.redis.page.click_models import RedisClickModels
from service.domain.engagement.click_model import MOST_CLICK_MODELS, ClickModel, ClickModelInUse
from service.domain.errors import Conflict, ModelUnusable

pytestmark = pytest.mark.redis

MODEL = ClickModel({"relevance": 1.25, "clicks": -0.5}, -3.5, 0.02, 1_772_366_400, 0.4)
USED = ClickModelInUse(MODEL, 1_772_366_500, (0.01, 0.02, 0.03))
OTHER = ClickModelInUse(ClickModel({}, 0.0, 0.5, 1_772_000_000), 1_772_000_001)


def on_redis(redis: redis_client.Redis) -> RedisClickModels:
    return RedisClickModels(redis, lambda: b"a key")


@pytest.fixture
def models(redis: redis_client.Redis) -> RedisClickModels:
    """An empty one."""
    return on_redis(redis)


def test_the_model_in_use_is_kept_for_its_site_until_another_or_none_is(models: RedisClickModels) -> None:
    assert models.get("courier") is None
    models.put("courier", OTHER)
    models.put("courier", USED)
    assert models.get("courier") == MODEL
    assert models.get("herald") is None
    models.put("courier", ClickModelInUse())
    assert models.get("courier") is None


def test_what_was_in_use_before_is_told_and_gone_back_to(models: RedisClickModels) -> None:
    for used in (OTHER, USED, ClickModelInUse(at=3)):
        models.put("courier", used)
    assert models.history("courier") == [OTHER, USED, ClickModelInUse(at=3)]
    assert models.rollback("courier") == USED
    assert models.get("courier") == MODEL
    assert models.rollback("courier") == OTHER
    assert models.history("courier") == [OTHER]


@pytest.mark.parametrize("kept", [[], [ClickModelInUse(at=3)]])
def test_before_the_first_one_is_the_default_and_before_that_nothing(
    models: RedisClickModels, kept: list[ClickModelInUse]
) -> None:
    for used in kept:
        models.put("courier", used)
    with pytest.raises(Conflict, match="default"):
        models.rollback("courier")
    assert models.history("courier") == kept
    models.put("herald", OTHER)
    assert models.rollback("herald") == ClickModelInUse()
    assert (models.get("herald"), models.history("herald")) == (None, [])


def test_the_last_ones_alone_are_kept(models: RedisClickModels) -> None:
    for n in range(MOST_CLICK_MODELS + 5):
        models.put("courier", ClickModelInUse(at=n))
    assert [used.at for used in models.history("courier")] == list(range(5, MOST_CLICK_MODELS + 5))


def test_a_version_names_the_time_and_the_numbers() -> None:
    assert USED.version.startswith("clicks-20260301-120000-")
    assert USED.version != ClickModelInUse(ClickModel({"relevance": 1.26}, -3.5, 0.02, 1_772_366_400)).version
    assert ClickModelInUse().version == "default"


@pytest.mark.parametrize("how", ["altered", "of another site", "of another key", "no form of ours"])
def test_a_model_that_we_did_not_write_so_is_refused(redis: redis_client.Redis, how: str) -> None:
    models, name = on_redis(redis), "sf:{courier}:click-models"
    if how == "of another key":
        RedisClickModels(redis, lambda: b"another").put("courier", USED)
    else:
        models.put("herald" if how == "of another site" else "courier", USED)
    if how == "of another site":
        redis.rename("sf:{herald}:click-models", name)
    if how == "altered":
        redis.lset(name, 0, (redis.lindex(name, 0) or b"").replace(b"1.25", b"9.25"))
    if how == "no form of ours":
        redis.lset(name, 0, b"[]")
    with pytest.raises(ModelUnusable, match="models clicks"):
        models.get("courier")
    assert models.history("courier") == []
    models.put("courier", OTHER)
    with pytest.raises(ModelUnusable):
        models.rollback("courier")
    assert models.get("courier") == OTHER.model
