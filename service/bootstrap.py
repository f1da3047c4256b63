"""The one composition root: Config in, Services out. Only here implementations are chosen."""

from __future__ import annotations

from dataclasses import dataclass

from service.config import Config
from service.domain.ports import ArticleStore, Clock, ReadCounter, SiteStore, TokenStore, VersionStore


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a request or a command needs, put together once per process."""

    config: Config
    clock: Clock
    sites: SiteStore
    tokens: TokenStore
    articles: ArticleStore
    versions: VersionStore
    reads: ReadCounter
