"""Says of one article why it stands on a page, or why it does not, widget by widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice

from service.domain.errors import Fault, InvalidInput
from service.domain.explanation.explanation import ExplainedTeaser
from service.domain.page.call import ArticleReference, PageRequest, WidgetRequest
from service.domain.ports import ArticleStore
from service.domain.site import Site
from service.usecases.page.fill_page import FilledPage, FillPage

FRONT_PAGE = "front"
"""What a page without a story of its own is called where an article's id is expected."""

LOOKED_AT = 20_000
"""Ids that are looked through for one like a misspelt one."""


@dataclass(frozen=True, slots=True)
class ExplainedPlace:
    """What became of the article in one widget; `position` is None where it does not stand there."""

    widget: str
    position: int | None
    teaser: ExplainedTeaser


class ExplainArticle:
    """Fills a page as a renderer would ask for it, for nobody, and picks one article out of its explanation."""

    def __init__(self, pages: FillPage, articles: ArticleStore) -> None:
        self._pages = pages
        self._articles = articles

    def explain(
        self, site: Site, page: str, article_id: str, widgets: Sequence[WidgetRequest]
    ) -> tuple[ExplainedPlace, ...]:
        """Returns what became of the article in each widget of a page.

        `page` is an article's id or address, or `front`. Raises InvalidInput naming what is not known here and what is
        like it, or an unknown kind of widget.
        """
        self._require(site, page, article_id)
        named = ArticleReference(url=page) if "://" in page else ArticleReference(id=page)
        request = PageRequest(
            site.id,
            "explain",
            None if page == FRONT_PAGE else named,
            tuple(widgets),
            billable=False,
            explain=True,
            explain_article=article_id,
        )
        filled = self._pages.fill(site, request, "")
        if filled.page.warnings:
            raise InvalidInput.one("page", filled.page.warnings[0])
        return tuple(_place(filled, widget.id, article_id) for widget in widgets)

    def _require(self, site: Site, page: str, article_id: str) -> None:
        asked = {"article": article_id}
        if page != FRONT_PAGE and "://" not in page:
            asked["page"] = page
        found = self._articles.fetch(site.id, list(asked.values()))
        missing = [name for name, article in zip(asked, found, strict=True) if article is None]
        if missing:
            raise InvalidInput([Fault(name, self._unknown(site, asked[name])) for name in missing])

    def _unknown(self, site: Site, article_id: str) -> str:
        known = list(islice(self._articles.ids(site.id), LOOKED_AT))
        like = get_close_matches(article_id, known, n=3) or sorted(known)[:3]
        hint = f"known are {self._articles.count(site.id)}, such as {', '.join(like)}" if known else "it has none yet"
        return f"the site '{site.id}' has no article '{article_id}'; {hint}"


def _place(filled: FilledPage, widget_id: str, article_id: str) -> ExplainedPlace:
    index = filled.decided.index
    row = index.row_of(article_id)
    explained = filled.decided.explained[widget_id]
    teaser = next((each for each in explained if each.row == row), None)
    if teaser is None:
        raise InvalidInput.one("article", f"'{article_id}' was put a moment ago and is not indexed yet; ask again")
    shown = next(widget for widget in filled.page.widgets if widget.request.id == widget_id)
    position = next((chosen.position for chosen in shown.teasers if chosen.row == row), None)
    return ExplainedPlace(widget_id, position, teaser)
