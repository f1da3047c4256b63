"""Which tests stay in one process: those that share what takes long to start or to train, or take turns with it."""

from __future__ import annotations

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

FOLDERS_TOGETHER = {"browser", "quality"}
FILES_TOGETHER = {"bench", "e2e", "test_checkov"}
"""Folders of files, and files, whose tests stay together file by file."""


def together(nodeid: str) -> str:
    """Returns the name of what a test stays together with: its folder, its file, or itself alone.

    `--dist loadgroup` would do, but for pytest 9.2, under which pytest-xdist 3.8 groups nothing and says so nowhere
    (https://github.com/pytest-dev/pytest-xdist/issues/1386).
    """
    file = PurePosixPath(nodeid.partition("::")[0])
    if file.parent.name in FOLDERS_TOGETHER:
        return str(file.parent)
    return str(file) if FILES_TOGETHER & {file.parent.name, file.stem} else nodeid


class SharedScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Hands the processes what stays together as one, the most tests first, and then test by test."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)
