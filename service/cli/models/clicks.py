"""The course of `standfirst models clicks`: what was logged, what was learnt of it, and what that is worth."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from service.cli.terminal.session import Output
from service.cli.terminal.written_file import write_file
from service.usecases.engagement.learn_clicks import COLUMNS

if TYPE_CHECKING:
    from service.services import Services


def export_shown(output: Output, services: Services, site: str, path: Path) -> None:
    """Writes the logged teasers of settled page views, a row each."""
    rows = services.learn_clicks.rows(site)
    write_file(path, services.write_table(COLUMNS, rows, "parquet"))
    output.result({"rows": len(rows), "file": str(path)}, f"Wrote {len(rows)} logged teasers to {path}.")


def go_back(output: Output, services: Services, site: str) -> None:
    """Has pages chosen by what they were before, and tells what that is."""
    used = services.learn_clicks.rollback(site)
    name = used.version if used.model else "the default"
    output.result({"version": used.version, "used": used.model is not None}, f"Pages are chosen by {name} again.")


def learn_clicks(output: Output, services: Services, site: str) -> None:
    """Tells what was learnt, what it is worth beside the default, and whether it is used."""
    found = services.learn_clicks.learn(site)
    judged = found.figures
    rows = (("default", judged.default), ("with the model", judged.blended), ("gain", judged.gain))
    lines = [
        f"Learnt from {judged.days_learnt} days, judged on {judged.days_held_back} ({judged.clicks_held_back} clicks).",
        "How often a followed teaser stands before one that was not:",
        *(f"  {name:<15} {one.value:6.3f}  [{one.low:.3f}, {one.high:.3f}]" for name, one in rows),
        "What weighs: " + ", ".join(f"{name} {weight:+.2f}" for name, weight in found.model.weights.items()) + ".",
        "It is used from now on." if found.is_used else "It is no better beyond chance: the default is used.",
    ]
    output.result({"used": found.is_used, "model": asdict(found.model), **asdict(judged)}, "\n".join(lines))
