"""A picture's colours, all derived from one hue and the time of day."""

from __future__ import annotations

from dataclasses import dataclass


def hsl(hue: float, saturation: float, lightness: float) -> str:
    """Returns a colour as SVG writes it; the hue wraps at 360 degrees."""
    return f"hsl({hue % 360:.0f}, {saturation:.0f}%, {lightness:.0f}%)"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one picture, from the sky down to the darkest foreground."""

    sky_top: str
    sky_low: str
    far: str
    middle: str
    near: str
    ink: str
    water: str
    light: str
    accent: str
    second: str
    drape: str
    is_night: bool


ACCENT_HUES = (10.0, 40.0, 178.0, 212.0)  # brick, ochre, sea green, slate blue: what the Courier's printer has


def _contrasting(hue: float) -> list[float]:
    """Returns the accent hues, the farthest from the picture's own first."""
    return sorted(ACCENT_HUES, key=lambda accent: -abs((accent - hue + 180) % 360 - 180))


def palette_of(hue: float, *, is_night: bool = False) -> Palette:
    """Returns the palette of a hue by day or by night."""
    accent, second, *_ = _contrasting(hue)
    if is_night:
        return Palette(
            sky_top=hsl(hue, 42, 17),
            sky_low=hsl(hue + 18, 40, 38),
            far=hsl(hue + 6, 30, 30),
            middle=hsl(hue + 3, 34, 22),
            near=hsl(hue, 38, 15),
            ink=hsl(hue, 42, 9),
            water=hsl(hue + 8, 36, 27),
            light="hsl(44, 88%, 78%)",
            accent=hsl(accent, 58, 58),
            second=hsl(second, 44, 60),
            drape=hsl(hue, 44, 30),
            is_night=True,
        )
    return Palette(
        sky_top=hsl(hue, 44, 70),
        sky_low=hsl(hue + 30, 52, 90),
        far=hsl(hue + 8, 26, 66),
        middle=hsl(hue + 4, 30, 46),
        near=hsl(hue, 36, 28),
        ink=hsl(hue, 40, 16),
        water=hsl(hue - 4, 36, 54),
        light="hsl(44, 92%, 92%)",
        accent=hsl(accent, 60, 54),
        second=hsl(second, 44, 58),
        drape=hsl(hue, 46, 38),
        is_night=False,
    )
