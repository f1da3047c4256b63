"""A model as files: arrays without pickle and a manifest that names each file's size and digest."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from models.relevance.meaning import MeaningSpace
from models.relevance.model import RelevanceModel
from models.text import VERSION

FORMAT = 3
MANIFEST = "manifest.json"
_SMALL_BYTES = 4_096
LEFT_S = 86_400
ARRAYS = ("terms", "idf", "name_offsets", "names", "meaning_terms", "meaning_components")


class BundleError(ValueError):
    """A bundle is missing, altered or of a form this code cannot read; the text names the file and the remedy."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says of itself.

    `parameters` rebuild the model, `corpus` says what it was trained on, `libraries` with which versions, `metrics`
    how it did; `digest` is the SHA-256 of the manifest file.
    """

    version: str
    created_at: str
    parameters: Mapping[str, Any]
    corpus: Mapping[str, Any]
    libraries: Mapping[str, str]
    metrics: Mapping[str, Any]
    files: Mapping[str, Mapping[str, Any]]
    digest: str


def write_bundle(
    folder: Path,
    model: RelevanceModel,
    names: Sequence[str],
    *,
    created_at: str,
    corpus: Mapping[str, Any],
    libraries: Mapping[str, str],
    metrics: Mapping[str, Any],
) -> Manifest:
    """Writes the model into a new folder and returns its manifest; the folder appears whole or not at all.

    `names` are the vocabulary's words in the order of `model.terms`. Raises BundleError if the folder exists.
    """
    if folder.exists():
        raise BundleError(f"There is a bundle {folder.name} already.")
    _remove_left(folder.parent)
    building = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    for name, array in _arrays(model, names).items():
        np.save(building / f"{name}.npy", array, allow_pickle=False)
    content = {
        "format": FORMAT,
        "analyzer": VERSION,
        "version": model.version,
        "created_at": created_at,
        "parameters": _parameters(model),
        "corpus": corpus,
        "libraries": libraries,
        "metrics": metrics,
        "files": {f"{name}.npy": _describe(building / f"{name}.npy") for name in ARRAYS},
    }
    (building / MANIFEST).write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    for path in building.iterdir():
        _sync(path)
    building.rename(folder)
    _sync(folder.parent)
    return read_manifest(folder)


def _remove_left(shelf: Path) -> None:
    """Removes what trainings left that were killed a day ago; one of today may still be at work, on another host."""
    for path in shelf.glob(".*"):
        with suppress(FileNotFoundError):  # another training removed it first
            if path.stat().st_mtime < time.time() - LEFT_S:
                shutil.rmtree(path, ignore_errors=True)


def _parameters(model: RelevanceModel) -> dict[str, Any]:
    return {
        "title_weight": model.title_weight,
        "unseen_idf": model.unseen_idf,
        "sharpness": model.meaning.sharpness,
        "power": model.power,
    }


def _arrays(model: RelevanceModel, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    encoded = [name.encode() for name in names]
    return {
        "terms": model.terms,
        "idf": model.idf,
        "name_offsets": np.concatenate(([0], np.cumsum([len(name) for name in encoded]))).astype(np.int64),
        "names": np.frombuffer(b"".join(encoded), np.uint8),
        "meaning_terms": model.meaning.terms,
        "meaning_components": model.meaning.components,
    }


def _describe(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": file_digest(file, "sha256").hexdigest()}


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_manifest(folder: Path) -> Manifest:
    """Returns the bundle's manifest. Raises BundleError where it is missing or malformed."""
    try:
        raw = (folder / MANIFEST).read_bytes()
        content = orjson.loads(raw)
        if content["format"] != FORMAT:
            raise BundleError(
                f"Bundle {folder.name} has format {content['format']}; this code reads {FORMAT}. Train it again."
            )
        if content["analyzer"] != VERSION:
            raise BundleError(
                f"Bundle {folder.name} was trained with version {content['analyzer']} of the text analyzer; this code "
                f"has {VERSION}. Train it again."
            )
        return Manifest(
            digest=sha256(raw).hexdigest(),
            **{name: content[name] for name in Manifest.__slots__ if name != "digest"},
        )
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise BundleError(
            f"Bundle {folder.name} has no readable {MANIFEST}: {error}. Train or copy it again."
        ) from error


def verify_bundle(folder: Path, digest: str | None = None) -> Manifest:
    """Reads every file of the bundle and compares it with the manifest, and that with `digest` if given.

    Returns the manifest. Raises BundleError naming the first file that differs.
    """
    manifest = read_manifest(folder)
    if digest is not None and manifest.digest != digest:
        raise BundleError(f"Bundle {folder.name}: {MANIFEST} is not the one that was installed. Copy the bundle again.")
    if set(manifest.files) != {f"{name}.npy" for name in ARRAYS}:
        raise BundleError(f"Bundle {folder.name}: {MANIFEST} does not list the files that it should.")
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file() or _describe(path) != expected:
            raise BundleError(f"Bundle {folder.name}: {name} is missing or altered. Copy the bundle again, or retrain.")
    return manifest


def open_bundle(folder: Path, manifest: Manifest) -> RelevanceModel:
    """Returns the model of a verified bundle, its arrays memory-mapped."""
    try:
        terms, idf, meaning_terms, components = (
            _map(folder / f"{name}.npy") for name in ("terms", "idf", "meaning_terms", "meaning_components")
        )
    except (OSError, ValueError) as error:
        raise BundleError(f"Bundle {folder.name} cannot be opened: {error}.") from error
    return RelevanceModel(
        version=manifest.version,
        terms=terms,
        idf=idf,
        unseen_idf=float(manifest.parameters["unseen_idf"]),
        title_weight=int(manifest.parameters["title_weight"]),
        meaning=MeaningSpace(meaning_terms, components, float(manifest.parameters["sharpness"])),
        power=float(manifest.parameters["power"]),
    )


def _map(path: Path) -> npt.NDArray[Any]:
    # An array without entries cannot be mapped. The view is a plain array: it indexes faster than its memmap subclass.
    mapped = np.load(path, mmap_mode="r" if path.stat().st_size > _SMALL_BYTES else None, allow_pickle=False)
    return np.asarray(mapped).view(np.ndarray)
