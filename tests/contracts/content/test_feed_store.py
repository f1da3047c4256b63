"""What a FeedStore keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest
import redis as redis_client

from service.adapters.redis.content.feed_store import RedisFeedStore
from service.adapters.redis.redis_keys import FEED_LEASE, FEEDS
from service.domain.content.feed import Cursor, Feed, FeedState, Tally
from service.domain.errors import NotFound

pytestmark = pytest.mark.redis

WORLD = Feed("world", "https://courier.example/world.rss", section="World", every_s=300)
BLOG = Feed("blog", "https://blog.example", kind="wordpress", id_prefix="blog")
STATE = FeedState(
    last_attempt_at=1_000.5,
    last_success_at=900.0,
    last_error="it answered 500",
    failures=2,
    next_attempt_at=1_120.0,
    articles_loaded=7,
    last=Tally(1, 2, 3, 4, 5, ("a: no text",)),
    cursor=Cursor('"etag"', "yesterday", "2026-03-01T10:00:00", unfinished=True, listed_at=800.0),
)


@pytest.fixture
def feeds(redis: redis_client.Redis) -> RedisFeedStore:
    """An empty one."""
    return RedisFeedStore(redis)


def kept(feeds: RedisFeedStore, feed: Feed) -> None:
    """Puts the feed and gives it a state, as a poller does."""
    feeds.put("courier", feed)
    assert feeds.lease("courier", feed.id, "mine", 60)
    assert feeds.keep("courier", feed.id, "mine", STATE, {"a": b"1", "b": b""})


def test_a_feed_comes_back_as_it_was_put_and_is_due(feeds: RedisFeedStore) -> None:
    assert feeds.put("courier", WORLD) is True
    record = feeds.get("courier", "world")
    assert record.feed == WORLD
    assert record.state == FeedState()
    assert record.state.is_due(0)


def test_an_unknown_feed_is_not_found(feeds: RedisFeedStore) -> None:
    with pytest.raises(NotFound, match="no feed 'world'"):
        feeds.get("courier", "world")


def test_feeds_are_listed_by_id_and_by_site(feeds: RedisFeedStore) -> None:
    feeds.put("courier", WORLD)
    feeds.put("courier", BLOG)
    feeds.put("other", replace(WORLD, id="elsewhere"))
    assert [record.feed for record in feeds.all("courier")] == [BLOG, WORLD]


def test_a_state_comes_back_as_it_was_kept_and_so_does_what_was_seen(feeds: RedisFeedStore) -> None:
    kept(feeds, WORLD)
    assert feeds.get("courier", "world").state == STATE
    assert feeds.seen("courier", "world") == {"a": b"1", "b": b""}


def test_what_is_forgotten_is_no_longer_seen(feeds: RedisFeedStore) -> None:
    kept(feeds, WORLD)
    assert feeds.keep("courier", "world", "mine", STATE, {"c": b"3"}, forget=["a", "never"])
    assert feeds.seen("courier", "world") == {"b": b"", "c": b"3"}


def test_a_feed_asked_more_often_goes_on_where_it_was_and_is_due_at_once(feeds: RedisFeedStore) -> None:
    kept(feeds, WORLD)
    assert feeds.put("courier", replace(WORLD, every_s=60)) is False
    state = feeds.get("courier", "world").state
    assert state.cursor == STATE.cursor
    assert state.is_due(0)
    assert state.failures == 0


@pytest.mark.parametrize("change", [{"url": "https://courier.example/other.rss"}, {"section": "City"}])
def test_a_feed_that_reads_otherwise_is_read_from_its_start(feeds: RedisFeedStore, change: dict[str, str]) -> None:
    kept(feeds, WORLD)
    feeds.put("courier", replace(WORLD, **change))
    assert feeds.get("courier", "world").state.cursor == Cursor()
    assert feeds.seen("courier", "world") == {"a": b"1", "b": b""}


def test_a_feed_is_one_pollers_at_a_time(feeds: RedisFeedStore) -> None:
    feeds.put("courier", WORLD)
    assert feeds.lease("courier", "world", "mine", 60)
    assert not feeds.lease("courier", "world", "yours", 60)
    assert feeds.renew("courier", "world", "mine", 60)
    assert not feeds.renew("courier", "world", "yours", 60)
    feeds.release("courier", "world", "yours")
    assert not feeds.lease("courier", "world", "yours", 60), "another's release ends nothing"
    feeds.release("courier", "world", "mine")
    assert feeds.lease("courier", "world", "yours", 60)


def test_who_has_no_lease_keeps_nothing(feeds: RedisFeedStore) -> None:
    kept(feeds, WORLD)
    assert feeds.keep("courier", "world", "yours", FeedState(), {"z": b"9"}) is False
    assert feeds.get("courier", "world").state == STATE
    assert "z" not in feeds.seen("courier", "world")


def test_a_change_of_the_feed_takes_the_lease_from_who_polls_it(feeds: RedisFeedStore) -> None:
    kept(feeds, WORLD)
    feeds.put("courier", replace(WORLD, url="https://courier.example/other.rss"))
    assert feeds.renew("courier", "world", "mine", 60) is False
    assert feeds.keep("courier", "world", "mine", STATE, {}) is False


def test_a_removed_feed_is_gone_with_all_about_it(feeds: RedisFeedStore) -> None:
    kept(feeds, WORLD)
    assert feeds.remove("courier", "world") is True
    assert feeds.all("courier") == []
    assert feeds.renew("courier", "world", "mine", 60) is False
    assert feeds.keep("courier", "world", "mine", STATE, {"a": b"1"}) is False
    feeds.put("courier", WORLD)
    assert feeds.seen("courier", "world") == {}
    assert feeds.get("courier", "world").state == FeedState()
    assert feeds.remove("courier", "gone") is False


def test_the_lease_of_a_poller_that_died_ends(feeds: RedisFeedStore, redis: redis_client.Redis) -> None:
    feeds.put("courier", WORLD)
    assert feeds.lease("courier", "world", "dead", 60)
    name = FEED_LEASE.name(site="courier", feed_id="world")
    assert 0 < redis.ttl(name) <= 60
    redis.expire(name, 0)
    assert feeds.lease("courier", "world", "mine", 60)
    assert feeds.keep("courier", "world", "dead", STATE, {}) is False


def test_a_field_of_a_later_version_of_the_service_is_passed_over(redis: redis_client.Redis) -> None:
    redis.hset(FEEDS.name(site="courier"), "moon", b'{"id":"moon","url":"https://m.example","phase":"full"}')
    assert RedisFeedStore(redis).get("courier", "moon").feed == Feed("moon", "https://m.example")
