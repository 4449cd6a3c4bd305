# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fusing an elementwise producer into the op that reads it: bodies joined, indexing maps composed.

If the consumer reads the producer's result through map m, and the producer writes loop p(i) to
result dimension i, then the producer's loop p(i) is expression m(i) over the consumer's loops.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from xdsl.dialects.builtin import ShapedType, TensorType
from xdsl.dialects.linalg.ops import GenericOp, IndexOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineExpr, AffineMap

from iree_explore.dialect_op import append, clone
from iree_explore.linalg.structured import (
    CASTS,
    Structured,
    generic,
    is_elementwise,
    structured,
)


def fusable_producer(view: Structured) -> bool:
    """Elementwise with one result."""
    return len(view.op.results) == 1 and is_elementwise(view)


def is_data_movement(view: Structured) -> bool:
    """The body only passes an input on (broadcast, transpose, fill) or casts it."""
    return all(o.name == "linalg.yield" or o.name in CASTS for o in view.body.ops)


def producer_loops(producer: Structured, consumer_map: AffineMap) -> list[AffineExpr]:
    """Each producer loop as an expression over the consumer's loops."""
    exprs: list[AffineExpr] = [AffineExpr.constant(0)] * producer.num_loops
    for result, loop in zip(consumer_map.results, producer.output_maps[0].results, strict=True):
        assert isinstance(loop, AffineDimExpr)
        exprs[loop.position] = result
    return exprs


def can_fuse(producer: Structured, consumer: Structured, operand: int) -> bool:
    """Whether the fused op is expressible; says nothing about whether it pays."""
    if not fusable_producer(producer) or operand >= len(consumer.inputs):
        return False
    exprs = producer_loops(producer, consumer.maps[operand])
    if any(isinstance(o, IndexOp) for o in producer.body.ops) and not all(
        isinstance(exprs[o.dim.value.data], AffineDimExpr)
        for o in producer.body.ops
        if isinstance(o, IndexOp)
    ):
        return False
    return loops_stay_known(producer, consumer, operand, exprs)


def loops_stay_known(
    producer: Structured, consumer: Structured, operand: int, exprs: Sequence[AffineExpr]
) -> bool:
    """Whether every loop of the consumer is still a plain dimension of some operand."""
    known: set[int] = set()
    for i, map_ in enumerate(consumer.maps):
        if i != operand:
            known |= {e.position for e in map_.results if isinstance(e, AffineDimExpr)}
    for map_ in producer.input_maps:
        for e in map_.results:
            if isinstance(e, AffineDimExpr) and isinstance(exprs[e.position], AffineDimExpr):
                known.add(exprs[e.position].position)  # pyright: ignore
    return len(known) == consumer.num_loops


def fuse(producer: Structured, consumer: Structured, operand: int) -> GenericOp:
    """The `linalg.generic` that is `consumer` with its input `operand` computed by `producer`.

    Equal inputs are merged; scalars are read by the body directly.
    """
    exprs = producer_loops(producer, consumer.maps[operand])
    composed = [m.replace_dims_and_symbols(exprs, (), consumer.num_loops, 0) for m in producer.maps]
    body = Block()
    inputs = _Inputs(body)
    consumer_values: dict[SSAValue, SSAValue] = {}
    producer_values: dict[SSAValue, SSAValue] = {}
    for i, (value, map_) in enumerate(zip(consumer.inputs, consumer.input_maps, strict=True)):
        if i != operand:
            consumer_values[consumer.body.args[i]] = inputs.add(value, map_)
            continue
        for argument, source, source_map in zip(
            producer.body.args, producer.operands, composed, strict=True
        ):
            if argument.first_use is not None:
                producer_values[argument] = inputs.add(source, source_map)
    for argument in consumer.body.args[len(consumer.inputs) :]:
        consumer_values[argument] = body.insert_arg(argument.type, len(body.args))
    for op in producer.body.ops:
        if op is producer.body.last_op:
            yielded = op.operands[0]
            consumer_values[consumer.body.args[operand]] = producer_values.get(yielded, yielded)
        elif isinstance(op, IndexOp):
            loop = exprs[op.dim.value.data]
            assert isinstance(loop, AffineDimExpr)
            index = IndexOp(loop.position)
            index.location = op.location
            body.add_op(index)
            producer_values[op.result] = index.result
        else:
            append(body, clone(op, producer_values))
    known = {_key(op, {}): op for op in body.ops}
    for op in consumer.body.ops:
        key = _key(op, consumer_values)
        same = None if key is None else known.get(key)
        if same is None:
            append(body, clone(op, consumer_values))
        else:
            consumer_values.update(zip(op.results, same.results, strict=True))
    return generic(
        inputs.values,
        consumer.outputs,
        [*inputs.maps, *consumer.output_maps],
        consumer.parallel,
        body,
    )


def _key(op: Operation, values: dict[SSAValue, SSAValue]) -> object:
    """Equal for ops of a body that compute the same; None for ops that are never joined."""
    if op.regions or not op.results:
        return None
    operands = tuple(values.get(v, v) for v in op.operands)
    return op.name, operands, tuple(op.properties.items()), op.results[0].type


class _Inputs:
    """Inputs of a new generic with their block arguments; equal ones are shared."""

    def __init__(self, body: Block):
        self.body = body
        self.values: list[SSAValue] = []
        self.maps: list[AffineMap] = []
        self._known: dict[tuple[SSAValue, AffineMap], SSAValue] = {}

    def add(self, value: SSAValue, map_: AffineMap) -> SSAValue:
        """The body's value for an operand read through `map_`."""
        if not isinstance(value.type, ShapedType):
            return value
        key = (value, map_)
        if key not in self._known:
            element = cast(TensorType, value.type).element_type
            self._known[key] = self.body.insert_arg(element, len(self.values))
            self.values.append(value)
            self.maps.append(map_)
        return self._known[key]


def generalize(op: Operation) -> GenericOp:
    """A named linalg op as `linalg.generic`; scalar inputs are read by the body directly."""
    view = structured(op)
    body = Block()
    inputs = _Inputs(body)
    values: dict[SSAValue, SSAValue] = {}
    for argument, value, map_ in zip(view.body.args, view.inputs, view.input_maps, strict=False):
        values[argument] = inputs.add(value, map_)
    for argument in view.body.args[len(view.inputs) :]:
        values[argument] = body.insert_arg(argument.type, len(body.args))
    for inner in view.body.ops:
        append(body, clone(inner, values))
    maps = [*inputs.maps, *view.output_maps]
    return generic(inputs.values, view.outputs, maps, view.parallel, body)


def with_operands(
    op: GenericOp, inputs: Sequence[SSAValue], outputs: Sequence[SSAValue]
) -> GenericOp:
    """The same generic on other operands of the same shapes (body cloned)."""
    view = structured(op)
    body = Block(arg_types=[a.type for a in view.body.args])
    values: dict[SSAValue, SSAValue] = dict(zip(view.body.args, body.args, strict=True))
    for inner in view.body.ops:
        body.add_op(inner.clone(values))
    return generic(inputs, outputs, view.maps, view.parallel, body)
