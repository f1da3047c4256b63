"""A story's picture: 600 by 400, the same for the same words every time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from service.demo.renderer.art import indoors, landscapes, outdoors
from service.demo.renderer.art.palette import Palette, palette_of
from service.demo.renderer.art.shapes import document, element, gradient, group

WIDTH = 600
HEIGHT = 400
NIGHT_SHARE = 0.25

Scene = Callable[[Palette, Random], list[str]]

SCENES: Mapping[str, Scene] = {
    "harbour": outdoors.harbour,
    "city": outdoors.city,
    "sport": outdoors.sport,
    "weather": outdoors.weather,
    "market": indoors.market,
    "lab": indoors.lab,
    "stage": indoors.stage,
    "globe": indoors.globe,
    "wind": landscapes.wind,
    "mountain": landscapes.mountain,
    "comet": landscapes.comet,
    "road": landscapes.road,
    "board": landscapes.board,
}


def draw_picture(seed: str, hue: float, motif: str, alt: str = "") -> str:
    """Returns the SVG document of a motif in a hue, varied by the seed; an unknown motif is drawn as the harbour."""
    dice = Random(f"{seed}/{motif}")  # noqa: S311 - a picture, not a secret
    palette = palette_of(hue, is_night=dice.random() < NIGHT_SHARE)
    scene = SCENES.get(motif, outdoors.harbour)
    defs = element("defs", gradient("sky", palette.sky_top, palette.sky_low))
    turned = {"transform": f"translate({WIDTH} 0) scale(-1 1)"} if dice.random() < 0.5 else {}
    return document(WIDTH, HEIGHT, [defs, group(scene(palette, dice), **turned)], alt)
