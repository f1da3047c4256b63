"""Reads many of a site's articles from the store, so many at a time that memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from service.domain.content.article import Article
from service.domain.ports import ArticleStore

AT_ONCE = 500


def article_batches(articles: ArticleStore, site_id: str, article_ids: Iterable[str]) -> Iterator[list[Article]]:
    """Yields the articles of these ids that there are, in their order, AT_ONCE or fewer in a list, and no empty one."""
    remaining = iter(article_ids)
    while chunk := list(islice(remaining, AT_ONCE)):
        if found := [article for article in articles.fetch(site_id, chunk) if article is not None]:
            yield found


def every_article(articles: ArticleStore, site_id: str) -> Iterator[Article]:
    """Yields every article of the site, by id."""
    for batch in article_batches(articles, site_id, sorted(articles.ids(site_id))):
        yield from batch
