"""An advertiser's creative: 300 by 250, an emblem, the headline and the advertiser's name."""

from __future__ import annotations

import json
import textwrap
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from service.demo.renderer.art.emblems import EMBLEMS, lamp
from service.demo.renderer.art.palette import hsl, palette_of
from service.demo.renderer.art.shapes import document, element, gradient, rect, text

WIDTH = 300
HEIGHT = 250
HEADLINE_CHARS = 24
HEADLINE_LINES = 2
SERIF = "Charter, Georgia, 'Noto Serif', serif"
SANS = "'Helvetica Neue', Arial, 'Noto Sans', sans-serif"


@dataclass(frozen=True, slots=True)
class Artwork:
    """The words and the look of one creative."""

    advertiser: str
    headline: str
    emblem: str
    hue: float


@cache
def _catalogue() -> Mapping[str, Artwork]:
    listed = json.loads(files(__package__).joinpath("creatives.json").read_text("utf-8"))
    return {creative: Artwork(**fields) for creative, fields in listed.items()}


def artwork_of(creative_id: str) -> Artwork:
    """Returns a creative's artwork; one that is not in the catalogue is made up from its id."""
    known = _catalogue().get(creative_id)
    if known:
        return known
    advertiser, _, rest = creative_id.replace("_", "-").partition("-")
    headline = (rest or advertiser).replace("-", " ").capitalize()
    return Artwork(advertiser.capitalize(), headline, "lamp", float(zlib.crc32(creative_id.encode()) % 360))


def draw_advertisement(artwork: Artwork) -> str:
    """Returns the creative's SVG document."""
    palette = palette_of(artwork.hue)
    panel = hsl(artwork.hue, 40, 17)
    lines = textwrap.wrap(artwork.headline, HEADLINE_CHARS, max_lines=HEADLINE_LINES, placeholder=" …")
    headline = [
        text(20, 183 + 23 * row, line, "#fdfbf5", 19, font_family=SERIF, font_weight=700)
        for row, line in enumerate(lines)
    ]
    signature = text(
        20, 236, artwork.advertiser.upper(), "hsl(44, 62%, 80%)", 10.5, font_family=SANS, letter_spacing=1.4
    )
    parts = [
        element("defs", gradient("sky", palette.sky_top, palette.sky_low)),
        rect(0, 0, WIDTH, 150, "url(#sky)"),
        *EMBLEMS.get(artwork.emblem, lamp)(palette),
        rect(0, 150, WIDTH, 100, panel),
        rect(0, 150, WIDTH, 4, palette.accent),
        *headline,
        signature,
    ]
    return document(WIDTH, HEIGHT, parts, f"{artwork.advertiser}: {artwork.headline}")
