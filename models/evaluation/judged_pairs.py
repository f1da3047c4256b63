"""Asks a relevance model what it is worth: against human judgements, and on a site's own newest articles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.evaluation.agreement import Agreement, EvaluationError, agreement, agreement_gained
from models.relevance.model import RelevanceModel, cosine
from models.relevance.train import TrainingText, train

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """Two texts and how alike people found them, on any scale that grows with likeness."""

    text_a: str
    text_b: str
    judgement: float


@dataclass(frozen=True, slots=True, eq=False)
class PairScores:
    """The model's likeness of each pair: by words, and by words and topics; `judgements` beside them.

    `ends` numbers the distinct texts of each pair. Both views are the same where the model knows no topics.
    """

    words: Floats
    blend: Floats
    judgements: Floats
    ends: npt.NDArray[np.int64]

    def views(self) -> Mapping[str, Agreement]:
        """Returns how far each view agrees with the judgements. Raises EvaluationError where nothing can be told."""
        return {name: agreement(scores, self.judgements, self.ends) for name, scores in self._named().items()}

    def gained_over(self, base: PairScores) -> Mapping[str, Agreement]:
        """Returns by how much each view agrees better than that of `base`, which scored the same pairs."""
        before = base._named()
        return {
            name: agreement_gained(before[name], scores, self.judgements, self.ends)
            for name, scores in self._named().items()
        }

    def _named(self) -> Mapping[str, Floats]:
        return {"words": self.words, "blend": self.blend}


def model_of_texts(texts: Iterable[str], language: str | None, *, with_topics: bool) -> RelevanceModel:
    """Returns a model fitted on bare texts for an evaluation; with topics however few they are, or as serving would.

    `language` is the texts', as a primary subtag. Raises BundleError where there is nothing to learn from.
    """
    rows = (TrainingText(str(number), "", text, language) for number, text in enumerate(texts))
    if with_topics:
        return train(rows, now=0.0, least_for_meaning=0).model
    return train(rows, now=0.0).model


def score_pairs(model: RelevanceModel, pairs: Sequence[JudgedPair], language: str | None) -> PairScores:
    """Returns what the model says of each pair of texts in this language. Raises EvaluationError for no pairs."""
    if not pairs:
        raise EvaluationError("There are no judged pairs.")
    numbers: dict[str, int] = {}
    ends = np.array([[numbers.setdefault(text, len(numbers)) for text in (p.text_a, p.text_b)] for p in pairs])
    vectors = [model.encode("", text, language) for text in numbers]
    places = [model.meaning.place(vector.terms, vector.weights) for vector in vectors]
    words = np.array([cosine(vectors[a], vectors[b]) for a, b in ends.tolist()], np.float32)
    blend = [
        model.meaning.blend(words[at : at + 1], places[b][None], places[a])[0]
        for at, (a, b) in enumerate(ends.tolist())
    ]
    judgements = np.array([p.judgement for p in pairs], float)
    return PairScores(words.astype(float), np.array(blend, float), judgements, ends)
