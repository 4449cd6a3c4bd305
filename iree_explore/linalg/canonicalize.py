# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small rewrites every tensor phase uses: sizes known, constants folded, copies and dead ops gone.

`CLEANUP()` keeps IR tidy after a structural pass; `CANONICALIZE()` adds folding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    AnyFloat,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    ShapedType,
    TensorType,
)
from xdsl.dialects.linalg.ops import FillOp, GenericOp
from xdsl.ir import Attribute, Block, Operation, OpResult, SSAValue
from xdsl.ir.affine import AffineDimExpr
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from iree_explore import elements
from iree_explore.linalg import dims, evaluate_scalar
from iree_explore.linalg.structured import dims_of_map, generic, structured
from iree_explore.provenance import Selective

PURE = frozenset({"tensor", "linalg", "arith", "math", "math_ext", "complex", "iree_linalg_ext"})
PURE_OPS = frozenset({
    "util.global.load", "flow.tensor.reshape", "flow.tensor.empty", "flow.tensor.splat",
    "flow.tensor.clone", "flow.tensor.load", "hal.buffer_view.dim", "hal.tensor.import",
    "iree_tensor_ext.dispatch.tensor.load", "flow.dispatch.region", "flow.dispatch", "affine.apply",
})  # fmt: skip


def is_pure(op: Operation) -> bool:
    """Whether an unused op may go: no effect but its results."""
    return (bool(op.results) and (op.name.partition(".")[0] in PURE or op.name in PURE_OPS)) or (
        op.name in ("scf.if", "scf.for")
        and bool(op.results)
        and all(is_pure(o) or o.name == "scf.yield" for r in op.regions for o in r.walk())
    )


def scalar_attr(value: Any, type_: Attribute) -> IntegerAttr | FloatAttr:
    """The attribute of a scalar constant."""
    if isinstance(type_, IntegerType | IndexType):
        if isinstance(type_, IntegerType) and type_.width.data == 1:
            return IntegerAttr(-1 if value else 0, type_)
        return IntegerAttr(int(value), type_)
    return FloatAttr(float(value), cast(AnyFloat, type_))


def constant_of(value: SSAValue) -> Any | None:
    """NumPy value of an `arith.constant`, else None."""
    op = value.owner
    if isinstance(op, arith.ConstantOp):
        return evaluate_scalar.constant_value(op.value)
    return None


class EraseDeadOp(RewritePattern):
    """Removes pure ops whose results nobody uses."""

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter) -> None:
        if op.results and not any(r.first_use for r in op.results) and is_pure(op):
            rewriter.erase(op)


class ResolveDim(RewritePattern):
    """`tensor.dim` becomes the number or index value that the size came from."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: tensor.DimOp, rewriter: PatternRewriter) -> None:
        index = constant_of(op.index)
        if index is None:
            return
        size = dims.size_of(rewriter, op.source, int(index))
        if size is not None:
            rewriter.replace(op, [], [dims.as_value(rewriter, size)])


class DropUnusedInit(RewritePattern):
    """An elementwise op's `outs` that the body does not read becomes `tensor.empty`."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: GenericOp, rewriter: PatternRewriter) -> None:
        view = structured(op)
        if not view.all_parallel:
            return
        for i, value in enumerate(view.outputs):
            argument = view.body.args[len(view.inputs) + i]
            if argument.first_use is not None or isinstance(value.owner, tensor.EmptyOp):
                continue
            if not isinstance(value, OpResult):
                continue
            sizes = [
                dims.size_of(rewriter, value, d)
                for d, n in enumerate(value.type.get_shape())  # pyright: ignore
                if n < 0
            ]
            if any(s is None for s in sizes):
                continue
            empty = tensor.EmptyOp([dims.as_value(rewriter, s) for s in sizes], value.type)  # pyright: ignore
            rewriter.insert(empty)
            op.operands[len(view.inputs) + i] = empty.tensor
            rewriter.notify_op_modified(op)


