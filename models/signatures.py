"""MinHash signatures: how much of two texts is the same run of words, from 128 bytes each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.text import term_hashes

SIGNATURE_SIZE = 128
SHINGLE_WORDS = 3

_MIX = np.random.default_rng(20_240_211)
_MULTIPLIERS = _MIX.integers(1, 2**63, SIGNATURE_SIZE, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_OFFSETS = _MIX.integers(0, 2**63, SIGNATURE_SIZE, dtype=np.uint64)
_PLACES = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


def shingles(terms: list[str]) -> npt.NDArray[np.uint64]:
    """Returns a hash for each run of three terms; of a shorter text, one for each term."""
    ids = term_hashes(terms)
    if ids.size < SHINGLE_WORDS:
        return ids
    runs = np.lib.stride_tricks.sliding_window_view(ids, SHINGLE_WORDS)
    mixed: npt.NDArray[np.uint64] = np.bitwise_xor.reduce(runs * _PLACES, axis=1)
    mixed ^= mixed >> np.uint64(29)
    return np.asarray(mixed * _PLACES[0], np.uint64)


def signature(terms: list[str]) -> npt.NDArray[np.uint8]:
    """Returns the text's MinHash signature (Broder 1997), one byte for each of 128 permutations.

    The share of equal bytes estimates the Jaccard overlap J of two texts' shingles with a standard error of
    sqrt(J (1 - J) / 128), at most 0.044, plus 1/256 for bytes equal by chance. All zeros where there are no terms.
    """
    hashes = shingles(terms)
    if not hashes.size:
        return np.zeros(SIGNATURE_SIZE, np.uint8)
    permuted = hashes[:, None] * _MULTIPLIERS + _OFFSETS
    return np.asarray(permuted.min(axis=0) >> np.uint64(8) & np.uint64(0xFF), np.uint8)
