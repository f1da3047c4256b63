"""Fills a page as a renderer would ask for it, but for nobody: what explanations of it are picked out of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any

from service.domain.call.page_call import ArticleReference, PageRequest
from service.domain.errors import Fault, InvalidInput
from service.domain.ports import ArticleStore
from service.domain.sites.site import Site
from service.usecases.page.filling.fill_page import FilledPage, FillPage

FRONT_PAGE = "front"
"""What a page without a story of its own is called where an article's id is expected."""

LOOKED_AT = 20_000
"""Ids that are looked through for one like a misspelt one."""


class AskedPage:
    """Nothing of it is counted, reserved or billed."""

    def __init__(self, pages: FillPage, articles: ArticleStore) -> None:
        self._pages = pages
        self._articles = articles

    def fill(self, site: Site, page: str, articles: Mapping[str, str], **asked: Any) -> FilledPage:
        """Returns the explained page, `asked` being fields of the page call.

        `page` is an article's id or address, or `front`; `articles` are ids that must be known, by what they were given
        as. Raises InvalidInput naming what is not known here and what is like it.
        """
        named = None if page == FRONT_PAGE else _reference(page)
        self._require(site, {**articles, "page": page} if named and named.id else articles)
        request = PageRequest(site.id, "explain", named, billable=False, explain=True, **asked)
        filled = self._pages.fill(site, request, "")
        if named and named.url and filled.decided.index.row_of_url(page) is None:
            raise InvalidInput.one("page", f"'{page}' is not known here: it is the address of no article of the site")
        return filled

    def _require(self, site: Site, articles: Mapping[str, str]) -> None:
        found = self._articles.fetch(site.id, list(articles.values()))
        missing = [name for name, article in zip(articles, found, strict=True) if article is None]
        if missing:
            raise InvalidInput([Fault(name, self._unknown(site, articles[name])) for name in missing])

    def _unknown(self, site: Site, article_id: str) -> str:
        return unknown(site, "article", article_id, self._articles.ids(site.id), self._articles.count(site.id))


def _reference(page: str) -> ArticleReference:
    return ArticleReference(url=page) if "://" in page else ArticleReference(id=page)


def unknown(site: Site, kind: str, asked: str, ids: Iterable[str], count: int) -> str:
    """Returns that the site has none of this id, and which of the `count` known ones are like it."""
    known = list(islice(ids, LOOKED_AT))
    like = get_close_matches(asked, known, n=3) or sorted(known)[:3]
    hint = f"known are {count}, such as {', '.join(like)}" if known else "it has none yet"
    return f"the site '{site.id}' has no {kind} '{asked}'; {hint}"
