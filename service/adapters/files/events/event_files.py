"""Where files of events go: a folder, or a place in an object store that fsspec reaches."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from service.adapters.files.durable import sync
from service.domain.errors import ExportFailed, InvalidInput
from service.domain.events.export import EventFiles

OBJECT_STORES = ("s3", "gs", "abfs")
"""Kinds of address that obstore serves through fsspec."""

ANSWER_S = 30.0
"""What an object store may take for an answer; a file is sent twice at most, and the exporter itself tries again."""


def open_event_files(url: str, answer_s: float = ANSWER_S) -> EventFiles:
    """Returns the place at an address: `s3://`, `gs://` or `abfs://` with bucket and prefix, or else a folder's path.

    Nothing is asked of it yet. An object store is given up that does not answer in `answer_s` seconds. Raises
    InvalidInput for an address of another kind, or where a library is missing.
    """
    scheme = urlsplit(url).scheme
    if scheme in OBJECT_STORES:
        return ObjectFiles(url, answer_s)
    if scheme not in ("", "file"):
        raise InvalidInput.one(
            "STANDFIRST_EXPORT_URL", f"'{scheme}' is none of {', '.join(OBJECT_STORES)}; a folder is named by its path"
        )
    return FolderFiles(Path(url.removeprefix("file://")))


class FolderFiles:
    """EventFiles in a folder of this host: written aside, synced, then renamed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, content: bytes) -> None:
        """Writes a file whole, in the place of one that is there. Raises ExportFailed."""
        path = self._folder / name
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            for left in path.parent.glob(f".{path.name}.*"):  # by one that was killed at this very file
                left.unlink()
            _write_synced(aside, content)
            aside.replace(path)
            sync(path.parent)
        except OSError as error:
            with suppress(OSError):
                aside.unlink()
            raise ExportFailed(f"{path} cannot be written: {error.strerror}.") from error


class ObjectFiles:
    """EventFiles in an object store, which shows an object when all of it has arrived."""

    def __init__(self, url: str, answer_s: float) -> None:
        try:
            import fsspec
            from obstore.fsspec import register
        except ImportError as error:
            lack = "Object stores need fsspec and obstore: install standfirst[export]."
            raise InvalidInput.one("STANDFIRST_EXPORT_URL", lack) from error
        scheme = urlsplit(url).scheme
        register(scheme)
        self._url = url.rstrip("/")
        self._answer_s = answer_s
        # Plain HTTP is spoken only where the endpoint that the environment names is such an address.
        options = {"timeout": f"{answer_s * 1_000:.0f}ms", "allow_http": True}
        self._files = fsspec.filesystem(scheme, client_options=options, retry_config={"max_retries": 1})

    def put(self, name: str, content: bytes) -> None:
        """Writes an object in the place of one that is there. Raises ExportFailed."""
        from obstore.exceptions import BaseError

        path = f"{self._url}/{name}"
        try:
            self._files.pipe_file(path, content)
        except (BaseError, OSError) as error:
            raise ExportFailed(f"{path} cannot be written: {self._reason(str(error).strip())}") from error

    def _reason(self, told: str) -> str:
        """Its first line; that nobody answered, the library says in a later one."""
        if "kind: Timeout" in told:
            return f"the object store did not answer within {self._answer_s:g} seconds."
        return told.partition("\n")[0][:300]


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
