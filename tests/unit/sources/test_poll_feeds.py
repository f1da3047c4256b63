"""What a look at a feed changes in the store, and when the next look is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import redis as redis_client

from service.adapters.redis.content.article_store import RedisArticleStore
from service.adapters.redis.content.feed_store import RedisFeedStore
from service.adapters.redis.redis_keys import FEED_LEASE
from service.adapters.redis.sites.site_store import RedisSiteStore
from service.adapters.sources.articles.html_text import html_text
from service.adapters.sources.feeds.rss_source import RssSource
from service.adapters.sources.fetching.fetcher import Fetcher
from service.adapters.sources.wordpress.api import WordPressSource
from service.domain.content.feed import Feed, FeedState, pause_after
from service.domain.errors import InvalidInput, NotFound
from service.domain.sites.site import Site
from service.usecases.content.define_feed import define_feed
from service.usecases.content.poll_feeds import LEASE_S, FeedPorts, PollFeeds
from service.web.api.newsroom.article_wire import read_article
from service.worker.feed_rounds import FeedRounds

pytestmark = pytest.mark.redis

SITE = Site("courier", domains=("courier.example",))
START = 1_772_500_000.0


def rss(*numbers: int, title: str = "Title", host: str = "courier.example") -> str:
    entries = "".join(
        f"<item><title>{title} {n}</title><link>https://{host}/{n}</link><guid>https://{host}/{n}</guid>"
        f"<pubDate>Sun, 01 Mar 2026 09:{n:02}:00 GMT</pubDate><description>Text of {n}.</description></item>"
        for n in numbers
    )
    return f'<rss version="2.0"><channel><title>C</title>{entries}</channel></rss>'


@dataclass
class Desk:
    """Polling, with the stores it works on and a clock that the test owns."""

    redis: redis_client.Redis
    sites: RedisSiteStore
    feeds: RedisFeedStore
    articles: RedisArticleStore
    polling: PollFeeds
    now: list[float]

    def pass_seconds(self, seconds: float) -> None:
        """Lets time pass for the worker, and for the lease of the main feed in the store."""
        self.now[0] += seconds
        lease = FEED_LEASE.name(site="courier", feed_id="main")
        self.redis.pexpire(lease, self.redis.pttl(lease) - round(seconds * 1_000))

    def look(self, feed_id: str = "main") -> FeedState:
        """Looks at the feed as soon as it is due."""
        due_at = self.feeds.get("courier", feed_id).state.next_attempt_at
        self.now[0] = max(self.now[0], due_at or 0)
        state = self.polling.poll(self.sites.get("courier"), feed_id)
        assert state is not None
        return state

    def titles(self) -> list[str]:
        found = self.articles.fetch("courier", sorted(self.articles.ids("courier")))
        return sorted(article.title for article in found if article is not None)


@pytest.fixture
def desk(fetcher: Fetcher, redis: redis_client.Redis) -> Desk:
    now = [START]

    def clock() -> float:
        return now[0]

    sites, feeds, articles = RedisSiteStore(redis), RedisFeedStore(redis), RedisArticleStore(redis)
    sites.put(SITE)
    ports = FeedPorts(
        sites, feeds, articles, {"rss": RssSource(fetcher, clock), "wordpress": WordPressSource(fetcher, clock)}
    )
    polling = PollFeeds(ports, lambda values, site: read_article(dict(values), site, html_text), clock, lambda: 0.0)
    return Desk(redis, sites, feeds, articles, polling, now)


@pytest.fixture
def main(desk: Desk, newsroom: Any) -> Feed:
    """An RSS feed of two entries."""
    newsroom.says("/feed", rss(1, 2), ETag='"1"', Last_Modified="Sun, 01 Mar 2026 10:00:00 GMT")
    feed = Feed("main", newsroom.url(), every_s=300)
    desk.feeds.put("courier", feed)
    return feed


@pytest.fixture
def blog(desk: Desk, newsroom: Any, wordpress: Any) -> Feed:
    """A WordPress feed."""
    feed = Feed("main", newsroom.url(""), kind="wordpress", every_s=300)
    desk.feeds.put("courier", feed)
    return feed


def test_a_look_loads_the_entries_and_tells_when_the_next_one_is(desk: Desk, main: Feed) -> None:
    state = desk.look()
    assert desk.titles() == ["Title 1", "Title 2"]
    assert (state.last.loaded, state.articles_loaded, state.last_error) == (2, 2, None)
    assert (state.last_attempt_at, state.last_success_at, state.next_attempt_at) == (START, START, START + 300)
    assert desk.feeds.get("courier", "main").state == state


def test_a_feed_that_is_the_same_is_not_sent_again(desk: Desk, main: Feed, newsroom: Any) -> None:
    desk.look()
    newsroom.says("/feed", b"", 304)
    state = desk.look()
    headers = newsroom.asked[-1][1]
    assert headers["if-none-match"] == '"1"'
    assert headers["if-modified-since"] == "Sun, 01 Mar 2026 10:00:00 GMT"
    assert (state.last_error, state.last.loaded, state.articles_loaded) == (None, 0, 2)
    assert state.cursor.etag == '"1"'
    assert desk.titles() == ["Title 1", "Title 2"]


def test_only_what_a_feed_says_otherwise_is_changed(desk: Desk, main: Feed, newsroom: Any) -> None:
    desk.look()
    version = desk.articles.version("courier")
    newsroom.says("/feed", rss(1, 2))
    assert desk.look().last.unchanged == 2
    assert desk.articles.version("courier") == version
    newsroom.says("/feed", rss(1, title="Corrected"))
    assert desk.look().last.updated == 1


def test_an_article_that_left_the_window_stays(desk: Desk, main: Feed, newsroom: Any) -> None:
    desk.look()
    newsroom.says("/feed", rss(2, 3))
    desk.look()
    assert desk.titles() == ["Title 1", "Title 2", "Title 3"]
    assert len(desk.feeds.seen("courier", "main")) == 2, "only the window is remembered"


def test_an_article_that_an_editor_unpublished_is_not_brought_back(desk: Desk, main: Feed, newsroom: Any) -> None:
    desk.look()
    for article_id in list(desk.articles.ids("courier")):
        desk.articles.remove("courier", article_id)
    newsroom.says("/feed", rss(1, 2, 3))
    desk.look()
    assert desk.titles() == ["Title 3"]


def test_two_feeds_with_one_article_do_not_change_it_back_and_forth(desk: Desk, main: Feed, newsroom: Any) -> None:
    desk.feeds.put("courier", replace(main, id="city", section="City"))
    newsroom.says("/feed", rss(1))
    for feed_id in ("main", "city"):
        desk.look(feed_id)
    version = desk.articles.version("courier")
    for feed_id in ("main", "city", "main"):
        desk.look(feed_id)
    assert desk.articles.version("courier") == version


def test_a_comment_count_that_a_feed_does_not_tell_stays(desk: Desk, main: Feed, newsroom: Any) -> None:
    desk.look()
    article_id = sorted(desk.articles.ids("courier"))[0]
    number = desk.articles.get("courier", article_id).title[-1]
    desk.articles.amend("courier", article_id, lambda article: replace(article, comment_count=12))
    newsroom.says("/feed", rss(int(number), title="Corrected"))
    desk.look()
    article = desk.articles.get("courier", article_id)
    assert (article.title, article.comment_count) == (f"Corrected {number}", 12)


def test_a_refused_entry_has_its_reason_and_is_taken_once_the_site_allows_it(
    desk: Desk, main: Feed, newsroom: Any
) -> None:
    newsroom.says("/feed", rss(1, host="other.example"), ETag='"1"')
    state = desk.look()
    assert state.last.refused == 1
    assert "is not on a host of the site" in state.last.refusals[0]
    desk.sites.put(replace(SITE, domains=("courier.example", "other.example")))
    assert desk.look().last.loaded == 1
    assert "if-none-match" not in newsroom.asked[-1][1]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("<!DOCTYPE html><html><body>Sorry</body></html>", 200, "a page of HTML"),
        (rss(1, 2)[:-40], 200, "ends in the middle"),
        ("", 500, "it answered 500"),
        ("", 404, "it answered 404"),
        ("", 410, "it answered 410"),
    ],
)
def test_a_look_that_fails_changes_no_article_and_tells_why(
    desk: Desk, main: Feed, newsroom: Any, body: str, status: int, reason: str
) -> None:
    desk.look()
    newsroom.says("/feed", body, status)
    state = desk.look()
    assert reason in str(state.last_error)
    assert state.failures == 1
    assert state.last_success_at == START
    assert desk.titles() == ["Title 1", "Title 2"]


def test_after_each_failure_the_next_look_is_later_up_to_an_hour_and_a_success_ends_that(
    desk: Desk, main: Feed, newsroom: Any
) -> None:
    newsroom.says("/feed", "", 500)
    pauses = []
    for _ in range(8):
        state = desk.look()
        pauses.append((state.next_attempt_at or 0) - desk.now[0])
    assert pauses == [60, 120, 240, 480, 960, 1_920, 3_600, 3_600]
    newsroom.says("/feed", rss(1))
    assert (desk.look().failures, desk.look().last_error) == (0, None)


def test_chance_makes_a_pause_shorter_by_a_quarter_at_most() -> None:
    assert pause_after(1, 0.0) == 60
    assert 45 < pause_after(1, 0.999) < 46
    assert pause_after(1_000, 0.0) == 3_600


@pytest.mark.parametrize(
    ("told", "pause_s"),
    [("600", 600), ("Tue, 03 Mar 2026 01:16:40 GMT", 600), ("5", 60), ("999999", 86_400), ("soon", 60)],
)
def test_the_patience_that_a_source_asks_for_is_kept(
    desk: Desk, main: Feed, newsroom: Any, told: str, pause_s: float
) -> None:
    newsroom.says("/feed", "", 429, Retry_After=told)
    assert desk.look().next_attempt_at == START + pause_s


def test_a_feed_is_due_when_its_time_has_come_and_not_while_it_is_paused(desk: Desk, main: Feed) -> None:
    assert [record.feed for _, record in desk.polling.due()] == [main]
    desk.look()
    assert list(desk.polling.due()) == []
    assert desk.polling.poll(SITE, "main") is None, "who comes too late finds it done"
    desk.now[0] += 301
    assert len(list(desk.polling.due())) == 1
    desk.feeds.put("courier", replace(main, enabled=False))
    assert list(desk.polling.due()) == []
    assert desk.polling.poll(SITE, "main") is None


def test_a_feed_that_another_polls_is_left_alone_until_that_one_is_dead(desk: Desk, main: Feed, newsroom: Any) -> None:
    desk.feeds.lease("courier", "main", "another", LEASE_S)
    assert desk.polling.poll(SITE, "main") is None
    assert newsroom.asked == []
    desk.pass_seconds(LEASE_S)
    assert desk.look().last.loaded == 2


@pytest.mark.parametrize("change", ["removed", "changed"])
def test_a_look_at_a_feed_that_is_removed_or_changed_meanwhile_does_not_count(
    desk: Desk, main: Feed, newsroom: Any, change: str
) -> None:
    says = newsroom.answers["/feed"]

    def answer(request: Any) -> None:
        if change == "removed":
            desk.feeds.remove("courier", "main")
        else:
            desk.feeds.put("courier", replace(main, section="City"))
        says(request)

    newsroom.answers["/feed"] = answer
    assert desk.polling.poll(SITE, "main") is None
    assert desk.titles() == []
    if change == "removed":
        with pytest.raises(NotFound):
            desk.feeds.get("courier", "main")
    else:
        assert desk.feeds.get("courier", "main").state == FeedState()


def test_a_wordpress_that_fails_on_page_3_keeps_what_came_and_goes_on_from_there(
    desk: Desk, blog: Feed, wordpress: Any
) -> None:
    wordpress.add(*range(1, 251))
    fault: Callable[[dict[str, str]], Any] = lambda asked: (500, {}) if asked.get("page") == "3" else None  # noqa: E731
    wordpress.faults.append(fault)
    state = desk.look()
    assert (state.last_error, state.articles_loaded) == ("it answered 500", 200)
    wordpress.faults.clear()
    state = desk.look()
    assert (state.last_error, state.articles_loaded, state.last.loaded) == (None, 250, 50)
    assert desk.articles.count("courier") == 250


def test_a_look_that_is_told_to_stop_ends_after_its_batch_and_the_next_one_goes_on(
    desk: Desk, blog: Feed, wordpress: Any, newsroom: Any
) -> None:
    wordpress.add(*range(1, 251))
    state = desk.polling.poll(SITE, "main", lambda: False)
    assert state is not None
    assert (len(newsroom.asked), state.articles_loaded, state.last_error) == (1, 100, None)
    assert [record.feed for _, record in desk.polling.due()] == [blog], "another worker may take it at once"
    assert desk.look().articles_loaded == 250


def test_a_long_list_of_posts_does_not_cost_the_lease(desk: Desk, blog: Feed, wordpress: Any) -> None:
    wordpress.add(*range(1, 301))
    desk.look()
    del wordpress.posts[7]

    def slowly(_: dict[str, str]) -> None:
        desk.pass_seconds(LEASE_S * 0.6)

    wordpress.before_page = slowly
    assert desk.look().last.unpublished == 1


def test_a_removed_post_is_unpublished_and_one_that_changes_is_updated(desk: Desk, blog: Feed, wordpress: Any) -> None:
    wordpress.add(1, 2, 3)
    desk.look()
    del wordpress.posts[2]
    wordpress.add(3, minute=30, title={"rendered": "Corrected"})
    state = desk.look()
    assert (state.last.unpublished, state.last.updated) == (1, 1)
    assert desk.titles() == ["Corrected", "Post 1 & more"]
    assert desk.look().last.unpublished == 0


def test_a_post_that_gets_a_password_is_unpublished(desk: Desk, blog: Feed, wordpress: Any) -> None:
    wordpress.add(1, 2)
    desk.look()
    wordpress.add(1, minute=30, content={"rendered": "", "protected": True})
    assert desk.look().last.unpublished == 1
    assert desk.titles() == ["Post 2 & more"]


def test_most_posts_are_never_gone_at_once(desk: Desk, blog: Feed, wordpress: Any) -> None:
    wordpress.add(*range(1, 31))
    desk.look()
    wordpress.posts.clear()
    state = desk.look()
    assert state.last_error == "30 of 30 posts are gone at once; none was unpublished"
    assert desk.articles.count("courier") == 30


def test_articles_of_others_are_not_unpublished(desk: Desk, blog: Feed, wordpress: Any) -> None:
    wordpress.add(1)
    desk.look()
    article = desk.articles.get("courier", "wp-1")
    desk.articles.put("courier", [replace(article, id="wp-99"), replace(article, id="a-1")])
    desk.look()
    assert desk.articles.count("courier") == 3


def test_two_wordpresses_of_a_site_need_two_prefixes(desk: Desk, blog: Feed) -> None:
    other = replace(blog, id="second", url="https://second.example/")
    with pytest.raises(InvalidInput) as caught:
        define_feed(desk.feeds, "courier", other, ())
    assert [fault.path for fault in caught.value.faults] == ["id_prefix"]
    assert define_feed(desk.feeds, "courier", replace(other, id_prefix="second"), ()) is True


def test_rounds_poll_what_is_due_and_outlive_a_bug(
    desk: Desk, main: Feed, newsroom: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Feed("broken", newsroom.url("/broken"), kind="wordpress")
    desk.feeds.put("courier", broken)
    monkeypatch.setattr(WordPressSource, "batches", lambda *_: 1 / 0)
    rounds = FeedRounds(desk.polling, threads=1, every_s=0.01)
    for site, record in list(desk.polling.due()):
        rounds._poll(site, record)
    assert desk.titles() == ["Title 1", "Title 2"]
    state = desk.feeds.get("courier", "broken").state
    assert (state.failures, state.last_error) == (1, "something went wrong here; the worker's log has it")
    assert state.next_attempt_at == START + 60
