"""Wires content: articles, the feeds that bring them, and the models and index made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.adapters.files.index.generations.builder import IndexBuilder
from service.adapters.files.index.generations.generation_builds import GenerationBuilds
from service.adapters.files.index.generations.generation_supply import SHARED_FOLDER, GenerationSupply
from service.adapters.files.index.generations.generations import Generations
from service.adapters.files.model_shelf import ModelShelf
from service.adapters.files.promoted_models import PromotedModels
from service.adapters.redis.content.article_store import RedisArticleStore
from service.adapters.redis.content.feed_store import RedisFeedStore
from service.adapters.redis.page.model_pointers import RedisModelPointers
from service.adapters.redis.sites.version_store import RedisVersionStore
from service.adapters.sources.feeds.rss_source import RssSource
from service.adapters.sources.fetching.fetcher import Fetcher
from service.adapters.sources.wordpress.api import WordPressSource
from service.bootstrap.foundation import Foundation
from service.bootstrap.sites import Sites
from service.config import Config
from service.domain.content.feed import FeedKind, FeedSource, FeedStore
from service.domain.ports import ArticleStore, VersionStore
from service.usecases.manage_models import ManageModels


@dataclass(frozen=True, slots=True)
class Content:
    """Sites' articles and what is made of them; `builds` runs beside the requests."""

    articles: ArticleStore
    versions: VersionStore
    feeds: FeedStore
    fetcher: Fetcher
    feed_sources: Mapping[FeedKind, FeedSource]
    promoted: PromotedModels
    models: ManageModels
    generations: IndexGenerations
    builds: GenerationBuilds


@dataclass(frozen=True, slots=True)
class IndexGenerations:
    """Where the generations of a site's index come from: built on this host, or shared by another."""

    base: Foundation
    sites: Sites
    articles: ArticleStore
    promoted: PromotedModels

    def supply(self, site_id: str) -> GenerationSupply:
        """Returns what brings a site's next generation to this host."""
        config = self.base.config
        return GenerationSupply(
            self._own(site_id),
            Generations(config.bundles / SHARED_FOLDER / site_id),
            config.index_sharing,
            lambda: self._builder(site_id),
        )

    def have_news(self, site_id: str) -> bool:
        """Returns False for a site whose next generation another host must publish first."""
        return self.supply(site_id).has_news()

    def await_model(self, site_id: str, version: str) -> bool:
        """Returns whether this host's index of a site, too large to do without, stands on another model still."""
        info = self._own(site_id).current()
        is_large = self.articles.count(site_id) > self.base.config.merge_after
        return is_large and info is not None and info.model_version != version

    def _own(self, site_id: str) -> Generations:
        return Generations(self.base.config.index_folder / site_id)

    def _builder(self, site_id: str) -> IndexBuilder:
        _, model = self.promoted.serving(site_id)
        return IndexBuilder(self.sites.records.get(site_id), self.articles, model, self._own(site_id))


def build_content(base: Foundation, sites: Sites) -> Content:
    """Returns articles, feeds, models and the index's generations; nothing is fetched or built yet."""
    articles, fetcher = RedisArticleStore(base.client), _fetcher(base.config)
    promoted = PromotedModels(RedisModelPointers(base.client), ModelShelf(base.config.bundles))
    pointers, shelf = promoted.pointers, promoted.shelf
    generations = IndexGenerations(base, sites, articles, promoted)
    return Content(
        articles=articles,
        versions=RedisVersionStore(base.client),
        feeds=RedisFeedStore(base.client),
        fetcher=fetcher,
        feed_sources={"rss": RssSource(fetcher, base.clock), "wordpress": WordPressSource(fetcher, base.clock)},
        promoted=promoted,
        models=ManageModels(sites.records, articles, pointers, shelf, base.clock, generations.await_model),
        generations=generations,
        builds=GenerationBuilds(base.config.index_folder, base.child_environment, base.clock, generations.have_news),
    )


def _fetcher(config: Config) -> Fetcher:
    return Fetcher(
        private_hosts=config.private_feed_hosts,
        limit_bytes=config.max_feed_bytes,
        timeout_s=config.feed_timeout_ms / 1_000,
    )
