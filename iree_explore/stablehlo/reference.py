# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Target `reference`: evaluates imported modules (StableHLO, CHLO, shape, globals) on NumPy.

StableHLO ops are evaluated by their rows; the few other ops that imported modules hold are `RULES`
here. Nothing is compiled: this is the definition that everything else is measured against.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import DYNAMIC_INDEX, DenseIntOrFPElementsAttr, ModuleOp, TensorType
from xdsl.ir import Operation, Region, SSAValue

from iree_explore import elements as dense
from iree_explore import entropy
from iree_explore.context import Parameters
from iree_explore.errors import GapError, ModelError
from iree_explore.linalg import evaluate_scalar
from iree_explore.stablehlo import quantization
from iree_explore.stablehlo.ops import random
from iree_explore.stablehlo.shape_dialect import ConstShapeOp
from iree_explore.stablehlo.table import TABLE

Values = dict[SSAValue, Any]


def evaluate(
    module: ModuleOp, name: str, inputs: Sequence[np.ndarray], parameters: Parameters | None = None
) -> list[np.ndarray]:
    """Results of the function `name`; raises `ModelError` IX301, IX304, `GapError` IX201."""
    return Reference(module, parameters or Parameters()).call(name, inputs)


class Reference:
    """One instance of a module: globals keep their values between calls."""

    def __init__(self, module: ModuleOp, parameters: Parameters):
        self.parameters = parameters
        self.functions: dict[str, func.FuncOp] = {}
        self.globals: dict[str, Any] = {}
        self._declared: dict[str, Any] = {}
        self._quantized = quantization.occurs_in(module)
        for op in module.body.block.ops:
            if isinstance(op, func.FuncOp):
                self.functions[op.sym_name.data] = op
            elif op.name == "ml_program.global":
                self._declared[op.properties["sym_name"].data] = op  # pyright: ignore

    def call(self, name: str, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Runs a function on arrays."""
        function = self.functions.get(name)
        if function is None:
            raise ModelError("IX304", f"no function {name!r}",
                             hint="one of: " + ", ".join(self.functions))  # fmt: skip
        arguments = function.body.block.args
        if len(arguments) != len(inputs):
            raise ModelError(
                "IX301", f"{name} takes {len(arguments)} inputs, {len(inputs)} were given"
            )
        with np.errstate(all="ignore"):
            arrays = [np.asarray(x) for x in inputs]
            return [np.asarray(x) for x in self.run(function.body, arrays, {})]

    def run(self, region: Region, inputs: Sequence[Any], outer: Values) -> list[Any]:
        """Runs a one-block region that sees `outer`; returns its terminator's operands."""
        block = region.block
        values = outer
        values.update(zip(block.args, inputs, strict=True))
        last = block.last_op
        for op in block.ops:
            if op is last and not op.results and op.name in _TERMINATORS:
                return [values[v] for v in op.operands]
            self.evaluate_op(op, values)
        return []

    def evaluate_op(self, op: Operation, values: Values) -> None:
        """Evaluates one op; its operands must be in `values`, its results are put there.

        Raises `ModelError` IX307 for sizes that only the call tells and that do not fit.
        """
        args = [values[v] for v in op.operands]
        try:
            found = self._evaluated(op, args, values)
        except (ValueError, IndexError) as error:
            if not _any_unknown_size(op):
                raise
            shapes = args if op.name.startswith("shape.") else [np.shape(a) for a in args]
            given = ", ".join("x".join(map(str, s)) or "()" for s in shapes if np.ndim(s))
            raise ModelError(
                "IX307", f"{op.name}: shapes {given} do not fit", because=str(error)
            ) from error
        values.update(zip(op.results, found, strict=True))

    def _evaluated(self, op: Operation, args: list[Any], values: Values) -> Sequence[Any]:
        row = TABLE.get(op.name) if op.name not in STATEFUL else None
        if row is not None:

            def run(region: Region, inputs: Sequence[Any]) -> list[Any]:
                return self.run(region, inputs, values)

            if self._quantized and quantization.computes(op, row):
                return quantization.evaluate(op, row, args, run)
            return row.evaluate(op, args, run)
        if op.name in RULES:
            return RULES[op.name](self, op, args, values)
        if evaluate_scalar.knows(op):
            return [evaluate_scalar.evaluate(op, args)]
        name = op.op_name.data if op.name == "builtin.unregistered" else op.name  # pyright: ignore
        raise GapError("IX201", f"{name} has no evaluation")

    def global_value(self, name: str) -> Any:
        """Current value of a global; extern ones come from the parameters' scope "model"."""
        if name not in self.globals:
            op = self._declared[name]
            value = op.properties.get("value")
            if isinstance(value, DenseIntOrFPElementsAttr):
                self.globals[name] = dense.to_numpy(value)
            else:
                scope = entropy.SCOPE if entropy.ATTRIBUTE in op.attributes else "model"
                array = np.asarray(self.parameters.get(scope, name))
                type_ = op.properties["type"]
                dtype = dense.dtype_of(type_.element_type)
                array = dense.unpacked(array, dtype)
                self.globals[name] = array if array.dtype == dtype else array.view(dtype)
        return self.globals[name]


Rule = Callable[[Reference, Any, list[Any], Values], Sequence[Any]]
_TERMINATORS = frozenset({"func.return", "stablehlo.return", "shape.assuming_yield", "scf.yield"})


def _any_unknown_size(op: Operation) -> bool:
    """Whether the verifier could not know all sizes: the call's may be wrong."""
    if op.name.startswith("shape."):
        return True
    types = [v.type for v in (*op.operands, *op.results)]
    return any(isinstance(t, TensorType) and DYNAMIC_INDEX in t.get_shape() for t in types)


def _symbol(op: Operation) -> str:
    return op.properties["global"].string_value()  # pyright: ignore[reportAttributeAccessIssue]


def _load(self: Reference, op: Any, args: list[Any], values: Values) -> Sequence[Any]:
    return [self.global_value(_symbol(op))]


def _store(self: Reference, op: Any, args: list[Any], values: Values) -> Sequence[Any]:
    self.globals[_symbol(op)] = np.array(args[0])  # not the caller's array
    return []


def _call(self: Reference, op: Any, args: list[Any], values: Values) -> Sequence[Any]:
    return self.run(self.functions[op.callee.string_value()].body, args, {})


def _rng(self: Reference, op: Any, args: list[Any], values: Values) -> Sequence[Any]:
    state = self.globals.get(random.STATE, np.array(random.INITIAL, np.uint64))
    found, self.globals[random.STATE] = random.evaluate_rng(op, args, state)
    return [found]


def _sizes(shape: Sequence[int]) -> list[np.ndarray]:
    return [np.array(shape, np.int64)]


def _broadcast(self: Reference, op: Any, args: list[Any], values: Values) -> Sequence[Any]:
    shapes = [tuple(int(d) for d in a) for a in args]
    return _sizes(np.broadcast_shapes(*shapes))


def _split(self: Reference, op: Any, args: list[Any], values: Values) -> Sequence[Any]:
    shape, index = args[0], int(args[1])
    return [shape[:index], shape[index:]]


def _extract(self: Reference, op: Any, args: list[Any], values: Values) -> Sequence[Any]:
    return [args[0][tuple(int(i) for i in args[1:])]]


def _from_elements(self: Reference, op: Any, args: list[Any], values: Values) -> Sequence[Any]:
    type_ = op.results[0].type
    assert isinstance(type_, TensorType)
    array = np.array(args, dense.dtype_of(type_.element_type))
    return [array.reshape(type_.get_shape())]


def _const_shape(self: Reference, op: ConstShapeOp, args: Any, values: Values) -> Sequence[Any]:
    return _sizes(op.sizes())


def _reshape(self: Reference, op: Any, args: list[Any], values: Values) -> Sequence[Any]:
    return [args[0].reshape([int(d) for d in args[1]])]


STATEFUL = frozenset({"stablehlo.rng"})
"""Ops whose evaluation needs the module's state: by their rule, not their row."""

RULES: dict[str, Rule] = {
    "stablehlo.rng": _rng,
    "ml_program.global_load": _load,
    "ml_program.global_load_const": _load,
    "ml_program.global_store": _store,
    "func.call": _call,
    "shape.shape_of": lambda self, op, args, values: _sizes(args[0].shape),
    "shape.const_shape": _const_shape,
    "shape.broadcast": _broadcast,
    "shape.cstr_broadcastable": lambda self, op, args, values: [True],
    "shape.cstr_eq": lambda self, op, args, values: [True],
    "shape.cstr_require": lambda self, op, args, values: [bool(args[0])],
    "shape.const_witness": lambda self, op, args, values: [True],
    "shape.assuming_all": lambda self, op, args, values: [True],
    "shape.assuming": lambda self, op, args, values: self.run(op.body, [], values),
    "shape.to_extent_tensor": lambda self, op, args, values: args,
    "shape.from_extents": lambda self, op, args, values: _sizes([int(a) for a in args]),
    "shape.concat": lambda self, op, args, values: [np.concatenate(args)],
    "shape.split_at": _split,
    "shape.num_elements": lambda self, op, args, values: [np.int64(np.prod(args[0]))],
    "shape.get_extent": lambda self, op, args, values: [args[0][int(args[1])]],
    "shape.rank": lambda self, op, args, values: [np.int64(len(args[0]))],
    "tensor.dim": lambda self, op, args, values: [np.int64(args[0].shape[int(args[1])])],
    "tensor.extract": _extract,
    "tensor.from_elements": _from_elements,
    "tensor.cast": lambda self, op, args, values: args,
    "tensor.reshape": _reshape,
}
