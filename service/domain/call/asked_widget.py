"""A widget of a page call, with all that its kind, the call and the page say of it."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.call.page_call import WidgetRequest
from service.domain.identity import section_hash, tag_hash
from service.domain.sites.language import ANY_LANGUAGE
from service.domain.widgets.kind import WidgetKind


@dataclass(frozen=True, slots=True)
class AskedWidget:
    """A widget to fill: how many teasers, and hashes of the sections and tags that it keeps to, none for all.

    `language` is the code of the only language that it takes while there are enough, 0 for any.
    """

    request: WidgetRequest
    kind: WidgetKind
    size: int
    sections: frozenset[int] = frozenset()
    tags: frozenset[int] = frozenset()
    language: int = ANY_LANGUAGE

    @property
    def is_filtered(self) -> bool:
        """Whether it keeps to some articles only, by more than their language."""
        return bool(self.sections or self.tags or self.kind.keeps_to.max_age_s is not None)


def asked_widget(
    request: WidgetRequest, kind: WidgetKind, page_section: str | None, language: int = ANY_LANGUAGE
) -> AskedWidget:
    """Returns the widget of this request; the sections that the call names stand before those of its kind."""
    keeps_to = kind.keeps_to
    of_page = (page_section,) if keeps_to.page_section and page_section else ()
    sections = request.sections or keeps_to.sections or of_page
    return AskedWidget(
        request,
        kind,
        request.size or kind.size,
        frozenset(map(section_hash, sections)),
        frozenset(map(tag_hash, keeps_to.tags)),
        language,
    )
