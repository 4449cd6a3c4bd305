# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Functions whose arguments have no rank: compiled for each combination of ranks at its first call.

Sizes stay unknown, so one compilation serves every shape of its ranks. State that the function
assigns is that of the module it belongs to, whichever compilation runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from iree_explore.errors import ModelError
from iree_explore.module import CompiledModule, Function, Value

if TYPE_CHECKING:
    from iree_explore.frontend.tensorflow.sources import Export


@dataclass(frozen=True)
class UnrankedValue(Value):
    """An argument of any rank."""

    def __str__(self) -> str:
        return f"{self.name}: {self.dtype}[*]"


class UnrankedFunction(Function):
    """Stands for a function until it is called; `compile(source, inputs=, dynamic=)` makes it."""

    def __init__(
        self,
        export: Export,
        module: CompiledModule,
        compile: Callable[..., CompiledModule],
        owner: Any,
    ) -> None:
        arguments = [
            UnrankedValue(a.name, np.dtype(a.dtype.as_numpy_dtype), None)
            if a.shape is None
            else Value(a.name, np.dtype(a.dtype.as_numpy_dtype), a.shape)
            for a in export.arguments
        ]
        super().__init__(module._backend, export.name, arguments, (), export.signature)
        self._export = export
        self._module = module
        self._compile = compile
        self._by_ranks: dict[tuple[int, ...], CompiledModule] = {}
        self._owner = owner  # of the variables: the source object
        self._state: dict[str, np.ndarray] = {}

    def check(self, inputs: Sequence[Any]) -> list[Any]:
        """`inputs` as arrays of the right dtypes; ranks are what they are."""
        return [
            np.asarray(x, None if hasattr(x, "dtype") else a.dtype)
            for a, x in zip(self.arguments, inputs, strict=True)
        ]

    def _call(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        arrays = self.check(self.flatten(args, kwargs))
        ranks = tuple(x.ndim for x in arrays)
        found = self._by_ranks.get(ranks)
        if found is None:
            found = self._by_ranks[ranks] = self._compiled_for(arrays)
        mine = self._module.variables
        for name in found.variables:
            if name in mine or name in self._state:
                found.variables[name] = mine[name] if name in mine else self._state[name]
        result = found.main(*args, **kwargs)
        for name in found.variables:
            if name in mine:
                mine[name] = found.variables[name]
            else:
                self._state[name] = found.variables[name]
        return result

    def _compiled_for(self, arrays: Sequence[np.ndarray]) -> CompiledModule:
        dynamic = {
            a.name: {
                axis: a.symbols[axis] if a.shape is not None else f"{a.name}_{axis}"
                for axis in range(x.ndim)
                if a.shape is None or a.shape[axis] is None
            }
            for a, x in zip(self._export.arguments, arrays, strict=True)
        }
        inputs = {a.name: x for a, x in zip(self.arguments, arrays, strict=True)}
        made = self._compile(self._export.function, inputs=inputs, dynamic=dynamic)
        ranks = ", ".join(
            f"{a.name} of rank {x.ndim}" for a, x in zip(self.arguments, arrays, strict=True)
        )
        print(f"{self.name}: compiled for {ranks}")
        unknown = set(made.variables) - set(self._module.variables)
        if unknown and any(
            not isinstance(f, UnrankedFunction) for f in self._module.functions.values()
        ):
            raise ModelError(
                "IX105",
                f"function {self.name} of unknown rank assigns variables that are constants of the "
                "functions compiled before",
                because=", ".join(sorted(unknown)),
                hint=f'inputs={{"{self.name}": [...]}} says its ranks when compiling',
            )
        return made
