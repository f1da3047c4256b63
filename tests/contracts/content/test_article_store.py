"""What every ArticleStore does, in memory and on Redis; then what only the one on Redis can get wrong."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import redis as redis_client

from service.adapters.redis.connection import close, connect
from service.adapters.redis.content.article_store import RedisArticleStore
from service.adapters.redis.redis_keys import ARTICLE_BODIES, ARTICLE_SHARDS, VERSIONS
from service.domain.content.article import Article, Image
from service.domain.errors import Conflict, NotFound, StoreUnavailable
from service.domain.ports import ArticleStore
from tests.makers.memory_articles import MemoryArticleStore

SITE = "courier"


def article(number: int = 1, text: str = "Text.") -> Article:
    return Article(
        id=f"a-{number}",
        url=f"https://courier.example/{number}",
        title="عنوان",
        text=text,
        published_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
        tags=("war",),
        image=Image("https://courier.example/a.jpg", None, 324, 235),
        comment_count=0,
    )


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def articles(request: pytest.FixtureRequest) -> ArticleStore:
    """Each implementation in turn, empty."""
    if request.param == "memory":
        return MemoryArticleStore()
    return RedisArticleStore(request.getfixturevalue("redis"))


def test_an_article_comes_back_as_it_was_put(articles: ArticleStore) -> None:
    assert articles.put(SITE, [article()]) == ["loaded"]
    assert articles.get(SITE, "a-1") == article()


def test_an_unknown_article_is_not_found(articles: ArticleStore) -> None:
    with pytest.raises(NotFound, match="no article 'a-1'"):
        articles.get(SITE, "a-1")


def test_articles_of_another_site_are_not_seen(articles: ArticleStore) -> None:
    articles.put(SITE, [article()])
    assert articles.fetch("other", ["a-1"]) == [None]
    assert (articles.count("other"), articles.version("other"), list(articles.ids("other"))) == (0, 0, [])


def test_articles_are_fetched_in_the_order_asked_with_none_for_the_gone(articles: ArticleStore) -> None:
    articles.put(SITE, [article(number) for number in range(1, 40)])
    asked = ["a-7", "gone", "a-1", "a-7", "a-39"]
    assert [found and found.id for found in articles.fetch(SITE, asked)] == ["a-7", None, "a-1", "a-7", "a-39"]
    assert articles.fetch(SITE, []) == []


def test_the_same_articles_again_change_nothing(articles: ArticleStore) -> None:
    batch = [article(number) for number in range(1, 30)]
    articles.put(SITE, batch)
    before = articles.version(SITE)
    assert articles.put(SITE, batch) == ["unchanged"] * len(batch)
    assert articles.version(SITE) == before
    assert articles.changed(SITE, before, 10) == []


def test_each_outcome_stands_in_its_place(articles: ArticleStore) -> None:
    articles.put(SITE, [article(1), article(2)])
    assert articles.put(SITE, [article(1), article(2, "New."), article(3)]) == ["unchanged", "updated", "loaded"]
    assert articles.get(SITE, "a-2").text == "New."


def test_an_id_that_comes_twice_at_once_is_taken_in_order(articles: ArticleStore) -> None:
    assert articles.put(SITE, [article(1), article(1), article(1, "New.")]) == ["loaded", "unchanged", "updated"]
    assert articles.get(SITE, "a-1").text == "New."
    assert articles.put(SITE, []) == []


def test_a_removed_article_is_gone_and_its_removal_is_a_change(articles: ArticleStore) -> None:
    articles.put(SITE, [article(1), article(2)])
    before = articles.version(SITE)
    assert articles.remove(SITE, "a-1") is True
    assert articles.fetch(SITE, ["a-1", "a-2"]) == [None, article(2)]
    assert articles.changed(SITE, before, 10) == [("a-1", articles.version(SITE))]
    assert (articles.count(SITE), list(articles.ids(SITE))) == (1, ["a-2"])


def test_removing_what_is_not_there_changes_nothing(articles: ArticleStore) -> None:
    assert articles.remove(SITE, "a-1") is False
    assert articles.version(SITE) == 0


def test_a_removed_article_can_be_put_again(articles: ArticleStore) -> None:
    articles.put(SITE, [article()])
    articles.remove(SITE, "a-1")
    assert articles.put(SITE, [article()]) == ["loaded"]
    assert articles.get(SITE, "a-1") == article()


def test_changes_come_oldest_first_each_article_once_under_a_version_of_its_own(articles: ArticleStore) -> None:
    articles.put(SITE, [article(1), article(2), article(3)])
    articles.put(SITE, [article(1, "New.")])
    changes = articles.changed(SITE, 0, 10)
    assert [article_id for article_id, _ in changes] == ["a-2", "a-3", "a-1"]
    versions = [version for _, version in changes]
    assert versions == sorted(set(versions))
    assert versions[-1] == articles.version(SITE)


def test_changes_can_be_read_in_pages(articles: ArticleStore) -> None:
    articles.put(SITE, [article(number) for number in range(1, 8)])
    seen: list[str] = []
    since = 0
    while page := articles.changed(SITE, since, 3):
        assert len(page) <= 3
        seen += [article_id for article_id, _ in page]
        since = page[-1][1]
    assert seen == [f"a-{number}" for number in range(1, 8)]


def test_all_ids_are_told_each_once(articles: ArticleStore) -> None:
    articles.put(SITE, [article(number) for number in range(1_500)])
    ids = list(articles.ids(SITE))
    assert sorted(ids) == sorted(f"a-{number}" for number in range(1_500))
    assert articles.count(SITE) == 1_500


def test_an_amendment_keeps_the_rest_of_the_article(articles: ArticleStore) -> None:
    articles.put(SITE, [article()])
    changed, outcome = articles.amend(SITE, "a-1", lambda found: replace(found, comment_count=9))
    assert outcome == "updated"
    assert changed == articles.get(SITE, "a-1") == replace(article(), comment_count=9)


def test_an_amendment_that_changes_nothing_is_unchanged(articles: ArticleStore) -> None:
    articles.put(SITE, [article()])
    before = articles.version(SITE)
    assert articles.amend(SITE, "a-1", lambda found: found) == (article(), "unchanged")
    assert articles.version(SITE) == before


def test_an_unknown_article_cannot_be_amended(articles: ArticleStore) -> None:
    with pytest.raises(NotFound):
        articles.amend(SITE, "a-1", lambda found: found)


# On Redis: bodies and digests lie apart, and others write meanwhile.


def bodies_of(client: redis_client.Redis) -> int:
    return sum(client.hlen(ARTICLE_BODIES.name(site=SITE, shard=shard)) for shard in range(ARTICLE_SHARDS))


def interrupted(store: RedisArticleStore, meanwhile: Callable[[], object]) -> None:
    """Makes `meanwhile` happen once, after the store's next look at a body and before it writes."""
    read = store._bodies.read

    def read_then(*words: object) -> object:
        found = read(*words)  # type: ignore[arg-type]
        store._bodies.read = read  # type: ignore[method-assign]
        meanwhile()
        return found

    store._bodies.read = read_then  # type: ignore[method-assign, assignment]


