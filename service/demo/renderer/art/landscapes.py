"""Scenes far from the quay: a wind farm, a mountain that smokes, a comet, a road over the hills and a chess board."""

from __future__ import annotations

import math
from random import Random

from service.demo.renderer.art.outdoors import ripples, sky
from service.demo.renderer.art.palette import Palette
from service.demo.renderer.art.shapes import circle, ellipse, group, hills, path, polygon, rect, stroke

WHITE = "#fbf8f0"


def turbine(x: float, foot: float, height: float, turn: float, colour: str = WHITE) -> list[str]:
    """Returns one wind turbine, its blades turned by so many degrees."""
    hub, half, length = foot - height, height * 0.022, height * 0.62
    edge, back = (
        f"q{length * side:.1f} {-length * rise:.1f} 0 {-length * end:.1f}"
        for side, rise, end in ((0.12, 0.3, 1), (-0.1, -0.6, -1))
    )
    blade = f"M0 0 {edge} {back} Z"
    turns = (f"translate({x:.1f} {hub:.1f}) rotate({turn + 120 * n:.0f})" for n in range(3))
    return [
        polygon([(x - half * 1.6, foot), (x - half * 0.7, hub), (x + half * 0.7, hub), (x + half * 1.6, foot)], colour),
        *(path(blade, colour, transform=each) for each in turns),
        circle(x, hub, half * 2, colour),
    ]


def wind(palette: Palette, dice: Random) -> list[str]:
    """Returns turbines in rows at sea, and a small boat between them."""
    horizon = 252.0
    far = [
        part
        for n in range(6)
        for part in turbine(50 + n * 98 + dice.uniform(-14, 14), horizon + 2, 78, dice.uniform(0, 120), palette.far)
    ]
    near = [(dice.uniform(90, 170), 318.0, 236.0), (dice.uniform(390, 500), 292.0, 172.0)]
    boat = dice.uniform(240, 330)
    return [
        *sky(palette, dice, horizon),
        rect(0, horizon, 600, 150, palette.water),
        *far,
        *ripples(dice, horizon, palette.light),
        *(part for x, foot, height in near for part in turbine(x, foot, height, dice.uniform(0, 120))),
        *(rect(x - 11, foot - 4, 22, 16, palette.accent) for x, foot, _ in near),
        polygon([(boat, 336), (boat + 66, 336), (boat + 54, 354), (boat + 10, 354)], palette.ink),
        rect(boat + 12, 318, 24, 18, WHITE),
        stroke([(boat + 46, 336), (boat + 46, 298)], palette.ink, 2.5),
    ]


def mountain(palette: Palette, dice: Random) -> list[str]:
    """Returns a mountain on an island, with its plume, and a village at its foot."""
    top_x, lean = dice.uniform(240, 360), dice.choice((-1, 1))
    plume = [
        circle(top_x + lean * (n**1.7) * 4, 138 - n * 15, 15 + n * 5.2, palette.middle, opacity=0.5 + 0.04 * n)
        for n in range(8)
    ]
    slope = f"M40 300 Q{top_x - 90:.0f} 250 {top_x - 26:.0f} 138 h52 Q{top_x + 90:.0f} 250 560 300 Z"
    ridge = f"M{top_x:.0f} 140 Q{top_x + 50:.0f} 240 {top_x + 190:.0f} 300 H{top_x + 20:.0f} Z"
    houses = []
    for _ in range(13):
        x, height = dice.uniform(150, 440), dice.uniform(13, 22)
        houses += [rect(x, 300 - height, 20, height, WHITE), rect(x - 1, 297 - height, 22, 5, palette.accent)]
    return [
        *sky(palette, dice, 300),
        *plume,
        path(slope, palette.near),
        path(ridge, palette.ink, opacity=0.35),
        path(f"M{top_x - 20:.0f} 142 q20 16 40 0 q-4 46 -12 62 q-8 -30 -14 -22 q-8 -12 -14 -40 Z", "hsl(16, 80%, 56%)"),
        rect(0, 298, 600, 102, palette.water),
        *houses,
        *ripples(dice, 302, palette.light),
    ]


