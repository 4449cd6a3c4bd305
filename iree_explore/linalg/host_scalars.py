# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elements of small tensors as scalar code of the host, for `linalg.passes.detensorize`.

`HostScalars.element(value, index)` follows a tensor back through the ops that made it. Elementwise
ops become their bodies, on elements of their inputs; slices, concatenations and reshapes only
change the index. Where that ends, at a function's argument or at code that only devices run, the
element is read with `tensor.extract`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from xdsl.dialects import arith, scf, tensor
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, ShapedType, TensorType
from xdsl.dialects.linalg.ops import FillOp, GenericOp, IndexOp, YieldOp
from xdsl.ir import Block, BlockArgument, Operation, OpResult, SSAValue
from xdsl.ir.affine import AffineConstantExpr, AffineDimExpr, AffineExpr
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore import elements
from iree_explore.linalg import dims
from iree_explore.linalg.canonicalize import constant_of, scalar_attr, splat_of
from iree_explore.linalg.structured import (
    Structured,
    is_linalg,
    is_permutation,
    shape_of,
    static_loop_sizes,
    structured,
)

Index = dims.Size
"""A position: a number, or an `index` value."""

ON_HOST = frozenset(
    {f"arith.{name}" for name in (
        "constant addi subi muli divsi divui remsi remui minsi maxsi minui maxui andi ori xori "
        "shli shrsi shrui ceildivsi ceildivui floordivsi cmpi cmpf select extsi extui trunci "
        "index_cast sitofp uitofp fptosi fptoui extf truncf addf subf mulf divf minimumf maximumf "
        "negf"
    ).split()}
    | {f"math.{name}" for name in (
        "absf ceil floor round roundeven sqrt exp exp2 log log2 powf"
    ).split()}
)  # fmt: skip
"""Scalar ops that the VM has instructions for."""

MAX_OPS = 48
"""Scalar ops of one body that the host still does: a readback costs more than some of them."""
MAX_REDUCED = 16
"""Elements that the host adds up (or the like) one by one."""


class Unknown(Exception):
    """An element that only memory has."""


