"""Tells which flights' descriptions a page is like, weighed by the model that weighed the page's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from service.domain.ads.inventory_snapshot import InventorySnapshot
from service.domain.ads.targeting.similarity import DescriptionIndex, Likeness
from service.domain.errors import NotFound, StoreUnavailable
from service.domain.index.article_index import ArticleIndex, TermVector

WordsOf = Callable[[str, str | None], Mapping[int, str]]
"""Returns the words of a text in a language by the ids of their terms."""

# Texts that a page call may weigh itself, where a model or an inventory has just been taken up: some 30 ms.
MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True, eq=False)
class WeighedPage:
    """A page's vector, None where it has no words, its language, and the version of the model that weighed it."""

    vector: TermVector | None
    language: str | None
    model_version: str | None


@dataclass(frozen=True, slots=True, eq=False)
class _Weighed:
    """The descriptions of one inventory under one model, by language."""

    descriptions: tuple[str, ...]
    model_version: str | None
    of_language: Mapping[str, DescriptionIndex]

    def is_of(self, descriptions: tuple[str, ...], model: str | None, languages: Sequence[str]) -> bool:
        """Returns whether these descriptions are so weighed for pages of these languages."""
        return (self.descriptions, self.model_version, *self.of_language) == (descriptions, model, *languages)


class SimilarPages:
    """Holds each site's descriptions, ready to be compared; `prepare` weighs them before pages ask."""

    def __init__(
        self,
        index_of: Callable[[str], ArticleIndex],
        languages_of: Callable[[str], Sequence[str]],
        words_of: WordsOf,
    ) -> None:
        self.words_of = words_of
        self._index_of = index_of
        self._languages_of = languages_of
        self._held: dict[str, _Weighed] = {}

    def likeness(self, site_id: str, descriptions: tuple[str, ...], page: WeighedPage | None) -> Likeness | None:
        """Returns what the page is like.

        None where nothing is described; where no model weighs the page, or its language is none of the site's; and for
        the moment in which many descriptions are weighed by a new model.
        """
        if not descriptions or page is None or page.vector is None:
            return None
        held = self._held.get(site_id)
        if held is None or held.descriptions is not descriptions or held.model_version != page.model_version:
            held = self.prepare(site_id, descriptions) if len(descriptions) <= MOST_AT_ONCE else None
        index = held.of_language.get(page.language or "") if held else None
        return index.likeness(page.vector) if index and held and held.model_version == page.model_version else None

    def prepare(self, site_id: str, descriptions: tuple[str, ...]) -> _Weighed | None:
        """Weighs the descriptions by the site's model, where that is not done; None while the site cannot be read."""
        index, held = self._index_of(site_id), self._held.get(site_id)
        try:
            languages = self._languages_of(site_id) if descriptions and index.model_version else ()
        except (NotFound, StoreUnavailable):
            return None
        if held and held.is_of(descriptions, index.model_version, languages):
            weighed = replace(held, descriptions=descriptions)
        else:
            of_language = {language: _index(descriptions, index, language) for language in languages}
            weighed = _Weighed(descriptions, index.model_version, of_language)
        self._held[site_id] = weighed
        return weighed

    def look(self, held: Iterable[tuple[str, InventorySnapshot]]) -> None:
        """Weighs what sites describe anew where their model or their languages have changed."""
        for site_id, snapshot in held:
            self.prepare(site_id, snapshot.descriptions)


def _index(descriptions: Sequence[str], index: ArticleIndex, language: str) -> DescriptionIndex:
    return DescriptionIndex(descriptions, lambda text: index.encode("", text, language)[0], index.cosine_power)
