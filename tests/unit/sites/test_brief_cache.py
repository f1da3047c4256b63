"""The one-second cache of the request path: how often it asks, and what it says while the store is away."""

from __future__ import annotations

import threading

import pytest

from service.domain.errors import StoreUnavailable
from service.usecases.sites.brief_cache import BriefCache


class Store:
    """A store whose answers, absence and clock the test owns."""

    def __init__(self) -> None:
        self.values = {"a": "first"}
        self.away = False
        self.now = 1_000.0
        self.asked = 0

    def fetch(self, key: str) -> str | None:
        """Returns the value as the store has it."""
        self.asked += 1
        if self.away:
            raise StoreUnavailable("away")
        return self.values.get(key)

    def cache(self, capacity: int = 10) -> BriefCache[str]:
        """Returns an empty cache over this store."""
        return BriefCache(self.fetch, lambda: self.now, life_s=1, grace_s=60, capacity=capacity)


@pytest.fixture
def store() -> Store:
    return Store()


def test_a_value_is_fetched_once_a_second(store: Store) -> None:
    cache = store.cache()
    assert [cache.get("a") for _ in range(100)] == ["first"] * 100
    assert store.asked == 1
    store.values["a"] = "second"
    store.now += 1
    assert cache.get("a") == "second"


def test_absence_is_remembered_for_a_second_too(store: Store) -> None:
    cache = store.cache()
    assert [cache.get("b") for _ in range(100)] == [None] * 100
    assert store.asked == 1
    store.values["b"] = "new"
    store.now += 1
    assert cache.get("b") == "new"


def test_a_value_that_is_gone_is_gone_within_a_second(store: Store) -> None:
    cache = store.cache()
    cache.get("a")
    del store.values["a"]
    store.now += 1
    assert cache.get("a") is None


def test_a_known_value_stands_for_a_minute_while_the_store_is_away(store: Store) -> None:
    cache = store.cache()
    cache.get("a")
    store.away = True
    store.now += 59
    assert cache.get("a") == "first"
    store.now += 2
    with pytest.raises(StoreUnavailable):
        cache.get("a")


def test_a_store_that_is_away_is_asked_once_a_second(store: Store) -> None:
    cache = store.cache()
    cache.get("a")
    store.away = True
    store.now += 10
    for _ in range(100):
        cache.get("a")
    assert store.asked == 2


def test_an_unknown_value_is_refused_while_the_store_is_away(store: Store) -> None:
    store.away = True
    with pytest.raises(StoreUnavailable):
        store.cache().get("a")


def test_a_store_that_comes_back_is_believed_again(store: Store) -> None:
    cache = store.cache()
    cache.get("a")
    store.away = True
    store.now += 10
    cache.get("a")
    store.away = False
    del store.values["a"]
    store.now += 1
    assert cache.get("a") is None


def test_what_is_unknown_never_drives_out_what_is_known(store: Store) -> None:
    cache = store.cache(capacity=10)
    cache.get("a")
    for number in range(1_000):
        cache.get(f"unknown-{number}")
    asked = store.asked
    assert cache.get("a") == "first"
    assert store.asked == asked


def test_no_more_is_kept_than_the_capacity(store: Store) -> None:
    cache = store.cache(capacity=10)
    store.values = {str(number): "value" for number in range(20)}
    for number in range(20):
        cache.get(str(number))
    for number in range(10, 20):
        cache.get(str(number))
    assert store.asked == 20


def test_a_clock_set_back_does_not_make_a_value_last(store: Store) -> None:
    cache = store.cache()
    cache.get("a")
    store.values["a"] = "second"
    store.now -= 3_600
    assert cache.get("a") == "second"


def test_others_are_served_while_one_waits_for_a_slow_store(store: Store) -> None:
    slow, go = threading.Event(), threading.Event()
    fetch = store.fetch

    def slow_fetch(key: str) -> str | None:
        slow.set()
        assert go.wait(60)
        return fetch(key)

    cache = store.cache()
    cache.get("a")
    store.now += 1
    cache._fetch = slow_fetch
    waiting = threading.Thread(target=cache.get, args=("a",))
    waiting.start()
    assert slow.wait(60)
    assert cache.get("a") == "first"
    go.set()
    waiting.join(60)
    assert store.asked == 2


def test_what_this_process_has_not_met_is_what_was_last_known_while_the_store_is_away(store: Store) -> None:
    cache = BriefCache(store.fetch, lambda: store.now, life_s=1, last_known={"a": "earlier", "b": "gone"}.get)
    assert cache.get("b") is None, "the store has the last word"
    store.away = True
    assert cache.get("a") == "earlier"
    with pytest.raises(StoreUnavailable):
        cache.get("c")
    store.away = False
    store.now += 1
    assert cache.get("a") == "first"
