"""Index generations on disk: built beside the old one, checked when installed, taken up by a rename."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

import orjson

from service.adapters.files.segment import Segment
from service.adapters.files.segment_building import Source, open_segment, write_segment

MANIFEST = "generation.json"
CURRENT = "CURRENT"
KEPT = 2
FORMAT = 5


@dataclass(frozen=True, slots=True)
class GenerationInfo:
    """A generation's name, the model behind its vectors, and the newest article change that it holds."""

    name: str
    model_version: str
    version: int


class Generations:
    """The generations of one site's index in a folder of this host."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self) -> GenerationInfo | None:
        """Returns the installed generation; None where there is none that can be read."""
        try:
            name = (self.folder / CURRENT).read_text().strip()
            content = orjson.loads((self.folder / name / MANIFEST).read_bytes())
            if content["format"] != FORMAT or not _sizes_match(self.folder / name, content["files"]):
                return None
            return GenerationInfo(name, content["model_version"], content["version"])
        except (OSError, orjson.JSONDecodeError, KeyError):
            return None

    def open(self, info: GenerationInfo) -> Segment:
        """Returns the generation's segment, memory-mapped. Raises OSError or ValueError where it is gone or cut."""
        return open_segment(self.folder / info.name)

    def install(self, sources: Sequence[Source], model_version: str, version: int) -> GenerationInfo:
        """Writes the sources' rows as the next generation and makes it the current one; older ones but one are removed.

        A process killed on the way leaves the last good generation in place.
        """
        name = f"generation-{version}-{model_version}-{os.getpid()}"
        building = self.folder / f".{name}"
        building.mkdir(parents=True)
        write_segment(sources, building)
        files = {path.name: _digest(path) for path in sorted(building.iterdir())}
        manifest = {"format": FORMAT, "model_version": model_version, "version": version, "files": files}
        (building / MANIFEST).write_bytes(orjson.dumps(manifest))
        shutil.rmtree(self.folder / name, ignore_errors=True)
        building.rename(self.folder / name)
        pointer = self.folder / f".{CURRENT}.{os.getpid()}"
        pointer.write_text(name)
        pointer.replace(self.folder / CURRENT)
        self._remove_old(keep=name)
        return GenerationInfo(name, model_version, version)

    def _remove_old(self, keep: str) -> None:
        # Whoever still maps a removed generation keeps its pages until it lets go.
        others = [path for path in self.folder.glob("[!.]*") if path.is_dir() and path.name != keep]
        for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT - 1 :]:
            shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def building(self) -> Iterator[bool]:
        """Yields True to the one process of this host that may build now, False to the others."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "build.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            for path in self.folder.glob(".*-*"):  # what a build that was killed left
                shutil.rmtree(path, ignore_errors=True)
            yield True


def _digest(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": file_digest(file, "sha256").hexdigest()}


def _sizes_match(folder: Path, files: dict[str, dict[str, object]]) -> bool:
    return all((folder / name).stat().st_size == described["bytes"] for name, described in files.items())
