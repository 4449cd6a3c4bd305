# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which tensor ops share a dispatch.

A contraction takes the elementwise ops that alone read its result at the place where they write
theirs (bias, activation, residual). A reduction takes more: reductions and elementwise ops that
agree
on its *rows*, the parallel loops of the reduction, as softmax and layer normalisation do. One over
small windows pads what it reads itself.
Inside one group every op can be computed tile by tile along the parallel loops of the last op, and
only the last op's result is read outside.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, AnyFloat, IntegerType, TensorType
from xdsl.dialects.linalg.ops import FillOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.ir.affine import (
    AffineBinaryOpExpr,
    AffineBinaryOpKind,
    AffineConstantExpr,
    AffineDimExpr,
    AffineExpr,
)

from iree_explore.linalg.ext_interface import LinalgExtOp
from iree_explore.linalg.structured import (
    Structured,
    dims_of_map,
    is_contraction,
    is_elementwise,
    is_linalg,
    shape_of,
    static_loop_sizes,
    structured,
)

DEVICE_OPS = (
    tensor.PadOp,
    tensor.ExtractSliceOp,
    tensor.InsertSliceOp,
    tensor.InsertOp,
    tensor.ConcatOp,
    tensor.FromElementsOp,
)
"""Ops besides linalg that run on the device."""

CLONED_OPS = (
    tensor.EmptyOp,
    tensor.ExtractSliceOp,
    tensor.FromElementsOp,
    tensor.SplatOp,
    arith.ConstantOp,
    FillOp,
)
"""Ops that cost nothing inside a dispatch: regions take a copy of the op instead of its value."""

MAX_ROW_ELEMENTS = 1 << 16
"""Elements of one row of an intermediate up to which a row-wise group may hold it."""


MAX_WINDOW = 9
"""Elements of a window up to which a reduction pads its own input."""


@dataclass
class Group:
    """Ops of one dispatch in program order; the last one gives the result."""

    ops: list[Operation] = field(default_factory=list)

    @property
    def tail(self) -> Operation:
        return self.ops[-1]


def is_device_op(op: Operation) -> bool:
    """Whether the op computes tensors and must be in a dispatch."""
    return isinstance(op, DEVICE_OPS) or is_linalg(op) or op.name.startswith("iree_linalg_ext.")


def is_cloned(op: Operation) -> bool:
    """Whether regions take a copy of the op instead of its value."""
    return isinstance(op, CLONED_OPS)


def is_copied(user: Operation, value: SSAValue) -> bool:
    """Whether the dispatch of `user` has its own copy of what makes `value`. An op of
    iree_linalg_ext reads its inputs from memory, so fills and splats must be there. So does a
    reduction over how many elements only the call knows: local memory has static bounds. A window
    (the weights of a convolution) has to be there because its size is that of loops."""
    made = isinstance(value.owner, FillOp | tensor.EmptyOp | tensor.SplatOp | arith.ConstantOp)
    if not made or not isinstance(value.type, TensorType):
        return True
    if isinstance(user, LinalgExtOp):
        return value not in user.ins
    if not is_linalg(user):
        return True
    view = structured(user)
    if view.all_parallel or value not in view.inputs:
        return True
    return DYNAMIC_INDEX not in value.type.get_shape() and not _sizes_loops(view, value)


def _sizes_loops(view: Structured, value: SSAValue) -> bool:
    """Whether the elements of `value` matter and the trip count of a loop can be read from no other
    operand."""
    own: set[int] = set()
    others: set[int] = set()
    for operand, map_ in zip(view.operands, view.maps, strict=True):
        found = own if operand is value else others
        found |= {e.position for e in map_.results if isinstance(e, AffineDimExpr)}
    return not isinstance(value.owner, tensor.EmptyOp) and not own <= others


