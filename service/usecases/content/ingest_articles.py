"""Takes a stream of articles into the store, in batches, and answers for each line in its order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from service.domain.content.article import Article
from service.domain.errors import Fault
from service.domain.ports import ArticleStore, Outcome

BATCH_ARTICLES = 200
BATCH_CHARS = 4_000_000


@dataclass(frozen=True, slots=True)
class Draft:
    """One article as read from its line: the article, or the faults for which there is none."""

    line: int
    article_id: str | None
    article: Article | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of one line; `faults` say why it was refused."""

    line: int
    article_id: str | None
    outcome: Outcome | Literal["refused"]
    faults: tuple[Fault, ...] = ()


def ingest_articles(store: ArticleStore, site_id: str, drafts: Iterable[Draft]) -> Iterator[Ingested]:
    """Yields what became of each draft, in their order, once its batch is in the store.

    Raises StoreUnavailable when the store goes away; what was yielded is kept, and the rest may be sent again.
    """
    for batch in _batches(drafts):
        articles = [draft.article for draft in batch if draft.article is not None]
        outcomes = iter(store.put(site_id, articles) if articles else ())
        for draft in batch:
            outcome = "refused" if draft.article is None else next(outcomes)
            yield Ingested(draft.line, draft.article_id, outcome, draft.faults)


def _batches(drafts: Iterable[Draft]) -> Iterator[list[Draft]]:
    batch: list[Draft] = []
    chars = 0
    for draft in drafts:
        batch.append(draft)
        chars += len(draft.article.text) if draft.article else 0
        if len(batch) >= BATCH_ARTICLES or chars >= BATCH_CHARS:
            yield batch
            batch, chars = [], 0
    if batch:
        yield batch
