"""Text analysis: from an article's words in its language to the terms that models weigh."""

from models.text.analyzer import VERSION, Reading, distinct_term_ids, read, tokens, words, words_by_term
from models.text.policies import likeness_power
from models.text.terms import TermHashes, term_hash, term_hashes

__all__ = [
    "VERSION",
    "Reading",
    "TermHashes",
    "distinct_term_ids",
    "likeness_power",
    "read",
    "term_hash",
    "term_hashes",
    "tokens",
    "words",
    "words_by_term",
]
