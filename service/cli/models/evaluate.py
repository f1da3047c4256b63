"""The course of `standfirst models evaluate`: which model, which judgements or articles, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from models.evaluation.agreement import Agreement, Estimate, EvaluationError
from models.evaluation.charts import draw_estimates
from models.evaluation.held_out import NEIGHBOURS, DatedText, hold_out
from models.evaluation.judged_pairs import JudgedPair, PairScores, model_of_texts, score_pairs
from models.evaluation.lee import LEE_LANGUAGE, RATERS_AGREE, lee_corpus
from models.relevance.bundle import BundleError
from models.relevance.meaning import LEAST_ARTICLES
from models.relevance.model import RelevanceModel
from models.text.detect import detect
from service.cli.models.judged_pairs import read_pairs
from service.cli.terminal.session import Output
from service.cli.terminal.written_file import write_file
from service.domain.content.opening import model_text
from service.domain.errors import InvalidInput, ModelUnusable
from service.domain.sites.language import language_of, primary_subtag
from service.domain.sites.site import Site
from service.usecases.content.read_articles import every_article

if TYPE_CHECKING:
    from service.services import Services


@dataclass(frozen=True, slots=True)
class Wanted:
    """What else to write: each pair's scores as NDJSON, and a plot."""

    scores: Path | None
    plot: Path | None


@contextmanager
def errors_told() -> Iterator[None]:
    """Turns what evaluation and bundles cannot do into errors of the command line."""
    try:
        yield
    except EvaluationError as error:
        raise InvalidInput.one("", str(error)) from error
    except BundleError as error:
        raise ModelUnusable(str(error)) from error


def evaluate_lee(output: Output, wanted: Wanted) -> None:
    """Tells how far both views, fitted on Lee's background texts, agree with the people who judged his pairs."""
    background, pairs = lee_corpus()
    model = model_of_texts(background, LEE_LANGUAGE, with_topics=True)
    fitted = f"{len(background)} background texts, topics from as few"
    _tell(output, wanted, pairs, model, LEE_LANGUAGE, source="lee", fitted=fitted, raters=RATERS_AGREE)


def evaluate_pairs(output: Output, wanted: Wanted, path: Path, services: Services | None, site: str | None) -> None:
    """Tells how far the site's serving model agrees with the file's judgements; without one, a model of its texts."""
    pairs = read_pairs(path)
    model, language = None, primary_subtag(Site("").language)
    if services is not None and site is not None:
        model, language = services.models.serving(site), primary_subtag(services.sites.get(site).language)
    fitted = f"the articles of {site}, model {model.version}" if model is not None else "the pairs' own texts"
    if model is None:
        texts = dict.fromkeys(text for pair in pairs for text in (pair.text_a, pair.text_b))
        model = model_of_texts(texts, language, with_topics=False)
    _tell(output, wanted, pairs, model, language, source=path.name, fitted=fitted)


def evaluate_site(output: Output, wanted: Wanted, services: Services, site: str) -> None:
    """Tells what a model fitted on the site's earlier articles is worth on the newest ones."""
    if wanted.scores is not None:
        raise InvalidInput.one("--scores", "It writes the scores of judged pairs: give --pairs too.")
    found = hold_out(read_articles(output, services, site))
    views = (
        "words and topics" if found.topics else f"words alone: topics are learnt from {LEAST_ARTICLES:,} articles on"
    )
    head = (
        f"Fitted on the {found.fitted} earlier articles of {site} ({views}), asked with the {found.asked} newest, "
        f"{found.with_section} of them in a known section. Sections are those of the {NEIGHBOURS} nearest."
    )
    output.result(asdict(found), "\n".join([head, *figure_lines(found.figures)]))
    if wanted.plot is not None:
        draw_estimates(found.figures, f"{site}: newest articles, held out", wanted.plot)


def read_articles(output: Output, services: Services, site: str) -> list[DatedText]:
    """Returns all articles of the site as a training would read them. Raises NotFound for an unknown site."""
    own = services.sites.get(site)
    total = services.models.article_count(site)
    found = []
    with output.progress(f"Reading {total} articles", total) as step:
        for count, article in enumerate(every_article(services.articles, site), start=1):
            published_at = article.published_at.timestamp()
            text = model_text(article)
            language = language_of(own, article.language, f"{article.title}\n{text}", detect)
            found.append(DatedText(article.id, article.title, text, language, article.section, published_at))
            step(count)
    return found


def _tell(
    output: Output,
    wanted: Wanted,
    pairs: Sequence[JudgedPair],
    model: RelevanceModel,
    language: str | None,
    *,
    source: str,
    fitted: str,
    raters: float | None = None,
) -> None:
    scores = score_pairs(model, pairs, language)
    views = scores.views()
    figures = {f"{name} {kind}": estimate for name, view in views.items() for kind, estimate in _parts(view).items()}
    told: dict[str, Any] = {
        "source": source,
        "fitted_on": fitted,
        "model": model.version,
        "topics": bool(model.meaning.terms.size),
        "pairs": len(pairs),
        "texts": int(scores.ends.max()) + 1,
        "views": {name: asdict(view) for name, view in views.items()},
    }
    text = [
        f"{len(pairs)} judged pairs of {told['texts']} texts ({source}), model fitted on {fitted}.",
        *figure_lines(figures),
    ]
    if not told["topics"]:
        text.append(f"The model knows no topics (they take {LEAST_ARTICLES:,} articles): the blend is words alone.")
    if raters is not None:
        told["raters_agree"] = raters
        text.append(f"One rater agrees with another at {raters} (Pearson).")
    output.result(told, "\n".join(text))
    if wanted.scores is not None:
        _write_scores(wanted.scores, scores)
    if wanted.plot is not None:
        draw_estimates(figures, f"{source}: agreement with judgements", wanted.plot, scores)


def _parts(view: Agreement) -> Mapping[str, Estimate]:
    return {"Pearson": view.pearson, "Spearman": view.spearman}


def figure_lines(figures: Mapping[str, Estimate], interval: str = "interval of a seeded bootstrap") -> list[str]:
    """Returns a line for each figure with its interval, and one that says what that is."""
    width = max(map(len, figures))
    rows = [f"  {name:<{width}}  {e.value:6.3f}  [{e.low:.3f}, {e.high:.3f}]" for name, e in figures.items()]
    return [*rows, f"In brackets the 95 % {interval}."]


def _write_scores(path: Path, scores: PairScores) -> None:
    """Writes a line a pair, in the order they were read: its number, the judgement, the cosine of either view."""
    lines = []
    for number, row in enumerate(zip(scores.judgements, scores.words, scores.blend, strict=True), start=1):
        judgement, words, blend = map(float, row)
        line = {"pair": number, "judgement": judgement, "words": round(words, 6), "blend": round(blend, 6)}
        lines.append(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    write_file(path, b"".join(lines))
