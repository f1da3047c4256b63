"""Erases the files of a site: index generations and model bundles, on this host and on storage that hosts share."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path


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
