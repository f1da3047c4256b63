"""Gives requests and page views their ids, drawn from the system's randomness many at a time."""

from __future__ import annotations

import os
from collections import deque

DRAWN = 256
ID_BYTES = 16

_ids: deque[str] = deque()


def random_id() -> str:
    """Returns 128 random bits in hex, which nobody can guess and no two processes share.

    A call of the system costs more than all else that a request's id needs, so one brings many.
    """
    while True:
        try:
            return _ids.pop()
        except IndexError:
            drawn = os.urandom(ID_BYTES * DRAWN).hex()
            _ids.extend(drawn[at : at + 2 * ID_BYTES] for at in range(0, len(drawn), 2 * ID_BYTES))


# A forked worker must not go on with what its parent drew.
os.register_at_fork(after_in_child=_ids.clear)