@dataclass
class HostScalars:
    """Makes elements scalars. Scopes are opened for the blocks that the walk is in: what was made
    in an outer block is used again in an inner one, not the other way round."""

    rewriter: PatternRewriter | None = None
    """Where scalar code goes; None while only `is_known` is asked."""
    scopes: list[dict[tuple[SSAValue, tuple[Index, ...]], SSAValue]] = field(
        default_factory=lambda: [{}]
    )

    def element(self, value: SSAValue, index: Sequence[Index]) -> SSAValue:
        """The element of a tensor, or a scalar as it is."""
        if not isinstance(value.type, ShapedType):
            return value
        made = self.computed(value, index)
        if made is None:
            made = self.read_at_once(value, index)
        if made is None:
            made = self.read(value, index)
            self.remember(value, index, made)
        return made

    def computed(self, value: SSAValue, index: Sequence[Index]) -> SSAValue | None:
        """The element, if it need not be read (again)."""
        key = (value, tuple(index))
        for scope in self.scopes:
            if key in scope:
                return scope[key]
        if needed_by_device(value) and not self.is_known(value, index, from_caller):
            return None  # one number is read, whatever it was made of
        try:
            made = self.step(value, index, self.element, self.body)
        except Unknown:
            return None
        self.remember(value, index, made)
        return made

    def remember(self, value: SSAValue, index: Sequence[Index], made: SSAValue) -> None:
        """Says what an element is, for the rest of the block."""
        self.scopes[-1][value, tuple(index)] = made

    def is_known(
        self, value: SSAValue, index: Sequence[Index], given: Callable[[SSAValue], bool]
    ) -> bool:
        """Whether the host can compute the element without reading memory that a dispatch writes;
        `given` says so of block arguments and imported tensors."""
        seen: dict[tuple[SSAValue, tuple[Index, ...]], bool] = {}

        def ask(value: SSAValue, index: Sequence[Index]) -> bool:
            if not isinstance(value.type, ShapedType) or given(value):
                return True
            key = (value, tuple(index))
            if key not in seen:
                try:
                    seen[key] = bool(dry.step(value, index, ask, known_body))
                except Unknown:
                    seen[key] = False
            return seen[key]

        def known_body(op: GenericOp, result: int, loops: Sequence[Index]) -> bool:
            view = structured(op)
            if any(isinstance(inner, tensor.ExtractOp) for inner in view.body.ops):
                raise Unknown
            return all(
                ask(operand, dry.positions(view, i, loops))
                for i, operand in enumerate(view.operands)
                if view.body.args[i].first_use is not None
            )

        dry = HostScalars()
        return ask(value, index)

    def step(
        self, value: SSAValue, index: Sequence[Index], follow: Callable[..., Any],
        body: Callable[..., Any],
    ) -> Any:  # fmt: skip
        """One op back: what `follow` says of the element it came from, or `body` of a computation.

        Raises `Unknown` where the element is in memory only.
        """
        filled = splat_of(value)
        if filled is not None:
            return follow(filled, ())
        if not isinstance(value, OpResult):
            raise Unknown
        op = value.op
        rule = _RULES.get(type(op))
        if rule is not None:
            source, at = rule(self, op, index)
            return follow(source, at)
        if isinstance(op, arith.ConstantOp):
            return self.constant(op, index)
        if isinstance(op, scf.IfOp) and self.rewriter is None:
            ends = (cast(Operation, region.block.last_op) for region in op.regions)
            return all(follow(end.operands[value.index], index) for end in ends)
        if isinstance(op, GenericOp):
            return body(op, value.index, self.loops(op, value.index, index))
        raise Unknown

    def constant(self, op: arith.ConstantOp, index: Sequence[Index]) -> SSAValue:
        """One element of a constant tensor."""
        attr = cast(DenseIntOrFPElementsAttr, op.value)
        array = elements.to_numpy(attr)
        if not array.size or not (_numbers(index) or elements.is_splat(attr)):
            raise Unknown
        if self.rewriter is None:
            return op.result
        at: Any = tuple(index) if _numbers(index) else (0,) * array.ndim
        made = arith.ConstantOp(
            scalar_attr(array[at], cast(TensorType, op.result.type).element_type)
        )
        self.rewriter.insert(made)
        return made.result

    def loops(self, op: GenericOp, result: int, index: Sequence[Index]) -> list[Index]:
        """The loop positions at which an element is computed, reduction loops at 0."""
        view = structured(op)
        map_ = view.output_maps[result]
        if not _fit_for_host(view) or not (view.all_parallel and is_permutation(map_)):
            sizes = static_loop_sizes(view)
            reduced = [n for n, p in zip(sizes, view.parallel, strict=True) if not p]
            plain = all(isinstance(e, AffineDimExpr) for e in map_.results)
            small = reduced and min(reduced) >= 0 and math.prod(reduced) <= MAX_REDUCED
            if not _fit_for_host(view) or not plain or not small or len(op.results) != 1:
                raise Unknown
        found: list[Index] = [0] * view.num_loops
        for expr, at in zip(map_.results, index, strict=True):
            found[cast(AffineDimExpr, expr).position] = at
        return found

    def body(self, op: GenericOp, result: int, loops: Sequence[Index]) -> SSAValue:
        """What the op computes at `loops`, as scalar code."""
        view = structured(op)
        if view.all_parallel:
            return self.inline(view, result, loops, {})
        out = len(view.inputs)
        total = self.element(view.outputs[0], self.positions(view, out, loops))
        sizes = static_loop_sizes(view)
        spaces = [range(1) if p else range(n) for n, p in zip(sizes, view.parallel, strict=True)]
        for point in np.ndindex(*(len(s) for s in spaces)):
            here = [a if p else b for a, b, p in zip(loops, point, view.parallel, strict=True)]
            total = self.inline(view, result, here, {view.body.args[out]: total})
        return total

    def inline(
        self, view: Structured, result: int, loops: Sequence[Index],
        values: dict[SSAValue, SSAValue],
    ) -> SSAValue:  # fmt: skip
        """The body's ops at one point of the loops; returns what is yielded."""
        assert self.rewriter is not None
        for i, (operand, argument) in enumerate(zip(view.operands, view.body.args, strict=True)):
            if argument.first_use is not None and argument not in values:
                values[argument] = self.element(operand, self.positions(view, i, loops))
        for inner in view.body.ops:
            if isinstance(inner, YieldOp):
                value = inner.operands[result]
                return values.get(value, value)
            if isinstance(inner, IndexOp):
                position = loops[inner.dim.value.data]
                values[inner.result] = dims.as_value(self.rewriter, position)
            elif isinstance(inner, tensor.ExtractOp):
                at = [number(values.get(v, v)) for v in inner.indices]
                values[inner.result] = self.element(values.get(inner.tensor, inner.tensor), at)
            else:
                made = inner.clone(values)
                self.rewriter.insert(made)
        raise AssertionError("a body without a terminator")

    def positions(self, view: Structured, operand: int, loops: Sequence[Index]) -> list[Index]:
        """Where an operand is read at one point of the loops."""
        return [self.evaluate(expr, loops) for expr in view.maps[operand].results]

    def evaluate(self, expr: AffineExpr, loops: Sequence[Index]) -> Index:
        if isinstance(expr, AffineDimExpr):
            return loops[expr.position]
        if isinstance(expr, AffineConstantExpr):
            return expr.value
        if not _numbers(loops):
            raise Unknown
        return expr.eval(cast(Sequence[int], loops), [])

    def plus(self, a: Index, b: Index) -> Index:
        """`a + b`."""
        if isinstance(a, int) and isinstance(b, int):
            return a + b
        if self.rewriter is None:
            raise Unknown
        return dims.add(self.rewriter, a, b)

    def times(self, a: Index, b: Index) -> Index:
        """`a * b`."""
        if isinstance(a, int) and isinstance(b, int):
            return a * b
        if self.rewriter is None:
            raise Unknown
        return dims.multiply(self.rewriter, a, b)

    def read_at_once(self, value: SSAValue, index: Sequence[Index]) -> SSAValue | None:
        """The element of what the caller passed, read before anything else is done; None if the
        tensor is not the caller's or need not have the element."""
        if not (from_caller(value) and _numbers(index)) or min(shape_of(value), default=0) < 0:
            return None
        assert self.rewriter is not None
        owner, outer = value.owner, self.rewriter.insertion_point
        at = InsertPoint.at_start(owner) if isinstance(owner, Block) else InsertPoint.after(owner)
        self.rewriter.insertion_point = at
        made = self.read(value, index)
        self.rewriter.insertion_point = outer
        self.scopes[0][value, tuple(index)] = made
        return made

    def read(self, value: SSAValue, index: Sequence[Index]) -> SSAValue:
        """The element from memory."""
        assert self.rewriter is not None
        at = [dims.as_value(self.rewriter, i) for i in index]
        made = tensor.ExtractOp(value, at, cast(TensorType, value.type).element_type)
        self.rewriter.insert(made)
        return made.result


