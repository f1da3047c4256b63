"""What all ClickModels keep, in memory and on Redis."""

from __future__ import annotations

import pytest

from service.adapters.memory.click_models import MemoryClickModels
from service.adapters.redis.page.click_models import RedisClickModels
from service.domain.events.click_model import ClickModel
from service.domain.ports import ClickModels

MODEL = ClickModel({"relevance": 1.25, "clicks": -0.5}, -3.5, 0.02, 1_772_366_400, 0.4)


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def models(request: pytest.FixtureRequest) -> ClickModels:
    """Each implementation in turn, empty."""
    if request.param == "memory":
        return MemoryClickModels()
    return RedisClickModels(request.getfixturevalue("redis"))


def test_the_model_in_use_is_kept_for_its_site_until_another_or_none_is(models: ClickModels) -> None:
    assert models.get("courier") is None
    models.put("courier", ClickModel({}, 0.0, 0.5))
    models.put("courier", MODEL)
    assert models.get("courier") == MODEL
    assert models.get("herald") is None
    models.put("courier", None)
    assert models.get("courier") is None
