"""Scenes under the sky: harbour, city, sport and weather."""

from __future__ import annotations

from random import Random

from service.demo.renderer.art.palette import Palette
from service.demo.renderer.art.shapes import (
    circle,
    ellipse,
    group,
    hills,
    path,
    polygon,
    rect,
    stroke,
)


def sky(palette: Palette, dice: Random, horizon: float = 400) -> list[str]:
    """Returns the sky down to the horizon: its light, and clouds by day or stars by night."""
    x, y = dice.uniform(90, 510), dice.uniform(60, 130)
    parts = [rect(0, 0, 600, horizon, "url(#sky)")]
    if palette.is_night:
        parts += [circle(dice.uniform(0, 600), dice.uniform(0, 170), dice.uniform(0.7, 1.8), "#fff") for _ in range(34)]
    parts += [circle(x, y, radius, palette.light, opacity=opacity) for radius, opacity in ((86, 0.16), (58, 0.24))]
    parts.append(circle(x, y, 32, palette.light))
    if not palette.is_night:
        parts += [cloud(dice.uniform(20, 480), dice.uniform(35, 140), dice.uniform(0.6, 1.1)) for _ in range(3)]
    return parts


def cloud(x: float, y: float, scale: float, fill: str = "#fff", opacity: float = 0.6) -> str:
    """Returns one flat-bottomed cloud."""
    d = "M0 34 a17 17 0 0 1 12 -31 a26 26 0 0 1 48 -3 a20 20 0 0 1 30 10 a13 13 0 0 1 6 24 Z"
    return group([path(d, fill)], transform=f"translate({x:.1f} {y:.1f}) scale({scale:.2f})", opacity=opacity)


def ripples(dice: Random, top: float, colour: str) -> list[str]:
    """Returns short strokes on water, longer and thicker towards the reader."""
    parts = []
    for _ in range(26):
        depth = dice.random()
        x, y, length = dice.uniform(-20, 600), top + 8 + depth * (392 - top), 14 + 50 * depth
        parts.append(stroke([(x, y), (x + length, y)], colour, 1.2 + 2.4 * depth, opacity=0.2 + 0.25 * depth))
    return parts


def lighthouse(x: float, foot: float, height: float, palette: Palette) -> list[str]:
    """Returns a banded lighthouse with its lantern lit."""
    top, half = foot - height, height * 0.11
    body = [(x - half, foot), (x - half * 0.62, top), (x + half * 0.62, top), (x + half, foot)]
    bands = [
        polygon(
            [
                (x - half * (0.62 + 0.38 * low), top + height * low),
                (x - half * (0.62 + 0.38 * high), top + height * high),
                (x + half * (0.62 + 0.38 * high), top + height * high),
                (x + half * (0.62 + 0.38 * low), top + height * low),
            ],
            palette.accent,
        )
        for low, high in ((0.16, 0.36), (0.56, 0.76))
    ]
    lantern = [
        rect(x - half * 0.8, top - 4, half * 1.6, 5, palette.ink),
        rect(x - half * 0.45, top - 18, half * 0.9, 14, "hsl(48, 95%, 70%)"),
        polygon([(x - half * 0.65, top - 18), (x, top - 30), (x + half * 0.65, top - 18)], palette.ink),
    ]
    return [polygon(body, "#fbf8f0"), *bands, *lantern]


def crane(x: float, foot: float, height: float, colour: str) -> list[str]:
    """Returns a harbour crane with its jib over the water."""
    top = foot - height
    return [
        stroke([(x, foot), (x + 10, top), (x + 38, top), (x + 48, foot)], colour, 5),
        stroke([(x + 5, foot - height * 0.45), (x + 43, foot - height * 0.45)], colour, 4),
        stroke([(x + 60, top), (x - height * 0.8, top - 4)], colour, 5),
        stroke([(x + 24, top), (x + 24, top - 34), (x - height * 0.55, top - 4)], colour, 2.5),
        stroke([(x + 24, top - 34), (x + 60, top)], colour, 2.5),
        stroke([(x - height * 0.6, top), (x - height * 0.6, top + height * 0.5)], colour, 1.5),
    ]


def ship(x: float, line: float, palette: Palette, dice: Random) -> list[str]:
    """Returns a freighter with its containers, afloat at the line."""
    colours = [palette.accent, palette.second, palette.middle, palette.light]
    boxes = [
        rect(x + 58 + column * 27, line - 40 - row * 15, 25, 13, dice.choice(colours))
        for column in range(6)
        for row in range(dice.randint(1, 3))
    ]
    bridge = [
        rect(x + 16, line - 84, 36, 58, "#fbf8f0"),
        *(rect(x + 21 + n * 10, line - 76, 6, 6, palette.ink) for n in range(3)),
        rect(x + 26, line - 108, 13, 24, palette.accent),
    ]
    hull = path(f"M{x:.0f} {line - 26:.0f} H{x + 250:.0f} L{x + 228:.0f} {line + 10:.0f} H{x + 18:.0f} Z", palette.ink)
    return [*boxes, *bridge, hull, rect(x + 11, line - 2, 222, 4, palette.accent, opacity=0.9)]


