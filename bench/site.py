"""A site for benchmarks: an index generation of any size, a model, flights and a token, in a real store."""

from __future__ import annotations

import numpy as np

from bench.corpus import segment_of
from bench.model import write_model
from service.adapters.files.generations import Generations
from service.adapters.files.segment_building import KeptRows
from service.adapters.redis import redis_keys as keys
from service.adapters.redis.model_pointers import RedisModelPointers
from service.bootstrap import Services
from service.domain.access import Scope
from service.domain.ports import ModelPointer
from service.domain.site import Site

SITE = "bench"
SHEET_COLUMNS = (
    "advertiser,campaign,flight,price_model,price,lifetime_cap,pacing,placements,creative,format,width,height,"
    "image_url,image_alt,landing_url"
)


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
    _load_flights(services, site, flights)
    return services.access.create(SITE, [Scope.RENDER, Scope.CONTENT])[0]


def _load_flights(services: Services, site: Site, flights: int) -> None:
    rows = [
        f"adv{n % 40},c{n},f{n},cpm,{1 + n % 7}.00,90000.00,asap,sidebar,k{n},image,300,250,"
        f"https://cdn.example.com/{n}.png,Picture {n},https://shop.example.com/{n}"
        for n in range(flights)
    ]
    read, faults = services.read_sheet("\n".join([SHEET_COLUMNS, *rows]).encode(), "csv", 10_000_000)
    services.ads.load.apply(site, read, faults)
