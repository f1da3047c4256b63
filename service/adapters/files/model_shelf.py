"""The folder of model bundles: trains into it, lists it, and opens what a pointer names, after a check."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from models.relevance.bundle import BundleError, Manifest, open_bundle, read_manifest, verify_bundle
from models.relevance.model import RelevanceModel, untrained
from models.text.detect import detect
from service.domain.content.article import Article
from service.domain.content.opening import model_text
from service.domain.errors import ModelUnusable
from service.domain.ports import ModelPointer
from service.domain.sites.language import language_of
from service.domain.sites.site import Site


class ModelShelf:
    """The bundles of all sites, a folder a site."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def train(self, site: Site, articles: Iterable[Article], now: float, progress: Callable[[int], None]) -> Manifest:
        """Fits a model on the articles, writes it as a bundle and checks it. Raises ModelUnusable."""
        from models.relevance.train import TrainingText, save, train  # scikit-learn takes a second to import

        def read(article: Article) -> TrainingText:
            text = model_text(article)
            language = language_of(site, article.language, f"{article.title}\n{text}", detect)
            return TrainingText(article.id, article.title, text, language)

        try:
            manifest = save(train(map(read, articles), now=now, progress=progress), self._folder / site.id, now)
            return verify_bundle(self._folder / site.id / manifest.version, manifest.digest)
        except BundleError as error:
            raise ModelUnusable(str(error)) from error

    def manifests(self, site_id: str) -> list[Manifest]:
        """Returns the manifest of every readable bundle of the site, oldest first."""
        found = []
        for path in sorted((self._folder / site_id).glob("[!.]*")):
            try:
                found.append(read_manifest(path))
            except BundleError:
                continue
        return sorted(found, key=lambda manifest: (manifest.created_at, manifest.version))

    def check(self, site_id: str, pointer: ModelPointer) -> Manifest:
        """Reads the whole bundle and returns its manifest. Raises ModelUnusable naming what is wrong."""
        try:
            return verify_bundle(self._folder / site_id / pointer.version, pointer.digest)
        except BundleError as error:
            raise ModelUnusable(str(error)) from error

    def open(self, site_id: str, pointer: ModelPointer | None) -> RelevanceModel:
        """Returns the checked model that the pointer names; without one, the stand-in. Raises ModelUnusable."""
        if pointer is None:
            return untrained()
        manifest = self.check(site_id, pointer)
        try:
            return open_bundle(self._folder / site_id / pointer.version, manifest)
        except BundleError as error:
            raise ModelUnusable(str(error)) from error
