"""Says of one article why it stands on a page, or why it does not, widget by widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.domain.call.explanation import ExplainedTeaser
from service.domain.call.page_call import WidgetRequest
from service.domain.errors import InvalidInput
from service.domain.sites.site import Site
from service.usecases.page.explaining.asked_page import AskedPage
from service.usecases.page.filling.fill_page import FilledPage


@dataclass(frozen=True, slots=True)
class ExplainedPlace:
    """What became of the article in one widget; `position` is None where it does not stand there."""

    widget: str
    position: int | None
    teaser: ExplainedTeaser


def explain_article(
    pages: AskedPage, site: Site, page: str, article_id: str, widgets: Sequence[WidgetRequest]
) -> tuple[ExplainedPlace, ...]:
    """Returns what became of the article in each widget of a page.

    `page` is an article's id or address, or `front`. Raises InvalidInput naming what is not known here and what is
    like it, or an unknown kind of widget.
    """
    filled = pages.fill(site, page, {"article": article_id}, widgets=tuple(widgets), explain_article=article_id)
    if filled.page.warnings:
        raise InvalidInput.one("page", filled.page.warnings[0])
    return tuple(_place(filled, widget.id, article_id) for widget in widgets)


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