def block_of(value: SSAValue) -> Block | None:
    """The block that a value is made in."""
    return value.owner if isinstance(value, BlockArgument) else cast(OpResult, value).op.parent


def from_caller(value: SSAValue) -> bool:
    """Whether the host can read elements of a tensor without waiting for the device."""
    if isinstance(value, BlockArgument):
        parent = value.owner.parent_op()
        return parent is not None and parent.name == "func.func"
    return value.owner.name == "hal.tensor.import"  # pyright: ignore


def needed_by_device(value: SSAValue, depth: int = 6) -> bool:
    """Whether a computed tensor will be there anyway, because more than elements of it is used."""
    if not isinstance(value, OpResult) or not (
        isinstance(value.op, GenericOp) or type(value.op) in _RULES
    ):
        return False
    for use in value.uses:
        user = use.operation
        if user.parent_op() is not None and is_linalg(user.parent_op()):  # pyright: ignore
            user = cast(Operation, user.parent_op())
        elif isinstance(user, tensor.ExtractOp | tensor.DimOp):
            continue
        if depth == 0 or not (isinstance(user, GenericOp) or type(user) in _RULES):
            return True
        if any(needed_by_device(r, depth - 1) for r in user.results):
            return True
    return False


def _numbers(index: Sequence[Index]) -> bool:
    return all(isinstance(i, int) for i in index)


