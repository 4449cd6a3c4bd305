# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which tensors a loop updates from round to round, so that their memory may be updated in place.

A loop that sets rows of a tensor carries the tensor: what a round yields is what it was given with
some rows replaced, perhaps in an inner loop. `convert_row_updates` makes `flow.tensor.update` of
such a `tensor.insert_slice`, which is a copy of those rows where a dispatch would write all of
them; `stream-convert-to-stream` then copies the tensor once before the loop, not once a round.
A mutable global of which a call sets rows (a cache) is updated in place in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdsl.dialects import func, scf, tensor
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.ir import Attribute, Operation, OpResult, SSAValue
from xdsl.pattern_rewriter import PatternRewriter

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.flow import dialect as flow
from iree_explore.flow.util_dialect import AssertOp, GlobalLoadOp, GlobalStoreOp
from iree_explore.linalg import dims
from iree_explore.walk import walk


def convert_row_updates(ctx: CompilerContext, module: ModuleOp) -> None:
    """`tensor.insert_slice` of rows into a tensor that a loop updates, or a global that a call
    updates -> `flow.tensor.update`.

    Rows are contiguous: every dimension but the first is taken whole; those of size 1 in front of
    it do not count.
    """
    for function in [op for op in walk(module) if isinstance(op, func.FuncOp)]:
        for store in updated_globals(function).values():
            value = store.value
            while isinstance(value, OpResult) and (source := _source(value.op, value)) is not None:
                if isinstance(value.op, tensor.InsertSliceOp):
                    _convert(ctx, value.op)
                value = source
    for loop in [op for op in walk(module) if isinstance(op, scf.WhileOp)]:
        last = loop.after_region.block.last_op
        for slot in updated_slots(loop):
            value = last.operands[slot] if last is not None else None
            while isinstance(value, OpResult) and isinstance(value.op, tensor.InsertSliceOp):
                op, value = value.op, value.op.dest
                _convert(ctx, op)


def _convert(ctx: CompilerContext, op: tensor.InsertSliceOp) -> None:
    shape = op.dest.type.get_shape()  # pyright: ignore[reportAttributeAccessIssue]
    offsets = dims.mixed(op.static_offsets, op.offsets)
    sizes = dims.mixed(op.static_sizes, op.sizes)
    steps = dims.mixed(op.static_strides, op.strides)
    front = 0  # dimensions of size 1 before the rows
    while front < len(shape) - 1 and shape[front] == 1 and sizes[front] == 1:
        front += 1
    front = front if front and -1 not in (*shape, *op.source.type.get_shape()) else 0  # pyright: ignore
    whole = all(
        offset == 0 and isinstance(size, int) and size == extent
        for offset, size, extent in zip(
            offsets[front + 1 :], sizes[front + 1 :], shape[front + 1 :], strict=True
        )
    )
    if not shape or not whole or any(step != 1 for step in steps):
        return
    with provenance.rewriting(ctx, "ConvertRowUpdate", op) as rewriter:
        source, dest = (_without_front(rewriter, v, front) for v in (op.source, op.dest))
        update = flow.TensorUpdateOp(
            source,
            dims.dynamic_sizes(rewriter, source),
            dest,
            dims.dynamic_sizes(rewriter, dest),
            dims.as_value(rewriter, offsets[front]),
        )
        if not front:
            rewriter.replace(op, update)
            return
        rewriter.insert(update)
        rewriter.replace(op, flow.TensorReshapeOp(update.result, op.result.type))  # pyright: ignore


def _without_front(rewriter: PatternRewriter, value: SSAValue, front: int) -> SSAValue:
    """A tensor without its first dimensions, which have size 1."""
    type_ = value.type
    assert isinstance(type_, TensorType)
    if not front:
        return value
    inner = TensorType(type_.element_type, type_.get_shape()[front:])
    reshape = flow.TensorReshapeOp(value, inner)
    rewriter.insert(reshape)
    return reshape.result


def updated_globals(function: Operation) -> dict[str, GlobalStoreOp]:
    """By name, the globals whose memory a call of `function` may update in place: what it stores is
    what it loaded, with some elements replaced. Nobody else in it loads or stores them, and nothing
    in it can fail between the two."""
    if not isinstance(function, func.FuncOp) or len(function.body.blocks) != 1:
        return {}
    uses: dict[str, list[Operation]] = {}
    for op in walk(function):
        if type(op) in (AssertOp, func.CallOp):
            return {}
        if type(op) is GlobalLoadOp or type(op) is GlobalStoreOp:
            uses.setdefault(op.global_.string_value(), []).append(op)
    found = {}
    for name, ops in uses.items():
        if len(ops) != 2:
            continue
        load, store = ops
        together = load.parent_block() is store.parent_block() is function.body.block
        if not isinstance(load, GlobalLoadOp) or not isinstance(store, GlobalStoreOp):
            continue
        value = store.value
        static = isinstance(value.type, TensorType) and value.type.has_static_shape()
        while isinstance(value, OpResult) and not isinstance(value.op, scf.WhileOp):
            source = _source(value.op, value)
            if source is None:
                break
            value = source
        if together and static and value is load.result and value is not store.value:
            found[name] = store
    return found


def updated_slots(op: scf.WhileOp) -> list[int]:
    """Positions of the loop's operands that each round updates, or keeps, and hands on."""
    before, after = op.before_region.block, op.after_region.block
    condition, last = before.last_op, after.last_op
    if not isinstance(condition, scf.ConditionOp) or last is None:
        return []
    forwarded = list(condition.operands)[1:]
    found = []
    for i, (argument, value) in enumerate(zip(after.args, last.operands, strict=False)):
        same = i < len(before.args) and forwarded[i] is before.args[i]
        updates = value is not argument and origin(value) is argument
        if same and updates and isinstance(argument.type, TensorType):
            found.append(i)
    return found


def origin(value: SSAValue) -> SSAValue:
    """The value whose memory `value` would be if every update on the way were in place."""
    while isinstance(value, OpResult):
        source = _source(value.op, value)
        if source is None:
            return value
        value = source
    return value


def _source(op: Operation, value: OpResult) -> SSAValue | None:
    """What a result is an update of, None if it is memory of its own."""
    if isinstance(op, flow.DispatchOp):
        ties = [i.data for i in op.tied_operands.data] if op.tied_operands else []
        tie = ties[value.index] if ties else -1
        return op.arguments[tie] if tie >= 0 else None
    if isinstance(op, flow.TensorReshapeOp):
        return op.source
    if isinstance(op, flow.TensorUpdateOp):
        return op.target
    if isinstance(op, tensor.InsertSliceOp):
        return op.dest
    if isinstance(op, scf.WhileOp):
        return op.operands[value.index] if value.index in updated_slots(op) else None
    return None


def used_again(op: Operation, value: SSAValue) -> bool:
    """Whether `op` uses a value more than once, be it in its regions."""
    count = 0
    for use in value.uses:
        user: Operation | None = use.operation
        while user is not None and user is not op:
            user = user.parent_op()
        count += user is op
    return count > 1


def carried_sizes(
    operands: Sequence[SSAValue], types: Sequence[Attribute], slot: int
) -> list[SSAValue]:
    """The unknown sizes of operand `slot` of a loop or a yield, which follow all others."""

    def unknown(type_: Any) -> int:
        return sum(n < 0 for n in type_.get_shape()) if isinstance(type_, TensorType) else 0

    total, first = sum(map(unknown, types)), sum(map(unknown, types[:slot]))
    sizes = list(operands[len(operands) - total :]) if total else []
    return sizes[first : first + unknown(types[slot])]
