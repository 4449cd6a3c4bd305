# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Scalar code of regions: what reducers, comparators and updates become inside linalg bodies.

A region works on rank-0 tensors, and may hold small ones on the way. Each tensor is an array of
scalars (`Small`): elementwise ops apply to every element, data movement permutes them, branches
without loops are selects, loops are `scf.while` on scalars. `regions.py` evaluates regions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import DYNAMIC_INDEX, TensorType, TupleType
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from iree_explore import elements as dense
from iree_explore.stablehlo.base import OpRow, element_type, shape_of
from iree_explore.stablehlo.lowering import Lowering, attribute_of, signless

Small = np.ndarray
"""The scalars of a tensor: an array of `SSAValue` in the tensor's shape."""

MAX_ELEMENTS = 64
"""Elements of a tensor inside a region up to which it is scalars."""

_FORWARD = frozenset({"stablehlo.optimization_barrier", "stablehlo.copy"})
"""Ops whose results are their operands."""
_MOVES: dict[str, tuple[int, ...]] = {
    "stablehlo.reshape": (0,), "stablehlo.broadcast_in_dim": (0,), "stablehlo.broadcast": (0,),
    "stablehlo.transpose": (0,), "stablehlo.slice": (0,), "stablehlo.reverse": (0,),
    "stablehlo.pad": (0, 1), "stablehlo.gather": (0,), "stablehlo.dynamic_slice": (0,),
    "stablehlo.dynamic_update_slice": (0, 1), "stablehlo.dynamic_reshape": (0,),
    "stablehlo.dynamic_broadcast_in_dim": (0,), "stablehlo.dynamic_pad": (0, 1),
    "stablehlo.real_dynamic_slice": (0,), "stablehlo.dynamic_gather": (0,),
    "stablehlo.torch_index_select": (0,),
}  # fmt: skip
"""Ops that only move elements -> their operands that are data; the others must be constants."""
_KNOWN = frozenset({"stablehlo.constant", "stablehlo.iota"})
"""Ops whose value is known without operands."""
_BRANCHES = frozenset({"stablehlo.if", "stablehlo.case"})
_SPECIAL = frozenset({"stablehlo.return", "stablehlo.tuple", "stablehlo.get_tuple_element",
                      "stablehlo.concatenate", "stablehlo.reduce", "stablehlo.map",
                      "stablehlo.while", *_BRANCHES})  # fmt: skip


def find_row(name: str) -> OpRow | None:
    """The row of an op (the table imports the families, so it is looked up late)."""
    from iree_explore.stablehlo.table import TABLE

    return TABLE.get(name)


# What has no scalar code


def unsupported(op: Operation) -> str | None:
    """What in an op's regions has no scalar code, None if everything has."""
    for region in op.regions:
        for inner in region.walk():
            reason = _reason(inner)
            if reason is not None:
                return reason
        for value in captured(region):
            if not _is_small(value.type):
                return f"{value.type} comes from outside of the region"
    return None


def _reason(op: Operation) -> str | None:
    name = op.name
    for value in (*op.operands, *op.results):
        if not _is_small(value.type):
            return f"{name} on {value.type}"
    if name in _FORWARD or name in _KNOWN or name in _SPECIAL:
        return None
    if name in _MOVES:
        rest = [v for i, v in enumerate(op.operands) if i not in _MOVES[name]]
        if all(_constant(v) is not None for v in rest) or _one_to_one(op):
            return None
        return f"{name} at positions that are not constant"
    if name == "stablehlo.custom_call":
        from iree_explore.stablehlo.ops.custom_call import FORWARDING

        target = op.properties["call_target_name"].data  # pyright: ignore
        return None if target in FORWARDING else f"{name} @{target}"
    if name == "stablehlo.bitcast_convert" and shape_of(op.operands[0]) != shape_of(op.results[0]):
        return f"{name} between widths"
    row = find_row(name)
    return None if row is not None and row.scalar is not None else name


