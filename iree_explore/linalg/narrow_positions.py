# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Positions that a reduction chooses among (argmax) are counted in 32 bits where all of them fit.

Frameworks ask for 64 bits, which halves the lanes of everything beside them. Only comparisons and
selections see a position (`selections.py`), so narrow ones choose the same element.
"""

from __future__ import annotations

from typing import cast

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import IntegerAttr, IntegerType, TensorType, i32
from xdsl.dialects.linalg.ops import FillOp, GenericOp, IndexOp, YieldOp
from xdsl.ir import Attribute, Block, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from iree_explore.linalg.selections import Selection, selection
from iree_explore.linalg.structured import (
    Structured,
    generic,
    project,
    static_loop_sizes,
    structured,
)


class NarrowPositions(RewritePattern):
    """i64 positions of a reduction loop become i32, and what was chosen is extended."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: GenericOp, rewriter: PatternRewriter) -> None:
        if len(op.results) < 2:
            return
        view = structured(op)
        if view.all_parallel or any(inner.regions for inner in view.body.ops):
            return
        chosen = selection(view.body, len(view.inputs), view.parallel)
        if chosen is None:
            return
        for output, element in enumerate(chosen.elements):
            index = _index(element)
            if index is None or not _only_chosen(element, chosen):
                continue
            size = static_loop_sizes(view)[index.dim.value.data]
            fill = view.outputs[output].owner
            if not 0 <= size < 1 << 31 or not isinstance(fill, FillOp):
                continue
            if not isinstance(fill.outputs[0].owner, tensor.EmptyOp):
                continue
            start = fill.inputs[0].owner
            if isinstance(start, arith.ConstantOp) and _fits(start.value):
                _narrow(view, chosen, output, cast(IntegerAttr, start.value), rewriter)
                return


def _index(element: SSAValue) -> IndexOp | None:
    """The loop whose index, as i64, `element` is."""
    owner = element.owner
    if not isinstance(owner, arith.IndexCastOp) or element.type != IntegerType(64):
        return None
    source = owner.operands[0].owner
    return source if isinstance(source, IndexOp) else None


def _only_chosen(element: SSAValue, chosen: Selection) -> bool:
    """Whether nothing but the choice sees an element."""
    return all(use.operation in chosen.ops for use in element.uses)


def _fits(value: Attribute) -> bool:
    return isinstance(value, IntegerAttr) and -(1 << 31) <= value.value.data < 1 << 31


def _narrow(
    view: Structured,
    chosen: Selection,
    output: int,
    start: IntegerAttr,
    rewriter: PatternRewriter,
) -> None:
    """Replaces a generic by one that has output number `output` in i32."""
    op = view.op
    sizes = list(view.outputs[output].owner.operands[1].owner.operands)  # pyright: ignore
    type_ = cast(TensorType, op.results[output].type)
    narrow_type = TensorType(i32, type_.get_shape())
    first = arith.ConstantOp(IntegerAttr(start.value.data, 32))
    empty, wide_empty = tensor.EmptyOp(sizes, narrow_type), tensor.EmptyOp(sizes, type_)
    fill = FillOp([first.result], [empty.tensor], [narrow_type])
    outputs = [fill.results[0] if n == output else v for n, v in enumerate(view.outputs)]
    body = _narrow_body(view, chosen, output)
    new = generic(view.inputs, outputs, view.maps, view.parallel, body)
    rank = len(type_.get_shape())
    extension = Block(arg_types=[i32, type_.element_type])
    extended = arith.ExtSIOp(extension.args[0], IntegerType(64))
    extension.add_ops([extended, YieldOp(extended.result)])
    maps = [project(rank, range(rank))] * 2
    widened = generic([new.results[output]], [wide_empty.tensor], maps, [True] * rank, extension)
    results = [widened.results[0] if n == output else r for n, r in enumerate(new.results)]
    rewriter.replace_op(op, [first, empty, fill, new, wide_empty, widened], results)


def _narrow_body(view: Structured, chosen: Selection, output: int) -> Block:
    """The body with the element of an output, and what is chosen from it, in i32."""
    element, number = chosen.elements[output], len(view.inputs) + output
    narrow = {element, view.body.args[number]}
    types = [i32 if n == number else a.type for n, a in enumerate(view.body.args)]
    body = Block(arg_types=types)
    values: dict[SSAValue, SSAValue] = dict(zip(view.body.args, body.args, strict=True))
    for inner in view.body.ops:
        result = inner.results[0] if inner.results else None
        wide = result is not None and result.type == element.type
        if wide and (result is element or any(v in narrow for v in inner.operands)):
            narrow.add(result)
        copy = type(inner).create(
            operands=[values.get(v, v) for v in inner.operands],
            result_types=[i32 if r in narrow else r.type for r in inner.results],
            properties=inner.properties,
            attributes=inner.attributes,
        )
        body.add_op(copy)
        values.update(zip(inner.results, copy.results, strict=True))
    return body
