"""A site for benchmarks: an index generation of any size, a model, flights and a token, in a real store."""

from __future__ import annotations

from datetime import UTC, datetime

from bench.corpus import segment_of
from service.adapters.files.generations import Generations
from service.adapters.redis import redis_keys as keys
from service.bootstrap import Services
from service.domain.access import Scope
from service.domain.article import Article
from service.domain.site import Site

SITE = "bench"
SHEET_COLUMNS = (
    "advertiser,campaign,flight,price_model,price,lifetime_cap,pacing,placements,creative,format,width,height,"
    "image_url,image_alt,landing_url"
)


def prepare_site(services: Services, articles: int, flights: int) -> str:
    """Makes the site and returns a token for its pages.

    The articles stand in the index only, as a generation that holds every change so far: what a page call reads.
    """
    site = Site(SITE)
    services.site_records.put(site)
    _train(services)
    model = services.models.list(SITE)[-1].version
    version = services.articles.version(SITE)
    Generations(services.config.data_dir / "index" / SITE).install(segment_of(articles), model, version)
    services.client.hset(keys.VERSIONS.name(site=SITE), "articles", version)
    _load_flights(services, site, flights)
    return services.access.create(SITE, [Scope.RENDER])[0]


def _train(services: Services) -> None:
    """Trains on two short articles, which are then removed: a trained model must serve, whatever it learnt."""
    now = datetime.now(UTC)
    words = ("ferry strike harbour", "cup final stadium")
    services.articles.put(SITE, [Article(f"t-{n}", "https://t.example.com/", w, w, now) for n, w in enumerate(words)])
    services.models.train(SITE)
    for number in range(len(words)):
        services.articles.remove(SITE, f"t-{number}")


def _load_flights(services: Services, site: Site, flights: int) -> None:
    rows = [
        f"adv{n % 40},c{n},f{n},cpm,{1 + n % 7}.00,90000.00,asap,sidebar,k{n},image,300,250,"
        f"https://cdn.example.com/{n}.png,Picture {n},https://shop.example.com/{n}"
        for n in range(flights)
    ]
    read, faults = services.read_sheet("\n".join([SHEET_COLUMNS, *rows]).encode(), "csv", 10_000_000)
    services.ads.load.apply(site, read, faults)