def is_splat(op: Operation) -> bool:
    """A fill that the device does by itself, without a dispatch."""
    if not isinstance(op, FillOp):
        return False
    element = cast(TensorType, op.results[0].type).element_type
    if op.inputs[0].type != element:
        return False
    return isinstance(element, AnyFloat) or (
        isinstance(element, IntegerType) and element.width.data >= 8
    )


def form_groups(block: Block) -> list[Group]:
    """The dispatches of a block: roots with reductions first, then what is left."""
    position = {op: i for i, op in enumerate(block.ops)}
    device = [op for op in position if is_device_op(op) and not is_cloned(op)]
    padded = {op: reader for op in device if (reader := window_reader(op)) is not None}
    roots = [op for op in device if not (is_linalg(op) and is_elementwise(structured(op)))]
    roots = [op for op in roots if op not in padded]
    taken: dict[Operation, Group] = {}
    groups: list[Group] = []
    for op in (*roots, *device):
        if op in taken:
            continue
        group = Group([op])
        if is_row_reduction(op):
            group.ops = Rows(op, taken, position).ops
            group.ops[:0] = [pad for pad, reader in padded.items() if reader in group.ops]
        elif isinstance(op, tensor.InsertSliceOp):
            group.ops = insertions(op, taken)
        taken.update(dict.fromkeys(group.ops, group))
        _grow(group, taken, position)
        groups.append(group)
    for op in position:  # clones that somebody outside of a dispatch reads
        if is_cloned(op) and is_device_op(op) and not is_splat(op) and _read_outside(op, taken):
            groups.append(Group([op]))
    return sorted(groups, key=lambda g: position[g.tail])


def insertions(op: Operation, taken: dict[Operation, Group]) -> list[Operation]:
    """A chain of insertions into one tensor, as concatenation is, from `op` on."""
    chain = [op]
    while True:
        readers = users(chain[-1].results[0], op)
        if len(readers) != 1:
            return chain
        (user,) = readers
        if (
            not isinstance(user, tensor.InsertSliceOp)
            or user in taken
            or user.dest is not chain[-1].results[0]
        ):
            return chain
        chain.append(user)


def _read_outside(op: Operation, taken: dict[Operation, Group]) -> bool:
    """Whether an op that is neither in a dispatch nor cloned with its reader reads the value."""
    for user in users(op.results[0], op):
        if user not in taken and (not is_cloned(user) or _read_outside(user, taken)):
            return True
        if not is_copied(user, op.results[0]):
            return True
    return False


def outermost(op: Operation, sibling: Operation) -> Operation:
    """The op in `sibling`'s block that contains `op` (or is it)."""
    while op.parent is not sibling.parent:
        parent = op.parent_op()
        assert parent is not None
        op = parent
    return op


def users(value: SSAValue, sibling: Operation) -> set[Operation]:
    """Ops of `sibling`'s block that read the value, inside their regions included."""
    return {outermost(use.operation, sibling) for use in value.uses}


def _grow(group: Group, taken: dict[Operation, Group], position: dict[Operation, int]) -> None:
    """Takes the elementwise op that alone reads the group's result, again and again."""
    while len(group.tail.results) == 1:
        value = group.tail.results[0]
        readers = users(value, group.tail)
        if len(readers) != 1:
            return
        (user,) = readers
        if user not in position or user in taken or not same_iteration(value, user):
            return
        if not rows_have_memory([*group.ops, user]):
            return
        group.ops.append(user)
        taken[user] = group


def same_iteration(value: SSAValue, user: Operation) -> bool:
    """Whether `user` is elementwise and reads `value` at the place where it writes its result."""
    if not is_linalg(user) or isinstance(user, FillOp):
        return False
    view = structured(user)
    if not is_elementwise(view) or len(view.outputs) != 1:
        return False
    if isinstance(value.owner, Operation) and not _tileable(value.owner):
        return False
    maps = [m for v, m in zip(view.operands, view.maps, strict=True) if v is value]
    return bool(maps) and all(m == view.output_maps[0] for m in maps)


