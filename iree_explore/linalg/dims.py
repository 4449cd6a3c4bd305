# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where the size of a tensor dimension comes from: a number, or an index value on the host.

`size_of` follows destination-passing style (the size of a result is the size of its `outs`) and the
shape rules of `tensor` ops down to function arguments, so no computation is needed to know a size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import IndexType, ShapedType
from xdsl.ir import BlockArgument, Operation, OpResult, SSAValue
from xdsl.pattern_rewriter import PatternRewriter

from iree_explore.dialect_op import INDEX, scalar_constant
from iree_explore.flow.dialect import DYNAMIC
from iree_explore.linalg.ext_interface import LinalgExtOp
from iree_explore.linalg.structured import is_linalg, structured

Size = int | SSAValue


def index_constant(rewriter: PatternRewriter, value: int) -> SSAValue:
    """`arith.constant value : index` at the rewriter's insertion point."""
    op = scalar_constant(value, INDEX)
    rewriter.insert(op)
    return op.result


def as_value(rewriter: PatternRewriter, size: Size) -> SSAValue:
    return index_constant(rewriter, size) if isinstance(size, int) else size


def add(rewriter: PatternRewriter, a: Size, b: Size) -> Size:
    """`a + b`, folded when static."""
    if isinstance(a, int) and isinstance(b, int):
        return a + b
    if a == 0 or b == 0:
        return b if a == 0 else a
    op = arith.AddiOp(as_value(rewriter, a), as_value(rewriter, b))
    rewriter.insert(op)
    return op.result


def multiply(rewriter: PatternRewriter, a: Size, b: Size) -> Size:
    """`a * b`, folded when static."""
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    if a == 1 or b == 1:
        return b if a == 1 else a
    op = arith.MuliOp(as_value(rewriter, a), as_value(rewriter, b))
    rewriter.insert(op)
    return op.result


def mixed(static: Any, dynamic: Sequence[SSAValue]) -> list[Size]:
    """A static_xxx attribute with its dynamic operands filled in."""
    values = iter(dynamic)
    return [next(values) if s == DYNAMIC else s for s in static.get_values()]


def size_of(rewriter: PatternRewriter, value: SSAValue, dim: int) -> Size | None:
    """The size of `value`'s dimension, ops inserted at the rewriter's point if needed.

    None if only a `tensor.dim` of `value` itself tells (function arguments, loop-carried tensors).
    """
    while True:
        type_ = value.type
        assert isinstance(type_, ShapedType)
        static = type_.get_shape()[dim]
        if static >= 0:
            return static
        if isinstance(value, BlockArgument):
            loop = value.owner.parent_op()
            if loop is None or loop.name != "scf.while":
                return None
            return _carried_size(value, value.owner.args, dim)
        assert isinstance(value, OpResult)
        op: Any = value.op
        if is_linalg(op):
            value = structured(op).outputs[value.index]
        elif isinstance(op, LinalgExtOp):
            value = op.outs[value.index]
        elif isinstance(op, tensor.InsertSliceOp | tensor.InsertOp):
            value = op.dest
        elif op.name == "flow.tensor.update":
            value = op.target
        elif isinstance(op, tensor.CastOp) or op.name == "flow.tensor.clone":
            value = op.source
        else:
            rule = _RULES.get(op.name)
            return rule(rewriter, op, value, dim) if rule else None


def dynamic_index(value: SSAValue, dim: int) -> int:
    """Position of a dynamic dimension among the dynamic ones."""
    return sum(1 for d in value.type.get_shape()[:dim] if d < 0)  # pyright: ignore


def dynamic_sizes(rewriter: PatternRewriter, value: SSAValue) -> list[SSAValue]:
    """The dynamic sizes of a tensor, in order; `tensor.dim` where nothing else tells."""
    found = []
    for dim, size in enumerate(value.type.get_shape()):  # pyright: ignore
        if size < 0:
            known = size_of(rewriter, value, dim)
            if known is None:
                op = tensor.DimOp(value, index_constant(rewriter, dim))
                rewriter.insert(op)
                known = op.result
            found.append(as_value(rewriter, known))
    return found


def _of_dim_or_value(rewriter: PatternRewriter, value: SSAValue, dim: int) -> Size:
    known = size_of(rewriter, value, dim)
    if known is not None:
        return known
    op = tensor.DimOp(value, index_constant(rewriter, dim))
    rewriter.insert(op)
    return op.result