def comet(_: Palette, dice: Random) -> list[str]:
    """Returns a comet over dark hills, whatever the time of day."""
    x, y, side = dice.uniform(210, 390), dice.uniform(150, 190), dice.choice((-1, 1))
    night = f"hsl({230 + dice.uniform(-12, 16):.0f}, 44%, 14%)"
    stars = [circle(dice.uniform(0, 600), dice.uniform(0, 290), dice.uniform(0.6, 2), "#fff") for _ in range(90)]
    tails = [
        polygon([(x, y + width), (x - side * length, y - length * 0.42), (x, y - width)], "#dff1ff", opacity=opacity)
        for length, width, opacity in ((330, 22, 0.14), (290, 14, 0.2), (240, 8, 0.34))
    ]
    heights = [dice.uniform(0.2, 1) for _ in range(9)]
    lamps = [circle(dice.uniform(60, 540), dice.uniform(368, 384), 1.8, "hsl(44, 90%, 70%)") for _ in range(16)]
    return [
        rect(0, 0, 600, 400, night),
        rect(0, 0, 600, 400, "url(#sky)", opacity=0.16),
        *stars,
        *tails,
        *(circle(x, y, radius, "#f4fbff", opacity=opacity) for radius, opacity in ((22, 0.22), (13, 0.5), (7, 1.0))),
        hills(70, heights, 350, "hsl(232, 34%, 10%)"),
        rect(0, 349, 600, 51, "hsl(232, 36%, 7%)"),
        *lamps,
    ]


def rider(x: float, y: float, palette: Palette) -> list[str]:
    """Returns one cyclist, bent over the bars."""
    wheels = [circle(x + dx, y, 15, "none", stroke=palette.ink, stroke_width=3) for dx in (0, 44)]
    frame = [(x, y), (x + 16, y - 20), (x + 38, y - 20), (x + 20, y), (x + 16, y - 20)]
    return [
        *wheels,
        stroke(frame, palette.accent, 3),
        stroke([(x + 38, y - 24), (x + 44, y)], palette.accent, 3),
        stroke([(x + 15, y - 26), (x + 24, y - 12), (x + 20, y + 2)], palette.ink, 5),
        path(f"M{x + 12:.1f} {y - 28:.1f} q10 -24 28 -20 l4 8 q-14 0 -20 16 Z", palette.accent),
        stroke([(x + 36, y - 42), (x + 42, y - 26)], palette.light, 4),
        circle(x + 45, y - 50, 7, palette.second),
    ]


def road(palette: Palette, dice: Random) -> list[str]:
    """Returns a road over green hills by the sea, with riders on it."""
    start = dice.uniform(70, 190)
    riders = [part for n in range(3) for part in rider(start + n * 108, 338 - n * 7, palette)]
    posts = [rect(20 + n * 84, 356 - n * 5, 6, 20, WHITE) for n in range(7)]
    return [
        *sky(palette, dice, 260),
        rect(0, 200, 600, 70, palette.water),
        hills(92, [dice.uniform(0.3, 1) for _ in range(7)], 262, palette.far),
        path("M0 262 Q160 196 320 246 T600 226 V400 H0 Z", "hsl(108, 28%, 46%)"),
        path("M0 306 Q200 250 600 292 V400 H0 Z", "hsl(112, 30%, 38%)"),
        path("M0 336 L600 296 V344 L0 384 Z", "hsl(220, 6%, 44%)"),
        stroke([(0, 361), (600, 321)], WHITE, 3, stroke_dasharray="26 22"),
        *riders,
        *posts,
    ]


def board(palette: Palette, dice: Random) -> list[str]:
    """Returns a chess board in lamplight with a few pieces left on it."""
    tilt = dice.uniform(-6, 6)
    squares = [
        rect(60 + 60 * column, 176 + 26 * row, 60, 26, palette.near if (row + column) % 2 else WHITE)
        for row in range(8)
        for column in range(8)
    ]
    places = dice.sample([(column, row) for column in range(8) for row in range(1, 7)], 7)
    pieces = [part for n, place in enumerate(sorted(places, key=lambda p: p[1])) for part in piece(*place, n, palette)]
    beam = [(250, 0), (350, 0), (300 + 330 * math.cos(0.2), 400), (-20, 400)]
    return [
        rect(0, 0, 600, 400, palette.near),
        rect(0, 0, 600, 400, palette.ink, opacity=0.45),
        polygon(beam, palette.light, opacity=0.16),
        path("M246 0 h108 l34 44 h-176 Z", palette.accent),
        group(
            [rect(46, 166, 508, 232, "hsl(28, 40%, 30%)"), *squares, *pieces],
            transform=f"rotate({tilt:.1f} 300 280)",
        ),
    ]


def piece(column: int, row: int, kind: int, palette: Palette) -> list[str]:
    """Returns a chess piece on its square: a pawn, or something taller with a collar."""
    x, y, height = 90 + 60 * column, 196 + 26 * row, 34 if kind % 2 else 58
    colour = palette.accent if kind % 3 else palette.light
    return [
        ellipse(x, y, 19, 6, palette.ink, opacity=0.4),
        path(f"M{x - 15} {y} q8 -12 8 -{height - 8} h14 q0 {height - 20} 8 {height - 8} Z", colour),
        rect(x - 12, y - height + 2, 24, 5, colour),
        circle(x, y - height - 5, 9, colour),
    ]
