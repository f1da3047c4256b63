"""Scenes with a frame around them: market, lab, stage and globe."""

from __future__ import annotations

import math
from random import Random

from service.demo.renderer.art.outdoors import house_row, sky
from service.demo.renderer.art.palette import Palette
from service.demo.renderer.art.shapes import circle, element, ellipse, group, path, polygon, rect, stroke

ROUTE = "hsl(10, 66%, 52%)"


def awning(x: float, y: float, width: float, colour: str) -> list[str]:
    """Returns a striped awning with a scalloped edge."""
    band = width / 8
    parts = [polygon([(x + 14, y - 40), (x + width - 14, y - 40), (x + width, y), (x, y)], "#fbf8f0")]
    for n in range(0, 8, 2):
        top_left, top_right = x + 14 + n * (width - 28) / 8, x + 14 + (n + 1) * (width - 28) / 8
        foot = [(x + (n + 1) * band, y), (x + n * band, y)]
        parts.append(polygon([(top_left, y - 40), (top_right, y - 40), *foot], colour))
    for n in range(8):
        fill = colour if n % 2 == 0 else "#fbf8f0"
        parts.append(path(f"M{x + n * band:.1f} {y:.1f} h{band:.1f} a{band / 2:.1f} 12 0 0 1 {-band:.1f} 0 Z", fill))
    return parts


def stall(x: float, width: float, palette: Palette, dice: Random, colour: str) -> list[str]:
    """Returns a market stall: posts, awning, and crates heaped with round fruit."""
    fruit = ["hsl(8, 68%, 54%)", "hsl(36, 86%, 58%)", "hsl(88, 46%, 48%)", "hsl(52, 84%, 62%)", "hsl(330, 42%, 46%)"]
    parts = [rect(x + 10, 190, 6, 150, palette.ink), rect(x + width - 16, 190, 6, 150, palette.ink)]
    crate = (width - 8) / 3
    for n in range(3):
        left, hue = x + 4 + n * crate, dice.choice(fruit)
        for row, count in enumerate((5, 4, 3)):
            gap = (crate - 10) / 5
            inset = left + 5 + gap / 2 + row * gap / 2
            parts += [circle(inset + gap * k, 292 - row * gap * 0.8, gap * 0.56, hue) for k in range(count)]
            parts += [circle(inset + gap * k - 2, 289 - row * gap * 0.8, gap * 0.14, "#fff", opacity=0.45)
                      for k in range(count)]  # fmt: skip
        parts.append(rect(left, 292, crate - 3, 30, "hsl(30, 36%, 46%)"))
        parts.append(rect(left, 304, crate - 3, 3, "hsl(30, 36%, 34%)"))
    parts.append(rect(x, 320, width, 46, palette.near))
    return [*parts, *awning(x - 8, 186, width + 16, colour)]


def market(palette: Palette, dice: Random) -> list[str]:
    """Returns a market square: houses, bunting and three stalls."""
    flags = []
    for n in range(19):
        x = 12 + n * 32
        y = 56 + 26 * math.sin(n / 18 * math.pi)
        colour = (palette.accent, palette.second, "#fbf8f0")[n % 3]
        flags.append(polygon([(x - 9, y), (x + 9, y), (x, y + 20)], colour))
    return [
        *sky(palette, dice),
        *house_row(dice, 340, (150, 250), palette.far, palette.light, 0.5),
        path("M0 52 Q300 112 600 52", stroke=palette.ink, stroke_width=1.5),
        *flags,
        rect(0, 336, 600, 64, palette.middle),
        *(stroke([(dice.uniform(0, 600), y), (dice.uniform(0, 600), y)], palette.far, 1, opacity=0.5)
          for y in (376, 384, 392)),
        *stall(20, 168, palette, dice, palette.accent),
        *stall(216, 168, palette, dice, palette.second),
        *stall(412, 168, palette, dice, palette.accent),
    ]  # fmt: skip


def flask(x: float, foot: float, size: float, liquid: str, dice: Random) -> list[str]:
    """Returns a conical flask, part filled, with bubbles rising."""
    neck, half, height = size * 0.13, size * 0.42, size
    level = dice.uniform(0.38, 0.6)
    outline = [(x - neck, foot - height), (x - neck, foot - height * 0.68), (x - half, foot), (x + half, foot),
               (x + neck, foot - height * 0.68), (x + neck, foot - height)]  # fmt: skip
    top = foot - height * level * 0.9
    edge = neck + (half - neck) * min(1.0, (top - (foot - height * 0.68)) / (height * 0.68))
    bubbles = [
        circle(
            x + dice.uniform(-edge, edge) * 0.7,
            dice.uniform(top + 6, foot - 8),
            dice.uniform(2, 5),
            "#fff",
            opacity=0.5,
        )
        for _ in range(7)
    ]
    rising = [
        circle(x + dice.uniform(-4, 4), foot - height - 12 - n * 16, 3 + n, liquid, opacity=0.6 - n * 0.14)
        for n in range(3)
    ]
    return [
        polygon(outline, "#fff", opacity=0.35),
        polygon([(x - edge, top), (x + edge, top), (x + half, foot), (x - half, foot)], liquid, opacity=0.9),
        *bubbles,
        *rising,
        polygon(outline, "none", stroke="#fff", stroke_width=3, stroke_linejoin="round", opacity=0.9),
        stroke([(x - neck - 5, foot - height), (x + neck + 5, foot - height)], "#fff", 5),
    ]


