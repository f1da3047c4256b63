"""Sets of an index's rows: which stand among others, and the columns of two put together.

A table of all rows instead of a sort, since few of its pages are touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from service.domain.index.article_index import Columns, Rows


def is_among(rows: Rows, others: Rows, size: int) -> npt.NDArray[np.bool_]:
    """Returns which of the rows stand among the others; `size` is how many rows there are."""
    table = np.zeros(size, bool)
    table[others] = True
    found: npt.NDArray[np.bool_] = table[rows]
    return found


def without(rows: Rows, others: Rows, size: int) -> Rows:
    """Returns the rows that do not stand among the others; `size` is how many rows there are."""
    return rows[~is_among(rows, others, size)]


def joined(found: Columns, front: Columns, others: npt.NDArray[np.bool_]) -> Columns:
    """Returns the columns of some rows, then those of the front's others."""
    pairs = cast("Iterable[tuple[npt.NDArray[Any], npt.NDArray[Any]]]", zip(found, front, strict=True))
    return Columns(*[np.concatenate((one, more[others])) for one, more in pairs])