def _by_operands(name: str):
    """The op's operands `name` are the dynamic sizes of its result, in order."""

    def rule(rewriter: PatternRewriter, op: Any, value: SSAValue, dim: int) -> Size:
        return tuple(getattr(op, name))[dynamic_index(value, dim)]

    return rule


def _of_expand(rewriter: PatternRewriter, op: Any, value: SSAValue, dim: int) -> Size:
    return mixed(op.static_output_shape, op.dynamic_output_shape)[dim]


def _of_collapse(rewriter: PatternRewriter, op: Any, value: SSAValue, dim: int) -> Size:
    total: Size = 1
    for i in op.reassociation.data[dim].data:
        total = multiply(rewriter, total, _of_dim_or_value(rewriter, op.src, i.value.data))
    return total


def _of_slice(rewriter: PatternRewriter, op: Any, value: SSAValue, dim: int) -> Size | None:
    sizes = mixed(op.static_sizes, op.sizes)
    excess = len(sizes) - len(value.type.get_shape())  # pyright: ignore
    if excess:  # rank-reducing: unit sizes are left out
        dynamic = [s for s in sizes if not isinstance(s, int)]
        return dynamic[dynamic_index(value, dim)]
    return sizes[dim]


def _of_pad(rewriter: PatternRewriter, op: Any, value: SSAValue, dim: int) -> Size:
    size = _of_dim_or_value(rewriter, op.source, dim)
    size = add(rewriter, size, mixed(op.static_low, op.low)[dim])
    return add(rewriter, size, mixed(op.static_high, op.high)[dim])


def _of_concat(rewriter: PatternRewriter, op: Any, value: SSAValue, dim: int) -> Size:
    if op.dim.value.data != dim:
        return _of_dim_or_value(rewriter, op.inputs[0], dim)
    total: Size = 0
    for source in op.inputs:
        total = add(rewriter, total, _of_dim_or_value(rewriter, source, dim))
    return total


def _of_reshape(rewriter: PatternRewriter, op: Any, value: SSAValue, dim: int) -> Size:
    extent = tensor.ExtractOp(op.shape, [index_constant(rewriter, dim)], op.shape.type.element_type)
    rewriter.insert(extent)
    if isinstance(extent.result.type, IndexType):
        return extent.result
    cast = arith.IndexCastOp(extent.result, IndexType())
    rewriter.insert(cast)
    return cast.result


def _carried_size(value: Any, values: Sequence[SSAValue], dim: int) -> SSAValue | None:
    """A size that control flow carries: the last `values` are the unknown sizes of the others."""
    unknown = [
        (i, d)
        for i, v in enumerate(values)
        if isinstance(v.type, ShapedType)
        for d, n in enumerate(v.type.get_shape())
        if n < 0
    ]
    sizes = values[len(values) - len(unknown) :]
    if not all(isinstance(v.type, IndexType) for v in sizes):
        return None
    return sizes[unknown.index((value.index, dim))]


def _of_control_flow(rewriter: PatternRewriter, op: Any, value: Any, dim: int) -> Size | None:
    return _carried_size(value, op.results, dim)


def _of_region(rewriter: PatternRewriter, op: Operation, value: OpResult, dim: int) -> Size:
    before = sum(
        1
        for r in op.results[: value.index]
        for d in cast(ShapedType, r.type).get_shape()
        if d < 0  # pyright: ignore
    )
    return tuple(op.result_dims)[before + dynamic_index(value, dim)]  # pyright: ignore


_RULES = {
    "tensor.empty": _by_operands("dynamic_sizes"),
    "tensor.splat": _by_operands("dynamicSizes"),
    "hal.tensor.import": _by_operands("dims"),
    "flow.tensor.reshape": _by_operands("result_dims"),
    "flow.tensor.splat": _by_operands("result_dims"),
    "flow.tensor.empty": _by_operands("result_dims"),
    "tensor.expand_shape": _of_expand,
    "tensor.collapse_shape": _of_collapse,
    "tensor.extract_slice": _of_slice,
    "tensor.pad": _of_pad,
    "tensor.concat": _of_concat,
    "tensor.reshape": _of_reshape,
    "flow.dispatch.region": _of_region,
    "flow.dispatch": _of_region,
    "scf.while": _of_control_flow,
    "scf.if": _of_control_flow,
}