def microscope(x: float, foot: float, palette: Palette) -> list[str]:
    """Returns a microscope on the bench."""
    return [
        rect(x - 46, foot - 14, 104, 14, palette.ink, rx=4),
        path(f"M{x + 26} {foot - 12} C{x + 84} {foot - 60} {x + 70} {foot - 140} {x + 8} {foot - 152}",
             stroke=palette.ink, stroke_width=16, stroke_linecap="round"),
        rect(x - 46, foot - 62, 78, 9, palette.ink, rx=3),
        group([rect(-14, -96, 28, 82, palette.accent, rx=5), rect(-10, -14, 20, 22, palette.ink),
               rect(-9, -126, 18, 32, palette.ink, rx=3)], transform=f"translate({x - 6} {foot - 84}) rotate(18)"),
    ]  # fmt: skip


def shelf(y: float, palette: Palette, dice: Random) -> list[str]:
    """Returns a shelf of jars and books."""
    parts = [rect(300, y, 270, 7, palette.near)]
    x = 310.0
    while x < 545:
        width, height = dice.uniform(12, 26), dice.uniform(26, 52)
        fill = dice.choice((palette.accent, palette.second, palette.middle, palette.light))
        parts.append(rect(x, y - height, width, height, fill, rx=dice.choice((1, 5))))
        x += width + dice.choice((2, 2, 12))
    return parts


def lab(palette: Palette, dice: Random) -> list[str]:
    """Returns a laboratory bench: flasks, a microscope, shelves and a round window on the sea."""
    liquids = [palette.accent, palette.second, "hsl(160, 46%, 52%)"]
    dice.shuffle(liquids)
    window = [
        circle(132, 128, 84, palette.near),
        circle(132, 128, 74, palette.sky_low),
        path("M60 142 q18 -12 36 0 t36 0 t36 0 t36 0 A74 74 0 0 1 60 142 Z", palette.water),
        stroke([(132, 54), (132, 202)], palette.near, 5),
        stroke([(58, 128), (206, 128)], palette.near, 5),
    ]
    return [
        rect(0, 0, 600, 400, palette.far),
        rect(0, 0, 600, 400, "url(#sky)", opacity=0.55),
        *window,
        *shelf(92, palette, dice),
        *shelf(176, palette, dice),
        rect(0, 338, 600, 62, palette.near),
        rect(0, 330, 600, 12, palette.ink),
        *microscope(dice.choice((132, 150, 168)), 330, palette),
        *flask(318, 330, 124, liquids[0], dice),
        *flask(424, 330, 96, liquids[1], dice),
        *flask(516, 330, 114, liquids[2], dice),
    ]


def curtain(palette: Palette) -> list[str]:
    """Returns the left curtain with its folds; the right one is its mirror image."""
    folds = [(palette.drape, 0), (palette.ink, 0.16), (palette.drape, 0), (palette.ink, 0.22), (palette.drape, 0)]
    parts = [path("M0 0 H150 C150 150 128 260 84 330 L96 400 H0 Z", palette.drape)]
    for n, (fill, opacity) in enumerate(folds):
        if opacity:
            x = 28 * n
            d = f"M{x} 0 h20 C{x + 22} 150 {x * 0.8 + 10:.0f} 280 {x * 0.6 + 12:.0f} 400 h-14"
            d += f" C{x * 0.7:.0f} 280 {x} 150 {x} 0"
            parts.append(path(d, fill, opacity=opacity))
    return [*parts, rect(66, 318, 34, 10, "hsl(44, 70%, 60%)", rx=4)]


def lantern(x: float, y: float, size: float, colour: str, palette: Palette) -> list[str]:
    """Returns a paper lantern on its string, glowing."""
    return [
        stroke([(x, 0), (x, y - size)], palette.far, 1.2),
        circle(x, y, size * 1.7, colour, opacity=0.22),
        ellipse(x, y, size * 0.86, size, colour),
        path(f"M{x} {y - size} q{size * 0.7} {size} 0 {size * 2} M{x} {y - size} q{-size * 0.7} {size} 0 {size * 2}",
             stroke="#fff", stroke_width=1.2, opacity=0.5),
        rect(x - size * 0.3, y - size - 3, size * 0.6, 5, palette.ink),
        rect(x - size * 0.3, y + size - 2, size * 0.6, 5, palette.ink),
    ]  # fmt: skip


def player(x: float, palette: Palette) -> list[str]:
    """Returns one player in the light, an arm raised."""
    coat = "M-34 340 C-30 280 -26 250 -15 224 H15 C26 250 30 280 34 340 Z"
    return [
        ellipse(x, 342, 62, 9, palette.ink, opacity=0.5),
        path(coat, palette.ink, transform=f"translate({x:.1f} 0)"),
        stroke([(x - 12, 232), (x - 44, 268), (x - 36, 292)], palette.ink, 9),
        stroke([(x + 12, 232), (x + 40, 204), (x + 52, 168)], palette.ink, 9),
        circle(x, 204, 16, palette.ink),
    ]  # fmt: skip


