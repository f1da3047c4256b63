"""The indexes of all sites in this process, and the generations on this host that they stand on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from service.adapters.files.index.generations.generations import Generations
from service.adapters.files.index.site_index import IndexLimits, SiteIndex
from service.adapters.files.site_folders import sites_in
from service.domain.ports import ArticleStore


@dataclass(frozen=True, slots=True)
class SiteIndexes:
    """`folder` holds the generations, a folder a site; `ask_for_generation` starts a build for a site."""

    articles: ArticleStore
    folder: Path
    limits: IndexLimits
    ask_for_generation: Callable[[str], None]

    def begin(self, site_id: str) -> SiteIndex:
        """Returns an index of the site that has taken in nothing yet."""
        generations = Generations(self.folder / site_id)
        return SiteIndex(self.articles, generations, self.limits, lambda: self.ask_for_generation(site_id))

    def sites(self) -> set[str]:
        """Returns the sites of which this host has generations."""
        return sites_in(self.folder)

    def forget(self, site_id: str) -> None:
        """Removes the generations of a site that was erased."""
        shutil.rmtree(self.folder / site_id, ignore_errors=True)
