"""A file that a command was asked for: whole under its name, or an error that says what is wrong with the place."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path

from service.domain.errors import InvalidInput


def write_file(path: Path, content: bytes) -> None:
    """Writes a file; where that fails, what stood there stays. Raises InvalidInput, which names the file."""
    target = path.resolve()
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        if target.exists() and not target.is_file():  # a pipe or a device
            target.write_bytes(content)
        else:
            aside.write_bytes(content)
            aside.replace(target)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        raise InvalidInput.one(str(path), f"cannot be written: {error.strerror}; make room, or name another") from error
