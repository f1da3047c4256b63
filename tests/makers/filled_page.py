"""Fills widgets of a snapshot as a page call does, and tells what stands there by article id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from service.domain.call.page_call import ArticleReference, FilledWidget, PageRequest, Reader, WidgetRequest
from service.domain.content.article import Article
from service.domain.editorial.in_force import EditorialRules
from service.domain.editorial.rule import Rule
from service.domain.engagement.rates import NO_ENGAGEMENT, Engagement
from service.domain.identity import hash64
from service.domain.page.site_snapshot import SiteSnapshot
from service.domain.sites.language import Detect
from service.domain.sites.site import Site
from service.usecases.page.filling.fill_page import FillPage
from service.usecases.page.filling.page_notes import PageNotes
from service.usecases.page.filling.page_subject import tell_nothing
from tests.makers.newsroom import NOW, SITE

NO_NOTES = PageNotes(lambda *_: None, lambda *_: None)
"""Takes no notes."""


@dataclass(frozen=True)
class Filled:
    """The widgets of a page, and the ids that stand in each."""

    widgets: dict[str, FilledWidget]
    ids: dict[str, list[str]]
    warnings: tuple[str, ...]

    @property
    def all_ids(self) -> list[str]:
        """Every id on the page, in order."""
        return [article_id for ids in self.ids.values() for article_id in ids]


def widget(kind: str, size: int | None = 5, **fields) -> WidgetRequest:
    """A request for a widget whose id is its kind."""
    return WidgetRequest(fields.pop("id", kind), kind, size, **fields)


BOTH = (widget("must-read"), widget("recent-news"))


def fill(
    index,
    articles: Sequence[Article],
    page: str | ArticleReference | None = None,
    widgets: Sequence[WidgetRequest] = BOTH,
    *,
    exclude: Sequence[str] = (),
    history: Sequence[str] = (),
    reads: Mapping[str, float] | None = None,
    now: int = NOW,
    kinds: Mapping[str, Mapping] | None = None,
    rules: Sequence[Rule] = (),
    site: Site = SITE,
    language: str | None = None,
    detect: Detect = tell_nothing,
    engagement: Engagement = NO_ENGAGEMENT,
) -> Filled:
    """Fills the page of the article of this id, of a reference, or of none; `kinds` are what the site changes."""
    hashes = {hash64(a.id): a.id for a in articles}
    counted = {hash64(i): n for i, n in sorted((reads or {}).items(), key=lambda item: -item[1])}
    held = SiteSnapshot(index, counted, engagement, EditorialRules(tuple(rules)))
    pages = FillPage(lambda _: held, None, NO_NOTES, lambda: now, detect=detect)
    reference = ArticleReference(id=page) if isinstance(page, str) else page
    request = PageRequest(
        SITE.id,
        "view",
        reference,
        tuple(widgets),
        reader=Reader(history=tuple(history)),
        exclude=tuple(exclude),
        language=language,
    )
    answer = pages.fill(replace(site, widgets=kinds or {}), request, "")

    def ids(filled: FilledWidget) -> list[str]:
        import numpy as np

        rows = np.array([teaser.row for teaser in filled.teasers], np.int64)
        return [hashes[i] for i in index.columns(rows).id_hash.tolist()]

    return Filled(
        {filled.request.id: filled for filled in answer.page.widgets},
        {filled.request.id: ids(filled) for filled in answer.page.widgets},
        answer.page.warnings,
    )
