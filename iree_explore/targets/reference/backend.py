# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`ReferenceBackend`: `stablehlo/reference.py` behind the interface of a compiled module."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, ModuleOp, StringAttr, TensorType
from xdsl.ir import Attribute

from iree_explore.context import CompilerContext
from iree_explore.elements import dtype_of
from iree_explore.errors import ModelError
from iree_explore.hal.passes.wrap_entry_points import CHECK, NAME, is_exported
from iree_explore.hal.runtime import DispatchTiming
from iree_explore.module import Function, Value
from iree_explore.stablehlo.reference import Reference


class ReferenceBackend:
    """Evaluates the functions of an imported module; globals keep their values between calls."""

    def __init__(self, module: ModuleOp, ctx: CompilerContext) -> None:
        self._module = module
        self._reference = Reference(module, ctx.parameters)
        self._lock = threading.Lock()

    def functions(self) -> dict[str, Function]:
        """The exported functions by name."""
        found = {}
        for op in self._module.body.block.ops:
            if isinstance(op, func.FuncOp) and is_exported(op):
                name = op.sym_name.data
                arguments = _values(op.function_type.inputs, op.arg_attrs, "arg")  # pyright: ignore[reportArgumentType]
                results = _values(op.function_type.outputs, op.res_attrs, "output")  # pyright: ignore[reportArgumentType]
                found[name] = Function(self, name, arguments, results)
        return found

    def call(self, name: str, inputs: Sequence[Any]) -> list[Any]:
        """Results of a function."""
        with self._lock:
            return list(self._reference.call(name, [np.asarray(x) for x in inputs]))

    def profile(self, name: str, inputs: Sequence[Any]) -> tuple[list[Any], list[DispatchTiming]]:
        """Nothing is dispatched: only the whole call can be timed."""
        return self.call(name, inputs), []

    def variables(self) -> dict[str, np.ndarray]:
        """The globals that have been read or written so far."""
        return {k: np.array(v) for k, v in self._reference.globals.items()}

    def set_variable(self, name: str, value: np.ndarray) -> None:
        """Gives a global a new value."""
        if name not in self._reference.globals:
            raise ModelError("IX304", f"no variable {name!r}")
        self._reference.globals[name] = np.array(value)


def _values(types: Sequence[Attribute], attributes: ArrayAttr | None, prefix: str) -> list[Value]:
    found = []
    for i, type_ in enumerate(types):
        name = attributes.data[i].data.get(NAME) if attributes is not None else None  # pyright: ignore[reportAttributeAccessIssue]
        text = name.data if isinstance(name, StringAttr) else f"{prefix}{i}"
        check = attributes.data[i].data.get(CHECK) if attributes is not None else None  # pyright: ignore[reportAttributeAccessIssue]
        check = check.data if isinstance(check, StringAttr) else ""
        if isinstance(type_, TensorType):
            shape = tuple(None if n < 0 else n for n in type_.get_shape())
            found.append(Value(text, dtype_of(type_.element_type), shape, check))
        else:
            found.append(Value(text, dtype_of(type_), None))
    return found