class InlineScalarInput(RewritePattern):
    """An input that is one scalar everywhere (splat constant, fill, scalar) is read by the body."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: GenericOp, rewriter: PatternRewriter) -> None:
        for i, value in enumerate(structured(op).inputs):
            if not self.may_be_scalar(value) or not loops_known_without(op, i):
                continue
            scalar = self.scalar(value, rewriter)
            if scalar is None:
                continue
            rewriter.replace(op, without_input(op, i, scalar))
            return

    def may_be_scalar(self, value: SSAValue) -> bool:
        """Whether `scalar` looks closer: nearly all tensors are what ops of other classes make."""
        of = type(value.owner)
        return of in _SOURCES_OF_SCALARS or not isinstance(value.type, ShapedType)

    def scalar(self, value: SSAValue, rewriter: PatternRewriter) -> SSAValue | None:
        """The scalar that `value` holds everywhere, made before the current op if needed."""
        if not isinstance(value.type, ShapedType):
            return value
        filled = splat_of(value)
        if filled is not None:
            return filled
        op = value.owner
        if isinstance(op, tensor.FromElementsOp) and len(op.elements) == 1:
            return op.elements[0]
        if isinstance(op, arith.ConstantOp) and isinstance(op.value, DenseIntOrFPElementsAttr):
            if not elements.is_splat(op.value) or 0 in value.type.get_shape():
                return None
            element = elements.to_numpy(op.value).reshape(-1)[0]
            made = arith.ConstantOp(scalar_attr(element, cast(TensorType, value.type).element_type))
            rewriter.insert(made)
            return made.result
        return None


def loops_known_without(op: GenericOp, index: int) -> bool:
    """Whether every loop is still a plain dimension of some operand other than input `index`."""
    maps = [m.data for i, m in enumerate(op.indexing_maps.data) if i != index]
    known = {e.position for m in maps for e in m.results if isinstance(e, AffineDimExpr)}
    return len(known) == len(op.iterator_types.data)


def without_input(op: GenericOp, index: int, scalar: SSAValue) -> Operation:
    """`op` with its input `index` replaced by a scalar that the body reads."""
    view = structured(op)
    body = Block()
    values: dict[SSAValue, SSAValue] = {}
    for i, argument in enumerate(view.body.args):
        if i == index:
            values[argument] = scalar
        else:
            values[argument] = body.insert_arg(argument.type, len(body.args))
    for inner in view.body.ops:
        body.add_op(inner.clone(values))
    inputs = [v for i, v in enumerate(view.inputs) if i != index]
    maps = [m for i, m in enumerate(view.maps) if i != index]
    return generic(inputs, view.outputs, maps, view.parallel, body)


class FoldScalarOp(Selective):
    """`arith` and `math` on scalar constants is computed now."""

    def looks_at(self, op: Operation) -> bool:
        return op.name.partition(".")[0] in ("arith", "math", "math_ext")

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter) -> None:
        if len(op.results) != 1 or not op.operands or isinstance(op.results[0].type, ShapedType):
            return
        values = [constant_of(v) for v in op.operands]
        if any(v is None for v in values):
            identity = _identity(op, values)
            if identity is not None:
                rewriter.replace(op, [], [identity])
            return
        if not evaluate_scalar.knows(op) or _traps(op, values):
            return
        with np.errstate(all="ignore"):
            value = evaluate_scalar.evaluate(op, values)
        rewriter.replace(op, arith.ConstantOp(scalar_attr(value, op.results[0].type)))


_DIVISIONS = frozenset({"arith.divsi", "arith.divui", "arith.remsi", "arith.remui",
                        "arith.floordivsi", "arith.ceildivsi", "arith.ceildivui"})  # fmt: skip


def _traps(op: Operation, values: Sequence[Any]) -> bool:
    return op.name in _DIVISIONS and not values[1]


def _identity(op: Operation, values: Sequence[Any | None]) -> SSAValue | None:
    """`x + 0`, `x * 1`, `select true`, `cast(cast(x))` of integers."""
    name = op.name
    if name == "arith.select":
        if values[0] is not None:
            return op.operands[1 if values[0] else 2]
        return op.operands[1] if op.operands[1] is op.operands[2] else None
    if name == "arith.index_cast":
        inner = op.operands[0].owner
        if isinstance(inner, arith.IndexCastOp) and inner.input.type == op.results[0].type:
            return inner.input
        return None
    if len(values) != 2:
        return None
    a, b = values
    if name == "arith.addi":
        return op.operands[1] if a == 0 else op.operands[0] if b == 0 else None
    if name == "arith.muli":
        return op.operands[1] if a == 1 else op.operands[0] if b == 1 else None
    if name in ("arith.subi", "arith.divsi", "arith.divui", "arith.floordivsi"):
        neutral = 0 if name == "arith.subi" else 1
        return op.operands[0] if b == neutral and b is not None else None
    if name in ("arith.maxsi", "arith.minsi") and op.operands[0] is op.operands[1]:
        return op.operands[0]
    return None


_SAME_ELEMENTS = frozenset[type]({
    tensor.ExtractSliceOp, tensor.CastOp, tensor.ExpandShapeOp, tensor.CollapseShapeOp,
    tensor.ReshapeOp,
})  # fmt: skip
"""Ops that only choose or arrange elements of their first operand."""
_SOURCES_OF_SCALARS = _SAME_ELEMENTS | {
    tensor.SplatOp, FillOp, tensor.FromElementsOp, arith.ConstantOp,
}  # fmt: skip


def splat_of(value: SSAValue) -> SSAValue | None:
    """The scalar that all elements of a tensor are, if it is known to be one."""
    source = value.owner
    while type(source) in _SAME_ELEMENTS:
        source = cast(Operation, source).operands[0].owner
    if isinstance(source, tensor.SplatOp):
        return source.input
    return source.inputs[0] if isinstance(source, FillOp) else None


class FoldExtract(RewritePattern):
    """`tensor.extract` of a tensor whose elements are known scalars."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: tensor.ExtractOp, rewriter: PatternRewriter) -> None:
        source = op.tensor.owner
        filled = splat_of(op.tensor)
        if filled is not None:
            rewriter.replace(op, [], [filled])
            return
        indices = [constant_of(v) for v in op.indices]
        if any(i is None for i in indices):
            return
        shape = op.tensor.type.get_shape()  # pyright: ignore[reportAttributeAccessIssue]
        if isinstance(source, arith.ConstantOp):
            array = evaluate_scalar.constant_value(source.value)
            value = array[tuple(int(i) for i in indices)]  # pyright: ignore
            rewriter.replace(op, arith.ConstantOp(scalar_attr(value, op.result.type)))
        elif isinstance(source, tensor.FromElementsOp) and all(d >= 0 for d in shape):
            flat = int(np.ravel_multi_index([int(i) for i in indices], shape)) if shape else 0  # pyright: ignore
            rewriter.replace(op, [], [source.elements[flat]])


