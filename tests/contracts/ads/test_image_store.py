"""What an ImageStore keeps."""

from __future__ import annotations

import pytest
import redis as redis_client

from service.adapters.redis.ads.inventory.images import RedisImageStore
from service.domain.ads.image import Image
from service.domain.errors import Conflict

pytestmark = pytest.mark.redis


@pytest.fixture
def store(redis: redis_client.Redis) -> RedisImageStore:
    """An empty one."""
    return RedisImageStore(redis)


def image(digit: str) -> Image:
    """An image with an id of this digit."""
    return Image(digit * 64, "image/png", 300, 250, 3)


def test_an_image_is_kept_and_known_again(store: RedisImageStore) -> None:
    assert store.put("courier", image("a"), b"\x00\xff\n", 2)
    assert not store.put("courier", image("a"), b"\x00\xff\n", 2)
    assert store.content("courier", "a" * 64) == b"\x00\xff\n"
    assert store.all("courier") == [image("a")]


def test_what_was_never_kept_is_none(store: RedisImageStore) -> None:
    assert store.content("courier", "a" * 64) is None
    assert store.all("courier") == []
    assert not store.remove("courier", "a" * 64)


def test_images_are_listed_by_id(store: RedisImageStore) -> None:
    for digit in "cab":
        store.put("courier", image(digit), b"x", 9)
    assert [one.id[0] for one in store.all("courier")] == ["a", "b", "c"]


def test_a_site_has_no_more_than_it_may(store: RedisImageStore) -> None:
    store.put("courier", image("a"), b"a", 2)
    store.put("courier", image("b"), b"b", 2)
    with pytest.raises(Conflict, match="2 images"):
        store.put("courier", image("c"), b"c", 2)
    assert store.content("courier", "c" * 64) is None
    assert not store.put("courier", image("a"), b"a", 2)
    assert store.remove("courier", "b" * 64)
    assert store.put("courier", image("c"), b"c", 2)


def test_sites_keep_their_images_apart(store: RedisImageStore) -> None:
    store.put("courier", image("a"), b"courier", 1)
    assert store.put("herald", image("a"), b"herald", 1)
    assert store.remove("courier", "a" * 64)
    assert (store.content("courier", "a" * 64), store.content("herald", "a" * 64)) == (None, b"herald")
