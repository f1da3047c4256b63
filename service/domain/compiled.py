"""Compiles functions over arrays with numba, which takes a quarter of a second to import: so import those lazily."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy.typing as npt
from numba import carray, njit, types  # type: ignore[attr-defined]
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Returns the function as numba compiles it at its first call, kept on disk where there is a folder for it.

    It lets other threads run, and divides as numpy does: by zero without an error.
    """
    try:
        return cast("Function", njit(nogil=True, cache=True, error_model="numpy")(function))
    except RuntimeError:  # no folder where numba could keep its cache: compile in each process
        return cast("Function", njit(nogil=True, error_model="numpy")(function))


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
