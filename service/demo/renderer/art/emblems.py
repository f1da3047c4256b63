"""What an advertisement shows above its words: a small drawing, 300 by 150, for each thing that is sold."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from service.demo.renderer.art.palette import Palette
from service.demo.renderer.art.shapes import circle, ellipse, group, path, polygon, rect, stroke

WHITE = "#fdfbf5"
Emblem = Callable[[Palette], list[str]]


def ferry(palette: Palette) -> list[str]:
    """Returns a white ferry on a calm estuary."""
    return [
        rect(0, 104, 300, 46, palette.water),
        path("M0 104 Q60 74 120 98 T300 88 V104 Z", palette.far),
        path("M52 92 H248 L228 118 H72 Z", WHITE),
        rect(60, 98, 180, 5, palette.accent),
        rect(90, 70, 122, 22, WHITE),
        rect(112, 52, 76, 18, WHITE),
        *(rect(98 + 19 * n, 76, 11, 9, palette.middle) for n in range(6)),
        rect(140, 30, 18, 22, palette.accent),
        polygon([(158, 12), (186, 19), (158, 26)], palette.near),
        stroke([(158, 12), (158, 52)], palette.near, 2),
        *(stroke([(x, y), (x + 44, y)], WHITE, 2.5, opacity=0.5) for x, y in ((18, 126), (118, 136), (222, 128))),
    ]


def raincoat(palette: Palette) -> list[str]:
    """Returns a yellow raincoat on its hook, beside a window with rain."""
    yellow, fold = "hsl(46, 88%, 56%)", "hsl(42, 82%, 46%)"
    rain = [
        stroke([(30 + 17 * n, 26 + 22 * (n % 3)), (24 + 17 * n, 44 + 22 * (n % 3))], WHITE, 2, opacity=0.6)
        for n in range(6)
    ]
    return [
        rect(14, 14, 112, 104, palette.near),
        rect(20, 20, 100, 92, palette.middle),
        path("M20 92 q16 -16 34 0 t34 0 t32 0 V112 H20 Z", palette.water),
        *rain,
        stroke([(70, 20), (70, 112)], palette.near, 4),
        stroke([(20, 66), (120, 66)], palette.near, 4),
        circle(206, 16, 5, palette.ink),
        path("M206 20 C190 22 186 34 188 40 L164 54 L150 112 L168 116 L178 82 L176 142 H236 L234 82 L244 116 L262 112 "
             "L248 54 L224 40 C226 34 222 22 206 20 Z", yellow),
        path("M194 38 Q206 54 218 38 Q212 26 206 26 Q200 26 194 38 Z", fold),
        stroke([(206, 50), (206, 142)], fold, 2.5),
        *(circle(212, y, 2.6, palette.ink) for y in (66, 86, 106)),
    ]  # fmt: skip


def cinema(palette: Palette) -> list[str]:
    """Returns red seats before a lit screen."""
    seats = [
        rect(6 + 49 * n + offset, top, 42, 46, "hsl(356, 58%, 42%)" if top > 100 else "hsl(356, 54%, 33%)", rx=10)
        for top, offset in ((86, 0), (112, -22))
        for n in range(7)
    ]
    return [
        rect(0, 0, 300, 150, palette.ink),
        polygon([(54, 78), (246, 78), (300, 150), (0, 150)], palette.light, opacity=0.2),
        rect(50, 10, 200, 72, palette.light),
        circle(188, 38, 13, palette.accent),
        path("M50 66 q25 -18 50 0 t50 0 t50 0 t50 0 V82 H50 Z", palette.second),
        *seats,
    ]


def coins(palette: Palette) -> list[str]:
    """Returns a stack of coins beside a small lighthouse."""
    gold, edge = "hsl(44, 76%, 60%)", "hsl(40, 66%, 44%)"
    stacks = [
        part
        for x, count in ((84, 4), (132, 7))
        for n in range(count)
        for part in (ellipse(x, 126 - 11 * n, 24, 8, edge), ellipse(x, 122 - 11 * n, 24, 8, gold))
    ]
    return [
        polygon([(216, 36), (300, 8), (300, 66)], "hsl(48, 90%, 82%)", opacity=0.7),
        polygon([(190, 134), (199, 46), (221, 46), (230, 134)], WHITE),
        polygon([(197, 66), (223, 66), (225, 88), (195, 88)], palette.accent),
        polygon([(192, 110), (228, 110), (230, 132), (190, 132)], palette.accent),
        rect(196, 40, 28, 6, palette.ink),
        rect(203, 24, 14, 16, "hsl(48, 92%, 66%)"),
        polygon([(199, 24), (210, 12), (221, 24)], palette.ink),
        rect(0, 132, 300, 18, palette.middle),
        *stacks,
    ]


def shirt(_: Palette) -> list[str]:
    """Returns a green football shirt and a scarf on a wooden bench."""
    green, dark = "hsl(136, 46%, 36%)", "hsl(138, 50%, 24%)"
    stripes = [rect(208, 92 + 14 * n, 26, 7, WHITE) for n in range(4)]
    return [
        rect(0, 118, 300, 12, "hsl(30, 42%, 48%)"),
        rect(0, 132, 300, 10, "hsl(30, 42%, 40%)"),
        *(rect(x, 142, 14, 8, "hsl(30, 40%, 28%)") for x in (40, 246)),
        path(
            "M110 16 L76 30 L54 66 L76 78 L88 62 V124 H172 V62 L184 78 L206 66 L184 30 L150 16 Q130 34 110 16 Z", green
        ),
        path("M110 16 Q130 34 150 16 L144 14 Q130 25 116 14 Z", WHITE),
        rect(104, 30, 9, 94, WHITE, opacity=0.9),
        rect(147, 30, 9, 94, WHITE, opacity=0.9),
        circle(130, 62, 10, dark),
        rect(208, 78, 26, 66, dark),
        *stripes,
        rect(204, 74, 66, 16, dark, rx=6),
        *(stroke([(210 + 5 * n, 144), (210 + 5 * n, 149)], dark, 2) for n in range(5)),
    ]


def newspaper(palette: Palette) -> list[str]:
    """Returns a folded newspaper on a quayside bench, and a cup of tea."""
    columns = [
        stroke([(70 + 42 * column, 82 + 8 * row), (102 + 42 * column, 82 + 8 * row)], palette.far, 2.5)
        for column in range(2)
        for row in range(4)
    ]
    return [
        rect(0, 64, 300, 40, palette.water, opacity=0.7),
        path("M0 66 Q70 40 150 60 T300 50 V66 Z", palette.far),
        rect(0, 118, 300, 14, "hsl(30, 38%, 44%)"),
        rect(0, 136, 300, 14, "hsl(30, 38%, 36%)"),
        group([
            rect(58, 44, 104, 78, WHITE, rx=2),
            rect(66, 52, 88, 11, palette.ink),
            stroke([(66, 69), (154, 69)], palette.ink, 1.5),
            *columns,
            rect(112, 80, 42, 28, palette.accent),
        ], transform="rotate(-3 110 90)"),
        path("M202 78 H250 V100 a22 22 0 0 1 -48 0 Z", WHITE),
        path("M250 84 q18 2 12 16 q-4 9 -16 8", stroke=WHITE, stroke_width=5),
        ellipse(226, 79, 24, 5, "hsl(24, 62%, 36%)"),
        path("M216 66 q-7 -9 0 -18 t0 -18 M234 66 q-7 -9 0 -18 t0 -18", stroke=WHITE, stroke_width=3, opacity=0.75),
    ]  # fmt: skip


def envelope(palette: Palette) -> list[str]:
    """Returns an envelope with a small lighthouse for a stamp."""
    return [
        path("M0 120 q25 -14 50 0 t50 0 t50 0 t50 0 t50 0 t50 0 V150 H0 Z", palette.water),
        group([
            rect(66, 22, 168, 104, WHITE, rx=3),
            path("M66 126 L128 76 M234 126 L172 76", stroke=palette.far, stroke_width=2),
            path("M66 24 L150 92 L234 24", "#fff", stroke=palette.middle, stroke_width=2.5, stroke_linejoin="round"),
            rect(190, 72, 34, 42, palette.sky_low, stroke=palette.middle, stroke_width=1.5, stroke_dasharray="3 2"),
            polygon([(201, 110), (204, 88), (210, 88), (213, 110)], palette.accent),
            rect(203, 81, 8, 7, "hsl(48, 92%, 62%)"),
            polygon([(201, 81), (207, 75), (213, 81)], palette.ink),
        ], transform="rotate(-5 150 74)"),
    ]  # fmt: skip


def turbine(palette: Palette) -> list[str]:
    """Returns a wind turbine at sea, with others far off."""
    blade = "M0 0 C7 -14 5 -40 0 -58 C-5 -40 -5 -14 0 0 Z"
    far = [
        part
        for x in (58, 104, 236, 272)
        for part in (stroke([(x, 112), (x, 84)], WHITE, 2), stroke([(x - 9, 78), (x, 84), (x + 9, 80)], WHITE, 1.5))
    ]
    return [
        rect(0, 110, 300, 40, palette.water),
        *far,
        polygon([(166, 132), (169, 62), (173, 62), (176, 132)], WHITE),
        *(path(blade, WHITE, transform=f"translate(171 62) rotate({angle})") for angle in (20, 140, 260)),
        circle(171, 62, 5, palette.accent),
        rect(158, 128, 26, 8, palette.accent),
        *(stroke([(x, y), (x + 40, y)], WHITE, 2.5, opacity=0.5) for x, y in ((24, 128), (100, 140), (216, 134))),
    ]


def train(palette: Palette) -> list[str]:
    """Returns a small train on its way along a beach."""
    coaches = [
        part
        for n in range(3)
        for part in (
            rect(22 + 64 * n, 78, 60, 34, palette.accent, rx=4),
            *(rect(29 + 64 * n + 18 * pane, 85, 12, 12, palette.light) for pane in range(3)),
            *(circle(36 + 64 * n + 32 * wheel, 114, 6, palette.ink) for wheel in range(2)),
        )
    ]
    return [
        rect(0, 70, 300, 40, palette.water),
        path("M0 118 Q150 98 300 118 V150 H0 Z", "hsl(44, 52%, 74%)"),
        polygon([(262, 76), (266, 36), (276, 36), (280, 76)], WHITE),
        rect(266, 28, 10, 8, "hsl(48, 92%, 66%)"),
        stroke([(0, 120), (300, 120)], palette.ink, 2.5),
        *coaches,
        path("M214 112 V84 q0 -6 8 -6 h14 q18 2 22 34 Z", palette.near),
        circle(232, 114, 6, palette.ink),
    ]


def teapot(palette: Palette) -> list[str]:
    """Returns a steaming teapot and two cups."""
    cups = [path(f"M{x} 112 h34 v8 a14 14 0 0 1 -34 0 Z", WHITE) for x in (36, 226)]
    return [
        rect(0, 126, 300, 24, palette.middle),
        path("M104 128 C84 92 108 66 150 66 C192 66 216 92 196 128 Z", palette.accent),
        path("M198 92 q24 -4 30 -26 l10 6 q-8 36 -38 42 Z", palette.accent),
        path("M104 82 q-28 -2 -24 22 q4 18 28 14", stroke=palette.accent, stroke_width=8),
        ellipse(150, 68, 30, 6, palette.near),
        circle(150, 58, 7, palette.near),
        path("M142 42 q-8 -10 0 -20 t0 -16 M162 42 q-8 -10 0 -20 t0 -16", stroke=WHITE, stroke_width=3, opacity=0.8),
        *cups,
    ]


def books(palette: Palette) -> list[str]:
    """Returns a shelf of books with a ship in a bottle."""
    colours = (palette.accent, palette.second, palette.near, palette.middle, palette.far)
    spines = [
        part
        for n, height in enumerate((76, 88, 70, 92, 82, 74, 86))
        for part in (
            rect(18 + 20 * n, 124 - height, 18, height, colours[n % 5]),
            rect(18 + 20 * n, 134 - height, 18, 3, WHITE, opacity=0.7),
        )
    ]
    return [
        *spines,
        path(
            "M176 100 q0 -20 22 -20 h44 q10 0 16 10 h20 v14 h-20 q-6 12 -16 12 h-44 q-22 0 -22 -16 Z",
            WHITE,
            opacity=0.7,
        ),
        path("M194 102 h38 l-6 10 h-26 Z", palette.near),
        polygon([(212, 84), (212, 100), (228, 100)], palette.accent),
        stroke([(212, 82), (212, 102)], palette.ink, 1.5),
        rect(0, 124, 300, 10, "hsl(30, 42%, 44%)"),
        rect(0, 134, 300, 16, "hsl(30, 42%, 30%)"),
    ]


def lamp(palette: Palette) -> list[str]:
    """Returns a lighthouse at sea, for an advertiser whose wares are not known."""
    return [
        path("M0 112 q25 -14 50 0 t50 0 t50 0 t50 0 t50 0 t50 0 V150 H0 Z", palette.water),
        polygon([(150, 40), (0, 8), (0, 62)], "hsl(48, 90%, 82%)", opacity=0.6),
        polygon([(132, 122), (142, 46), (158, 46), (168, 122)], WHITE),
        polygon([(138, 76), (162, 76), (165, 98), (135, 98)], palette.accent),
        rect(144, 30, 12, 16, "hsl(48, 92%, 66%)"),
        polygon([(140, 30), (150, 18), (160, 30)], palette.ink),
        ellipse(150, 124, 44, 12, palette.ink),
    ]


EMBLEMS: Mapping[str, Emblem] = {
    "ferry": ferry,
    "raincoat": raincoat,
    "cinema": cinema,
    "coins": coins,
    "shirt": shirt,
    "newspaper": newspaper,
    "envelope": envelope,
    "turbine": turbine,
    "train": train,
    "teapot": teapot,
    "books": books,
    "lamp": lamp,
}
