"""A stream of articles is taken in batches, and every line is answered in its order."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.content.article import Article
from service.domain.errors import Fault, StoreUnavailable
from service.domain.ports import Outcome
from service.usecases.content.bounded_lines import Line, bounded_lines
from service.usecases.content.ingest_articles import BATCH_ARTICLES, Draft, ingest_articles
from tests.makers.memory_articles import MemoryArticleStore


def draft(number: int, text: str = "Text.") -> Draft:
    article_id = f"a-{number}"
    published_at = datetime(2026, 3, 1, tzinfo=UTC)
    return Draft(number, article_id, Article(article_id, "https://courier.example/", "Title", text, published_at))


class BatchSizes(MemoryArticleStore):
    """Notes how many articles came at once."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def put(self, site_id: str, articles: Sequence[Article]) -> list[Outcome]:
        self.sizes.append(len(articles))
        return super().put(site_id, articles)


def test_lines_are_answered_in_order_with_the_refused_between_them() -> None:
    refused = Draft(2, None, faults=(Fault("url", "is required"),))
    answers = list(
        ingest_articles(MemoryArticleStore(), "courier", [draft(1), refused, draft(3), draft(1), draft(3, "X")])
    )
    assert [(answer.line, answer.outcome) for answer in answers] == [
        (1, "loaded"),
        (2, "refused"),
        (3, "loaded"),
        (1, "unchanged"),
        (3, "updated"),
    ]
    assert answers[1].faults == refused.faults


def test_articles_are_written_in_batches() -> None:
    store = BatchSizes()
    count = len(list(ingest_articles(store, "courier", (draft(number) for number in range(BATCH_ARTICLES + 1)))))
    assert (count, store.sizes) == (BATCH_ARTICLES + 1, [BATCH_ARTICLES, 1])


def test_long_texts_make_small_batches() -> None:
    store = BatchSizes()
    list(ingest_articles(store, "courier", (draft(number, "x" * 3_000_000) for number in range(4))))
    assert store.sizes == [2, 2]


def test_a_store_that_is_away_ends_the_stream() -> None:
    class Away(MemoryArticleStore):
        def put(self, site_id: str, articles: Sequence[Article]) -> list[Outcome]:  # noqa: ARG002
            raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable):
        list(ingest_articles(Away(), "courier", [draft(1)]))


def test_blank_lines_are_passed_over_and_counted() -> None:
    lines = list(bounded_lines(io.BytesIO(b"one\r\n\n  \ntwo"), 10))
    assert lines == [Line(1, b"one"), Line(4, b"two")]


def test_a_line_beyond_the_limit_has_no_content_and_the_next_one_has() -> None:
    stream = io.BytesIO(b"x" * 10 + b"\n" + b"x" * 11 + b"\r\n" + b"x" * 500_000 + b"\nend")
    assert list(bounded_lines(stream, 10)) == [Line(1, b"x" * 10), Line(2, None), Line(3, None), Line(4, b"end")]


@given(st.lists(st.text("ab \r", max_size=12).map(str.encode), max_size=12), st.integers(1, 5))
def test_lines_are_the_same_however_the_stream_comes_in(parts: list[bytes], step: int) -> None:
    class Trickle(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002
            return super().read(step)

    content = b"\n".join(parts)
    expected = [
        Line(number, part.removesuffix(b"\r") if len(part.removesuffix(b"\r")) <= 8 else None)
        for number, part in enumerate(parts, start=1)
        if part.strip() or len(part.removesuffix(b"\r")) > 8
    ]
    assert list(bounded_lines(Trickle(content), 8)) == expected
