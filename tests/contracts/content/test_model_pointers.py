"""Which model serves: promoted last, rolled back to the one before, told to pollers."""

import pytest

from service.adapters.redis import redis_keys as keys
from service.adapters.redis.page.model_pointers import RedisModelPointers
from service.domain.errors import Conflict
from service.domain.ports import ModelPointer

pytestmark = pytest.mark.redis

ONE, TWO = ModelPointer("v1", "d1", 10), ModelPointer("v2", "d2", 20)


@pytest.fixture
def pointers(redis):
    return RedisModelPointers(redis)


def test_the_model_promoted_last_serves(pointers):
    pointers.promote("courier", ONE)
    pointers.promote("courier", TWO)

    assert pointers.history("courier") == [ONE, TWO]
    assert pointers.history("other") == []


def test_rolling_back_serves_the_one_before(pointers):
    pointers.promote("courier", ONE)
    pointers.promote("courier", TWO)

    assert pointers.rollback("courier") == ONE
    assert pointers.history("courier") == [ONE]


def test_there_is_nothing_before_the_first(pointers):
    pointers.promote("courier", ONE)

    with pytest.raises(Conflict, match="no earlier model"):
        pointers.rollback("courier")
    assert pointers.history("courier") == [ONE]


def test_every_change_is_told_to_pollers(redis):
    pointers = RedisModelPointers(redis)
    pointers.promote("courier", ONE)
    pointers.promote("courier", TWO)
    pointers.rollback("courier")

    assert redis.hget(keys.VERSIONS.name(site="courier"), "model") == b"3"