@pytest.mark.redis
def test_only_the_present_body_of_each_article_is_kept(redis: redis_client.Redis) -> None:
    store = RedisArticleStore(redis)
    store.put(SITE, [article(1), article(2), article(3)])
    store.put(SITE, [article(1, "New."), article(2)])
    store.amend(SITE, "a-3", lambda found: replace(found, comment_count=1))
    assert bodies_of(redis) == 3
    store.remove(SITE, "a-1")
    assert bodies_of(redis) == 2


@pytest.mark.redis
def test_a_writer_killed_between_body_and_digest_is_repaired_by_loading_again(redis: redis_client.Redis) -> None:
    class KilledError(Exception):
        pass

    def kill(*_: object) -> None:
        raise KilledError

    store = RedisArticleStore(redis)
    store._put = kill  # type: ignore[assignment]
    with pytest.raises(KilledError):
        store.put(SITE, [article()])
    again = RedisArticleStore(redis)
    assert (again.fetch(SITE, ["a-1"]), again.version(SITE)) == ([None], 0)
    assert again.put(SITE, [article()]) == ["loaded"]
    assert again.get(SITE, "a-1") == article()


@pytest.mark.redis
def test_a_removed_article_is_not_brought_back_by_an_amendment(redis: redis_client.Redis) -> None:
    store = RedisArticleStore(redis)
    store.put(SITE, [article()])
    interrupted(store, lambda: RedisArticleStore(redis).remove(SITE, "a-1"))
    with pytest.raises(NotFound):
        store.amend(SITE, "a-1", lambda found: replace(found, comment_count=9))
    assert store.fetch(SITE, ["a-1"]) == [None]
    assert bodies_of(redis) == 0


