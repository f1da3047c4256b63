"""The judgements of Lee, Pincombe and Welsh (2005): 50 short news texts, each pair judged by people.

They come with gensim, which only evaluation needs. Nothing is tuned on them: they are only asked.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.evaluation.agreement import EvaluationError
from models.evaluation.judged_pairs import JudgedPair

RATERS_AGREE = 0.605
"""Mean correlation of one rater's judgements with another's, as the authors report it."""

ENCODING = "latin-1"
LEE_LANGUAGE = "en"


def lee_corpus() -> tuple[list[str], list[JudgedPair]]:
    """Returns the 300 background texts and the 1,225 judged pairs. Raises EvaluationError where gensim is missing."""
    try:
        from gensim.test.utils import datapath
    except ImportError as error:
        raise EvaluationError(
            "The Lee corpus comes with gensim, which is not installed: pip install gensim, or name --site or --pairs."
        ) from error
    background, texts = (
        Path(datapath(name)).read_text(encoding=ENCODING).splitlines() for name in ("lee_background.cor", "lee.cor")
    )
    judged = np.loadtxt(datapath("similarities0-1.txt"))
    pairs = [
        JudgedPair(texts[one], texts[other], float(judged[one, other]))
        for one, other in zip(*np.triu_indices(len(texts), k=1), strict=True)
    ]
    return background, pairs
