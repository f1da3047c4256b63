"""Feeds over HTTP: which sources a site has, and what became of the last look at each."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

from flask import Response
from pydantic import AfterValidator, BaseModel, Field

from service.domain.content.article_record import rfc3339
from service.domain.content.feed import LEAST_EVERY_S, Feed, FeedKind, FeedRecord
from service.domain.content.feed_record import feed_values
from service.domain.content.plain import plain_line
from service.domain.errors import NotFound
from service.domain.sites.access import Scope
from service.usecases.content.define_feed import define_feed
from service.web.api.newsroom.article_wire import checked_id
from service.web.endpoints.call import Call
from service.web.endpoints.endpoint import Api
from service.web.endpoints.etag import if_match, tagged
from service.web.endpoints.json_wire import WireModel, json_answer
from service.web.endpoints.paging import ListQuery, part_of
from service.web.problems.plain_words import PREFIX_PATTERN

api = Api("feeds", __name__)

DEFAULTS = Feed("", "")
A_WEEK_S = 604_800


class FeedBody(WireModel):
    """A feed's fields; what is left out has its default."""

    url: str = Field(max_length=2_048, description="Address of the feed, or of the WordPress, on a public network.")
    kind: FeedKind = Field(DEFAULTS.kind, description="`rss` (Atom too), or `wordpress` for its REST API.")
    section: Annotated[str, Field(max_length=100), AfterValidator(plain_line)] | None = Field(
        None, description="Section of all its articles; the first category of each when none is given."
    )
    every_s: int = Field(DEFAULTS.every_s, ge=LEAST_EVERY_S, le=A_WEEK_S, description="Seconds between two looks.")
    enabled: bool = Field(True, description="`false` pauses it.")
    id_prefix: str = Field(
        DEFAULTS.id_prefix,
        pattern=PREFIX_PATTERN,
        description="Begins the ids of WordPress posts: `wp` makes `wp-12`. One for each WordPress of the site.",
    )


class TallyAnswer(BaseModel):
    """What became of the entries of the last look; `refusals` are the first five."""

    loaded: int
    updated: int
    unchanged: int
    refused: int
    unpublished: int
    refusals: list[str]


class FeedAnswer(BaseModel):
    """A feed with its state; times in UTC; `next_attempt_at` null is as soon as a worker can."""

    id: str
    url: str
    kind: FeedKind
    section: str | None
    every_s: int
    enabled: bool
    id_prefix: str
    last_attempt_at: str | None
    last_success_at: str | None
    last_error: str | None
    failures: int = Field(description="Looks that failed since the last one that did not.")
    next_attempt_at: str | None
    etag: str | None
    articles_loaded: int = Field(description="Articles that came new from this feed since it was put.")
    last: TallyAnswer


class FeedList(BaseModel):
    """Feeds of the site by id, and where the next answer begins (none at the end)."""

    feeds: list[FeedAnswer]
    cursor: str | None


@api.endpoint(
    "PUT",
    "/v1/feeds/<feed_id>",
    scope=Scope.CONTENT,
    summary="Create a feed, or change it as a whole; a worker then looks at it at once.",
    body=FeedBody,
    answer=FeedAnswer,
    statuses=(200, 201, 409, 412),
)
def put_feed(call: Call[FeedBody], feed_id: str) -> Response:
    """Answers 201 for a new feed, else 200; nothing is fetched yet."""
    values = call.body.model_dump()
    feed = Feed(checked_id(feed_id), **values | {"section": values["section"] or None})
    private, guard = call.services.config.private_feed_hosts, if_match(feed_values)
    new = define_feed(call.services.feeds, call.site.id, feed, private, guard)
    record = call.services.feeds.get(call.site.id, feed_id)
    return tagged(feed_answer(record), feed_values(feed), 201 if new else 200)


@api.endpoint(
    "GET",
    "/v1/feeds/<feed_id>",
    scope=Scope.CONTENT,
    summary="A feed, and what became of the last look at it.",
    answer=FeedAnswer,
    statuses=(200, 404),
)
def get_feed(call: Call[None], feed_id: str) -> Response:
    """Answers the feed with its state."""
    record = call.services.feeds.get(call.site.id, feed_id)
    return tagged(feed_answer(record), feed_values(record.feed))


@api.endpoint(
    "DELETE",
    "/v1/feeds/<feed_id>",
    scope=Scope.CONTENT,
    summary="Forget a feed; its articles stay.",
    statuses=(204, 404),
)
def delete_feed(call: Call[None], feed_id: str) -> Response:
    """Answers 204 without a body."""
    if not call.services.feeds.remove(call.site.id, feed_id):
        raise NotFound("feed", feed_id)
    return Response(status=204)


@api.endpoint("GET", "/v1/feeds", scope=Scope.CONTENT, summary="The site's feeds, by id.", query=ListQuery,
              answer=FeedList)  # fmt: skip
def list_feeds(call: Call[None]) -> Response:
    """Answers feeds with their states."""
    part, cursor = part_of(call.services.feeds.all(call.site.id), lambda record: record.feed.id, call.query)
    return json_answer(FeedList(feeds=[feed_answer(record) for record in part], cursor=cursor))


def feed_answer(record: FeedRecord) -> FeedAnswer:
    """Returns the feed as it is answered."""
    feed, state = record.feed, record.state
    return FeedAnswer(
        **feed_values(feed),
        last_attempt_at=_time(state.last_attempt_at),
        last_success_at=_time(state.last_success_at),
        last_error=state.last_error,
        failures=state.failures,
        next_attempt_at=_time(state.next_attempt_at) if feed.enabled else None,
        etag=state.cursor.etag,
        articles_loaded=state.articles_loaded,
        last=TallyAnswer.model_validate(asdict(state.last)),
    )


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else rfc3339(datetime.fromtimestamp(int(seconds), UTC))
