# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`ReferenceBackend`: `stablehlo/reference.py` behind the interface of a compiled module."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, ModuleOp, StringAttr, TensorType
from xdsl.ir import Attribute, Operation

from iree_explore.context import CompilerContext
from iree_explore.elements import dtype_of
from iree_explore.hal.passes.wrap_entry_points import (
    CHECK,
    CONSTRAINTS,
    DIMS,
    NAME,
    STRUCTURE,
    is_exported,
)
from iree_explore.hal.runtime import Profile
from iree_explore.module import Function, Value, overloaded
from iree_explore.shapes.functions import attributes_of, texts
from iree_explore.stablehlo.reference import Reference


class ReferenceBackend:
    """Evaluates the functions of an imported module; globals keep their values between calls."""

    def __init__(self, module: ModuleOp, ctx: CompilerContext) -> None:
        self._module = module
        self._reference = Reference(module, ctx.parameters)
        self._variables: dict[str, Operation] = {}
        for op in module.body.block.ops:
            if op.name == "ml_program.global" and "is_mutable" in op.properties:
                path = op.attributes.get(NAME)
                name = path.data if isinstance(path, StringAttr) else _symbol(op)
                self._variables[name] = op
            if op.name == "ml_program.global":  # what they are now, whatever becomes of the source
                self._reference.global_value(_symbol(op))
        self._lock = threading.Lock()

    def functions(self) -> dict[str, Function]:
        """The exported functions by name."""
        found: list[Function] = []
        for op in self._module.body.block.ops:
            if isinstance(op, func.FuncOp) and is_exported(op):
                name = op.sym_name.data
                arguments = _values(op.function_type.inputs, op.arg_attrs, "arg")  # pyright: ignore[reportArgumentType]
                results = _values(op.function_type.outputs, op.res_attrs, "output")  # pyright: ignore[reportArgumentType]
                structure = op.attributes.get(STRUCTURE)
                nested = json.loads(structure.data) if isinstance(structure, StringAttr) else None
                limits = texts(op.attributes.get(CONSTRAINTS))
                found.append(Function(self, name, arguments, results, nested, limits))
        return overloaded(found)

    def call(self, name: str, inputs: Sequence[Any]) -> list[Any]:
        """Results of a function, copies: state is the instance's own."""
        with self._lock:
            results = self._reference.call(name, [np.asarray(x) for x in inputs])
            return [np.array(x) for x in results]

    def direct(self, name: str) -> Callable[[Sequence[Any]], list[Any] | None]:
        """No call is: every one is evaluated op by op."""
        return lambda _: None

    def profile(self, name: str, inputs: Sequence[Any]) -> tuple[list[Any], Profile]:
        """Nothing is dispatched: only the whole call can be timed."""
        return self.call(name, inputs), Profile()

    def declared(self) -> dict[str, tuple[np.dtype, tuple[int | None, ...]]]:
        """dtype and shape (None: any size) of the mutable globals, by the source's names."""
        found = {}
        for name, op in self._variables.items():
            type_ = op.properties["type"]
            assert isinstance(type_, TensorType)
            shape = tuple(None if n < 0 else n for n in type_.get_shape())
            found[name] = (dtype_of(type_.element_type), shape)
        return found

    def variable(self, name: str) -> np.ndarray:
        """A copy of the value of a mutable global."""
        with self._lock:
            return np.array(self._reference.global_value(_symbol(self._variables[name])))

    def set_variable(self, name: str, value: np.ndarray) -> None:
        """Gives a global a new value of its own shape and dtype."""
        with self._lock:
            self._reference.globals[_symbol(self._variables[name])] = value


def _symbol(op: Operation) -> str:
    return op.properties["sym_name"].data  # pyright: ignore[reportAttributeAccessIssue]


def _values(types: Sequence[Attribute], attributes: ArrayAttr | None, prefix: str) -> list[Value]:
    found = []
    for i, type_ in enumerate(types):
        name = attributes.data[i].data.get(NAME) if attributes is not None else None  # pyright: ignore[reportAttributeAccessIssue]
        text = name.data if isinstance(name, StringAttr) else f"{prefix}{i}"
        check = attributes.data[i].data.get(CHECK) if attributes is not None else None  # pyright: ignore[reportAttributeAccessIssue]
        check = check.data if isinstance(check, StringAttr) else ""
        if isinstance(type_, TensorType):
            shape = tuple(None if n < 0 else n for n in type_.get_shape())
            dims = texts(attributes_of(attributes, i).get(DIMS))
            found.append(Value(text, dtype_of(type_.element_type), shape, check, tuple(dims)))
        else:
            found.append(Value(text, dtype_of(type_), None))
    return found
