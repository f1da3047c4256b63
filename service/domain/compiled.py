"""Compiles functions over arrays with numba, which takes a quarter of a second to import: so import those lazily."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy.typing as npt
from numba import carray, config, njit, types  # type: ignore[attr-defined]
from numba.core.caching import FunctionCache, InTreeCacheLocator, UserProvidedCacheLocator, UserWideCacheLocator
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., Any])
Part = TypeVar("Part")

_SERVICE = Path(__file__).resolve().parents[1]
_IMPORTED = re.compile(r"^from service\.([\w.]+) import", re.MULTILINE)
_COMPILES = "from service.domain.compiled import"


@functools.cache
def source_stamp() -> bytes:
    """Returns the digest of all modules with compiled functions, and of those that they import from.

    A function is compiled into those that call it, and so are constants of other modules. numba by itself looks for
    changes in the caller's file alone, and would go on with what was compiled of the others before.
    """
    texts = {path: path.read_text(encoding="utf-8") for path in _SERVICE.rglob("*.py")}
    compiling = {path for path, text in texts.items() if _COMPILES in text}
    imported = {
        _SERVICE.joinpath(*name.split(".")).with_suffix(".py")
        for path in compiling
        for name in _IMPORTED.findall(texts[path])
    }
    digest = hashlib.sha256()
    for path in sorted((compiling | imported) & texts.keys()):
        digest.update(f"{path.relative_to(_SERVICE)}\n{texts[path]}\n".encode())
    return digest.digest()


class _StampedByAllSources:
    """Tells numba that a function's source is as fresh as all sources that may be compiled into it."""

    def get_source_stamp(self) -> bytes:
        return source_stamp()


class InFolderGiven(_StampedByAllSources, UserProvidedCacheLocator):
    """Keeps what was compiled in the folder of `NUMBA_CACHE_DIR`."""


class BesideCode(_StampedByAllSources, InTreeCacheLocator):
    """Keeps what was compiled in `__pycache__`; reads it there too where an image brought it, and nobody may write."""

    def ensure_cache_path(self) -> None:
        """Raises OSError where nothing can be kept beside the code, and nothing is."""
        try:
            super().ensure_cache_path()  # type: ignore[no-untyped-call]
        except OSError:
            kept = f"{Path(self._py_file).stem}.*-{self.get_disambiguator()}.py*.nbi"  # type: ignore[no-untyped-call]
            if not any(Path(self.get_cache_path()).glob(kept)):  # type: ignore[no-untyped-call]
                raise


class InUsersFolder(_StampedByAllSources, UserWideCacheLocator):
    """Keeps what was compiled in the user's cache folder, where the code cannot be written to."""


config.CACHE_LOCATOR_CLASSES = ",".join(  # type: ignore[attr-defined]
    f"{kind.__module__}.{kind.__qualname__}" for kind in (InFolderGiven, BesideCode, InUsersFolder)
)


class KeptWhereItCan(FunctionCache):
    """Keeps what was compiled of one function. A disk that is full, or that may only be read, costs time, no page."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Returns what is kept for arguments of these types, or None; what names code that has moved is forgotten."""
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except (ImportError, AttributeError):  # of an earlier version: numba reads it before it looks at its stamp
            with suppress(OSError):
                self.flush()  # type: ignore[no-untyped-call]
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keeps what was compiled of the function for arguments of these types, if it can."""
        with suppress(OSError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]


def compiled(function: Function) -> Function:
    """Returns the function as numba compiles it at its first call, kept on disk where there is a folder for it.

    It lets other threads run, and divides as numpy does: by zero without an error.
    """
    made: Any = njit(nogil=True, error_model="numpy")(function)
    with suppress(RuntimeError):  # no folder where anything could be kept: each process compiles
        made._cache = KeptWhereItCan(function)  # type: ignore[no-untyped-call]
    return cast("Function", made)


@intrinsic
def _pointer(_: Any, address: Any) -> Any:
    """Returns an address as a pointer."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], context.get_value_type(signature.return_type))

    return types.voidptr(address), generate


_as_pointer = cast("Callable[[int], Any]", _pointer)


@compiled
def array_at(address: int, shape: tuple[int, ...], kind: Any) -> npt.NDArray[Any]:
    """Returns the array of this shape and type that stands at an address; for compiled code alone.

    Whoever hands on the address keeps what stands there alive meanwhile.
    """
    found: npt.NDArray[Any] = carray(_as_pointer(address), shape, kind)
    return found


@intrinsic
def _unowned(_: Any, value: Any) -> Any:
    """Returns a tuple, or an array, whose arrays are views that own nothing."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _without_owner(context, builder, signature.return_type, args[0])

    return value(value), generate


def _without_owner(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    if isinstance(kind, types.Array):
        view = context.make_array(kind)(context, builder, value=value)
        view.meminfo = view.meminfo.type(None)
        return view._getvalue()
    if isinstance(kind, types.BaseTuple):
        kinds: list[Any] = list(kind)  # type: ignore[call-overload]
        parts = [builder.extract_value(value, at) for at in range(len(kinds))]
        bare = [_without_owner(context, builder, each, part) for each, part in zip(kinds, parts, strict=True)]
        return context.make_tuple(builder, kind, bare)
    return value


borrowed = cast("Callable[[Part], Part]", _unowned)
"""Returns a tuple with its arrays as views that own nothing; for compiled code alone, while the tuple itself lives.

Each function that is handed an array counts one more owner of it and then one less, with a lock each time: of some
thirty arrays a page these took a quarter of the time.
"""
