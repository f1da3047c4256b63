"""Loading articles: lines cut into batches on the way out, answers matched to their lines on the way in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from standfirst_client.answers import RowResult
from standfirst_client.errors import StandfirstError, field_errors

BATCH_ROWS = 200
BATCH_BYTES = 1024 * 1024


def batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yields runs of lines of at most BATCH_ROWS rows and, but for a longer single line, BATCH_BYTES bytes."""
    batch: list[bytes] = []
    size = 0
    for line in lines:
        if batch and (len(batch) >= BATCH_ROWS or size + len(line) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line)
    if batch:
        yield batch


def row_results(pieces: Iterable[bytes], first_line: int, expected: int) -> Iterator[RowResult]:
    """Yields one result per answered line, numbered over the whole load; raises StandfirstError if some are missing."""
    answered = 0
    for text in _lines(pieces):
        yield _row_result(text, first_line + answered)
        answered += 1
    if answered != expected:
        raise StandfirstError(f"{expected} articles were sent from line {first_line}, {answered} were answered")


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line for line in whole if line.strip())
    if rest.strip():
        yield rest


def _row_result(text: bytes, line: int) -> RowResult:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StandfirstError(f"the answer to line {line} is no JSON: {error}") from error
    if not isinstance(row, dict):
        raise StandfirstError(f"the answer to line {line} is not an object")
    return RowResult(
        line=line,
        outcome=str(row.get("outcome", "")),
        article_id=None if row.get("id") is None else str(row["id"]),
        errors=field_errors(row),
        raw=row,
    )
