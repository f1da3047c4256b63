"""The course of `standfirst models compare`: two models of a site asked the same, and by how much they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.evaluation.agreement import Estimate, mean_of
from models.evaluation.held_out import asked_newest, newest_apart
from models.evaluation.judged_pairs import score_pairs
from models.relevance.model import RelevanceModel
from service.cli.models.evaluate import read_articles
from service.cli.models.judged_pairs import read_pairs
from service.cli.terminal.session import Output
from service.cli.terminal.table import table_text
from service.domain.sites.language import primary_subtag

if TYPE_CHECKING:
    from service.services import Services

Two = tuple[RelevanceModel, RelevanceModel]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the base, of the model that is asked about, and the difference with its 95 % interval."""

    base: float
    model: float
    difference: Estimate

    @property
    def verdict(self) -> str:
        """What the interval of the difference tells."""
        return "better" if self.difference.low > 0 else "worse" if self.difference.high < 0 else "not told apart"


def compare_models(
    output: Output, services: Services, site: str, version: str | None, base: str | None, pairs: Path | None
) -> None:
    """Tells by how much one model of the site differs from another, on judged pairs or on its newest articles."""
    two = services.models.compared(site, version, base)
    if pairs is not None:
        asked, figures = _on_pairs(two, pairs, primary_subtag(services.sites.get(site).language))
    else:
        asked, figures = _on_newest(two, output, services, site)
    versions = {"base": two[0].version, "model": two[1].version}
    rows = [
        (name, f"{one.base:.3f}", f"{one.model:.3f}", f"{one.difference.value:+.3f}",
         f"[{one.difference.low:+.3f}, {one.difference.high:+.3f}]", one.verdict)
        for name, one in figures.items()
    ]  # fmt: skip
    lines = [
        f"Asked with {asked}:",
        *(f"  {name:<5}  {version}" for name, version in versions.items()),
        table_text(("", "base", "model", "more", "95 % interval", ""), rows),
        "The interval is of the difference: both are asked the same, in a seeded bootstrap.",
    ]
    told = {name: {**asdict(one), "verdict": one.verdict} for name, one in figures.items()}
    output.result({**versions, "asked": asked, "figures": told}, "\n".join(lines))


def _on_pairs(two: Two, path: Path, language: str | None) -> tuple[str, Mapping[str, Figure]]:
    judged = read_pairs(path)
    base, model = (score_pairs(one, judged, language) for one in two)
    of_base, of_model = base.views(), model.views()
    figures = {}
    for view, gained in model.gained_over(base).items():
        for kind in ("pearson", "spearman"):
            base_value, value = (getattr(of[view], kind).value for of in (of_base, of_model))
            figures[f"{view} {kind.title()}"] = Figure(base_value, value, getattr(gained, kind))
    return f"{len(judged)} judged pairs ({path.name})", figures


def _on_newest(two: Two, output: Output, services: Services, site: str) -> tuple[str, Mapping[str, Figure]]:
    earlier, newest = newest_apart(read_articles(output, services, site))
    base, model = (asked_newest(one, earlier, newest) for one in two)
    figures = {
        name: Figure(float(base[name].mean()), float(model[name].mean()), mean_of(model[name] - base[name]))
        for name in base
    }
    return f"the {len(newest)} newest articles of {site}, and the {len(earlier)} earlier ones to find", figures