def number(value: SSAValue) -> Index:
    """A constant index as a number."""
    known = constant_of(value)
    return value if known is None else int(known)


def _fit_for_host(view: Structured) -> bool:
    """Whether the body is a few ops that the host has."""
    ops = list(view.body.ops)
    return len(ops) <= MAX_OPS and all(
        op.name in ON_HOST or isinstance(op, IndexOp | YieldOp | tensor.ExtractOp) for op in ops
    )


# Ops that only choose or arrange elements: where the element at `index` came from

Place = tuple[SSAValue, Sequence[Index]]


def _of_elements(s: HostScalars, op: tensor.FromElementsOp, index: Sequence[Index]) -> Place:
    if len(op.elements) == 1:
        return op.elements[0], ()
    if not _numbers(index):
        raise Unknown
    shape = shape_of(op.results[0])
    return op.elements[int(np.ravel_multi_index(cast(Any, tuple(index)), shape))], ()


def _of_cast(s: HostScalars, op: tensor.CastOp, index: Sequence[Index]) -> Place:
    return op.source, index


def _of_reshape(s: HostScalars, op: Any, index: Sequence[Index]) -> Place:
    source, shape = shape_of(op.src), shape_of(op.result)
    if min((*source, *shape), default=0) < 0 or not _numbers(index):
        raise Unknown
    flat = int(np.ravel_multi_index(cast(Any, tuple(index)), shape)) if shape else 0
    return op.src, [int(i) for i in np.unravel_index(flat, source)] if source else []


def _of_slice(s: HostScalars, op: tensor.ExtractSliceOp, index: Sequence[Index]) -> Place:
    left, at = list(zip(shape_of(op.result), index, strict=True)), []
    for size in op.static_sizes.get_values():
        kept = bool(left) and (left[0][0] == size or (left[0][0] < 0 and size < 0))
        at.append(left.pop(0)[1] if kept else 0)  # a size of 1 that the result does not have
    offsets = dims.mixed(op.static_offsets, op.offsets)
    strides = dims.mixed(op.static_strides, op.strides)
    if left:
        raise Unknown
    return op.source, [
        s.plus(o, s.times(i, n)) for o, i, n in zip(offsets, at, strides, strict=True)
    ]


def _of_insertion(s: HostScalars, op: tensor.InsertSliceOp, index: Sequence[Index]) -> Place:
    offsets = dims.mixed(op.static_offsets, op.offsets)
    sizes = dims.mixed(op.static_sizes, op.sizes)
    plain = all(n == 1 for n in dims.mixed(op.static_strides, op.strides))
    same_rank = len(shape_of(op.source)) == len(index)
    if not (plain and same_rank and all(map(_numbers, (offsets, sizes, index)))):
        raise Unknown
    at = [cast(int, i) - cast(int, o) for i, o in zip(index, offsets, strict=True)]
    if all(0 <= i < cast(int, n) for i, n in zip(at, sizes, strict=True)):
        return op.source, at
    return op.dest, index


def _of_concat(s: HostScalars, op: tensor.ConcatOp, index: Sequence[Index]) -> Place:
    axis = op.dim.value.data
    at = index[axis]
    for source in op.inputs:
        size = shape_of(source)[axis]
        if not isinstance(at, int) or size < 0:
            raise Unknown
        if at < size:
            return source, [*index[:axis], at, *index[axis + 1 :]]
        at -= size
    raise Unknown


_RULES: dict[type[Operation], Callable[[HostScalars, Any, Sequence[Index]], Place]] = {
    tensor.FromElementsOp: _of_elements,
    tensor.CastOp: _of_cast,
    tensor.CollapseShapeOp: _of_reshape,
    tensor.ExpandShapeOp: _of_reshape,
    tensor.ExtractSliceOp: _of_slice,
    tensor.InsertSliceOp: _of_insertion,
    tensor.ConcatOp: _of_concat,
    FillOp: lambda s, op, index: (op.inputs[0], ()),
}
