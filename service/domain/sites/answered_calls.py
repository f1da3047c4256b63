"""A write that is sent again under the same key is answered as the first time, and done once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from service.domain.durations import DAY_S

KEPT_S = DAY_S
"""For how long an answer is given again."""
AT_WORK_S = 300
"""After how long a call that never ended, such as one of a killed process, no longer stands in the way of another."""
MOST_BYTES = 1_000_000
"""Largest answer that is kept, packed."""


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What a call was answered: status, headers worth keeping, body; None for a body that was too large to keep."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None


class AnsweredCalls(Protocol):
    """Keeps what a site's writes were answered, by the digest of their caller and key, for KEPT_S seconds."""

    def claim(self, site_id: str, digest: str, call: bytes) -> GivenAnswer | None:
        """Returns None for the first call of this digest, which is then at work; else what the first was answered.

        `call` tells calls apart, 16 bytes. Raises InvalidInput where the first was another call, Conflict while it
        is at work, StoreUnavailable.
        """

    def keep(self, site_id: str, digest: str, call: bytes, answer: GivenAnswer) -> None:
        """Keeps the answer of a call that was at work. Raises StoreUnavailable."""

    def release(self, site_id: str, digest: str) -> None:
        """Forgets a call that was at work and failed, so that it may be sent again. Raises StoreUnavailable."""
