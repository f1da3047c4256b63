"""Keeps every site's snapshot in this process: which articles, which model, what is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from models.relevance import RelevanceModel, untrained
from service.adapters.files.generations import Generations
from service.adapters.files.model_shelf import ModelShelf
from service.adapters.files.site_index import IndexLimits, SiteIndex, empty_snapshot
from service.domain.errors import ModelUnusable
from service.domain.ports import ArticleStore, Clock, ModelPointers, ReadCounter, SiteStore, Versions, VersionStore
from service.usecases.fill_page import SiteSnapshot

log = structlog.get_logger(__name__)

READS_HOURS = 24
READS_EVERY_S = 5


class _KeptSite:
    """What this process holds of one site."""

    def __init__(self, index: SiteIndex) -> None:
        self.index = index
        self.model: RelevanceModel = untrained()
        self.model_fault: str | None = None
        self.seen = Versions(model=-1)
        self.reads: Mapping[int, float] = {}
        self.reads_at = float("-inf")


class SnapshotKeeper:
    """Holds the snapshots; `look_around` is called by one thread, `snapshot` by any."""

    def __init__(
        self,
        *,
        sites: SiteStore,
        articles: ArticleStore,
        versions: VersionStore,
        pointers: ModelPointers,
        reads: ReadCounter,
        shelf: ModelShelf,
        folder: Path,
        limits: IndexLimits,
        ask_for_generation: Callable[[str], None],
        clock: Clock,
    ) -> None:
        """`folder` holds the index generations, a folder a site; `ask_for_generation` starts a build for a site."""
        self._sites = sites
        self._articles = articles
        self._versions = versions
        self._pointers = pointers
        self._reads = reads
        self._shelf = shelf
        self._folder = folder
        self._limits = limits
        self._ask_for_generation = ask_for_generation
        self._clock = clock
        self._kept: dict[str, _KeptSite] = {}
        self._nothing = SiteSnapshot(empty_snapshot(), {})

    def snapshot(self, site_id: str) -> SiteSnapshot:
        """Returns the site as this process knows it; an empty one until its first look."""
        kept = self._kept.get(site_id)
        return SiteSnapshot(kept.index.snapshot, kept.reads) if kept else self._nothing

    def model_faults(self) -> Mapping[str, str]:
        """Returns why a site's promoted model is not in use, by site."""
        return {site_id: kept.model_fault for site_id, kept in self._kept.items() if kept.model_fault}

    def lags(self) -> Mapping[str, int]:
        """Returns how many article changes this process has not taken in, by site."""
        kept_sites = dict(self._kept)
        return {i: max(0, kept.seen.articles - kept.index.snapshot.version) for i, kept in kept_sites.items()}

    def look_around(self) -> None:
        """Takes up what has changed in every site. Raises StoreUnavailable; what was taken up before stays."""
        for site_id, versions in self._versions.all().items():
            kept = self._kept.get(site_id) or _KeptSite(self._new_index(site_id))
            self._take_up(site_id, kept, versions)
            self._kept[site_id] = kept

    def _new_index(self, site_id: str) -> SiteIndex:
        generations = Generations(self._folder / site_id)
        return SiteIndex(self._articles, generations, self._limits, lambda: self._ask_for_generation(site_id))

    def _take_up(self, site_id: str, kept: _KeptSite, versions: Versions) -> None:
        if versions.model != kept.seen.model:
            self._take_up_model(site_id, kept)
        kept.seen = versions
        kept.index.refresh(self._sites.get(site_id), kept.model, newest=versions.articles)
        if self._clock() - kept.reads_at >= READS_EVERY_S:
            kept.reads_at = self._clock()
            kept.reads = self._most_read(site_id)

    def _take_up_model(self, site_id: str, kept: _KeptSite) -> None:
        """Opens the promoted model; one that fails its check is left, with the reason, and the old one serves on."""
        history = self._pointers.history(site_id)
        try:
            kept.model = self._shelf.open(site_id, history[-1] if history else None)
            kept.model_fault = None
        except ModelUnusable as error:
            kept.model_fault = str(error)
            log.error("model not taken up", site=site_id, error=str(error))

    def _most_read(self, site_id: str) -> Mapping[int, float]:
        reads = self._reads.recent(site_id, self._clock(), READS_HOURS)
        return {int(id_hash): count for id_hash, count in sorted(reads.items(), key=lambda item: -item[1])}
