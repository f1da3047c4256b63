"""A creative as page calls answer it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from service.domain.ads.inventory import Creative


def creative_json(creative: Creative) -> dict[str, Any]:
    """Returns a creative in the contract's fields; those that its format lacks are null."""
    image = {"url": creative.image_url, "alt": creative.image_alt} if creative.image_url else None
    return {
        "id": creative.id,
        "format": creative.format,
        "width": creative.width,
        "height": creative.height,
        "html": creative.html or None,
        "image": image,
        "headline": creative.headline or None,
        "body": creative.body or None,
        "cta": creative.cta or None,
        "landing_domain": _domain(creative.landing_url),
    }


@lru_cache(maxsize=4_096)
def _domain(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
