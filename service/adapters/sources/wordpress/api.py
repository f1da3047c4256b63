"""Reads a WordPress through its REST API: what changed since the last look, page by page, and what is gone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import orjson

from service.adapters.sources.fetching.answers import check_status
from service.adapters.sources.fetching.fetcher import Fetched, Fetcher
from service.adapters.sources.wordpress.posts import is_protected, json_values, post_id
from service.domain.content.feed import Batch, Cursor, Feed
from service.domain.errors import SourceTooLarge, SourceUnavailable
from service.domain.ports import Clock

POSTS_PATH = "/wp-json/wp/v2/posts"
# Posts asked for at once; fewer where so many are more than we take.
PAGE_SIZES = (100, 20, 4)
IDS_A_PAGE = 100
# A WordPress counts in its own local time, which goes back by an hour once a year.
OVERLAP = timedelta(hours=1, seconds=1)
SAME_SECOND = timedelta(seconds=1)
# A post that changes while the pages are read moves to the end, and another slips by: then they are read again.
MOST_ROUNDS = 3
MOST_PAGES = 10_000
# The clocks that are most ahead of UTC.
FARTHEST_ZONE = timedelta(hours=14)
# What is gone is noticed by the number of posts; once a day by their ids too, for one may come as another goes.
LIST_EVERY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its posts, and how many there are in all."""

    posts: list[Any]
    total: int | None

    @property
    def numbers(self) -> set[int]:
        """The numbers of its posts; what is no post has none."""
        return {number for post in self.posts if (number := post_id(post)) is not None}


class WordPressSource:
    """A FeedSource that speaks `wp/v2/posts`."""

    def __init__(self, fetcher: Fetcher, clock: Clock) -> None:
        self._fetcher = fetcher
        self._clock = clock

    def batches(self, feed: Feed, cursor: Cursor) -> Iterator[Batch]:
        """Yields a batch for each page of posts changed since the cursor, the longest unchanged first.

        Raises SourceUnavailable where a page cannot be had; the next look goes on after the last one that could.
        """
        now_at = cursor
        for size in PAGE_SIZES:
            try:
                for batch in self._rounds(feed, now_at, size):
                    now_at = batch.cursor
                    yield batch
            except SourceTooLarge:
                if size == PAGE_SIZES[-1]:
                    raise
            else:
                return

    def gone(
        self, feed: Feed, known: Collection[str], listed_at: float | None, between: Callable[[], None]
    ) -> set[str] | None:
        """Returns the known ids that are published no more, each asked for by its number; None while none can be.

        The number of posts tells at each look, their list once a day. `between` is called between answers, and may
        raise. Raises SourceUnavailable.
        """
        numbers = _numbers(known, feed.id_prefix)
        lately = listed_at is not None and self._clock() - listed_at < LIST_EVERY_S
        if not numbers or (lately and self._page(feed, per_page=1, _fields="id").total == len(numbers)):
            return None
        between()
        there = self._all_numbers(feed, between)
        missing = sorted(numbers.keys() - there)
        for start in range(0, len(missing), IDS_A_PAGE):
            between()
            asked = ",".join(map(str, missing[start : start + IDS_A_PAGE]))
            there |= self._page(feed, include=asked, per_page=IDS_A_PAGE, _fields="id").numbers
        return {article_id for number, article_id in numbers.items() if number not in there}

    def _rounds(self, feed: Feed, cursor: Cursor, size: int) -> Iterator[Batch]:
        since = _earlier(cursor.modified_after, SAME_SECOND if cursor.unfinished else OVERLAP)
        for round_number in range(1, MOST_ROUNDS + 1):
            seen: set[int] = set()
            total = 0
            for page, is_last in self._pages(feed, size, {**_CHANGED, **_since(since)}):
                seen |= page.numbers
                total = max(total, page.total or 0)
                complete = is_last and (len(seen) >= total or round_number == MOST_ROUNDS)
                cursor = replace(cursor, modified_after=self._latest(cursor, page), unfinished=not complete)
                yield _batch(page, feed, cursor)
            if not cursor.unfinished:
                return

    def _all_numbers(self, feed: Feed, between: Callable[[], None]) -> set[int]:
        found: set[int] = set()
        for page, _ in self._pages(feed, IDS_A_PAGE, {"orderby": "id", "order": "asc", "_fields": "id"}):
            found |= page.numbers
            between()
        return found

    def _pages(self, feed: Feed, size: int, asked: Mapping[str, str]) -> Iterator[tuple[Page, bool]]:
        """Yields each page, and whether it is the last one: not full, or nothing in it that was not on those before.

        Raises SourceUnavailable where they do not end.
        """
        seen: set[int] = set()
        for number in range(1, MOST_PAGES + 1):
            page = self._page(feed, page=number, per_page=size, **asked)
            is_last = len(page.posts) < size or page.numbers <= seen
            seen |= page.numbers
            yield page, is_last
            if is_last:
                return
        raise SourceUnavailable(f"its pages do not end: {MOST_PAGES:,} were read")

    def _latest(self, cursor: Cursor, page: Page) -> str | None:
        """Returns the latest change seen, by the WordPress's own clock; what lies in the future shall hide nothing."""
        newest = datetime.fromtimestamp(self._clock(), UTC).replace(tzinfo=None) + FARTHEST_ZONE
        told = (post.get("modified") for post in page.posts if isinstance(post, dict))
        moments = [text for text in told if isinstance(text, str) and _is_moment(text, newest)]
        return max([*moments, cursor.modified_after or ""]) or None

    def _page(self, feed: Feed, **asked: str | int) -> Page:
        answer = self._fetcher.get(posts_url(feed.url, {"status": "publish", **asked}), {"Accept": "application/json"})
        if answer.status == 400 and int(asked.get("page", 1)) > 1 and _says(answer, "rest_post_invalid_page_number"):
            return Page([], None)  # the last page was just full
        check_status(answer, self._clock())
        posts = _json(answer)
        if not isinstance(posts, list):
            raise SourceUnavailable("it does not answer as WordPress does: no list of posts")
        told = answer.headers.get("x-wp-total", "").strip()
        return Page(posts, int(told) if told.isascii() and told.isdigit() else None)