@pytest.mark.redis
def test_an_amendment_does_not_undo_what_another_wrote_meanwhile(redis: redis_client.Redis) -> None:
    store = RedisArticleStore(redis)
    store.put(SITE, [article()])
    interrupted(store, lambda: RedisArticleStore(redis).put(SITE, [article(1, "New.")]))
    store.amend(SITE, "a-1", lambda found: replace(found, comment_count=9))
    assert store.get(SITE, "a-1") == replace(article(1, "New."), comment_count=9)
    assert bodies_of(redis) == 1


@pytest.mark.redis
def test_a_reader_looks_again_when_the_body_was_replaced_between_its_looks(redis: redis_client.Redis) -> None:
    store = RedisArticleStore(redis)
    store.put(SITE, [article()])
    notes = store._notes

    def notes_then_replace(site_id: str, article_ids: list[str]) -> list[bytes | None]:
        found = notes(site_id, article_ids)
        store._notes = notes  # type: ignore[method-assign]
        RedisArticleStore(redis).put(SITE, [article(1, "New.")])
        return found

    store._notes = notes_then_replace  # type: ignore[method-assign, assignment]
    assert store.get(SITE, "a-1").text == "New."


@pytest.mark.redis
def test_writers_at_once_lose_no_amendment_and_leave_one_body(redis: redis_client.Redis, redis_url: str) -> None:
    RedisArticleStore(redis).put(SITE, [article()])

    def count_up() -> None:
        client = connect(redis_url, 30_000)
        store = RedisArticleStore(client)
        done = 0
        while done < 20:
            with contextlib.suppress(Conflict):  # the caller's to repeat
                store.amend(SITE, "a-1", lambda found: replace(found, comment_count=(found.comment_count or 0) + 1))
                done += 1
        close(client)

    threads = [threading.Thread(target=count_up) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert RedisArticleStore(redis).get(SITE, "a-1").comment_count == 60
    assert bodies_of(redis) == 1


@pytest.mark.redis
def test_an_unchanged_load_writes_no_key_at_all(redis: redis_client.Redis) -> None:
    store = RedisArticleStore(redis)
    store.put(SITE, [article(number) for number in range(20)])
    before = {key: redis.dump(key) for key in redis.scan_iter()}
    store.put(SITE, [article(number) for number in range(20)])
    assert {key: redis.dump(key) for key in redis.scan_iter()} == before


@pytest.mark.redis
def test_every_change_moves_the_version_that_pollers_look_at(redis: redis_client.Redis) -> None:
    store = RedisArticleStore(redis)
    store.put(SITE, [article(1), article(2)])
    store.remove(SITE, "a-1")
    assert redis.hget(VERSIONS.name(site=SITE), "articles") == b"3"
    assert store.version(SITE) == 3


@pytest.mark.redis
def test_scripts_are_sent_again_to_a_server_that_forgot_them(redis: redis_client.Redis) -> None:
    store = RedisArticleStore(redis)
    store.put(SITE, [article(1)])
    redis.script_flush()
    assert store.put(SITE, [article(2)]) == ["loaded"]


@pytest.mark.redis
def test_bodies_are_spread_over_the_shards(redis: redis_client.Redis) -> None:
    RedisArticleStore(redis).put(SITE, [article(number) for number in range(200)])
    used = [shard for shard in range(ARTICLE_SHARDS) if redis.exists(ARTICLE_BODIES.name(site=SITE, shard=shard))]
    assert used == list(range(ARTICLE_SHARDS))


def test_a_store_that_is_away_is_named_so() -> None:
    store = RedisArticleStore(connect("unix:///nonexistent/standfirst.sock", 100))
    with pytest.raises(StoreUnavailable):
        store.put(SITE, [article()])
    with pytest.raises(StoreUnavailable):
        list(store.ids(SITE))
