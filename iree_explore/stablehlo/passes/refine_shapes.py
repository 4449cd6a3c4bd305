# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`input-refine-shapes`: what is known of shapes flows forward through each function.

The rows' shape rules make result types as static as their operands allow; shape computations whose
inputs are known are evaluated, and ops that take a shape as a value become their static forms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from xdsl.dialects import func, tensor
from xdsl.dialects.builtin import (
    DenseArrayBase,
    FunctionType,
    IndexType,
    IntegerType,
    ModuleOp,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore import elements as dense
from iree_explore.context import CompilerContext, Parameters
from iree_explore.errors import ModelError
from iree_explore.provenance import rewriting
from iree_explore.stablehlo.base import DYNAMIC
from iree_explore.stablehlo.ops import convolution, indexing, shaping, slicing
from iree_explore.stablehlo.reference import RULES, STATEFUL, Reference
from iree_explore.stablehlo.table import TABLE

MAX_ELEMENTS = 64
"""Integer tensors up to this size count as shape computations."""


@dataclass(frozen=True)
class RefineShapes(ModulePass):
    """Makes types as static as the function's arguments allow.

    Before:

    ```mlir
    func.func @main(%a: tensor<6xf32>, %b: tensor<2x3xf32>) -> tensor<?x3xf32> {
      %0 = shape.shape_of %b : tensor<2x3xf32> -> tensor<2xindex>
      %1 = stablehlo.dynamic_reshape %a, %0 : (tensor<6xf32>, tensor<2xindex>) -> tensor<?x3xf32>
      return %1 : tensor<?x3xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @main(%a: tensor<6xf32>, %b: tensor<2x3xf32>) -> tensor<2x3xf32> {
        %0 = stablehlo.reshape %a : (tensor<6xf32>) -> tensor<2x3xf32>
        func.return %0 : tensor<2x3xf32>
      }
    }
    ```
    """

    name = "input-refine-shapes"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:  # pyright: ignore
        evaluator = Reference(ModuleOp([]), Parameters())
        for function in op.body.block.ops:
            if isinstance(function, func.FuncOp) and function.body.blocks:
                refiner = _Refiner(ctx, evaluator)
                refiner.block(function.body.block)
                refiner.remove_unused()
                _update_signature(function)


def _update_signature(function: func.FuncOp) -> None:
    last = function.body.block.last_op
    assert last is not None
    results = [v.type for v in last.operands]
    if list(function.function_type.outputs) != results:
        function.function_type = FunctionType.from_lists(
            list(function.function_type.inputs), results
        )


@dataclass
class _Refiner:
    ctx: CompilerContext
    evaluator: Reference
    known: dict[SSAValue, Any] = field(default_factory=dict)
    seen: list[Operation] = field(default_factory=list)

    def block(self, block: Block) -> None:
        op = block.first_op
        while op is not None:
            following = op.next_op
            self.op(op)
            op = following

    def op(self, op: Operation) -> None:
        if self._evaluate(op):
            self.seen.append(op)
            return
        for i, value in enumerate(op.operands):
            wanted = _required_type(op, i)
            if wanted is not None and wanted != value.type:
                with rewriting(self.ctx, "MatchDeclaredType", op) as rewriter:
                    cast = tensor.CastOp(value, wanted)  # pyright: ignore[reportArgumentType]
                    rewriter.insert(cast, InsertPoint.before(op))
                    op.operands[i] = cast.dest
                    rewriter.notify_op_modified(op)
        if op.name == "stablehlo.custom_call":
            self._show_known(op)
        make = _STATIC_FORMS.get(type(op))
        if make is not None and all(v in self.known for v in op.operands[make.first :]):
            op = self._make_static(op, make)
        row = TABLE.get(op.name)
        if row is not None and row.name not in _NO_RULE:
            self._refine(op, row.infer(op))
        if row is None or op.name in _CODE_REGIONS:
            for region in op.regions:
                for inner in region.blocks:
                    self.block(inner)
        if op.name == "shape.assuming":
            last = op.regions[0].block.last_op
            assert last is not None
            for i, value in enumerate(last.operands):
                if isinstance(value.type, TensorType):
                    self._set_type(op, i, value.type)

    def _evaluate(self, op: Operation) -> bool:
        """Evaluates a small integer computation whose inputs are known."""
        if op.name == "shape.shape_of" or op.name == "tensor.dim":
            shape = op.operands[0].type.get_shape()  # pyright: ignore
            if op.name == "shape.shape_of" and DYNAMIC not in shape:
                self.known[op.results[0]] = np.array(shape, np.int64)
                return True
            index = self.known.get(op.operands[1]) if op.name == "tensor.dim" else None
            if index is not None and shape[int(index)] != DYNAMIC:
                self.known[op.results[0]] = np.int64(shape[int(index)])
                return True
            return False
        if len(op.results) != 1 or op.regions or not _small(op.results[0].type):
            return False
        if any(v not in self.known for v in op.operands) or op.name.startswith("ml_program."):
            return False
        if op.name not in TABLE and op.name not in RULES and not op.name.startswith("arith."):
            return False
        if op.name == "stablehlo.custom_call" or op.name in STATEFUL:
            return False
        values = dict(self.known)
        self.evaluator.evaluate_op(op, values)
        self.known[op.results[0]] = values[op.results[0]]
        return True

    def _show_known(self, op: Operation) -> None:
        """Known operands of a call become constants: only its target's entry can use them."""
        for i, value in enumerate(op.operands):
            if value not in self.known or isinstance(value.owner, shaping.ConstantOp):
                continue
            if isinstance(value.type, TensorType):
                with rewriting(self.ctx, "ShowKnownOperand", op) as rewriter:
                    array = np.asarray(self.known[value])
                    constant = shaping.ConstantOp(dense.of_type(value.type, array))
                    rewriter.insert(constant, InsertPoint.before(op))
                    op.operands[i] = constant.output
                    rewriter.notify_op_modified(op)

    def _make_static(self, op: Operation, make: _StaticForm) -> Operation:
        values = [self.known[v] for v in op.operands[make.first :]]
        with rewriting(self.ctx, "MakeStatic", op) as rewriter:
            new = make.build(op, values, rewriter)
            rewriter.replace(op, new)
        return new

    def _refine(self, op: Operation, shapes: Sequence[tuple[int, ...] | None]) -> None:
        for i, shape in enumerate(shapes):
            if shape is None or i >= len(op.results):
                continue
            type_ = op.results[i].type
            if not isinstance(type_, TensorType):
                continue
            old = type_.get_shape()
            if len(old) != len(shape) or any(
                a != b and DYNAMIC not in (a, b) for a, b in zip(old, shape, strict=True)
            ):
                raise self._conflict(op, type_, shape)
            merged = [b if a == DYNAMIC else a for a, b in zip(old, shape, strict=True)]
            if tuple(merged) != old:
                self._set_type(op, i, TensorType(type_.element_type, merged, type_.encoding))

    def _conflict(self, op: Operation, type_: TensorType, shape: Sequence[int]) -> ModelError:
        sizes = "x".join("?" if n == DYNAMIC else str(n) for n in shape)
        return ModelError(
            "IX106",
            f"{op.name}: the result type {type_} does not fit the shape {sizes or '()'} "
            "that its operands give",
            model="; ".join(map(str, self.ctx.provenance.sources_of(op))) or None,
        )

    def _set_type(self, op: Operation, i: int, type_: Attribute) -> None:
        if op.results[i].type != type_:
            with rewriting(self.ctx, "RefineType", op) as rewriter:
                rewriter.replace_value_with_new_type(op.results[i], type_)

    def remove_unused(self) -> None:
        """Erases the shape computations that only led to types."""
        for op in reversed(self.seen):
            if not any(r.uses for r in op.results):
                with rewriting(self.ctx, "RemoveShapeComputation", op) as rewriter:
                    rewriter.erase(op)


_CODE_REGIONS = frozenset({"stablehlo.while", "stablehlo.if", "stablehlo.case"})
_NO_RULE = _CODE_REGIONS | {"stablehlo.return"}


def _small(type_: Attribute) -> bool:
    if isinstance(type_, IndexType | IntegerType):
        return True
    if type_.name == "shape.shape":
        return True
    if not isinstance(type_, TensorType) or DYNAMIC in type_.get_shape():
        return False
    integer = isinstance(type_.element_type, IndexType | IntegerType)
    return integer and int(np.prod(type_.get_shape())) <= MAX_ELEMENTS


def _required_type(op: Operation, i: int) -> Attribute | None:
    """The type that an operand must have because something else declares it."""
    if op.name == "stablehlo.while":
        return op.results[i].type
    parent = op.parent_op()
    if op.name == "stablehlo.return" and parent is not None:
        if parent.name == "stablehlo.while" and op.parent_region() is parent.regions[1]:
            return parent.results[i].type
        if parent.name in ("stablehlo.if", "stablehlo.case"):
            return parent.results[i].type
    return None


@dataclass(frozen=True)
class _StaticForm:
    """`build` makes the static op from the known values of the operands from `first` on."""

    first: int
    build: Any


def _result(op: Operation, shape: Sequence[int]) -> TensorType:
    type_ = op.results[0].type
    assert isinstance(type_, TensorType)
    return TensorType(type_.element_type, list(shape), type_.encoding)


def _ints(values: Any) -> DenseArrayBase:
    return DenseArrayBase.from_list(i64, [int(v) for v in np.asarray(values).reshape(-1)])


def _broadcast(op: Any, values: list[Any], rewriter: PatternRewriter) -> Operation:
    return shaping.BroadcastInDimOp.create(
        operands=[op.operand], result_types=[_result(op, [int(n) for n in values[0]])],
        properties={"broadcast_dimensions": op.broadcast_dimensions}, attributes=op.attributes,
    )  # fmt: skip


def _reshape(op: Any, values: list[Any], rewriter: PatternRewriter) -> Operation:
    shape = [int(n) for n in values[0]]
    return shaping.ReshapeOp.create(
        operands=[op.operand], result_types=[_result(op, shape)], attributes=op.attributes
    )


def _iota(op: Any, values: list[Any], rewriter: PatternRewriter) -> Operation:
    return shaping.IotaOp.create(
        result_types=[_result(op, [int(n) for n in values[0]])],
        properties={"iota_dimension": op.iota_dimension}, attributes=op.attributes,
    )  # fmt: skip


def _pad(op: Any, values: list[Any], rewriter: PatternRewriter) -> Operation:
    names = ("edge_padding_low", "edge_padding_high", "interior_padding")
    return slicing.PadOp.create(
        operands=list(op.operands[:2]), result_types=[op.result.type],
        properties={n: _ints(v) for n, v in zip(names, values, strict=True)},
        attributes=op.attributes,
    )  # fmt: skip


def _slice(op: Any, values: list[Any], rewriter: PatternRewriter) -> Operation:
    names = ("start_indices", "limit_indices", "strides")
    return slicing.SliceOp.create(
        operands=[op.operand], result_types=[op.result.type],
        properties={n: _ints(v) for n, v in zip(names, values, strict=True)},
        attributes=op.attributes,
    )  # fmt: skip


def _gather(op: Any, values: list[Any], rewriter: PatternRewriter) -> Operation:
    return indexing.GatherOp.create(
        operands=list(op.operands[:2]), result_types=[op.result.type],
        properties=dict(op.properties) | {"slice_sizes": _ints(values[0])},
        attributes=op.attributes,
    )  # fmt: skip


def _convolution(op: Any, values: list[Any], rewriter: PatternRewriter) -> Operation:
    padding = dense.from_numpy(np.asarray(values[0], np.int64).reshape(-1, 2))
    return convolution.ConvolutionOp.create(
        operands=list(op.operands[:2]), result_types=[op.result.type],
        properties=dict(op.properties) | {"padding": padding}, attributes=op.attributes,
    )  # fmt: skip


_STATIC_FORMS: dict[type[Operation], _StaticForm] = {
    shaping.DynamicBroadcastInDimOp: _StaticForm(1, _broadcast),
    shaping.DynamicReshapeOp: _StaticForm(1, _reshape),
    shaping.DynamicIotaOp: _StaticForm(0, _iota),
    slicing.DynamicPadOp: _StaticForm(2, _pad),
    slicing.RealDynamicSliceOp: _StaticForm(1, _slice),
    indexing.DynamicGatherOp: _StaticForm(2, _gather),
    convolution.DynamicConvOp: _StaticForm(2, _convolution),
}
