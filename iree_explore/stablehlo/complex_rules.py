# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What each op becomes when its complex tensors are pairs of real ones.

`HALVES` move data: the same op on each half. `IN_PLACE` pass values on: one op with both halves.
`RULES` has a function for every other op; arithmetic and elementary functions are formulas of
`complex_math.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, TensorType, i32
from xdsl.ir import Attribute, Operation, Region, SSAValue

from iree_explore import elements as dense
from iree_explore.stablehlo.base import element_type, shape_of
from iree_explore.stablehlo.complex_math import CLIENT_FUNCTIONS, FUNCTIONS, Formula, Real
from iree_explore.stablehlo.complex_pairs import Pair, Pairs, half_type, halved_types, is_complex
from iree_explore.stablehlo.fourier import expand_fft

Found = Sequence[SSAValue | Pair]
Rule = Callable[[Pairs, Any], Found]

ALWAYS = frozenset({"stablehlo.real", "stablehlo.imag", "stablehlo.complex", "stablehlo.fft"})
"""Ops that are expanded even where nothing is complex."""
IN_MEMORY = frozenset({
    "ml_program.global_load", "ml_program.global_load_const", "ml_program.global_store",
    "util.global.load", "util.global.load.const", "util.global.store",
})  # fmt: skip
"""Ops whose complex values are packed."""
IN_PLACE = IN_MEMORY | {
    "func.call", "func.return", "stablehlo.return", "stablehlo.while", "stablehlo.if",
    "stablehlo.case", "stablehlo.optimization_barrier", "stablehlo.tuple", "stablehlo.reduce",
    "stablehlo.reduce_window", "stablehlo.scatter", "stablehlo.sort", "shape.assuming",
    "shape.assuming_yield", "chlo.scan",
}  # fmt: skip
HALVES = (
    "bitcast_convert", "broadcast", "broadcast_in_dim", "concatenate", "copy",
    "dynamic_broadcast_in_dim", "dynamic_gather", "dynamic_pad", "dynamic_reshape",
    "dynamic_slice", "dynamic_update_slice", "gather", "pad", "real_dynamic_slice", "reshape",
    "reverse", "select", "set_dimension_size", "slice", "torch_index_select", "transpose",
    "custom_call",
)  # fmt: skip
SHAPE_ONLY = ("stablehlo.get_dimension_size", "shape.shape_of", "tensor.dim")
SIMPLE = frozenset({"add", "subtract", "negate"})
"""Functions without a region of their own: each half is one op."""
_SPLIT = frozenset({"stablehlo.reduce", "stablehlo.reduce_window", "stablehlo.scatter"})


def same(
    op: Operation,
    operands: Sequence[SSAValue],
    types: Sequence[Attribute],
    regions: Sequence[Region] = (),
) -> Operation:
    """The op with other operands, result types and regions."""
    properties = dict(op.properties)
    for name, values in (("operandSegmentSizes", op.operands), ("resultSegmentSizes", op.results)):
        sizes = properties.get(name)
        if isinstance(sizes, DenseArrayBase):
            at, counts = 0, []
            for n in sizes.get_values():
                counts.append(len(halved_types([v.type for v in values[at : at + n]])))
                at += n
            properties[name] = DenseArrayBase.from_list(i32, counts)
    return type(op).create(
        operands=operands, result_types=types, properties=properties, regions=regions,
        attributes=op.attributes,
    )  # fmt: skip


def rebuild(
    d: Pairs,
    op: Operation,
    operands: Sequence[SSAValue],
    types: Sequence[Attribute],
    regions: Sequence[Region],
) -> Sequence[SSAValue]:
    """`op` on halves; a reduction whose halves do not meet becomes two plain ones."""
    if op.name in _SPLIT and len(types) == 2:
        return _split(d, op, operands, types, regions[0])
    made = same(op, operands, types, regions)
    d.add(made)
    return made.results


def _split(
    d: Pairs, op: Operation, operands: Sequence[SSAValue], types: Sequence[Attribute], body: Region
) -> Sequence[SSAValue]:
    """Two reductions if each result of the body depends on its own half only."""
    parts = [_half_body(body, i) for i in range(2)]
    if None in parts:
        made = same(op, operands, types, [body])
        d.add(made)
        return made.results
    found = []
    for i, part in enumerate(parts):
        # operands are (re, im) twice, for scatter with the indices in between
        mine = [v for n, v in enumerate(operands) if _half_of(op, n, len(operands)) in (i, None)]
        made = same(op, mine, [types[i]], [part])  # pyright: ignore[reportArgumentType]
        if "operandSegmentSizes" in made.properties:
            made.properties["operandSegmentSizes"] = op.properties["operandSegmentSizes"]
        d.add(made)
        found.append(made.results[0])
    return found


def _half_of(op: Operation, position: int, count: int) -> int | None:
    if count == 4:
        return position % 2
    return (0, 1, None, 0, 1)[position]


def _half_body(body: Region, half: int) -> Region | None:
    """A region of (x0, x1) from one of (x0re, x0im, x1re, x1im), or None if halves meet."""
    last = body.block.last_op
    assert last is not None
    needed: set[Operation] = set()
    work = [last.operands[half]]
    while work:
        value = work.pop()
        owner = value.owner
        if isinstance(owner, Operation):
            if owner.parent is body.block and owner not in needed:
                if owner.regions:
                    return None
                needed.add(owner)
                work.extend(owner.operands)
        elif owner is body.block and value.index % 2 != half:  # pyright: ignore
            return None
    copied: dict[Any, SSAValue] = {}
    region = body.clone()
    for old, new in zip(body.block.ops, list(region.block.ops), strict=True):
        copied[old] = new  # pyright: ignore
    end = region.block.last_op
    assert end is not None
    keep = end.operands[half]
    end.operands = [keep]
    for old in reversed(list(body.block.ops)):
        if old is not last and old not in needed:
            region.block.erase_op(copied[old])  # pyright: ignore
    for argument in reversed([a for a in region.block.args if a.index % 2 != half]):
        region.block.erase_arg(argument)
    return region


def on_halves(d: Pairs, op: Operation) -> Found:
    """The op on each half; operands that are not complex go to both."""
    pairs = [d.pair(v) if is_complex(v.type) else Pair(v, v) for v in op.operands]
    types = [half_type(r.type) for r in op.results]
    made = [same(op, [p[i] for p in pairs], types) for i in range(2)]
    for each in made:
        d.add(each)
    return [Pair(*row) for row in zip(*(m.results for m in made), strict=True)]


def _shape_only(d: Pairs, op: Operation) -> Found:
    operands = [d.pair(v).re if is_complex(v.type) else v for v in op.operands]
    made = same(op, operands, [r.type for r in op.results])
    d.add(made)
    return made.results


def _constant(d: Pairs, op: Any) -> Found:
    array = dense.to_numpy(op.value)
    type_ = half_type(op.results[0].type)
    return [
        Pair(*(d.literal(dense.of_type(type_, half)) for half in (np.real(array), np.imag(array))))
    ]


def _complex(d: Pairs, op: Any) -> Found:
    return [Pair(*op.operands)]


def _part(half: int) -> Rule:
    def rule(d: Pairs, op: Operation) -> Found:
        return [d.pair(op.operands[0])[half]]

    return rule


def _iota(d: Pairs, op: Any) -> Found:
    made = same(op, op.operands, [half_type(op.results[0].type)])
    return [Pair(d.add(made), d.number(made.results[0], 0.0))]


def _convert(d: Pairs, op: Any) -> Found:
    (value,), (result,) = op.operands, op.results
    pair = d.pair(value)
    element = half_type(result.type).element_type
    if not is_complex(result.type):  # the real part only
        return [d.convert(pair.re, element)]
    if not is_complex(value.type):
        real = d.convert(value, element)
        return [Pair(real, d.number(real, 0.0))]
    return [Pair(d.convert(pair.re, element), d.convert(pair.im, element))]


def _compare(d: Pairs, op: Any) -> Found:
    """Equality of both halves; an order is that of (real, imaginary)."""
    (a, b), direction = map(d.pair, op.operands), op.comparison_direction.data.value
    im = d.compare(a.im, b.im, direction)
    if direction in ("EQ", "NE"):
        return [d.make("and" if direction == "EQ" else "or", d.compare(a.re, b.re, direction), im)]
    same_re = d.make("and", d.compare(a.re, b.re), im)
    return [d.make("or", d.compare(a.re, b.re, direction[:1] + "T"), same_re)]


def _is_nan(d: Pairs, a: Pair) -> SSAValue:
    return d.make("or", d.compare(a.re, a.re, "NE"), d.compare(a.im, a.im, "NE"))


def _extreme(direction: str) -> Rule:
    """The greater or lesser by (real, imaginary); the first one with a NaN, as NumPy's."""

    def rule(d: Pairs, op: Any) -> Found:
        a, b = map(d.pair, op.operands)
        same_re = d.make("and", d.compare(a.re, b.re), d.compare(a.im, b.im, direction))
        first = d.make("or", d.compare(a.re, b.re, direction), same_re)
        first = d.make("or", _is_nan(d, a), d.make("and", first, d.make("not", _is_nan(d, b))))
        return [Pair(d.select(first, a.re, b.re), d.select(first, a.im, b.im))]

    return rule


def _product(d: Pairs, op: Any) -> Found:
    """Contractions and convolutions of complex numbers as four of real ones."""
    lhs, rhs = op.operands[0], op.operands[1]
    rest = list(op.operands[2:])
    type_ = half_type(op.results[0].type)

    def product(x: SSAValue, y: SSAValue) -> SSAValue:
        return d.add(same(op, [x, y, *rest], [type_]))

    a, b = d.pair(lhs), d.pair(rhs)
    if not is_complex(lhs.type):
        return [Pair(product(lhs, b.re), product(lhs, b.im))]
    if not is_complex(rhs.type):
        return [Pair(product(a.re, rhs), product(a.im, rhs))]
    return [Pair(
        d.make("subtract", product(a.re, b.re), product(a.im, b.im)),
        d.make("add", product(a.re, b.im), product(a.im, b.re)),
    )]  # fmt: skip


def _map(d: Pairs, op: Any) -> Found:
    """One map for each half of the result."""
    region = op.detach_region(op.regions[0])
    d.expand_block(region.block)
    found = _maps(d, d.flat(op.operands), region)
    return [found[0]] if len(found) == 1 else [Pair(*found)]


def _maps(d: Pairs, inputs: Sequence[SSAValue], body: Region) -> list[SSAValue]:
    """`stablehlo.map` of each of the values that `body` returns."""
    last = body.block.last_op
    assert last is not None
    found = []
    shape = list(shape_of(inputs[0]))
    count = len(last.operands)
    for i in range(count):
        region = body if i == count - 1 else body.clone()
        end = region.block.last_op
        assert end is not None
        end.operands = [end.operands[i]]
        for op in reversed(list(region.block.ops)):
            if op is not end and not any(r.first_use for r in op.results):
                region.block.erase_op(op)
        type_ = TensorType(element_type(end.operands[0]), shape)
        found += d.create(
            "stablehlo.map", inputs, [type_], [region], dimensions=list(range(len(shape)))
        )
    return found


def _get_tuple_element(d: Pairs, op: Any) -> Found:
    index = op.index.value.data
    owner = op.operand.owner
    if isinstance(owner, Operation) and owner.name == "stablehlo.tuple":
        value = owner.operands[index]
        return [d.pair(value) if is_complex(value.type) else value]
    types = op.operand.type.types.data
    first = len(halved_types(types[:index]))
    found = []
    for i, type_ in enumerate(halved_types([types[index]])):
        made = type(op).create(
            operands=[d.packed[op.operand]], result_types=[type_],
            properties={"index": IntegerAttr(first + i, i32)},
        )  # fmt: skip
        found.append(d.add(made))
    return [Pair(*found) if len(found) == 2 else found[0]]


def elementwise(name: str, formula: Formula) -> Rule:
    """A formula of `complex_math.py`."""

    def rule(d: Pairs, op: Any) -> Found:
        pairs = list(map(d.pair, op.operands))

        def compute(*parts: SSAValue) -> list[SSAValue]:
            numbers: dict[Any, SSAValue] = {}
            reals = [Real(d, x, numbers) for x in parts]
            found = formula(*zip(reals[::2], reals[1::2], strict=True))
            return [found.value] if isinstance(found, Real) else [x.value for x in found]

        inputs = [half for pair in pairs for half in pair]
        parent = op.parent_op()
        in_scan = parent is not None and parent.name == "chlo.scan"  # which takes plain ops only
        if name in SIMPLE or in_scan or not shape_of(inputs[0]):
            found = compute(*inputs)
        else:
            scalar = TensorType(element_type(inputs[0]), [])
            found = _maps(d, inputs, d.region([scalar] * len(inputs), compute))
        return [found[0]] if len(found) == 1 else [Pair(*found)]

    return rule


RULES: dict[str, Rule] = {
    **{f"stablehlo.{name}": on_halves for name in HALVES},
    "tensor.cast": on_halves,
    **dict.fromkeys(SHAPE_ONLY, _shape_only),
    **{f"stablehlo.{name}": elementwise(name, f) for name, f in FUNCTIONS.items()},
    **{f"chlo.{name}": elementwise(name, f) for name, f in CLIENT_FUNCTIONS.items()},
    "stablehlo.constant": _constant,
    "stablehlo.complex": _complex,
    "stablehlo.real": _part(0),
    "stablehlo.imag": _part(1),
    "stablehlo.iota": _iota,
    "stablehlo.dynamic_iota": _iota,
    "stablehlo.convert": _convert,
    "stablehlo.compare": _compare,
    "stablehlo.maximum": _extreme("GT"),
    "stablehlo.minimum": _extreme("LT"),
    "stablehlo.dot": _product,
    "stablehlo.dot_general": _product,
    "stablehlo.convolution": _product,
    "stablehlo.dynamic_conv": _product,
    "stablehlo.map": _map,
    "stablehlo.get_tuple_element": _get_tuple_element,
    "stablehlo.fft": expand_fft,
}
