"""Index generations on disk: built or copied beside the old one, checked when installed, taken up by a rename."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path

import orjson

from service.adapters.files.durable import copy_steadily, sync
from service.adapters.files.file_lock import try_lock
from service.adapters.files.index.generations.segment_building import (
    Source,
    open_segment,
    write_neighbours,
    write_segment,
)
from service.adapters.files.index.segment.segment import Segment

MANIFEST = "generation.json"
CURRENT = "CURRENT"
KEPT = 2
FORMAT = 7


@dataclass(frozen=True, slots=True)
class GenerationInfo:
    """A generation's name, the model behind its vectors, and the newest article change that it holds."""

    name: str
    model_version: str
    version: int


class Generations:
    """The generations of one site's index in a folder: of this host, or one that hosts share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self) -> GenerationInfo | None:
        """Returns the installed generation; None where there is none, of this format, that can be read.

        Its files were checked when it was installed: now the manifest's digest and the files' sizes are compared.
        """
        try:
            name, digest = (self.folder / CURRENT).read_text().split()
            written = (self.folder / name / MANIFEST).read_bytes()
            content = orjson.loads(written)
            if sha256(written).hexdigest() != digest or content["format"] != FORMAT:
                return None
            if not _sizes_match(self.folder / name, content["files"]):
                return None
            return GenerationInfo(name, content["model_version"], content["version"])
        except (OSError, ValueError, KeyError):
            return None

    def open(self, info: GenerationInfo) -> Segment:
        """Returns the generation's segment, memory-mapped. Raises OSError, KeyError or ValueError where it is cut."""
        return open_segment(self.folder / info.name)

    def install(self, sources: Sequence[Source], model_version: str, version: int) -> GenerationInfo:
        """Writes the sources' rows as the next generation and makes it the current one; older ones but one are removed.

        A process killed on the way leaves the last good generation in place.
        """
        info = GenerationInfo(f"generation-{version}-{model_version}-{os.getpid()}", model_version, version)
        building = self._new_folder(info)
        write_neighbours(write_segment(sources, building), sources, building)
        files = {path.name: _digest(path) for path in sorted(building.iterdir())}
        manifest = {"format": FORMAT, "model_version": model_version, "version": version, "files": files}
        (building / MANIFEST).write_bytes(orjson.dumps(manifest))
        self._make_current(info)
        return info

    def copy_from(self, other: Generations, info: GenerationInfo) -> None:
        """Makes a generation of another folder the current one here, after a check of every byte.

        Raises ValueError naming the file that is not what its manifest says, OSError where one is gone.
        """
        building = self._new_folder(info)
        for path in (other.folder / info.name).iterdir():
            copy_steadily(path, building / path.name)
        for name, described in orjson.loads((building / MANIFEST).read_bytes())["files"].items():
            if _digest(building / name) != described:
                raise ValueError(f"{other.folder / info.name / name}: its bytes are not those that were published.")
        self._make_current(info)

    def _new_folder(self, info: GenerationInfo) -> Path:
        building = self.folder / f".{info.name}"
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        return building

    def _make_current(self, info: GenerationInfo) -> None:
        """Names the generation, then points at it: whoever finds the pointer after a power cut finds all of it."""
        building = self.folder / f".{info.name}"
        digest = sha256((building / MANIFEST).read_bytes()).hexdigest()
        pointer = self.folder / f".{CURRENT}.{os.getpid()}"
        pointer.write_text(f"{info.name} {digest}")
        for path in (*building.iterdir(), building, pointer):
            sync(path)
        shutil.rmtree(self.folder / info.name, ignore_errors=True)
        building.rename(self.folder / info.name)
        sync(self.folder)
        pointer.replace(self.folder / CURRENT)
        sync(self.folder)
        self._remove_old(keep=info.name)

    def _remove_old(self, keep: str) -> None:
        # Whoever still maps a removed generation keeps its pages until it lets go.
        others = [path for path in self.folder.glob("[!.]*") if path.is_dir() and path.name != keep]
        for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT - 1 :]:
            shutil.rmtree(path, ignore_errors=True)

    def is_building(self) -> bool:
        """True while a process of this host holds the right to build."""
        with self._locked() as free:
            return not free

    @contextmanager
    def building(self) -> Iterator[bool]:
        """Yields True to the one process of this host that may build now, False to the others."""
        with self._locked() as mine:
            for path in self.folder.glob(".*-*") if mine else ():  # what a build that was killed left
                shutil.rmtree(path, ignore_errors=True)
            yield mine

    @contextmanager
    def _locked(self) -> Iterator[bool]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "build.lock").open("w") as lock:
            yield try_lock(lock)


def _digest(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": file_digest(file, "sha256").hexdigest()}


def _sizes_match(folder: Path, files: dict[str, dict[str, object]]) -> bool:
    return all((folder / name).stat().st_size == described["bytes"] for name, described in files.items())
