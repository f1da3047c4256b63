"""Reads from a row of an inventory sheet what is shown: a picture, a text, markup, or an advertiser's own script."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from service.domain.ads.image import image_id_of
from service.domain.ads.inventory import FORMATS, Creative
from service.domain.ads.third_party import click_tracker
from service.domain.sheet.reading import cells
from service.domain.sheet.reading.reader_caps import frequency_caps
from service.domain.sheet.reading.row_reader import RowReader
from service.domain.sites.site import Site
from service.domain.web_address import https_url, public_url

_FORMAT = cells.one_of(*FORMATS)


def read_creative(reader: RowReader, site: Site, advertiser: str, own_urls: Collection[str]) -> Creative:
    """Returns the row's creative; `own_urls` are addresses of this service."""
    kind = reader.read("format", _FORMAT, "")
    needed = {
        "image": ("width", "height", "image_url", "landing_url"),
        "html": ("width", "height", "html", "landing_url"),
        "tag": ("width", "height", "tag", "landing_url"),
        "native": ("headline", "landing_url"),
    }
    for column in needed.get(kind, ()):
        if not reader.text_of(column):
            reader.fault(column, f"is required for the format {kind}")
    if kind == "native" and (reader.text_of("width") or reader.text_of("height")):
        reader.fault("width", "the format native has no size; leave width and height empty")
    url = partial(public_url, own_hosts=site.domains)
    return Creative(
        id=reader.read("creative", cells.entity_id, ""),
        advertiser=advertiser,
        format=kind or "native",  # type: ignore[arg-type]
        landing_url=reader.read("landing_url", url, ""),
        name=reader.read("creative_name", cells.plain, ""),
        width=reader.read("width", cells.pixels, None),
        height=reader.read("height", cells.pixels, None),
        headline=reader.read("headline", cells.plain, ""),
        body=reader.read("body", cells.plain, ""),
        cta=reader.read("cta", cells.plain, ""),
        image_url=reader.read("image_url", partial(_image_url, site, own_urls), ""),
        image_alt=reader.read("image_alt", cells.plain, ""),
        html=reader.read("html", cells.safe_html, ""),
        tag=reader.read("tag", cells.third_party_tag, ""),
        impression_trackers=reader.items("impression_trackers", https_url),
        click_tracker=reader.read("click_tracker", click_tracker, ""),
        frequency_cap=frequency_caps(reader, "creative_frequency_cap"),
    )


def _image_url(site: Site, own_urls: Collection[str], text: str) -> str:
    """An address, or the path of an image that this service keeps: it is served from wherever the service is."""
    for own in own_urls:
        text = text.removeprefix(own.rstrip("/")) if text.startswith(f"{own.rstrip('/')}/images/") else text
    if not text.startswith("/"):
        return public_url(text, own_hosts=site.domains)
    if image_id_of(text, site.id) is None:
        raise ValueError(f"is not the path of an uploaded image; one begins with /images/{site.id}/")
    return text
