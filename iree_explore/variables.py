# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`CompiledModule.variables`: the state of one instance, as a mapping of arrays."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from iree_explore.errors import ModelError

if TYPE_CHECKING:
    from iree_explore.module import Backend


class Variables(MutableMapping[str, np.ndarray]):
    """The state of one instance: reading gives a copy, writing checks dtype and shape.

    Names are the source's (`dense/kernel`). Variables that no exported function assigns are
    constants of the compiled program, not here.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def __getitem__(self, name: str) -> np.ndarray:
        """A copy of the value; raises `ModelError` IX304 naming the variables there are."""
        if name not in self._backend.declared():
            raise self._unknown(name)
        return self._backend.variable(name)

    def __setitem__(self, name: str, value: Any) -> None:
        """A new value of the same shape and dtype; raises IX302, IX303 or IX304."""
        declared = self._backend.declared().get(name)
        if declared is None:
            raise self._unknown(name)
        dtype, shape = declared
        given = value if hasattr(value, "__array__") else None
        try:
            array = np.array(value, None if given is not None else dtype)
        except (TypeError, ValueError, OverflowError) as error:
            raise ModelError(
                "IX303", f"variable {name} holds {dtype}, got {value!r:.60}", because=str(error)
            ) from error
        if array.dtype != dtype:
            raise ModelError("IX303", f"variable {name} holds {dtype}, got {array.dtype}")
        if len(array.shape) != len(shape) or any(
            n not in (None, m) for n, m in zip(shape, array.shape, strict=True)
        ):
            raise ModelError(
                "IX302",
                f"variable {name} has shape {_sizes(shape)}, got {list(array.shape)}",
                hint="pass an array of that shape",
            )
        self._backend.set_variable(name, array)

    def __delitem__(self, name: str) -> None:
        raise ModelError("IX304", f"variable {name!r} cannot be removed from a compiled module")

    def __iter__(self) -> Iterator[str]:
        return iter(self._backend.declared())

    def __len__(self) -> int:
        return len(self._backend.declared())

    def __contains__(self, name: object) -> bool:
        return name in self._backend.declared()

    def __repr__(self) -> str:
        rows = "".join(
            f"\n  {name}: {dtype}{_sizes(shape)}"
            for name, (dtype, shape) in self._backend.declared().items()
        )
        return f"<{len(self)} variables{rows}>"

    def _unknown(self, name: object) -> ModelError:
        there = ", ".join(self) or "(none: no exported function assigns one)"
        return ModelError("IX304", f"no variable {name!r}", hint=f"one of: {there}")


def _sizes(shape: Sequence[int | None]) -> str:
    """`[2, ?]`: "?" is any size."""
    return f"[{', '.join('?' if n is None else str(n) for n in shape)}]"