_CHANGED: Mapping[str, str] = {"orderby": "modified", "order": "asc", "_embed": "author,wp:featuredmedia,wp:term"}


def posts_url(url: str, asked: Mapping[str, str | int]) -> str:
    """Returns the address to ask, of a blog's own address or that of its posts."""
    base, _, query = url.partition("?")
    if "rest_route=" not in query and not base.rstrip("/").endswith(POSTS_PATH):
        base = base.rstrip("/").removesuffix("/wp-json") + POSTS_PATH
    return f"{base}?{query}{'&' if query else ''}{urlencode(asked)}"


def _since(moment: str | None) -> dict[str, str]:
    return {"modified_after": moment} if moment else {}


def _earlier(moment: str | None, overlap: timedelta) -> str | None:
    return (datetime.fromisoformat(moment) - overlap).isoformat() if moment else None


def _is_moment(text: str, newest: datetime) -> bool:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.tzinfo is None and moment <= newest


def _batch(page: Page, feed: Feed, cursor: Cursor) -> Batch:
    posts = [post for post in page.posts if post_id(post) is not None]
    withdrawn = tuple(f"{feed.id_prefix}-{post['id']}" for post in posts if is_protected(post))
    entries = tuple(json_values(post, feed.section, feed.id_prefix) for post in posts if not is_protected(post))
    return Batch(entries, cursor, withdrawn=withdrawn)


def _numbers(known: Collection[str], prefix: str) -> dict[int, str]:
    """Returns the posts' numbers and ids of those articles that this prefix began."""
    split = ((article_id, article_id.removeprefix(f"{prefix}-")) for article_id in known)
    return {int(rest): article_id for article_id, rest in split if rest != article_id and rest.isdecimal()}


def _json(answer: Fetched) -> Any:
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        raise SourceUnavailable("it does not answer as WordPress does: no JSON") from error


def _says(answer: Fetched, code: str) -> bool:
    try:
        told = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(told, dict) and told.get("code") == code
