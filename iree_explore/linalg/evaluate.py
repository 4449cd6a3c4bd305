# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs host programs on NumPy, from the `input` phase down to `flow`.

`evaluate_function` is what differential tests and `session.check()` call; `Evaluator` is the same
for parts of a program (constant folding). Tensors and buffer views are arrays, scalars are NumPy
scalars. linalg is in evaluate_linalg.py, scalar ops in evaluate_scalar.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import ComplexType, ModuleOp, SymbolRefAttr, TensorType
from xdsl.ir import Block, Operation, Region, SSAValue

from iree_explore import elements
from iree_explore.assertions import check_assertion
from iree_explore.context import Parameters
from iree_explore.errors import GapError, ModelError
from iree_explore.flow import util_dialect as util
from iree_explore.flow.dialect import DYNAMIC, DispatchTensorType, ExecutableExportOp
from iree_explore.linalg import evaluate_scalar
from iree_explore.linalg.evaluate_body import run_body
from iree_explore.linalg.evaluate_linalg import evaluate_linalg
from iree_explore.linalg.ext_interface import LinalgExtOp
from iree_explore.linalg.structured import is_linalg

Values = dict[SSAValue, Any]


def evaluate_function(
    module: ModuleOp, name: str, inputs: Sequence[np.ndarray], parameters: Parameters
) -> list[np.ndarray]:
    """Results of the function `name`; raises `ModelError` IX304 or IX301, `GapError` IX203.

    Complex arrays are taken and returned where the function's declaration has them.
    """
    return evaluate_with(Evaluator(module, parameters), name, inputs)


