"""What is read of a WordPress through its REST API, and what is certainly gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from service.adapters.sources.articles.html_text import html_text
from service.adapters.sources.fetching.fetcher import Fetcher
from service.adapters.sources.wordpress import api as wordpress_api
from service.adapters.sources.wordpress.api import WordPressSource, posts_url
from service.domain.content.feed import Batch, Cursor, Feed
from service.domain.errors import SourceUnavailable
from service.domain.sites.site import Site
from service.web.api.newsroom.article_wire import read_article

NOW = 1_772_500_000.0  # 2026-03-03
ASKED = {"page": "2"}


@pytest.fixture
def source(fetcher: Fetcher) -> WordPressSource:
    return WordPressSource(fetcher, lambda: NOW)


@pytest.fixture
def feed(newsroom: Any) -> Feed:
    return Feed("blog", newsroom.url(""), kind="wordpress")


def go_on() -> None:
    """Nothing to do between two answers."""


def ids(batches: Iterator[Batch]) -> list[list[str]]:
    return [[str(entry["id"]) for entry in batch.entries] for batch in batches]


def numbers(*given: int) -> list[str]:
    return [f"wp-{number}" for number in given]


def test_a_post_becomes_an_article_with_what_is_embedded(wordpress: Any, source: WordPressSource, feed: Feed) -> None:
    beside = {
        "author": [{"name": "Ada Quill"}],
        "wp:featuredmedia": [
            {"source_url": "/boat.jpg", "alt_text": "A boat", "media_details": {"width": 640, "height": 480}}
        ],
        "wp:term": [
            [{"taxonomy": "category", "name": "City", "slug": "city"}],
            [{"taxonomy": "post_tag", "name": "Sea &amp; sky", "slug": "sea"}],
        ],
    }
    wordpress.add(12, _embedded=beside, content={"rendered": "<p>Crews return.</p>[gallery ids='1']"})
    ((batch),) = source.batches(feed, Cursor())
    article = read_article(dict(batch.entries[0]), Site("courier"), html_text)
    assert (article.id, article.url, article.title) == ("wp-12", "https://courier.example/12", "Post 12 & more")
    assert article.text == "Crews return."
    assert article.excerpt is None, "it was cut by machine"
    assert (article.section, article.tags, article.authors) == ("City", ("City", "Sea & sky"), ("Ada Quill",))
    assert article.image is not None
    assert (article.image.url, article.image.alt) == ("https://courier.example/boat.jpg", "A boat")
    assert article.updated_at is not None


def test_posts_come_page_by_page_and_the_next_look_asks_only_for_later_ones(
    wordpress: Any, source: WordPressSource, feed: Feed
) -> None:
    wordpress.add(*range(1, 251))
    batches = list(source.batches(feed, Cursor()))
    assert [len(batch.entries) for batch in batches] == [100, 100, 50]
    assert [batch.cursor.unfinished for batch in batches] == [True, True, False]

    wordpress.add(7, minute=400)
    after = ids(source.batches(feed, batches[-1].cursor))
    assert after[0][-1] == "wp-7"
    assert len(after[0]) < 70, "an hour's posts come again, not all"


def test_a_full_last_page_is_the_last(wordpress: Any, source: WordPressSource, feed: Feed) -> None:
    wordpress.add(*range(1, 201))
    assert [len(page) for page in ids(source.batches(feed, Cursor()))][:2] == [100, 100]


def test_an_error_on_page_3_keeps_what_came_and_the_next_look_goes_on_there(
    wordpress: Any, source: WordPressSource, feed: Feed
) -> None:
    wordpress.add(*range(1, 251))
    wordpress.faults.append(lambda asked: (500, {}) if asked.get("page") == "3" else None)
    came: list[Batch] = []
    with pytest.raises(SourceUnavailable, match="it answered 500"):
        came.extend(source.batches(feed, Cursor()))  # keeps those before the error
    assert [len(batch.entries) for batch in came] == [100, 100]
    assert came[-1].cursor.unfinished

    wordpress.faults.clear()
    (page,) = ids(source.batches(feed, came[-1].cursor))
    assert page == numbers(*range(200, 251))


def test_posts_that_all_changed_in_one_second_are_read_to_the_last(
    wordpress: Any, source: WordPressSource, feed: Feed
) -> None:
    wordpress.add(*range(1, 251), minute=5)
    assert sum(map(len, ids(source.batches(feed, Cursor())))) == 250


def test_a_post_that_slips_by_while_another_changes_is_read_after_all(
    wordpress: Any, source: WordPressSource, feed: Feed
) -> None:
    wordpress.add(*range(1, 151))

    def change_one(asked: dict[str, str]) -> None:
        if asked.get("page") == "2":
            wordpress.before_page = lambda _: None
            wordpress.add(50, minute=600)  # the first of page 2 now stands on page 1, which has been read

    wordpress.before_page = change_one
    came = {each for page in ids(source.batches(feed, Cursor())) for each in page}
    assert came == set(numbers(*range(1, 151)))


def test_fewer_posts_are_asked_for_where_a_page_is_too_large(wordpress: Any, newsroom: Any, feed: Feed) -> None:
    wordpress.add(*range(1, 31), content={"rendered": "<p>long</p>" * 300})
    source = WordPressSource(Fetcher(private_hosts=[newsroom.host], limit_bytes=90_000), lambda: NOW)
    assert {each for page in ids(source.batches(feed, Cursor())) for each in page} == set(numbers(*range(1, 31)))


def test_a_change_dated_in_the_future_hides_no_later_one(wordpress: Any, source: WordPressSource, feed: Feed) -> None:
    wordpress.add(1)
    wordpress.posts[2] = {**wordpress.posts[1], "id": 2, "modified": "2099-01-01T00:00:00"}
    (batch,) = source.batches(feed, Cursor())
    assert batch.cursor.modified_after == "2026-03-01T10:01:00"


def test_a_post_behind_a_password_is_withdrawn(wordpress: Any, source: WordPressSource, feed: Feed) -> None:
    wordpress.add(1, 2)
    wordpress.add(1, content={"rendered": "", "protected": True})
    (batch,) = source.batches(feed, Cursor())
    assert [entry["id"] for entry in batch.entries] == ["wp-2"]
    assert batch.withdrawn == ("wp-1",)


def test_removed_posts_are_gone_and_others_are_not(wordpress: Any, source: WordPressSource, feed: Feed) -> None:
    wordpress.add(1, 2, 4)
    known = [*numbers(1, 2, 3, 4), "a-7", "blog-3"]
    assert source.gone(feed, known, None, go_on) == {"wp-3"}


def test_a_post_that_a_page_of_the_list_left_out_is_not_gone(
    wordpress: Any, source: WordPressSource, feed: Feed
) -> None:
    wordpress.add(*range(1, 151))

    def remove_one(asked: dict[str, str]) -> None:
        if asked.get("page") == "2":
            wordpress.posts.pop(5, None)  # post 101 now stands on page 1, which has been read

    wordpress.before_page = remove_one
    assert source.gone(feed, numbers(*range(1, 151)), None, go_on) == set()
    assert source.gone(feed, numbers(*range(1, 151)), NOW, go_on) == {"wp-5"}, (
        "the number of posts tells at the next look"
    )


def test_the_list_is_read_when_the_number_of_posts_differs_and_once_a_day(
    wordpress: Any, newsroom: Any, source: WordPressSource, feed: Feed
) -> None:
    wordpress.add(1, 2)
    assert source.gone(feed, numbers(1, 2), NOW - 60, go_on) is None
    assert len(newsroom.asked) == 1
    assert source.gone(feed, numbers(1, 2), NOW - 90_000, go_on) == set()
    assert source.gone(feed, numbers(1, 2, 3), NOW - 60, go_on) == {"wp-3"}


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"<h1>Log in</h1>", 200, "no JSON"),
        (b'{"code":"rest_forbidden"}', 200, "no list of posts"),
        (b"[]", 401, "it answered 401"),
        (b"", 404, "it answered 404"),
    ],
)
def test_what_is_no_wordpress_is_told_of(
    newsroom: Any, source: WordPressSource, feed: Feed, body: bytes, status: int, reason: str
) -> None:
    newsroom.says("/wp-json/wp/v2/posts", body, status)
    with pytest.raises(SourceUnavailable, match=reason):
        list(source.batches(feed, Cursor()))


@pytest.mark.parametrize(
    "body", [b"[1, null, {}, []]", b'[{"id": "12"}]', b'[{"id": 12, "content": 3, "title": null, "_embedded": []}]']
)
def test_what_is_no_post_breaks_nothing(newsroom: Any, source: WordPressSource, feed: Feed, body: bytes) -> None:
    newsroom.says("/wp-json/wp/v2/posts", body)
    (batch,) = source.batches(feed, Cursor())
    assert [entry["id"] for entry in batch.entries] in ([], ["wp-12"])


def test_a_wordpress_that_answers_always_the_same_page_ends(
    newsroom: Any, source: WordPressSource, feed: Feed, wordpress: Any
) -> None:
    wordpress.add(*range(1, 101))
    newsroom.answers["/wp-json/wp/v2/posts"] = lambda request: _first_page(wordpress, request)
    assert len(list(source.batches(feed, Cursor()))) <= 2 * wordpress_api.MOST_ROUNDS


def _first_page(wordpress: Any, request: Any) -> None:
    request.path = "/wp-json/wp/v2/posts?per_page=100"
    wordpress(request)


def test_the_patience_that_a_wordpress_asks_for_is_told(wordpress: Any, source: WordPressSource, feed: Feed) -> None:
    wordpress.faults.append(lambda _: (503, {"Retry-After": "120"}))
    with pytest.raises(SourceUnavailable) as caught:
        list(source.batches(feed, Cursor()))
    assert caught.value.retry_after_s == 120


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://b.example", "https://b.example/wp-json/wp/v2/posts?page=2"),
        ("https://b.example/news/", "https://b.example/news/wp-json/wp/v2/posts?page=2"),
        ("https://b.example/wp-json", "https://b.example/wp-json/wp/v2/posts?page=2"),
        ("https://b.example/wp-json/wp/v2/posts", "https://b.example/wp-json/wp/v2/posts?page=2"),
        ("https://b.example/?rest_route=/wp/v2/posts", "https://b.example/?rest_route=/wp/v2/posts&page=2"),
        ("https://b.example/wp-json/wp/v2/posts?categories=3",
         "https://b.example/wp-json/wp/v2/posts?categories=3&page=2"),
    ],
)  # fmt: skip
def test_a_blogs_own_address_is_enough(url: str, expected: str) -> None:
    assert posts_url(url, ASKED) == expected


def test_another_prefix_makes_other_ids(wordpress: Any, source: WordPressSource, feed: Feed) -> None:
    wordpress.add(1)
    assert ids(source.batches(replace(feed, id_prefix="blog"), Cursor())) == [["blog-1"]]