class FoldReshape(RewritePattern):
    """Reshapes to the same type, and casts between equal types, disappear."""

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self,
        op: tensor.CollapseShapeOp | tensor.ExpandShapeOp | tensor.CastOp,
        rewriter: PatternRewriter,
    ) -> None:
        if isinstance(op, tensor.CastOp):
            source, result = op.source, op.dest
        else:
            source, result = op.src, op.result
        inner = source.owner
        if source.type == result.type and _static(source.type):
            rewriter.replace(op, [], [source])
        elif isinstance(op, tensor.CastOp):
            if source.type == result.type:
                rewriter.replace(op, [], [source])
        elif (
            isinstance(inner, tensor.CollapseShapeOp | tensor.ExpandShapeOp)
            and inner.src.type == result.type
            and (
                _dynamic_count(result.type) <= 1
                or (
                    isinstance(op, tensor.CollapseShapeOp)
                    and isinstance(inner, tensor.ExpandShapeOp)
                    and inner.reassociation == op.reassociation
                )
            )
        ):  # equal shapes and the same row-major order of elements
            rewriter.replace(op, [], [inner.src])


def _dynamic_count(type_: Attribute) -> int:
    return sum(1 for d in type_.get_shape() if d < 0)  # pyright: ignore


def _static(type_: Attribute) -> bool:
    return isinstance(type_, TensorType) and all(d >= 0 for d in type_.get_shape())


class FoldCopy(RewritePattern):
    """A generic whose body passes its only input through unchanged is that input."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: GenericOp, rewriter: PatternRewriter) -> None:
        if len(op.operands) != 2 or len(op.results) != 1:
            return
        view = structured(op)
        first = view.body.first_op
        if (
            first is not None
            and first.name == "linalg.yield"
            and first.operands[0] is view.body.args[0]
            and view.maps[0] == view.maps[1]
            and view.inputs[0].type == op.results[0].type
        ):
            rewriter.replace(op, [], [view.inputs[0]])


class FillOfGeneric(RewritePattern):
    """A generic that reads nothing and yields one scalar from above is a fill."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: GenericOp, rewriter: PatternRewriter) -> None:
        if len(op.operands) != 1 or len(op.results) != 1:
            return
        body = op.body.block
        end = body.last_op
        if end is not body.first_op or end is None:
            return
        scalar = end.operands[0]
        view = structured(op)
        plain = dims_of_map(view.output_maps[0])
        if scalar.owner is body or plain is None or not view.all_parallel:
            return
        rewriter.replace(op, FillOp([scalar], list(op.outputs), [op.results[0].type]))


def CLEANUP() -> list[RewritePattern]:  # noqa: N802
    """Patterns that only remove."""
    return [
        EraseDeadOp(), ResolveDim(), InlineScalarInput(), DropUnusedInit(), FoldCopy(),
        FillOfGeneric(),
    ]  # fmt: skip


def CANONICALIZE() -> list[RewritePattern]:  # noqa: N802
    """All patterns of this module."""
    return [*CLEANUP(), FoldScalarOp(), FoldExtract(), FoldReshape()]