def _is_small(type_: Attribute) -> bool:
    if isinstance(type_, TupleType):
        return all(map(_is_small, type_.types))
    if not isinstance(type_, TensorType):
        return False
    shape = type_.get_shape()
    return DYNAMIC_INDEX not in shape and math.prod(shape) <= MAX_ELEMENTS


def _one_to_one(op: Operation) -> bool:
    """Whether the op takes one element to one element, wherever its indices point."""
    sizes = [math.prod(shape_of(v)) for v in (op.operands[0], *op.results)]
    return sizes == [1, 1] and op.name not in ("stablehlo.pad", "stablehlo.dynamic_pad")


def _constant(value: SSAValue) -> np.ndarray | None:
    owner = value.owner
    if not isinstance(owner, Operation) or owner.name != "stablehlo.constant":
        return None
    return dense.to_numpy(owner.value)  # pyright: ignore[reportAttributeAccessIssue]


def captured(region: Region) -> list[SSAValue]:
    """Values from outside that the region uses, each once."""
    inside: set[SSAValue] = set()
    for block in _blocks(region):
        inside.update(block.args)
    found: dict[SSAValue, None] = {}
    for op in region.walk():
        inside.update(op.results)
    for op in region.walk():
        found.update((v, None) for v in op.operands if v not in inside)
    return list(found)


def _blocks(region: Region) -> Iterator[Block]:
    for block in region.blocks:
        yield block
        for op in block.ops:
            for inner in op.regions:
                yield from _blocks(inner)


def has_loop(region: Region) -> bool:
    """Whether running the region might not end: then it must only run where it is wanted."""
    return any(op.name == "stablehlo.while" for op in region.walk())


# Code


def build(b: Lowering, block: Block, args: Sequence[SSAValue]) -> list[SSAValue]:
    """The code of a region's block at the open place, for scalar arguments (signless); the scalars
    that it returns. Every op must be one that `unsupported` has nothing to say of."""
    code = RegionCode(b)
    region = block.parent
    assert region is not None
    for value in captured(region):
        code.values[value] = code.from_outside(value)
    boxes = [boxed([x], shape_of(a)) for x, a in zip(args, block.args, strict=True)]
    return [value.reshape(-1)[0] for value in code.run(block, boxes)]


def boxed(scalars: Sequence[SSAValue], shape: Sequence[int]) -> Small:
    """Scalars, row-major, as an array of `shape`."""
    array = np.empty(len(scalars), object)
    array[:] = scalars
    return array.reshape(tuple(shape))


