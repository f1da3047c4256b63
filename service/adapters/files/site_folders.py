"""Folders that hold a folder for each site: which sites are there, and how the files of one are erased."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path


def sites_in(folder: Path) -> set[str]:
    """Returns the sites that have a folder in this one; none where it is not there."""
    return {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()


def erase_site_files(folders: Sequence[Path], site_id: str) -> int:
    """Removes the site's folder from each of these; returns how many files there were.

    Raises OSError where one cannot be removed. Whoever still maps a file of an index keeps its pages until it lets go.
    """
    count = 0
    for folder in (each / site_id for each in folders):
        if folder.is_dir():
            count += sum(path.is_file() for path in folder.rglob("*"))
            shutil.rmtree(folder)
    return count
