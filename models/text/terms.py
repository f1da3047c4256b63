"""Terms as numbers: the 64-bit ids that stand for them everywhere in serving."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

TermHashes = npt.NDArray[np.uint64]


@lru_cache(maxsize=65_536)
def term_hash(term: str) -> int:
    """Returns the term's 64-bit id: the first eight bytes of its BLAKE2b digest.

    At 1,000,000 terms two share an id with a probability of 3e-8, so ids stand for terms everywhere in serving.
    """
    return int.from_bytes(blake2b(term.encode(errors="surrogatepass"), digest_size=8).digest(), "little")


def term_hashes(terms: Iterable[str]) -> TermHashes:
    """Returns the ids of the terms, in order."""
    return np.fromiter((term_hash(term) for term in terms), dtype=np.uint64)
