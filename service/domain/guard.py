"""What a caller has to have seen before a write replaces it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

E = TypeVar("E")
Guard = Callable[[E | None], None]
"""Looks at what a write would replace, None where there is nothing, in one step with the write.

Raises PreconditionFailed where the caller has not seen it; then nothing is written.
"""
