"""Trains a site's relevance model, lists what there is, and goes back to the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from service.domain.content.article import Article
from service.domain.errors import Conflict, ModelUnusable, NotFound
from service.domain.ports import ArticleStore, Clock, ModelPointer, ModelPointers, SiteStore
from service.domain.sites.site import Site
from service.usecases.content.read_articles import every_article


class BundleManifest(Protocol):
    """What a bundle says of itself."""

    @property
    def version(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def created_at(self) -> str: ...
    @property
    def corpus(self) -> Mapping[str, Any]: ...
    @property
    def metrics(self) -> Mapping[str, Any]: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...
    @property
    def libraries(self) -> Mapping[str, str]: ...
    @property
    def files(self) -> Mapping[str, Mapping[str, Any]]: ...


class Shelf(Protocol):
    """Trains, keeps and checks model bundles."""

    def train(
        self, site: Site, articles: Iterable[Article], now: float, progress: Callable[[int], None]
    ) -> BundleManifest: ...
    def manifests(self, site_id: str) -> Sequence[BundleManifest]: ...
    def check(self, site_id: str, pointer: ModelPointer) -> BundleManifest: ...
    def open(self, site_id: str, pointer: ModelPointer | None) -> Any: ...


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model as it is listed: `serving` for the one in use."""

    version: str
    created_at: str
    articles: int
    vocabulary: int
    serving: bool


@dataclass(frozen=True, slots=True)
class ModelState:
    """What a site serves from: its articles, the serving model (None before the first), and what is wrong with it.

    `is_awaited` where the index of this host has still to be built for it.
    """

    site_id: str
    articles: int
    serving: str | None
    fault: str | None = None
    has_earlier: bool = False
    is_awaited: bool = False


class ManageModels:
    """The models of every site."""

    def __init__(
        self,
        sites: SiteStore,
        articles: ArticleStore,
        pointers: ModelPointers,
        shelf: Shelf,
        clock: Clock,
        is_awaited: Callable[[str, str], bool],
    ) -> None:
        """`is_awaited` tells of a site and a model's version whether this host's index has to be built for it."""
        self._sites = sites
        self._articles = articles
        self._pointers = pointers
        self._shelf = shelf
        self._clock = clock
        self._is_awaited = is_awaited

    def train(self, site_id: str, progress: Callable[[int], None] = lambda _: None, *, aside: bool = False) -> ModelRow:
        """Trains on all articles of the site and serves from the new model, or lays it aside; returns it.

        Raises NotFound for an unknown site, ModelUnusable where there is too little to learn from, changing nothing.
        """
        site = self._sites.get(site_id)
        now = self._clock()
        manifest = self._shelf.train(site, every_article(self._articles, site_id), now, progress)
        if aside:
            return _row(manifest, None)
        self._pointers.promote(site_id, ModelPointer(manifest.version, manifest.digest, int(now)))
        return _row(manifest, manifest.version)

    def promote(self, site_id: str, version: str | None = None) -> ModelRow:
        """Serves from this model, the newest where none is named, after a check of its files; returns it.

        Raises NotFound for an unknown one, Conflict where it serves already, ModelUnusable if its bundle is altered;
        then nothing changes.
        """
        row, manifest = self.get(site_id, version or self._newest(site_id))
        if row.serving:
            raise Conflict(f"{row.version} serves already; `standfirst models list` shows those there are.")
        pointer = ModelPointer(row.version, manifest.digest, int(self._clock()))
        self._shelf.check(site_id, pointer)
        self._pointers.promote(site_id, pointer)
        return _row(manifest, row.version)

    def article_count(self, site_id: str) -> int:
        """Returns how many articles a training would read."""
        return self._articles.count(site_id)

    def list(self, site_id: str) -> list[ModelRow]:
        """Returns every model of the site, oldest first."""
        self._sites.get(site_id)
        history = self._pointers.history(site_id)
        serving = history[-1].version if history else None
        return [_row(manifest, serving) for manifest in self._shelf.manifests(site_id)]

    def get(self, site_id: str, version: str) -> tuple[ModelRow, BundleManifest]:
        """Returns one model of the site, with what its bundle says of itself. Raises NotFound."""
        self._sites.get(site_id)
        history = self._pointers.history(site_id)
        for manifest in self._shelf.manifests(site_id):
            if manifest.version == version:
                return _row(manifest, history[-1].version if history else None), manifest
        raise NotFound("model", version)

    def rollback(self, site_id: str) -> ModelRow:
        """Serves from the model before the present one, after a check of its files; returns it.

        Raises Conflict where there is none before, ModelUnusable if its bundle is altered; then nothing changes.
        """
        self._sites.get(site_id)
        history = self._pointers.history(site_id)
        if len(history) < 2:
            raise Conflict("There is no earlier model to roll back to; `standfirst models train` makes one.")
        manifest = self._shelf.check(site_id, history[-2])
        return _row(manifest, self._pointers.rollback(site_id).version)

    def state(self, site_id: str) -> ModelState:
        """Returns what the site serves from; every file of the serving model is read."""
        history, articles = self._pointers.history(site_id), self._articles.count(site_id)
        if not history:
            return ModelState(site_id, articles, None)
        serving = history[-1].version
        try:
            self._shelf.check(site_id, history[-1])
        except ModelUnusable as error:
            return ModelState(site_id, articles, serving, str(error), len(history) > 1)
        return ModelState(site_id, articles, serving, is_awaited=self._is_awaited(site_id, serving))

    def serving(self, site_id: str) -> Any | None:
        """Returns the relevance model that serves the site, checked; None before the first. Raises ModelUnusable."""
        self._sites.get(site_id)
        pointer = self._pointer(site_id)
        return self._shelf.open(site_id, pointer) if pointer else None

    def _pointer(self, site_id: str) -> ModelPointer | None:
        history = self._pointers.history(site_id)
        return history[-1] if history else None

    def compared(self, site_id: str, version: str | None, base: str | None) -> tuple[Any, Any]:
        """Returns two relevance models, checked: the one that is measured by, and the one that is asked about.

        The latter is the newest where no version is named; the base the serving one, or, where that is asked about, the
        one before it. Raises NotFound for an unknown version, Conflict where there are no two, ModelUnusable.
        """
        asked = version or self._newest(site_id)
        before = [pointer.version for pointer in self._pointers.history(site_id) if pointer.version != asked]
        base = base or (before[-1] if before else None)
        if base is None or base == asked:
            raise Conflict("Two models are needed; `standfirst models list` shows those there are.")
        return self._opened(site_id, base), self._opened(site_id, asked)

    def _newest(self, site_id: str) -> str:
        rows = self.list(site_id)
        if not rows:
            raise Conflict("There is no model that this version reads; `standfirst models train` makes one.")
        return rows[-1].version

    def _opened(self, site_id: str, version: str) -> Any:
        _, manifest = self.get(site_id, version)
        return self._shelf.open(site_id, ModelPointer(version, manifest.digest, 0))


def _row(manifest: BundleManifest, serving: str | None) -> ModelRow:
    return ModelRow(
        manifest.version,
        manifest.created_at,
        int(manifest.corpus["articles"]),
        int(manifest.metrics["vocabulary"]),
        manifest.version == serving,
    )
