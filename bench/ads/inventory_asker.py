"""One process of a host that takes up a site's inventory and fills slots from it, as a program of its own.

Its arguments are `first` or `next`, and the site. It prints JSON: `first` how many seconds the snapshot took to be
built, `next` how many milliseconds it took to be mapped, what that and some pages cost in private memory, and how long
pages took, also beside a change of the snapshot.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time

import numpy as np

from bench.figures.figures import timed_ms
from bench.pages.worker import private_mb
from models.text import distinct_term_ids
from service.bootstrap.services import build_services
from service.config import load_config
from service.domain.ads.slot import SlotRequest
from service.services import Services
from service.usecases.ads.delivery.slots_request import SlotsRequest

PAGES = 1_000
SLOTS = (SlotRequest("one", "sidebar"), SlotRequest("two", "sidebar"), SlotRequest("three", "article-foot"))
SECTIONS, COUNTRIES = ("world", "city", None), ("PK", "DE", "FR", None)


def _fill(services: Services, site_id: str, number: int) -> float:
    """Milliseconds of the slots of one page."""
    asked = SlotsRequest(
        services.site_records.get(site_id), f"view-{os.getpid()}-{number}", SLOTS, SECTIONS[number % 3],
        term_ids=distinct_term_ids("The ferry strike in the harbour goes on", language="en"),
        country=COUNTRIES[number % 4],
    )  # fmt: skip
    return timed_ms(lambda: services.ads.slots.fill(asked, time.time()))


def _told(services: Services, which: str, site_id: str) -> dict[str, float]:
    before = private_mb([os.getpid()], services.config.data_dir)
    taken_up_ms = timed_ms(lambda: services.ads.snapshots.refresh(site_id))
    if which == "first":
        return {"built_s": taken_up_ms / 1_000}
    pages = [_fill(services, site_id, number) for number in range(PAGES)]
    swap = threading.Thread(target=services.ads.snapshots.refresh, args=(site_id,))
    swap.start()
    beside = [_fill(services, site_id, PAGES + number) for number in range(PAGES // 10)]
    swap.join()
    return {
        "mapped_ms": taken_up_ms,
        "private_mb": private_mb([os.getpid()], services.config.data_dir) - before,
        "page_ms": float(np.median(pages)),
        "page_p99_ms": float(np.percentile(pages, 99)),
        "slowest_beside_a_swap_ms": max(beside),
    }


if __name__ == "__main__":
    config = load_config()
    assert config.redis_url is not None, "STANDFIRST_REDIS_URL names the store"
    built = build_services(config, config.redis_url)
    try:
        print(json.dumps(_told(built, *sys.argv[1:])))
    finally:
        built.close()