def stage(palette: Palette, dice: Random) -> list[str]:
    """Returns a stage: curtains, two beams of light, lanterns, a player, and the heads of the audience."""
    x = dice.uniform(250, 350)
    colours = [palette.light, palette.second, "hsl(24, 84%, 66%)"]
    lanterns = [
        part
        for n, at in enumerate((176, 246, 348, 424))
        for part in lantern(at, 70 + dice.uniform(-20, 36), dice.uniform(17, 25), colours[n % 3], palette)
    ]
    beams = [
        polygon([(start, -10), (start + 24, -10), (x + 86, 344), (x - 86, 344)], palette.light, opacity=0.2)
        for start in (110, 466)
    ]
    heads = [
        part
        for n in range(13)
        for part in (
            circle(n * 50 + dice.uniform(-6, 6), 380, 19, palette.ink),
            ellipse(n * 50, 416, 32, 26, palette.ink),
        )
    ]
    return [
        rect(0, 0, 600, 400, palette.near),
        rect(0, 0, 600, 330, palette.middle, opacity=0.6),
        polygon([(0, 326), (600, 326), (600, 400), (0, 400)], "hsl(28, 32%, 32%)"),
        *beams,
        ellipse(x, 344, 96, 17, palette.light, opacity=0.55),
        *lanterns,
        *player(x, palette),
        *curtain(palette),
        group(curtain(palette), transform="translate(600 0) scale(-1 1)"),
        rect(0, 0, 600, 26, palette.drape),
        *(path(f"M{n * 50} 24 h50 q-25 34 -50 0", palette.drape) for n in range(12)),
        *heads,
    ]


def land(dice: Random, cx: float, cy: float, size: float, fill: str) -> str:
    """Returns one continent: a closed smooth shape of uneven radius."""
    corners = [
        (cx + size * dice.uniform(0.55, 1.15) * math.cos(k * math.pi / 4.5) * 1.2,
         cy + size * dice.uniform(0.55, 1.1) * math.sin(k * math.pi / 4.5)) for k in range(9)
    ]  # fmt: skip
    middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
    d = f"M{middles[-1][0]:.1f} {middles[-1][1]:.1f}"
    for corner, middle in zip(corners, middles, strict=True):
        d += f" Q{corner[0]:.1f} {corner[1]:.1f} {middle[0]:.1f} {middle[1]:.1f}"
    return path(f"{d} Z", fill)


def globe(palette: Palette, dice: Random) -> list[str]:
    """Returns the world with its meridians, lands and a route across it."""
    cx, cy, radius = dice.uniform(262, 338), 204.0, 146.0
    lands = [
        land(dice, cx + dx + dice.uniform(-14, 14), cy + dy, size, "hsl(44, 46%, 72%)")
        for dx, dy, size in ((-76, -52, 52), (-44, 70, 44), (62, -20, 58), (104, 82, 30), (10, -110, 30))
    ]
    grid = [ellipse(cx, cy, rx, radius, "none", stroke="#fff", stroke_width=1.2, opacity=0.4) for rx in (1, 58, 110)]
    grid += [
        ellipse(cx, cy + dy, math.sqrt(radius**2 - dy**2), 12, "none", stroke="#fff", stroke_width=1.2, opacity=0.4)
        for dy in (-96, -48, 0, 48, 96)
    ]
    shade = circle(cx + 62, cy + 42, radius * 1.18, "none", stroke=palette.ink, stroke_width=90, opacity=0.16)
    clip = element("clipPath", circle(cx, cy, radius, "#000"), id="world")
    stars = [
        circle(dice.uniform(0, 600), dice.uniform(0, 400), dice.uniform(1, 2.6), "#fff", opacity=0.6) for _ in range(42)
    ]
    route = f"M{cx - 96:.0f} {cy + 40:.0f} Q{cx:.0f} {cy - 150:.0f} {cx + 104:.0f} {cy - 4:.0f}"
    return [
        clip,
        rect(0, 0, 600, 400, palette.near),
        rect(0, 0, 600, 400, palette.ink, opacity=0.35),
        *stars,
        circle(cx, cy, radius + 26, palette.far, opacity=0.22),
        circle(cx, cy, radius + 12, palette.far, opacity=0.3),
        circle(cx, cy, radius, "hsl(206, 40%, 48%)"),
        group([*lands, *grid, shade], clip_path="url(#world)"),
        path(route, stroke=ROUTE, stroke_width=4, stroke_dasharray="2 10", stroke_linecap="round"),
        circle(cx - 96, cy + 40, 9, ROUTE),
        circle(cx - 96, cy + 40, 4, "#fff"),
        circle(cx + 104, cy - 4, 9, ROUTE),
        circle(cx + 104, cy - 4, 4, "#fff"),
    ]  # fmt: skip