def _tileable(op: Operation) -> bool:
    """Whether a tile of the op's result can be computed alone."""
    return is_linalg(op) and all(dims_of_map(m) is not None for m in structured(op).output_maps)


def is_row_reduction(op: Operation) -> bool:
    """A reduction that is no contraction, with results written through plain dimensions."""
    if not is_linalg(op) or isinstance(op, FillOp) or not op.results:
        return False
    view = structured(op)
    return not view.all_parallel and not is_contraction(view) and _tileable(op)


def window_reader(op: Operation) -> Operation | None:
    """The reduction over small windows that alone reads the result of a `tensor.pad`: a tile of the
    one needs little more than a tile of the other."""
    if not isinstance(op, tensor.PadOp) or DYNAMIC_INDEX in shape_of(op.result):
        return None
    readers = users(op.result, op)
    reader = next(iter(readers), None)
    if reader is None or len(readers) > 1 or not is_row_reduction(reader):
        return None
    view = structured(reader)
    extents = static_loop_sizes(view)
    steps = [n for n, parallel in zip(extents, view.parallel, strict=True) if not parallel]
    maps = [m for v, m in zip(view.operands, view.maps, strict=True) if v is op.result]
    forward = all(_is_forward(expr) for m in maps for expr in m.results)
    small = min(extents) > 0 and math.prod(steps) <= MAX_WINDOW
    return reader if small and forward and op.result in view.inputs else None


def _is_forward(expr: AffineExpr) -> bool:
    """Whether an index grows with all loops: sums of loops, positive multiples and constants."""
    if isinstance(expr, AffineBinaryOpExpr):
        sums = expr.kind in (AffineBinaryOpKind.Add, AffineBinaryOpKind.Mul)
        return sums and _is_forward(expr.lhs) and _is_forward(expr.rhs)
    return not isinstance(expr, AffineConstantExpr) or expr.value >= 0


def rows_have_memory(ops: list[Operation], wide: Iterable[SSAValue] = ()) -> bool:
    """Whether a dispatch of the ops can hold every row whose length only a call knows: local memory
    has static bounds, so the row must become one of the result where it is, step by step, as the
    exponentials of a softmax do (`codegen/bufferizer.py` computes in place what can be). So must
    `wide` values, which have such a dimension that nothing sums up."""
    long = _long_rows(ops).union(wide)
    if not long:
        return True
    order = {op: i for i, op in enumerate(ops)}
    last = {v: max((order.get(u, -1) for u in users(v, ops[0])), default=-1) for v in long}
    placed: set[SSAValue] = set(ops[-1].results)
    for op in reversed(ops):
        view = structured(op)
        for index, result in enumerate(op.results):
            if result not in placed or not is_elementwise(view):
                continue
            for value in dict.fromkeys(view.inputs):
                pairs = zip(view.operands, view.maps, strict=True)
                maps = [m for v, m in pairs if v is value]
                if (
                    value in long
                    and value not in placed
                    and last[value] == order[op]
                    and value.type == result.type
                    and all(m == view.output_maps[index] for m in maps)
                ):
                    placed.add(value)
                    break
    return long <= placed


def _long_rows(ops: list[Operation]) -> set[SSAValue]:
    """Results of a row-wise group with a dimension of unknown size that is no row: one that a
    reduction of the group sums up."""
    views = [structured(op) for op in ops if is_linalg(op)]
    if len(views) < len(ops):
        return set()
    summed: dict[SSAValue, set[int]] = {}
    changed = True
    while changed:
        changed = False
        for view in views:
            values = [*view.operands, *view.op.results]
            maps = [*view.maps, *view.output_maps]
            loops = {d for d in range(view.num_loops) if not view.parallel[d]}
            for value, map_ in zip(values, maps, strict=True):
                for dim in summed.get(value, ()):
                    loops |= map_.results[dim].used_dims()
            for value, map_ in zip(values, maps, strict=True):
                found = summed.setdefault(value, set())
                more = {d for d, e in enumerate(map_.results) if e.used_dims() & loops} - found
                found |= more
                changed |= bool(more)
    return {
        result
        for view in views
        for result in view.op.results
        if any(shape_of(result)[dim] < 0 for dim in summed[result])
    }


