"""How far back a page's search looks, step by step, for the widgets that are led by relevance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from service.domain.call.asked_widget import AskedWidget
from service.domain.durations import DAY_S


def serving_windows(asked: Sequence[AskedWidget]) -> list[int | None]:
    """Returns every window of the kinds led by relevance, narrow to wide; the narrowest that all of them accept first.

    A kind that only knows the whole archive makes the search begin there.
    """
    windows = [widget.kind.windows_s for widget in asked if widget.kind.led_by_relevance] or [(30 * DAY_S,)]
    narrowest = max((_width(steps[0]) for steps in windows), default=np.inf)
    every = {step for steps in windows for step in steps if _width(step) >= narrowest}
    return sorted(every, key=_width)


def _width(window_s: int | None) -> float:
    return np.inf if window_s is None else float(window_s)
