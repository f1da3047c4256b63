"""The course of `standfirst models evaluate --retold`: a site's judged pairs, and what the page's rules say of them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from models.evaluation.agreement import share_of
from models.evaluation.charts import draw_estimates
from service.cli.models.evaluate import Wanted, figure_lines
from service.cli.models.json_lines import read_lines
from service.cli.terminal.session import Output
from service.domain.errors import Fault, InvalidInput
from service.domain.page.choosing.relations import Refusal
from service.usecases.page.retold_pairs import RetoldPair, judged_rules, unknown_articles

if TYPE_CHECKING:
    from service.services import Services

SHOWN = 20


class _Line(BaseModel):
    """One line: two articles of the site, and which relations people found between them."""

    model_config = ConfigDict(extra="ignore")

    article_a: str
    article_b: str
    relations: frozenset[Refusal]


def evaluate_retold(output: Output, wanted: Wanted, path: Path, services: Services, site: str) -> None:
    """Tells how often the page's rules call pairs what people did. Raises InvalidInput for what is not known."""
    pairs = [RetoldPair(line.article_a, line.article_b, line.relations) for line in read_lines(path, _Line)]
    services.snapshots.look_around()
    index = services.snapshots.snapshot(services.site_records.get(site).id).index
    if missing := unknown_articles(index, pairs):
        faults = [Fault(article_id, "is not an article of the site") for article_id in missing[:SHOWN]]
        raise InvalidInput(faults, f"{path.name} names {len(missing)} articles that {site} does not have.")
    if not pairs:
        raise InvalidInput.one(path.name, "There are no judged pairs.")
    values = judged_rules(index, pairs)
    figures = {f"{name}, of {len(hits)}": share_of(sum(hits), len(hits)) for name, hits in values.items()}
    model = index.model_version
    told = {"source": path.name, "model": model, "pairs": len(pairs), "figures": {
        name: {**asdict(estimate), "of": len(values[name])}
        for name, estimate in zip(values, figures.values(), strict=True)
    }}  # fmt: skip
    head = f"{len(pairs)} judged pairs of {site} ({path.name}), model {model or 'none'}; what pages keep apart:"
    output.result(told, "\n".join([head, *figure_lines(figures, "interval by Wilson")]))
    if wanted.plot is not None:
        draw_estimates(figures, f"{path.name}: what pages keep apart", wanted.plot)