Labels = tuple[int | None, ...]
"""Per dimension of a tensor (or per loop) the row it is, None for the others."""


class Rows:
    """Grows a group from a reduction over ops that keep its rows apart."""

    def __init__(
        self, root: Operation, taken: dict[Operation, Group], position: dict[Operation, int]
    ):
        view = structured(root)
        rank = len(shape_of(root.results[0]))
        self.rows = rank
        self.ops: list[Operation] = [root]
        self.labels: dict[SSAValue, Labels] = {}
        first = dims_of_map(view.output_maps[0]) or ()
        loops = {loop: row for row, loop in enumerate(first)}
        if any(set(dims_of_map(m) or ()) != set(first) for m in view.output_maps):
            return
        self._label(view, loops)
        self._grow(taken, position)

    def _grow(self, taken: dict[Operation, Group], position: dict[Operation, int]) -> None:
        complete = 1
        pending = self._readers(self.ops[0])
        while pending:
            op = min(pending, key=lambda o: position.get(o, -1))
            pending.discard(op)
            if op in self.ops:
                continue
            if op not in position or op in taken or not self._joins(op):
                continue
            self.ops.append(op)
            pending |= self._readers(op)
            if self._closed() and rows_have_memory(self.ops, self._wide()):
                complete = len(self.ops)
        self.ops = self.ops[:complete]

    def _readers(self, op: Operation) -> set[Operation]:
        return {user for r in op.results for user in users(r, op)}

    def _closed(self) -> bool:
        """Whether only the last op is read outside."""
        inside = set(self.ops)
        return all(self._readers(op) <= inside for op in self.ops[:-1])

    def _wide(self) -> list[SSAValue]:
        """Results inside of the group that have a dimension of unknown size which is no row."""
        inside = (r for op in self.ops[:-1] for r in op.results)
        return [
            result
            for result in inside
            if any(n < 0 and label is None
                   for n, label in zip(shape_of(result), self.labels[result], strict=True))
        ]  # fmt: skip

    def _joins(self, op: Operation) -> bool:
        """Whether the op reads group values row by row; labels its results."""
        if not is_linalg(op) or isinstance(op, FillOp):
            return False
        view = structured(op)
        if is_contraction(view) or not _tileable(op):
            return False
        loops: dict[int, int] = {}
        others: set[int] = set()
        for value, map_ in zip(view.operands, view.maps, strict=True):
            labels = self.labels.get(value)
            if labels is None:
                continue
            for label, expr in zip(labels, map_.results, strict=True):
                if not isinstance(expr, AffineDimExpr):
                    return False
                if label is None:
                    others.add(expr.position)
                elif loops.setdefault(expr.position, label) != label:
                    return False
        if set(loops.values()) != set(range(self.rows)) or others & set(loops):
            return False
        if len(loops) != self.rows or not all(view.parallel[d] for d in loops):
            return False
        return self._label(view, loops)

    def _label(self, view: Structured, loops: dict[int, int]) -> bool:
        found: dict[SSAValue, Labels] = {}
        for result, map_ in zip(view.op.results, view.output_maps, strict=True):
            labels = tuple(
                loops.get(e.position) if isinstance(e, AffineDimExpr) else None
                for e in map_.results
            )
            if {x for x in labels if x is not None} != set(range(self.rows)):
                return False
            row = [n for n, label in zip(shape_of(result), labels, strict=True) if label is None]
            if min(row, default=0) >= 0 and math.prod(row) > MAX_ROW_ELEMENTS:
                return False
            found[result] = labels
        self.labels.update(found)
        return True
