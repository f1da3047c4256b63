"""SVG elements as text: every value is rounded and escaped here, so that no drawing can break its document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

Point = tuple[float, float]


def element(name: str, content: str = "", /, **attributes: object) -> str:
    """Returns one element; an underscore in an attribute's name stands for a hyphen, floats get two decimals."""
    words = "".join(f" {key.replace('_', '-')}={quoteattr(_word(value))}" for key, value in attributes.items())
    return f"<{name}{words}>{content}</{name}>" if content else f"<{name}{words}/>"


def _word(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def rect(x: float, y: float, width: float, height: float, fill: str, **more: object) -> str:
    """Returns a filled rectangle."""
    return element(
        "rect", x=float(x), y=float(y), width=float(max(width, 0)), height=float(max(height, 0)), fill=fill, **more
    )


def circle(cx: float, cy: float, r: float, fill: str, **more: object) -> str:
    """Returns a filled circle."""
    return element("circle", cx=float(cx), cy=float(cy), r=float(r), fill=fill, **more)


def ellipse(cx: float, cy: float, rx: float, ry: float, fill: str, **more: object) -> str:
    """Returns a filled ellipse."""
    return element("ellipse", cx=float(cx), cy=float(cy), rx=float(rx), ry=float(ry), fill=fill, **more)


def polygon(points: Iterable[Point], fill: str, **more: object) -> str:
    """Returns a filled polygon."""
    return element("polygon", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), fill=fill, **more)


def path(d: str, fill: str = "none", /, **more: object) -> str:
    """Returns a path, filled or stroked."""
    return element("path", d=d, fill=fill, **more)


def stroke(points: Sequence[Point], colour: str, width: float, **more: object) -> str:
    """Returns a round-ended line through the points."""
    d = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return path(d, stroke=colour, stroke_width=float(width), stroke_linecap="round", stroke_linejoin="round", **more)


def text(x: float, y: float, words: str, fill: str, size: float, **more: object) -> str:
    """Returns one line of text, escaped."""
    return element("text", escape(words), x=float(x), y=float(y), fill=fill, font_size=float(size), **more)


def group(parts: Iterable[str], **attributes: object) -> str:
    """Returns the parts as one group."""
    return element("g", "".join(parts), **attributes)


def hills(height: float, points: Sequence[float], base: float, fill: str) -> str:
    """Returns a smooth ridge through evenly spaced heights above `base`, filled down to the picture's foot."""
    step = 600 / (len(points) - 1)
    d = f"M0 {base - points[0] * height:.1f}"
    for place, (before, after) in enumerate(pairwise(points)):
        left, right = place * step, (place + 1) * step
        middle = (left + right) / 2
        d += f" C{middle:.1f} {base - before * height:.1f} {middle:.1f} {base - after * height:.1f}"
        d += f" {right:.1f} {base - after * height:.1f}"
    return path(f"{d} V400 H0 Z", fill)


def gradient(name: str, top: str, foot: str) -> str:
    """Returns a vertical gradient to be named in a fill."""
    stops = element("stop", offset=0, stop_color=top) + element("stop", offset=1, stop_color=foot)
    return element("linearGradient", stops, id=name, x1=0, y1=0, x2=0, y2=1)


def document(width: int, height: int, parts: Iterable[str], title: str) -> str:
    """Returns a whole SVG document with its title."""
    return element(
        "svg",
        element("title", escape(title) or " ") + "".join(parts),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
    )