def harbour(palette: Palette, dice: Random) -> list[str]:
    """Returns a quay: hills, cranes, a lighthouse on its headland and a freighter coming in."""
    horizon = 232.0
    left = dice.random() < 0.5
    beacon_x, crane_x, ship_x = (92, 440, 210) if left else (508, 130, 150)
    headland = "M0 400 V214 Q100 204 176 262 Q206 292 250 300 L0 400 Z"
    mirror = "" if left else "translate(600 0) scale(-1 1)"
    return [
        *sky(palette, dice, horizon),
        hills(74, [dice.uniform(0.2, 1) for _ in range(8)], horizon, palette.far),
        rect(0, horizon, 600, 168, palette.water),
        *ripples(dice, horizon, palette.light),
        *crane(crane_x, horizon + 4, dice.uniform(96, 124), palette.middle),
        *crane(crane_x + 84, horizon + 4, dice.uniform(84, 112), palette.middle),
        rect(crane_x - 100, horizon - 2, 320, 10, palette.middle),
        *ship(ship_x + dice.uniform(-20, 20), 318, palette, dice),
        group([path(headland, palette.near)], transform=mirror),
        *lighthouse(beacon_x, 222, 118, palette),
        path("M0 372 q38 -16 75 0 t75 0 t75 0 t75 0 t75 0 t75 0 t75 0 t75 0 V400 H0 Z", palette.near, opacity=0.55),
    ]


