"""Keeps every site's snapshot in this process: which articles, which model, what is read."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import structlog

from models.relevance.model import RelevanceModel, untrained
from service.adapters.files.index.known_snapshots import KnownSnapshots, Standing
from service.adapters.files.index.site_index import SiteIndex, empty_snapshot
from service.adapters.files.index.site_indexes import SiteIndexes
from service.adapters.files.index.warming import warm_up
from service.adapters.files.promoted_models import PromotedModels
from service.domain.editorial.in_force import EditorialRules
from service.domain.errors import ModelUnusable, StoreUnavailable
from service.domain.page.site_snapshot import SiteSnapshot
from service.domain.ports import Clock, ModelPointer, RuleStore, SiteStore, Versions, VersionStore
from service.usecases.engagement.reader_counts import ReaderCounts

log = structlog.get_logger(__name__)

COUNTS_EVERY_S = 10
"""Seconds after which counts are taken up anew: with fill_page.HELD_S, that a decided page is held, under 30."""


class _KeptSite:
    """What this process holds of one site."""

    def __init__(self, index: SiteIndex) -> None:
        self.index = index
        self.model: RelevanceModel = untrained()
        self.model_fault: str | None = None
        self.pointer: ModelPointer | None = None
        self.seen = Versions(model=-1, inventory=-1, rules=-1)
        self.reads_at = float("-inf")
        self.was_whole = False
        self.snapshot = SiteSnapshot(index.snapshot, {})

    @property
    def standing(self) -> Standing:
        """What its snapshot stands on."""
        return Standing(self.seen, self.index.generation, self.pointer)

    @property
    def model_lack(self) -> str | None:
        """Why its pages have not the model that was promoted; None where they have it, or the one before."""
        if self.model_fault or not self.pointer or self.index.snapshot.model_version:
            return self.model_fault
        return f"{self.model.version} is used when the index is built for it; until then pages have no model"

    @property
    def lag(self) -> int:
        """How many changes of articles it has not taken in."""
        return max(0, self.seen.articles - self.index.snapshot.version)


class SnapshotKeeper:
    """Holds the snapshots; `look_around` is called by one thread, `snapshot` by any."""

    def __init__(
        self,
        *,
        versions: VersionStore,
        sites: SiteStore,
        rules: RuleStore,
        models: PromotedModels,
        indexes: SiteIndexes,
        counts: ReaderCounts,
        known: KnownSnapshots,
        clock: Clock,
    ) -> None:
        """`versions` tell what of the others has changed.

        `known` is what this host last knew: pages are filled from it in a process that has not met the store yet.
        """
        self._versions = versions
        self._sites = sites
        self._rules = rules
        self._models = models
        self._indexes = indexes
        self._counts = counts
        self._known = known
        self._clock = clock
        self._kept: dict[str, _KeptSite] = {}
        self._recalled: dict[str, SiteSnapshot] = {}
        self._nothing = SiteSnapshot(empty_snapshot(), {})
        self._warm_up_once = cache(warm_up)

    def snapshot(self, site_id: str) -> SiteSnapshot:
        """Returns the site as this process knows it; an empty one until its first look."""
        if recalled := self._recalled.get(site_id):
            return recalled
        kept = self._kept.get(site_id)
        return kept.snapshot if kept else self._nothing

    def has_recalled(self) -> bool:
        """Returns whether pages are filled from what this host knew before the process began."""
        return bool(self._recalled)

    def behind(self) -> str | None:
        """Returns which sites' articles this process has not held all of even once, or None.

        A host without an index yet holds only some until its first one is built; its pages would be filled from those.
        """
        lags = {i: kept.lag for i, kept in dict(self._kept).items() if not kept.was_whole}
        return "; ".join(f"{site_id}: {lag} changes of articles to take in" for site_id, lag in lags.items()) or None

    def lack(self) -> str | None:
        """Returns why promoted models are not in use, or None."""
        lacks = {site_id: kept.model_lack for site_id, kept in dict(self._kept).items()}
        return "; ".join(f"{site_id}: {lack}" for site_id, lack in lacks.items() if lack) or None

    def model_age_s(self) -> float | None:
        """Returns for how many seconds the model has served that has served longest of any site's; None without one."""
        since = [kept.pointer.since for kept in dict(self._kept).values() if kept.pointer is not None]
        return self._clock() - min(since) if since else None

    def warm_up(self) -> None:
        """Compiles what finds and fills pages, once a process; a server does it before it forks its workers."""
        self._warm_up_once()

    def look_around(self) -> None:
        """Takes up what has changed in every site. Raises StoreUnavailable; what was taken up before stays."""
        self.warm_up()
        held = self._held()  # before the sites are read: one that was held by then and is not named is gone
        try:
            found = self._versions.all()
        except StoreUnavailable:
            self._recall()
            raise
        for site_id in held - found.keys():
            self._let_go(site_id)
        for site_id, versions in found.items():
            if site_id not in self._kept:
                self._kept[site_id] = _KeptSite(self._indexes.begin(site_id))
            self._take_up(site_id, self._kept[site_id], versions)
            self._recalled.pop(site_id, None)

    def write_down(self, _: float) -> None:
        """Writes down what each site's pages are filled from now, for a process that starts while the store is away."""
        for site_id, kept in self._kept.items():
            if kept.was_whole:
                self._known.write(site_id, kept.standing, kept.snapshot.rules, kept.index.snapshot)

    def _recall(self) -> None:
        """Fills pages from what this host last knew, if this process has never met the store."""
        if self._kept or self._recalled:
            return
        for site_id in self._known.sites():
            if found := self._known.read(site_id, self._clock()):
                self._recalled[site_id] = found

    def _held(self) -> set[str]:
        """Returns the sites that this process knows or, at its first look, of which this host has something."""
        if self._kept:
            return set(self._kept)
        return self._indexes.sites() | self._known.sites()

    def _let_go(self, site_id: str) -> None:
        """Forgets an erased site, and its index: a site of that name made later is another one."""
        self._kept.pop(site_id, None)
        self._recalled.pop(site_id, None)
        self._known.forget(site_id)
        self._indexes.forget(site_id)

    def _take_up(self, site_id: str, kept: _KeptSite, versions: Versions) -> None:
        if versions.model != kept.seen.model:
            self._take_up_model(site_id, kept)
        if versions.rules != kept.seen.rules:  # before any article: what is blocked may not stand for a moment
            rules = EditorialRules(tuple(self._rules.all(site_id)))
            rules.at(int(self._clock()))  # made ready here, so that no page call waits for it
            kept.snapshot = replace(kept.snapshot, rules=rules)
        kept.seen = versions
        kept.index.refresh(self._sites.get(site_id), kept.model, newest=versions.articles)
        kept.was_whole = kept.was_whole or kept.lag == 0
        self._take_up_counts(site_id, kept)
        if kept.snapshot.index is not kept.index.snapshot:
            kept.snapshot = replace(kept.snapshot, index=kept.index.snapshot)

    def _take_up_counts(self, site_id: str, kept: _KeptSite) -> None:
        """Takes up, every few seconds, what was read, offered and followed; the same counts are no new snapshot."""
        if 0 <= self._clock() - kept.reads_at < COUNTS_EVERY_S:
            return
        kept.reads_at = self._clock()
        reads, engagement = self._counts.recent(site_id, self._clock())
        if reads != kept.snapshot.reads or not engagement.equals(kept.snapshot.engagement):
            kept.snapshot = replace(kept.snapshot, reads=reads, engagement=engagement)

    def _take_up_model(self, site_id: str, kept: _KeptSite) -> None:
        """Opens the promoted model; one that fails its check is left, with the reason, and the old one serves on."""
        try:
            kept.pointer, kept.model = self._models.serving(site_id)
            kept.model_fault = None
        except ModelUnusable as error:
            kept.model_fault = str(error)
            log.error("model not taken up", site=site_id, error=str(error))
