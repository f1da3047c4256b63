"""A record is an article in plain values; digests compare contents."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import orjson

from service.domain.content.article import Article, Image
from service.domain.content.article_record import (
    DIGEST_BYTES,
    article_digest,
    article_from_record,
    article_record,
    text_digest,
)

PUBLISHED = datetime(2026, 3, 1, 9, 30, 0, 250_000, tzinfo=timezone(timedelta(hours=5)))
PLAIN = Article("a-1", "https://courier.example/a-1", "عنوان", "Text.", PUBLISHED)
FULL = Article(
    id="a-2",
    url="https://courier.example/a-2",
    title="Title",
    text="Text.",
    published_at=PUBLISHED,
    excerpt="In short.",
    section="World",
    tags=("war", "talks"),
    authors=("Jane Doe",),
    byline="Jane Doe",
    language="en",
    updated_at=PUBLISHED,
    expires_at=PUBLISHED,
    embargo_until=PUBLISHED,
    image=Image("https://courier.example/a.jpg", "A quay", 324, 235),
    comment_count=0,
    evergreen=True,
    sensitive=True,
)


def test_an_article_comes_back_from_its_record_as_json() -> None:
    for article in (PLAIN, FULL, replace(FULL, image=Image("https://courier.example/a.jpg"))):
        assert article_from_record(orjson.loads(orjson.dumps(article_record(article)))) == article


def test_what_is_unknown_is_left_out_and_a_count_of_zero_is_not() -> None:
    assert set(article_record(PLAIN)) == {"id", "url", "title", "text", "published_at"}
    assert article_record(FULL)["comment_count"] == 0


def test_the_same_moment_at_another_offset_is_the_same_content() -> None:
    assert article_digest(PLAIN) == article_digest(replace(PLAIN, published_at=PUBLISHED.astimezone(UTC)))
    assert len(article_digest(PLAIN)) == DIGEST_BYTES


def test_any_changed_field_changes_the_digest() -> None:
    changed = [
        replace(FULL, comment_count=None),
        replace(FULL, comment_count=1),
        replace(FULL, sensitive=False),
        replace(FULL, tags=("talks", "war")),
        replace(FULL, image=None),
        replace(FULL, published_at=PUBLISHED + timedelta(microseconds=1)),
    ]
    assert len({article_digest(article) for article in [FULL, *changed]}) == len(changed) + 1


def test_only_what_the_text_index_reads_changes_the_text_digest() -> None:
    assert text_digest(replace(FULL, comment_count=7, image=None, section="Sport", tags=())) == text_digest(FULL)
    for changed in (replace(FULL, title="T"), replace(FULL, text="T"), replace(FULL, language="de")):
        assert text_digest(changed) != text_digest(FULL)