def evaluate_with(
    evaluator: Evaluator, name: str, inputs: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """`evaluate_function` of the module that `evaluator` was made for."""
    function = evaluator.functions.get(name)
    arguments = _complex(function.arg_attrs if function else None)
    results = _complex(function.res_attrs if function else None)
    arrays = [elements.packed(np.asarray(x)) if i in arguments else x for i, x in enumerate(inputs)]
    return [
        elements.unpacked(x, results[i]) if i in results else x
        for i, x in enumerate(evaluator.call(name, arrays))
    ]


def _complex(attributes: Any) -> dict[int, np.dtype]:
    """The complex arguments or results of a function that has them interleaved."""
    types = enumerate(a.data.get("iree.abi.type") for a in attributes or ())
    return {
        i: elements.dtype_of(t.element_type) for i, t in types
        if isinstance(t, TensorType) and isinstance(t.element_type, ComplexType)
    }  # fmt: skip


TERMINATORS = frozenset({"func.return", "scf.yield", "flow.return", "util.return", "tensor.yield",
                         "scf.condition", "linalg.yield", "iree_linalg_ext.yield"})  # fmt: skip


class Evaluator:
    """One instance of a module: globals keep their values between calls."""

    terminators = TERMINATORS

    def __init__(self, module: ModuleOp, parameters: Parameters, *, run_initializers: bool = True):
        self.parameters = parameters
        self.functions: dict[str, func.FuncOp] = {}
        self.executables: dict[str, Operation] = {}
        self.globals: dict[str, Any] = {}
        self._initial: dict[str, util.GlobalOp] = {}
        initializers = []
        for op in module.body.block.ops:
            if isinstance(op, func.FuncOp):
                self.functions[op.sym_name.data] = op
            elif isinstance(op, util.GlobalOp):
                self._initial[op.sym_name.data] = op
            elif isinstance(op, util.InitializerOp):
                initializers.append(op)
            elif op.name == "flow.executable":
                self.executables[op.properties["sym_name"].data] = op  # pyright: ignore
        for op in initializers if run_initializers else ():
            self.run_region(op.body, [], {})

    def call(self, name: str, inputs: Sequence[Any]) -> list[np.ndarray]:
        """Runs a function on arrays (scalars for scalar arguments)."""
        function = self.functions.get(name)
        if function is None:
            raise ModelError(
                "IX304", f"no function {name!r}", hint="one of: " + ", ".join(self.functions)
            )
        arguments = function.body.block.args
        if len(arguments) != len(inputs):
            raise ModelError(
                "IX301", f"{name} takes {len(arguments)} inputs, {len(inputs)} were given"
            )
        with np.errstate(all="ignore"):
            return [np.asarray(x) for x in self.run_region(function.body, inputs, {})]

    def run_region(self, region: Region, inputs: Sequence[Any], values: Values) -> list[Any]:
        """Runs a one-block region; returns the operands of its terminator."""
        return self.run_block(region.block, inputs, values)

    def run_block(self, block: Block, inputs: Sequence[Any], values: Values) -> list[Any]:
        values.update(zip(block.args, inputs, strict=True))
        last = block.last_op
        for op in block.ops:
            if op is last and not op.results and op.name in self.terminators:
                return [values[v] for v in op.operands]
            self.run_op(op, values)
        return []

    def run_op(self, op: Operation, values: Values) -> None:
        """Evaluates one op; its operands must be in `values`, its results are put there."""
        if is_linalg(op):
            found = evaluate_linalg(op, values.__getitem__)
        elif isinstance(op, LinalgExtOp):
            found = self.run_ext(op, values)
        elif evaluate_scalar.knows(op):
            operands = [values[v] for v in op.operands]
            values[op.results[0]] = evaluate_scalar.evaluate(op, operands)
            return
        else:
            rule = RULES.get(op.name)
            if rule is None:
                raise GapError("IX203", f"{op.name}: no evaluation on NumPy")
            found = rule(self, op, values)
        values.update(zip(op.results, found, strict=True))

    def run_ext(self, op: LinalgExtOp, values: Values) -> Sequence[Any]:
        """Results of an op of iree_linalg_ext; its regions see `values`."""

        def run(
            region: Region,
            inputs: Sequence[np.ndarray],
            axes: Mapping[int, np.ndarray] = MappingProxyType({}),
        ) -> list[np.ndarray]:
            arguments: Values = dict(zip(region.block.args, inputs, strict=True))
            return run_body(region.block, arguments, axes, values.__getitem__)

        arrays = [np.asarray(values[v]) for v in op.operands]
        return op.evaluate(arrays[: len(op.ins)], arrays[len(op.ins) :], run)

    def global_value(self, name: str) -> Any:
        """Current value of a global."""
        if name not in self.globals:
            op = self._initial[name]
            initial = op.initial_value
            if isinstance(initial, util.ParameterNamedAttr):
                value = self.parameters.get(initial.scope.data, initial.key.data)
                if isinstance(op.type, TensorType):
                    dtype = elements.dtype_of(op.type.element_type)
                    value = np.asarray(value)
                    value = value if value.dtype == dtype else value.view(dtype)
            elif initial is not None:
                value = evaluate_scalar.constant_value(initial)
            else:
                raise ModelError("IX106", f"the global @{name} is read before it is stored")
            self.globals[name] = value
        return self.globals[name]

    def dispatch_function(self, entry: SymbolRefAttr) -> func.FuncOp:
        """The inner function of `@executable::@export`."""
        executable = self.executables[entry.root_reference.data]
        export_name = entry.nested_references.data[0].data
        for op in executable.walk():
            if isinstance(op, ExecutableExportOp) and op.sym_name.data == export_name:
                target = op.properties["function_ref"].string_value().split(".")[-1]  # pyright: ignore
                break
        else:
            raise ModelError("IX106", f"no export {entry}")
        for op in executable.walk():
            if isinstance(op, func.FuncOp) and op.sym_name.data == target:
                return op
        raise ModelError("IX106", f"no function {target} in {entry}")


Rule = Callable[[Evaluator, Operation, Values], Sequence[Any]]
RULES: dict[str, Rule] = {}


def _rule(*names: str) -> Callable[[Rule], Rule]:
    def add(function: Rule) -> Rule:
        for name in names:
            RULES[name] = function
        return function

    return add


def _shape(type_: Any, dims: Sequence[Any]) -> list[int]:
    """Static shape of a type with its dynamic sizes filled in, in order."""
    sizes = iter(dims)
    return [int(next(sizes)) if d < 0 else d for d in type_.get_shape()]


def _mixed(static: Any, dynamic: Sequence[SSAValue], values: Values) -> list[int]:
    sizes = iter(dynamic)
    return [int(values[next(sizes)]) if s == DYNAMIC else s for s in static.get_values()]


# func, scf


@_rule("func.call")
def _call(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    function = self.functions[op.callee.string_value()]
    return self.run_region(function.body, [values[v] for v in op.operands], {})


@_rule("scf.if")
def _if(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    region = op.true_region if values[op.cond] else op.false_region
    return self.run_region(region, [], values) if region.blocks else []


@_rule("scf.for")
def _for(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    carried = [values[v] for v in op.iter_args]
    for i in range(int(values[op.lb]), int(values[op.ub]), int(values[op.step])):
        carried = self.run_region(op.body, [np.int64(i), *carried], values)
    return carried


@_rule("scf.while")
def _while(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    carried = [values[v] for v in op.arguments]
    while True:
        go_on, *carried = self.run_region(op.before_region, carried, values)
        if not go_on:
            return carried
        carried = self.run_region(op.after_region, carried, values)


# tensor


@_rule("tensor.empty", "flow.tensor.empty")
def _empty(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    type_ = op.results[0].type
    shape = _shape(type_, [values[v] for v in op.operands])
    return [np.zeros(shape, elements.dtype_of(type_.element_type))]


@_rule("tensor.dim")
def _dim(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    return [np.int64(values[op.source].shape[int(values[op.index])])]


@_rule("tensor.extract", "flow.tensor.load")
def _extract(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    indices = tuple(int(values[v]) for v in op.indices)
    return [np.asarray(values[op.operands[0]])[indices]]


@_rule("tensor.from_elements")
def _from_elements(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    dtype = elements.dtype_of(op.result.type.element_type)
    flat = np.array([values[v] for v in op.operands], dtype)
    return [flat.reshape(op.result.type.get_shape())]


@_rule("tensor.insert")
def _insert(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    result = np.array(values[op.dest])
    result[tuple(int(values[v]) for v in op.indices)] = values[op.scalar]
    return [result]


@_rule("tensor.splat", "flow.tensor.splat")
def _splat(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    shape = _shape(op.result.type, [values[v] for v in op.operands[1:]])
    return [np.full(shape, values[op.operands[0]], elements.dtype_of(op.result.type.element_type))]


@_rule("tensor.cast", "flow.tensor.clone", "hal.tensor.import", "hal.tensor.export",
       "util.optimization_barrier")  # fmt: skip
def _same(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    return [values[op.operands[0]]]


@_rule("tensor.collapse_shape")
def _collapse(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    source = values[op.src]
    groups = [[i.value.data for i in g.data] for g in op.reassociation.data]
    return [source.reshape([math.prod(source.shape[i] for i in group) for group in groups])]


@_rule("tensor.expand_shape")
def _expand(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    shape = _mixed(op.static_output_shape, op.dynamic_output_shape, values)
    return [values[op.src].reshape(shape)]


@_rule("tensor.reshape")
def _reshape(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    return [values[op.source].reshape([int(d) for d in values[op.shape]])]


@_rule("flow.tensor.reshape")
def _flow_reshape(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    shape = _shape(op.result.type, [values[v] for v in op.result_dims])
    return [values[op.source].reshape(shape)]


@_rule("tensor.concat")
def _concat(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    return [np.concatenate([values[v] for v in op.inputs], op.dim.value.data)]


def _slices(op: Any, values: Values, shape: Sequence[int]) -> tuple[tuple[slice, ...], list[int]]:
    offsets = _mixed(op.static_offsets, op.offsets, values)
    sizes = _mixed(op.static_sizes, op.sizes, values)
    strides = _mixed(op.static_strides, op.strides, values)
    for offset, size, stride, extent in zip(offsets, sizes, strides, shape, strict=True):
        if size and not (offset >= 0 and offset + (size - 1) * stride < extent):
            raise IndexError(f"{op.name}: {offset} + {size} * {stride} is outside {extent}")
    return tuple(
        slice(o, o + n * s, s) for o, n, s in zip(offsets, sizes, strides, strict=True)
    ), sizes


def _reduced(sizes: Sequence[int], static: Sequence[int], type_: TensorType) -> list[int]:
    """`sizes` without the unit dimensions that a rank-reducing slice leaves out."""
    shape = list(type_.get_shape())
    kept, excess = [], len(sizes) - len(shape)
    for size, known in zip(sizes, static, strict=True):
        if excess and known == 1 and (len(kept) == len(shape) or shape[len(kept)] != 1):
            excess -= 1
        else:
            kept.append(size)
    return kept


@_rule("tensor.extract_slice")
def _extract_slice(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    source = values[op.source]
    where, sizes = _slices(op, values, source.shape)
    kept = _reduced(sizes, op.static_sizes.get_values(), op.result.type)
    return [source[where].reshape(kept)]


@_rule("tensor.insert_slice")
def _insert_slice(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    result = np.array(values[op.dest])
    where, sizes = _slices(op, values, result.shape)
    result[where] = values[op.source].reshape(sizes)
    return [result]


@_rule("tensor.pad")
def _pad(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    source = values[op.source]
    low = _mixed(op.static_low, op.low, values)
    high = _mixed(op.static_high, op.high, values)
    shape = [a + n + b for a, n, b in zip(low, source.shape, high, strict=True)]
    axes = [
        np.arange(n).reshape([-1 if i == d else 1 for i in range(len(shape))])
        for d, n in enumerate(shape)
    ]
    (fill,) = self.run_region(op.region, axes, values)
    result = np.array(np.broadcast_to(fill, shape)).astype(source.dtype, copy=False)
    into = tuple(slice(max(a, 0), max(a, 0) + n + min(a, 0) + min(b, 0))
                 for a, n, b in zip(low, source.shape, high, strict=True))  # fmt: skip
    out_of = tuple(slice(max(-a, 0), n - max(-b, 0))
                   for a, n, b in zip(low, source.shape, high, strict=True))  # fmt: skip
    result[into] = source[out_of]
    return [result]


# util, hal


@_rule("util.global.load")
def _global_load(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    return [self.global_value(op.global_.string_value())]


@_rule("util.global.store")
def _global_store(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    self.globals[op.global_.string_value()] = values[op.value]
    return []


@_rule("util.assert")
def _assert(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    check_assertion(values[op.condition], op.message.data, [values[v] for v in op.values])
    return []


@_rule("hal.buffer_view.trace")
def _trace(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    """Nothing: the program itself writes, not those who check it."""
    return []


@_rule("hal.buffer_view.dim")
def _buffer_view_dim(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    return [np.int64(values[op.view].shape[op.index.value.data])]


@_rule("hal.buffer_view.assert")
def _nothing(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    return []


# flow, iree_tensor_ext


@_rule("flow.dispatch.region")
def _dispatch_region(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    return self.run_region(op.body, [], values)


@_rule("flow.dispatch")
def _dispatch(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    function = self.dispatch_function(op.entry_point)
    arguments = [values[v] for v in op.arguments]
    dims = iter([values[v] for v in op.result_dims])
    tied = [t.data for t in op.tied_operands.data] if op.tied_operands else [-1] * len(op.results)
    results = []
    for result, operand in zip(op.results, tied, strict=True):
        shape = _shape(result.type, [next(dims) for d in result.type.get_shape() if d < 0])
        if operand >= 0:
            arguments[operand] = np.array(arguments[operand])
            results.append(arguments[operand])
        else:
            results.append(np.zeros(shape, elements.dtype_of(result.type.element_type)))
    extra = [r for r, operand in zip(results, tied, strict=True) if operand < 0]
    self.run_region(function.body, [*arguments, *extra], {})
    return results


@_rule("flow.tensor.update")
def _tensor_update(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    target, rows = np.array(values[op.target]), np.asarray(values[op.update])
    start = int(values[op.start])
    count = rows.size // max(target[:1].size, 1)
    target[start : start + count] = rows.reshape(count, *target.shape[1:])
    return [target]


@_rule("iree_tensor_ext.dispatch.tensor.load")
def _tensor_load(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    source = values[op.source]
    assert isinstance(op.source.type, DispatchTensorType)
    where, sizes = _slices(op, values, source.shape)
    return [source[where].reshape(_reduced(sizes, op.static_sizes.get_values(), op.result.type))]


@_rule("iree_tensor_ext.dispatch.tensor.store")
def _tensor_store(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    target = values[op.target]
    where, sizes = _slices(op, values, target.shape)
    target[where] = np.asarray(values[op.value]).reshape(sizes)
    return []
