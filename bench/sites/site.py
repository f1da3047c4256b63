"""A site for benchmarks: an index generation of any size, a model, flights and a token, in a real store."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.servers.serving import Server, serving
from bench.sites.corpus import segment_of
from bench.sites.model import write_model
from service.adapters.files.index.generations.generations import Generations
from service.adapters.files.index.generations.segment_building import KeptRows
from service.adapters.redis import redis_keys as keys
from service.adapters.redis.page.model_pointers import RedisModelPointers
from service.bootstrap.services import build_services
from service.config import load_config
from service.domain.ports import ModelPointer
from service.domain.sites.access import Scope
from service.domain.sites.site import Site
from service.services import Services

SITE = "bench"
SHEET_COLUMNS = (
    "advertiser,campaign,flight,price_model,price,lifetime_cap,pacing,placements,creative,format,width,height,"
    "image_url,image_alt,landing_url"
)


class StandingSite(NamedTuple):
    """A site that is ready to be served: the folder of a run, the services on its store, and a token."""

    folder: Path
    services: Services
    token: str

    def serve(self, *options: str) -> AbstractContextManager[Server]:
        """Returns a server of this site, started for a `with`."""
        data = str(self.services.config.data_dir)
        return serving(self.folder, "service.cli", ["serve", "--port", "0", "--data-dir", data, *options])


@contextmanager
def standing_site(articles: int, flights: int) -> Iterator[StandingSite]:
    """Yields a site of this size in a folder and a store of its own, which end with it."""
    from service.adapters.redis.embedded.joining import join_embedded_store

    # The store ends a moment after it is let go of, and may write until then.
    with tempfile.TemporaryDirectory(prefix="sf-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with join_embedded_store(folder / "data") as store:
            services = build_services(load_config(data_dir=folder / "data"), store.url)
            try:
                yield StandingSite(folder, services, prepare_site(services, articles, flights))
            finally:
                services.close()


def prepare_site(services: Services, articles: int, flights: int) -> str:
    """Makes the site and returns a token for its pages and articles.

    The articles stand in the index only, as a generation that holds every change so far: what a page call reads.
    """
    site = Site(SITE)
    services.site_records.put(site)
    segment = segment_of(articles)
    manifest = write_model(segment, services.config.bundles / SITE)
    pointer = ModelPointer(manifest.version, manifest.digest, int(services.clock()))
    RedisModelPointers(services.client).promote(SITE, pointer)
    version = services.articles.version(SITE)
    generations = Generations(services.config.data_dir / "index" / SITE)
    generations.install([KeptRows(segment, np.arange(segment.size))], manifest.version, version)
    services.client.hset(keys.VERSIONS.name(site=SITE), "articles", version)
    load_flights(services, site, flights)
    return services.access.create(SITE, [Scope.RENDER, Scope.CONTENT])[0]


def load_flights(services: Services, site: Site, flights: int) -> None:
    """Loads so many flights, all of them eligible everywhere; those loaded before stay."""
    rows = [
        f"adv{n % 40},c{n},f{n},cpm,{1 + n % 7}.00,90000.00,asap,sidebar,k{n},image,300,250,"
        f"https://cdn.example.com/{n}.png,Picture {n},https://shop.example.com/{n}"
        for n in range(flights)
    ]
    read, faults = services.read_sheet("\n".join([SHEET_COLUMNS, *rows]).encode(), "csv", 10_000_000)
    services.ads.load.apply(site, read, faults)
