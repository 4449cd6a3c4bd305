# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Dimensions of size 1 that frameworks add for broadcasting, removed from `linalg.generic`.

Loops of size 1 that no input uses, and operand dimensions of size 1 that are always read at 0,
carry nothing. Without them `[n, 1]` from a reduction and `[1, 1, 1, c]` from a weight look like
what they are, one value a row and one a channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from xdsl.dialects import tensor
from xdsl.dialects.builtin import (
    AffineMapAttr,
    ArrayAttr,
    IntegerAttr,
    TensorType,
    UnknownLoc,
    i64,
)
from xdsl.dialects.linalg.ops import FillOp, GenericOp, IndexOp
from xdsl.ir import Block, SSAValue
from xdsl.ir.affine import AffineConstantExpr, AffineDimExpr, AffineExpr, AffineMap
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from iree_explore.linalg import dims
from iree_explore.linalg.constants import Constants
from iree_explore.linalg.fusion import can_fuse, is_data_movement
from iree_explore.linalg.structured import (
    Structured,
    generic,
    is_contraction,
    shape_of,
    static_loop_sizes,
    structured,
)


class DropUnitLoops(RewritePattern):
    """Parallel loops of size 1 that no input uses; results are expanded to their old shape."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: GenericOp, rewriter: PatternRewriter) -> None:
        if not op.results:
            return
        view = structured(op)
        sizes = static_loop_sizes(view)
        used = set[int]().union(*(m.used_dims() for m in view.input_maps)) if view.inputs else set()
        unit = [d for d, n in enumerate(sizes) if n == 1 and view.parallel[d] and d not in used]
        if not unit or len(unit) == view.num_loops or _indexed(view, unit):
            return
        if any(not _plain(m) for m in view.output_maps) or _vanishes(view):
            return
        drop_loops(rewriter, view, unit)


def _vanishes(view: Structured) -> bool:
    """Whether fusion leaves nothing of the op: all that read it can read what it moves."""
    if not is_data_movement(view) or not view.inputs:
        return False
    uses = [use for result in view.op.results for use in result.uses]
    return all(
        isinstance(use.operation, GenericOp)
        and can_fuse(view, structured(use.operation), use.index)
        and not is_contraction(structured(use.operation))
        for use in uses
    )


def _indexed(view: Structured, loops: Sequence[int]) -> bool:
    return any(isinstance(o, IndexOp) and o.dim.value.data in loops for o in view.body.ops)


def _plain(map_: AffineMap) -> bool:
    return all(isinstance(e, AffineDimExpr) for e in map_.results)


def drop_loops(rewriter: PatternRewriter, view: Structured, unit: Sequence[int]) -> None:
    """Rewrites the op without loops that only its outputs use."""
    kept = [d for d in range(view.num_loops) if d not in unit]
    exprs: list[AffineExpr] = [AffineConstantExpr(0)] * view.num_loops
    for new, old in enumerate(kept):
        exprs[old] = AffineDimExpr(new)
    inputs = [m.replace_dims_and_symbols(exprs, (), len(kept), 0) for m in view.input_maps]
    outputs, output_maps, axes = [], [], []
    for value, map_ in zip(view.outputs, view.output_maps, strict=True):
        keep = [i for i, e in enumerate(map_.results) if e.position not in unit]  # pyright: ignore
        axes.append(keep)
        outputs.append(smaller_init(rewriter, value, keep))
        results = tuple(exprs[map_.results[i].position] for i in keep)  # pyright: ignore
        output_maps.append(AffineMap(len(kept), 0, results))
    body = Block(arg_types=[a.type for a in view.body.args])
    values: dict[SSAValue, SSAValue] = dict(zip(view.body.args, body.args, strict=True))
    for inner in view.body.ops:
        if isinstance(inner, IndexOp):
            copy = IndexOp(kept.index(inner.dim.value.data))
            copy.location = inner.location
            body.add_op(copy)
            values[inner.result] = copy.result
        else:
            body.add_op(inner.clone(values))
    made = generic(
        view.inputs, outputs, [*inputs, *output_maps], [view.parallel[d] for d in kept], body
    )
    rewriter.insert(made)
    expanded = [
        expand(rewriter, new, old, keep)
        for new, old, keep in zip(made.results, view.op.results, axes, strict=True)
    ]
    rewriter.replace(view.op, [], expanded)


def smaller_init(rewriter: PatternRewriter, value: SSAValue, keep: Sequence[int]) -> SSAValue:
    """An `outs` with only the dimensions `keep`: empties and fills are made anew."""
    shape = shape_of(value)
    if len(keep) == len(shape):
        return value
    owner = value.owner
    if isinstance(owner, FillOp | tensor.EmptyOp):
        sizes = iter(dims.dynamic_sizes(rewriter, value))
        known = {d: next(sizes) for d, n in enumerate(shape) if n < 0}
        type_ = TensorType(cast(TensorType, value.type).element_type, [shape[d] for d in keep])
        empty = tensor.EmptyOp([known[d] for d in keep if d in known], type_)
        rewriter.insert(empty)
        if isinstance(owner, tensor.EmptyOp):
            return empty.tensor
        fill = FillOp((owner.inputs[0],), (empty.tensor,))
        rewriter.insert(fill)
        return fill.results[0]
    return collapse(rewriter, value, keep)


def reassociation(rank: int, keep: Sequence[int]) -> ArrayAttr[ArrayAttr[IntegerAttr]]:
    """Groups of a reshape that drops all dimensions but `keep`."""
    groups: list[list[int]] = []
    for d in range(rank):
        if d in keep and (not groups or any(x in keep for x in groups[-1])):
            groups.append([d])
        elif groups:
            groups[-1].append(d)
        else:
            groups.append([d])
    if not keep:
        groups = []
    return ArrayAttr([ArrayAttr([IntegerAttr(d, i64) for d in g]) for g in groups])


def collapse(rewriter: PatternRewriter, value: SSAValue, keep: Sequence[int]) -> SSAValue:
    """The tensor without its unit dimensions other than `keep`."""
    shape = shape_of(value)
    element = cast(TensorType, value.type).element_type
    op = tensor.CollapseShapeOp.build(
        operands=[value],
        properties={"reassociation": reassociation(len(shape), keep)},
        result_types=[TensorType(element, [shape[d] for d in keep])],
    )
    rewriter.insert(op)
    return op.result


def expand(
    rewriter: PatternRewriter, value: SSAValue, like: SSAValue, keep: Sequence[int]
) -> SSAValue:
    """`value` with the unit dimensions of `like` that are not in `keep`."""
    shape = shape_of(like)
    if len(keep) == len(shape):
        return value
    op = tensor.ExpandShapeOp(
        value,
        dims.dynamic_sizes(rewriter, like),
        reassociation(len(shape), keep),
        [n if n >= 0 else dims.DYNAMIC for n in shape],
        cast(TensorType, like.type),
    )
    rewriter.insert(op)
    return op.result


@dataclass
class DropUnitOperandDims(RewritePattern):
    """Operand dimensions of size 1 that are read at 0; of constants, all of size 1."""

    constants: Constants | None = None

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: GenericOp, rewriter: PatternRewriter) -> None:
        maps = op.indexing_maps.data
        for i, value in enumerate(structured(op).inputs):
            shape = shape_of(value)
            if 1 not in shape:
                continue
            results = maps[i].data.results
            constant = self.constants is not None and self.constants.is_constant(value)
            keep = [
                d
                for d, (n, e) in enumerate(zip(shape, results, strict=True))
                if n != 1 or (isinstance(e, AffineDimExpr) and not constant)
            ]
            if len(keep) == len(shape) or not _loops_known(op, i, [results[d] for d in keep]):
                continue
            source = value.owner
            if isinstance(source, tensor.ExpandShapeOp) and added(source) == [
                d for d in range(len(shape)) if d not in keep
            ]:
                smaller = source.src
            else:
                smaller = collapse(rewriter, value, keep)
            made = op.clone()
            made.location = UnknownLoc()
            made.operands[i] = smaller
            new_maps = list(maps)
            kept = tuple(results[d] for d in keep)
            new_maps[i] = AffineMapAttr(AffineMap(maps[i].data.num_dims, 0, kept))
            made.properties["indexing_maps"] = ArrayAttr(new_maps)
            rewriter.replace(op, made)
            return


def added(op: tensor.ExpandShapeOp) -> list[int] | None:
    """The dimensions that an expand_shape adds, if all of them have size 1."""
    shape = shape_of(op.result)
    source = shape_of(op.src)
    found = []
    for group, size in zip(op.reassociation.data, source, strict=False):
        dims_ = [i.value.data for i in group.data]
        wide = [d for d in dims_ if shape[d] != 1]
        if len(wide) > 1:
            return None
        keep = wide[0] if wide else dims_[0]
        if shape[keep] != size:
            return None
        found += [d for d in dims_ if d != keep]
    return found if source else list(range(len(shape)))


def _loops_known(op: GenericOp, operand: int, results: Sequence[AffineExpr]) -> bool:
    known = {e.position for e in results if isinstance(e, AffineDimExpr)}
    for i, attr in enumerate(op.indexing_maps.data):
        if i != operand:
            known |= {e.position for e in attr.data.results if isinstance(e, AffineDimExpr)}
    return len(known) == len(op.iterator_types.data)
