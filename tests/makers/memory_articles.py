"""Keeps articles in this process: the twin of the Redis store for tests."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from threading import RLock

from service.domain.content.article import Article
from service.domain.content.article_record import article_digest
from service.domain.errors import NotFound
from service.domain.ports import Outcome


class MemoryArticleStore:
    """An ArticleStore in memory."""

    def __init__(self) -> None:
        self._changed: Counter[str] = Counter()
        self._lock = RLock()
        self._articles: defaultdict[str, dict[str, Article]] = defaultdict(dict)
        self._changes: defaultdict[str, dict[str, int]] = defaultdict(dict)

    def get(self, site_id: str, article_id: str) -> Article:
        """Returns the article. Raises NotFound."""
        article = self._articles[site_id].get(article_id)
        if article is None:
            raise NotFound("article", article_id)
        return article

    def fetch(self, site_id: str, article_ids: Sequence[str]) -> list[Article | None]:
        """Returns the articles in the order asked; None for each that is gone."""
        with self._lock:
            return [self._articles[site_id].get(article_id) for article_id in article_ids]

    def put(self, site_id: str, articles: Sequence[Article]) -> list[Outcome]:
        """Keeps the articles and says for each whether it is new, changed or the same; the same changes nothing."""
        with self._lock:
            return [self._put_one(site_id, article) for article in articles]

    def amend(self, site_id: str, article_id: str, change: Callable[[Article], Article]) -> tuple[Article, Outcome]:
        """Keeps `change` of the article as it stands. Raises NotFound."""
        with self._lock:
            changed = change(self.get(site_id, article_id))
            return changed, self._put_one(site_id, changed)

    def remove(self, site_id: str, article_id: str) -> bool:
        """Unpublishes the article; False if it was not there."""
        with self._lock:
            if self._articles[site_id].pop(article_id, None) is None:
                return False
            self._note(site_id, article_id)
            return True

    def count(self, site_id: str) -> int:
        """Returns how many articles the site has."""
        return len(self._articles[site_id])

    def version(self, site_id: str) -> int:
        """Returns the version of the newest change; 0 when nothing ever changed."""
        with self._lock:
            return max(self._changes[site_id].values(), default=0)

    def changed(self, site_id: str, since: int, limit: int) -> list[tuple[str, int]]:
        """Returns ids and versions of articles changed after `since`, oldest first, at most `limit`."""
        with self._lock:
            later = [(article_id, version) for article_id, version in self._changes[site_id].items() if version > since]
        return sorted(later, key=lambda change: change[1])[:limit]

    def ids(self, site_id: str) -> Iterable[str]:
        """Yields the id of every article that the site has, in no order."""
        with self._lock:
            return iter(tuple(self._articles[site_id]))

    def _put_one(self, site_id: str, article: Article) -> Outcome:
        known = self._articles[site_id].get(article.id)
        if known is not None and article_digest(known) == article_digest(article):
            return "unchanged"
        self._articles[site_id][article.id] = article
        self._note(site_id, article.id)
        return "loaded" if known is None else "updated"

    def _note(self, site_id: str, article_id: str) -> None:
        self._changed[site_id] += 1
        self._changes[site_id][article_id] = self._changed[site_id]