class RegionCode:
    """Emits regions with `b`; `values` are the scalars of each tensor so far (tuples: lists)."""

    def __init__(self, b: Lowering):
        self.b = b
        self.values: dict[SSAValue, Any] = {}

    def from_outside(self, value: SSAValue) -> Small:
        """The elements of a tensor that is not the region's own."""
        shape = shape_of(value)
        return boxed([self.b.scalar(value, *place) for place in np.ndindex(*shape)], shape)

    def run(self, block: Block, args: Sequence[Any]) -> list[Any]:
        """The block's ops on values for its arguments; what it returns."""
        self.values.update(zip(block.args, args, strict=True))
        for op in block.ops:
            operands = [self.values[v] for v in op.operands]
            if op.name == "stablehlo.return":
                return operands
            self.values.update(zip(op.results, self.op(op, operands), strict=True))
        raise ValueError("a region without stablehlo.return")

    def op(self, op: Any, operands: list[Any]) -> Sequence[Any]:
        """The results of one op."""
        name = op.name
        row = find_row(name)
        if row is not None and row.scalar is not None:
            return [self._elementwise(row, op, operands)]
        if name in _FORWARD or name == "stablehlo.custom_call":
            return operands
        if name in _KNOWN:
            return [self._known(op, row)]
        if name in _MOVES:
            return [self._move(op, row, operands)]
        return _SPECIAL_CODE[name](self, op, operands)

    def _elementwise(self, row: OpRow, op: Operation, operands: list[Small]) -> Small:
        assert row.scalar is not None
        b, types = self.b, self.b.element_types(op)
        target = element_type(op.results[0])
        shape = shape_of(op.results[0])
        columns = [np.broadcast_to(x, shape).reshape(-1) for x in operands]
        made = [row.scalar(b, op, list(args), types, target) for args in zip(*columns, strict=True)]
        return boxed(made, shape)

    def _known(self, op: Any, row: OpRow | None) -> Small:
        if op.name == "stablehlo.constant":
            array = dense.to_numpy(op.value)
        else:
            assert row is not None
            (array,) = row.evaluate(op, [], lambda region, args: [])
        element = signless(element_type(op.results[0]))
        numbers = [self.b.constant(attribute_of(x, element)) for x in array.reshape(-1)]
        return boxed(numbers, shape_of(op.results[0]))

    def _move(self, op: Operation, row: OpRow | None, operands: list[Small]) -> Small:
        """The op's evaluation on positions in place of its data."""
        shape = shape_of(op.results[0])
        if _one_to_one(op):
            return operands[0].reshape(shape)
        assert row is not None
        pool: list[SSAValue] = []
        arrays: list[np.ndarray] = []
        for i, (value, small) in enumerate(zip(op.operands, operands, strict=True)):
            constant = _constant(value)
            if i in _MOVES[op.name]:
                positions = np.arange(len(pool), len(pool) + small.size)
                arrays.append(positions.reshape(small.shape))
                pool.extend(small.reshape(-1))
            else:
                assert constant is not None
                arrays.append(constant)
        (moved,) = row.evaluate(op, arrays, lambda region, args: [])
        return boxed([pool[int(i)] for i in np.asarray(moved).reshape(-1)], shape)

    def concatenate(self, op: Any, operands: list[Small]) -> Sequence[Small]:
        return [np.concatenate(operands, op.dimension.value.data)]

    def tuple(self, op: Operation, operands: list[Any]) -> Sequence[Any]:
        return [operands]

    def get_tuple_element(self, op: Any, operands: list[Any]) -> Sequence[Any]:
        return [operands[0][op.index.value.data]]

    # Nested regions

    def map(self, op: Any, operands: list[Small]) -> Sequence[Small]:
        shape = shape_of(op.results[0])
        made = [
            self.run(op.computation.block, [boxed([x], ()) for x in args])[0].item()
            for args in zip(*(x.reshape(-1) for x in operands), strict=True)
        ]
        return [boxed(made, shape)]

    def reduce(self, op: Any, operands: list[Small]) -> Sequence[Small]:
        half = len(operands) // 2
        dims = op.dimensions.get_values()
        shape = shape_of(op.results[0])
        order = [*dims, *(d for d in range(operands[0].ndim) if d not in dims)]
        columns = [x.transpose(order).reshape(-1, *shape) for x in operands[:half]]
        results = [np.empty(shape, object) for _ in range(half)]
        sources = self.b.element_types(op)[:half]
        targets = [element_type(a) for a in op.body.block.args[:half]]
        for place in np.ndindex(*shape):
            totals = [
                boxed([converted(self.b, x.item(), s, t)], ())
                for x, s, t in zip(operands[half:], sources, targets, strict=True)
            ]
            for k in range(columns[0].shape[0]):
                row = [
                    boxed([converted(self.b, c[(k, *place)], s, t)], ())
                    for c, s, t in zip(columns, sources, targets, strict=True)
                ]
                totals = self.run(op.body.block, [*totals, *row])
            for result, total in zip(results, totals, strict=True):
                result[place] = total.item()
        return results

    def branch(self, op: Any, operands: list[Small]) -> Sequence[Small]:
        """`if` and `case`: selects, or `scf.if` where a branch has a loop."""
        b = self.b
        choice = operands[0].item()
        regions = list(op.regions)
        tests = [choice]
        if op.name == "stablehlo.case":
            tests = [b.emit(arith.CmpiOp(choice, b.number(choice.type, i), "eq"))
                     for i in range(len(regions) - 1)]  # fmt: skip
        if not any(map(has_loop, regions)):
            results = [self.run(region.block, []) for region in regions]
            chosen = results[-1]
            for test, values in reversed(list(zip(tests, results[:-1], strict=True))):
                chosen = [self._select(test, x, y) for x, y in zip(values, chosen, strict=True)]
            return chosen
        return self._nested(tests, regions, op.results)

    def _select(self, test: SSAValue, yes: Small, no: Small) -> Small:
        pairs = zip(yes.reshape(-1), no.reshape(-1), strict=True)
        made = [x if x is y else self.b.emit(arith.SelectOp(test, x, y)) for x, y in pairs]
        return boxed(made, yes.shape)

    def _nested(
        self, tests: list[SSAValue], regions: list[Region], results: Sequence[SSAValue]
    ) -> Sequence[Small]:
        if len(regions) == 1:
            return self.run(regions[0].block, [])
        types = [t for r in results for t in [signless(element_type(r))] * _size(r)]

        def then() -> list[SSAValue]:
            return _flat(self.run(regions[0].block, []))

        def otherwise() -> list[SSAValue]:
            return _flat(self._nested(tests[1:], regions[1:], results))

        sides = [self._block([], lambda _, f=f: scf.YieldOp(*f())) for f in (then, otherwise)]
        made = scf.IfOp(tests[0], types, Region(sides[0]), Region(sides[1]))
        self.b.build(made)
        return _unflat(made.results, results)

    def loop(self, op: Any, operands: list[Small]) -> Sequence[Small]:
        """`while` as `scf.while` on all scalars of what it carries."""
        initial = _flat(operands)
        types = [x.type for x in initial]

        def condition(args: Sequence[SSAValue]) -> Operation:
            (test,) = self.run(op.cond.block, _unflat(args, op.results))
            return scf.ConditionOp(test.item(), *args)

        def body(args: Sequence[SSAValue]) -> Operation:
            return scf.YieldOp(*_flat(self.run(op.body.block, _unflat(args, op.results))))

        before, after = self._block(types, condition), self._block(types, body)
        made = scf.WhileOp(initial, types, Region(before), Region(after))
        self.b.build(made)
        return _unflat(made.results, op.results)

    def _block(
        self, types: Sequence[Attribute], fill: Callable[[Sequence[SSAValue]], Operation]
    ) -> Block:
        """A block whose code `fill` emits, ended by the op that it returns."""
        b, block = self.b, Block(arg_types=types)
        outer, b.block = b.block, block
        b.enter()
        block.add_op(fill(block.args))
        b.leave()
        b.block = outer
        return block


