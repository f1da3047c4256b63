"""Lays out a worksheet's values in a process of its own: `python -m` this module, archive in, JSON out.

The reader is native code which ends its process where a workbook asks for more memory than there is.
"""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from datetime import date, datetime

import orjson
from python_calamine import CalamineError, CalamineWorkbook

MEMORY_BYTES = 4_000_000_000
UNREADABLE = 3


def main() -> int:
    """Reads the archive from stdin and writes the rows of the sheet that the argument names; returns the exit code."""
    _limit_memory()
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())) as book:
            rows = book.get_sheet_by_name(sys.argv[1]).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        sys.stderr.write(str(error))
        return UNREADABLE
    sys.stdout.buffer.write(orjson.dumps(rows, default=_dated, option=orjson.OPT_PASSTHROUGH_DATETIME))
    return 0


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):  # where a system has no such limit, the memory itself is one
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _dated(value: object) -> dict[str, str]:
    match value:
        case datetime():
            return {"moment": value.replace(microsecond=0).isoformat()}
        case date():
            return {"day": value.isoformat()}
        case _:
            return {"time": str(value)}


if __name__ == "__main__":
    sys.exit(main())
