"""Draws what was due and what was delivered, flight by flight, as a picture in SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from service.simulation.outcome import FlightOutcome, Point

WIDTH, HEIGHT, EDGE = 720, 220, 34
STYLE = """<style>
text { font: 13px sans-serif; fill: #444 } path { fill: none; stroke-width: 2 }
.due { stroke: #f2cf94; stroke-width: 9 } .delivered { stroke: #0b6e99 } .frame { stroke: #ddd; stroke-width: 1 }
@media (prefers-color-scheme: dark) { text { fill: #bbb } .frame { stroke: #444 } .delivered { stroke: #5bbfe8 }
.due { stroke: #6b5528 } }
</style>"""


def picture(outcomes: Sequence[tuple[str, FlightOutcome]]) -> str:
    """Returns an SVG picture, a panel for each scenario's flight: due as a broad pale line, delivered as a
    thin one on it, so that either is seen where both are one."""
    shown = [(scenario, outcome) for scenario, outcome in outcomes if outcome.points]
    panels = [_panel(scenario, outcome, place * HEIGHT) for place, (scenario, outcome) in enumerate(shown)]
    height = HEIGHT * len(panels)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
    return "\n".join([head, "<title>Due and delivered</title>", STYLE, *panels, "</svg>", ""])


def _panel(title: str, outcome: FlightOutcome, top: int) -> str:
    points, goal = outcome.points, max(outcome.goal, 1)
    begin, span = points[0].at, max(points[-1].at - points[0].at, 1)
    bottom = top + HEIGHT - EDGE

    def path(kind: str, value: Callable[[Point], float]) -> str:
        places = (
            f"{EDGE + (WIDTH - 2 * EDGE) * (point.at - begin) / span:.1f} "
            f"{bottom - (HEIGHT - 2 * EDGE) * value(point) / goal:.1f}"
            for point in points
        )
        return f'<path class="{kind}" d="M{" L".join(places)}"/>'

    said = f"{title}, {outcome.flight}: {outcome.delivered:,.0f} of {goal:,} in {span / 3_600:.0f} hours"
    return "\n".join(
        [
            f'<text x="{EDGE}" y="{top + EDGE - 12}">{escape(said)} (pale: due)</text>',
            f'<path class="frame" d="M{EDGE} {top + EDGE} V{bottom} H{WIDTH - EDGE}"/>',
            path("due", lambda point: point.due),
            path("delivered", lambda point: point.delivered),
        ]
    )