def converted(b: Lowering, x: SSAValue, source: Attribute, target: Attribute) -> SSAValue:
    """A scalar of StableHLO's type `source` as `target`: accumulators may be wider."""
    from iree_explore.stablehlo.ops import scalars

    return x if source == target else scalars.convert(b, None, [x], [source], target)


def _size(value: SSAValue) -> int:
    return math.prod(shape_of(value))


def _flat(values: Sequence[Small]) -> list[SSAValue]:
    return [x for v in values for x in v.reshape(-1)]


def _unflat(scalars: Sequence[SSAValue], like: Sequence[SSAValue]) -> list[Small]:
    rest = iter(scalars)
    return [boxed([next(rest) for _ in range(_size(v))], shape_of(v)) for v in like]


_SPECIAL_CODE: dict[str, Callable[[RegionCode, Any, list[Any]], Sequence[Any]]] = {
    "stablehlo.tuple": RegionCode.tuple,
    "stablehlo.get_tuple_element": RegionCode.get_tuple_element,
    "stablehlo.concatenate": RegionCode.concatenate,
    "stablehlo.map": RegionCode.map,
    "stablehlo.reduce": RegionCode.reduce,
    "stablehlo.if": RegionCode.branch,
    "stablehlo.case": RegionCode.branch,
    "stablehlo.while": RegionCode.loop,
}
