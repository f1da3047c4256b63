"""Takes a feed's entries into the store: those that the feed has not brought before, or now says otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from service.domain.content.article import Article
from service.domain.content.feed import Tally
from service.domain.errors import Fault, InvalidInput
from service.domain.ports import ArticleStore
from service.domain.sites.site import Site
from service.usecases.content.ingest_articles import Draft, Ingested, ingest_articles

Values = Mapping[str, Any]
ReadArticle = Callable[[Values, Site], Article]
"""Returns the article of values by the contract's names; raises InvalidInput with every fault."""

DIGEST_BYTES = 16


class TakeEntries:
    """Puts entries into the store. One that an editor unpublished, or that another feed says otherwise, is not brought
    back by a feed that only repeats itself."""

    def __init__(self, articles: ArticleStore, read: ReadArticle) -> None:
        self._articles = articles
        self._read = read

    def __call__(
        self, site: Site, entries: Sequence[Values], seen: Mapping[str, bytes]
    ) -> tuple[Tally, dict[str, bytes]]:
        """Returns what became of them, and the digest of each by id, empty for one that was refused.

        Raises StoreUnavailable.
        """
        by_id = {str(entry.get("id")): entry for entry in reversed(entries)}
        digests = {article_id: entry_digest(entry) for article_id, entry in by_id.items()}
        fresh = [entry for article_id, entry in by_id.items() if seen.get(article_id) != digests[article_id]]
        tally = Tally(unchanged=len(by_id) - len(fresh))
        for ingested in ingest_articles(self._articles, site.id, self._known_counts(site, self._drafts(site, fresh))):
            tally += _tally_of(ingested)
            if ingested.outcome == "refused":
                digests[str(ingested.article_id)] = b""
        return tally, digests

    def _drafts(self, site: Site, entries: Iterable[Values]) -> Iterator[Draft]:
        for number, entry in enumerate(entries, 1):
            yield draft_of(number, entry, site, self._read)

    def _known_counts(self, site: Site, drafts: Iterable[Draft]) -> Iterator[Draft]:
        """Yields the drafts; a comment count that the source does not tell stays as it is known."""
        for draft in drafts:
            article = draft.article
            if article is not None and article.comment_count is None:
                (known,) = self._articles.fetch(site.id, [article.id])
                count = known.comment_count if known else None
                yield replace(draft, article=replace(article, comment_count=count))
            else:
                yield draft


def draft_of(number: int, entry: Values, site: Site, read: ReadArticle) -> Draft:
    """Returns the entry as a draft, with the faults for which it is refused."""
    named = str(entry.get("id"))
    try:
        return Draft(number, named, read(entry, site))
    except InvalidInput as error:
        return Draft(number, named, faults=error.faults)


def entry_digest(entry: Values) -> bytes:
    """Returns bytes that are the same for the same values."""
    canonical = json.dumps(entry, ensure_ascii=False, sort_keys=True, default=str)
    return blake2b(canonical.encode(errors="replace"), digest_size=DIGEST_BYTES).digest()


def faults_line(faults: Iterable[Fault]) -> str:
    """Returns the faults on one line."""
    return "; ".join(f"{fault.path} {fault.message}".strip() for fault in faults)


def _tally_of(ingested: Ingested) -> Tally:
    outcome = ingested.outcome
    refusals = (f"{ingested.article_id}: {faults_line(ingested.faults)}",) if outcome == "refused" else ()
    return Tally(
        loaded=outcome == "loaded",
        updated=outcome == "updated",
        unchanged=outcome == "unchanged",
        refused=outcome == "refused",
        refusals=refusals,
    )