def house_row(
    dice: Random, foot: float, heights: tuple[float, float], fill: str, window: str, share: float
) -> list[str]:
    """Returns a street front of houses with some of their windows lit."""
    parts: list[str] = []
    x = -dice.uniform(0, 30)
    while x < 600:
        width, height = dice.uniform(44, 82), dice.uniform(*heights)
        top = foot - height
        parts.append(rect(x, top, width + 1, height, fill))
        if dice.random() < 0.4:
            parts.append(polygon([(x, top), (x + width / 2, top - width * 0.36), (x + width, top)], fill))
        columns = max(2, int(width // 17))
        gap = width / columns
        parts += [
            rect(x + gap * (column + 0.5) - 4, top + 12 + row * 24, 8, 12, window)
            for row in range(int(height // 24))
            for column in range(columns)
            if dice.random() < share
        ]
        x += width + dice.choice((0, 0, 7))
    return parts


def city(palette: Palette, dice: Random) -> list[str]:
    """Returns a skyline in three depths with a tram passing below it."""
    lit = "hsl(46, 90%, 72%)" if palette.is_night else palette.light
    tram_x = dice.uniform(60, 250)
    windows = [rect(tram_x + 16 + n * 44, 326, 34, 24, palette.light) for n in range(6)]
    wheels = [circle(tram_x + x, 379, 8, palette.ink) for x in (40, 76, 210, 246)]
    return [
        *sky(palette, dice),
        *house_row(dice, 400, (190, 280), palette.far, palette.sky_low, 0.35),
        rect(dice.choice((120, 330, 470)), 84, 26, 316, palette.far),
        *house_row(dice, 400, (130, 205), palette.middle, lit, 0.45),
        *house_row(dice, 400, (62, 118), palette.near, lit, 0.5),
        rect(0, 366, 600, 34, palette.ink),
        stroke([(0, 384), (600, 384)], palette.far, 1.5),
        stroke([(0, 290), (600, 284)], palette.ink, 1.5),
        stroke([(tram_x + 130, 314), (tram_x + 146, 300), (tram_x + 130, 288)], palette.ink, 3),
        rect(tram_x, 314, 286, 64, palette.accent, rx=14),
        rect(tram_x, 354, 286, 8, "#fbf8f0"),
        *windows,
        *wheels,
    ]


def crowd(dice: Random, palette: Palette) -> list[str]:
    """Returns rows of heads in the stand."""
    colours = [palette.accent, palette.second, palette.light, palette.middle, palette.far]
    return [
        circle(column * 15 + (row % 2) * 7 + dice.uniform(-2, 2), 128 + row * 17, 5.5, dice.choice(colours))
        for row in range(5)
        for column in range(41)
    ]


def floodlights(palette: Palette) -> list[str]:
    """Returns the two masts with their lamps."""
    parts = []
    for x in (46, 554):
        parts += [stroke([(x, 120), (x, 44)], palette.ink, 5), rect(x - 30, 18, 60, 28, palette.ink, rx=3)]
        parts += [circle(x - 20 + 13.5 * n, 25 + 13 * row, 4.6, palette.light) for n in range(4) for row in range(2)]
    return parts


def ball(x: float, palette: Palette) -> list[str]:
    """Returns the ball on the grass, with its shadow."""
    seams = "M0 323 v-11 M9 330 l10 -5 M5 340 l7 9 M-5 340 l-7 9 M-9 330 l-10 -5"
    return [
        ellipse(x, 353, 22, 5, palette.ink, opacity=0.35),
        circle(x, 332, 21, "#fdfdfb"),
        polygon([(x, 323), (x + 9, 330), (x + 5, 340), (x - 5, 340), (x - 9, 330)], palette.ink),
        path(seams, stroke=palette.ink, stroke_width=2.5, transform=f"translate({x:.1f} 0)"),
    ]


def sport(palette: Palette, dice: Random) -> list[str]:
    """Returns a ground on match day: floodlights, a full stand, a goal and the ball."""
    grass, stripe = "hsl(118, 32%, 42%)", "hsl(116, 34%, 47%)"
    goal_x, ball_x = dice.uniform(170, 330), dice.uniform(120, 480)
    stripes = [polygon([(300 + (n - 6) * 52, 212), (300 + (n - 5) * 52, 212), (300 + (n - 5) * 110, 400),
                        (300 + (n - 6) * 110, 400)], stripe) for n in range(0, 12, 2)]  # fmt: skip
    cords = [[(goal_x + n * 20, 176), (goal_x + n * 20, 254)] for n in range(1, 9)]
    cords += [[(goal_x, 176 + n * 16), (goal_x + 180, 176 + n * 16)] for n in range(1, 5)]
    net = [stroke(cord, "#fff", 0.8, opacity=0.7) for cord in cords]
    return [
        *sky(palette, dice, 212),
        *floodlights(palette),
        polygon([(0, 112), (600, 112), (600, 214), (0, 214)], palette.near),
        *crowd(dice, palette),
        rect(0, 102, 600, 14, palette.ink),
        rect(0, 210, 600, 190, grass),
        *stripes,
        stroke([(0, 254), (600, 254)], "#fff", 3),
        path("M60 400 L116 254 H484 L540 400", stroke="#fff", stroke_width=3),
        *net,
        stroke([(goal_x, 254), (goal_x, 176), (goal_x + 180, 176), (goal_x + 180, 254)], "#fff", 6),
        *ball(ball_x, palette),
    ]


def swell(top: float, height: float, shift: float, fill: str) -> str:
    """Returns a row of crested waves down to the picture's foot."""
    d = f"M{-120 + shift:.0f} {top:.0f}"
    for _ in range(7):
        d += f" q30 {-height:.0f} 72 {-height * 0.9:.0f} q-20 {height * 0.5:.0f} 48 {height * 0.9:.0f}"
    return path(f"{d} V400 H-120 Z", fill)


def weather(palette: Palette, dice: Random) -> list[str]:
    """Returns a gale: heavy clouds, slanting rain, a lighthouse and a high sea."""
    beacon_x = dice.choice((130, 470))
    side = -1 if beacon_x > 300 else 1
    beam = [(beacon_x, 164), (beacon_x + side * 520, 92), (beacon_x + side * 520, 200)]
    rain = []
    for _ in range(70):
        x, y, length = dice.uniform(-20, 640), dice.uniform(110, 330), dice.uniform(14, 34)
        rain.append(stroke([(x, y), (x - length * 0.45, y + length)], palette.light, 1.6, opacity=0.45))
    clouds = [
        cloud(-60 + n * 105 + dice.uniform(-20, 20), 6 + (n % 2) * 34, dice.uniform(1.7, 2.3), fill, 0.95)
        for n, fill in enumerate([palette.near, palette.middle] * 4)
    ]
    rock = [(beacon_x - 92, 330), (beacon_x - 40, 276), (beacon_x + 36, 270), (beacon_x + 96, 330)]
    return [
        rect(0, 0, 600, 400, "url(#sky)"),
        polygon(beam, "hsl(48, 90%, 80%)", opacity=0.35),
        *clouds,
        *rain,
        polygon(rock, palette.ink),
        *lighthouse(beacon_x, 276, 112, palette),
        swell(322, 44, dice.uniform(-60, 60), palette.water),
        swell(352, 46, dice.uniform(-60, 60), palette.middle),
        swell(386, 40, dice.uniform(-60, 60), palette.near),
    ]
