# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random numbers: `rng_bit_generator` (bits and state as XLA's CPU makes them) and `rng`.

Both decompose: one `stablehlo.map` makes 64 bits a counter (`random_bits.py`), the rest arranges
them. `rng` counts in a global of the module, so that calls differ and runs repeat.
Spec: https://openxla.org/stablehlo/spec#rng_bit_generator
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from xdsl.dialects.builtin import (
    AnyFloat,
    DenseArrayBase,
    IntegerAttr,
    IntegerType,
    ModuleOp,
    Signedness,
    TensorType,
    f32,
    f64,
)
from xdsl.dialects.builtin import i64 as si64
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def
from xdsl.rewriter import InsertPoint
from xdsl.utils.exceptions import VerifyException

from iree_explore import elements as dense
from iree_explore.frontend import ml_program
from iree_explore.stablehlo.attrs import RngAlgorithmAttr, RngDistribution, RngDistributionAttr
from iree_explore.stablehlo.base import (
    DYNAMIC,
    OpRow,
    PrettyOp,
    Run,
    Shape,
    declared,
    element_type,
    result_dtype,
    shape_of,
)
from iree_explore.stablehlo.decomposition import Decomposer
from iree_explore.stablehlo.ops.random_bits import Words, philox, threefry, ui32, ui64

Arrays = list[np.ndarray]
Results = Sequence[SSAValue]
U64 = np.uint64
SIZES = {"THREE_FRY": (2,), "PHILOX": (2, 3), "DEFAULT": (2, 3)}
"""Numbers of ui64 that each algorithm's state has; DEFAULT is PHILOX, as on XLA's CPU."""


@irdl_op_definition
class RngBitGeneratorOp(PrettyOp):
    """Random bits and the next state of a named generator.

    Spec: https://openxla.org/stablehlo/spec#rng_bit_generator
    """

    name = "stablehlo.rng_bit_generator"
    FIELDS: ClassVar = (("algorithm", "rng_algorithm", RngAlgorithmAttr),)
    initial_state = operand_def(TensorType)
    rng_algorithm = prop_def(RngAlgorithmAttr)
    output_state = result_def(TensorType)
    output = result_def(TensorType)

    def verify_(self) -> None:
        name, shape = algorithm(self), shape_of(self.initial_state)
        sizes = SIZES[name]
        if len(shape) != 1 or shape[0] not in (*sizes, DYNAMIC):
            wanted = " or ".join(map(str, sizes))
            raise VerifyException(
                f"{self.name}: the state of {name} has {wanted} ui64, not shape {list(shape)}"
            )


def algorithm(op: RngBitGeneratorOp) -> str:
    return op.rng_algorithm.data.value


def infer_bits(op: RngBitGeneratorOp) -> Sequence[Shape]:
    return [shape_of(op.initial_state), shape_of(op.output)]


def bit_width(element: Attribute) -> int:
    """Bits of a number of an integer or float type."""
    return element.width.data if isinstance(element, IntegerType) else element.bitwidth  # pyright: ignore


def halves(shape: Sequence[int]) -> tuple[int, list[int]]:
    """How XLA lays two words of a Threefry block out: along which dimension they alternate, and the
    sizes with that dimension halved (the first even one, else the largest)."""
    sizes = list(shape) or [1]
    even = [d for d, n in enumerate(sizes) if n % 2 == 0]
    split = even[0] if even else sizes.index(max(sizes))
    return split, [-(-n // 2) if d == split else n for d, n in enumerate(sizes)]


def blocks_of(op: RngBitGeneratorOp) -> int:
    """Counters that the op uses up."""
    shape = shape_of(op.output)
    wide = bit_width(element_type(op.output)) == 64
    if algorithm(op) == "THREE_FRY":
        return math.prod(shape if wide else halves(shape)[1])
    return -(-math.prod(shape) // (2 if wide else 4))


def evaluate_bits(op: RngBitGeneratorOp, args: Arrays, run: Run) -> Arrays:
    state, shape, width = args[0], shape_of(op.output), bit_width(element_type(op.output))
    key, first, count = state[0], state[1], U64(blocks_of(op))
    counters = first + np.arange(count, dtype=U64)
    if algorithm(op) == "THREE_FRY":
        bits = threefry(key, counters)
        new = np.array([key, first + count], U64)
        if width < 64:
            split, sizes = halves(shape)
            pair = bits.view(np.uint32).reshape(*sizes, 2)
            pair = np.moveaxis(pair, -1, split + 1)
            sizes[split] *= 2
            whole = list(shape) or [1]
            bits = pair.reshape(sizes)[tuple(slice(n) for n in whole)]
    else:
        high = state[2] if len(state) == 3 else key
        highs = high + (counters < first).astype(U64)
        bits = np.stack(philox(key, counters, highs), 1).reshape(-1)
        carry = U64(first + count < first)
        new = np.array([key, first + count, high + carry][: len(state)], U64)
        bits = (bits if width == 64 else bits.view(np.uint32))[: math.prod(shape)]
    return [new, _typed(bits.reshape(shape), result_dtype(op, 1), width)]


def _typed(bits: np.ndarray, dtype: np.dtype, width: int) -> np.ndarray:
    """The low bits of each word as numbers of `dtype`."""
    if width < 8:
        low = (bits & ((1 << width) - 1)).astype(np.uint8)
        return low.astype(dtype) if "int" in dtype.name else low.view(dtype)
    return bits.astype(f"u{dtype.itemsize}", order="C").view(dtype)


# Decomposition
# --------------------------------------------------------------------------------------------


def _tensor(element: Attribute, *sizes: int) -> TensorType:
    return TensorType(element, list(sizes))


def _part(d: Decomposer, value: SSAValue, first: int, last: int) -> SSAValue:
    """A slice of a one-dimensional tensor; itself if it is all of it."""
    if shape_of(value) == (last - first,):
        return value
    return d.make("slice", value, type_=_tensor(element_type(value), last - first),
                  start_indices=[first], limit_indices=[last], strides=[1])  # fmt: skip


def _nothing(d: Decomposer, type_: Attribute) -> SSAValue:
    assert isinstance(type_, TensorType)
    none = np.zeros(type_.get_shape(), dense.dtype_of(type_.element_type))
    return d.constant(none, type_.element_type)


def list_of(values: np.ndarray) -> DenseArrayBase:
    """`array<i64: ...>` of an integer array."""
    return DenseArrayBase.from_list(si64, [int(v) for v in values.reshape(-1)])


def _cut(d: Decomposer, value: SSAValue, sizes: Sequence[int]) -> SSAValue:
    """The first elements along every dimension."""
    if list(shape_of(value)) == list(sizes):
        return value
    zeros, ones = [0] * len(sizes), [1] * len(sizes)
    return d.make("slice", value, type_=_tensor(element_type(value), *sizes),
                  start_indices=zeros, limit_indices=sizes, strides=ones)  # fmt: skip


def _scalar(d: Decomposer, state: SSAValue, i: int) -> SSAValue:
    return d.reshape(_part(d, state, i, i + 1), [])


def _iota(d: Decomposer, sizes: Sequence[int], axis: int) -> SSAValue:
    return d.make("iota", type_=_tensor(ui64, *sizes), iota_dimension=IntegerAttr(axis, si64))


def _spread(d: Decomposer, value: SSAValue, sizes: Sequence[int], axis: int) -> SSAValue:
    """`value` repeated along a new dimension at `axis`."""
    dims = [i for i in range(len(sizes)) if i != axis]
    return d.make("broadcast_in_dim", value, type_=_tensor(element_type(value), *sizes),
                  broadcast_dimensions=dims)  # fmt: skip


def _split_words(d: Decomposer, bits: SSAValue, axis: int) -> SSAValue:
    """The low and the high word of ui64, in turn along `axis`, as ui32."""
    sizes = list(shape_of(bits))
    pair = [*sizes[: axis + 1], 2, *sizes[axis + 1 :]]
    which = _iota(d, pair, axis + 1)
    shift = d.make("multiply", which, d.number(which, 32))
    words = d.make("shift_right_logical", _spread(d, bits, pair, axis + 1), shift)
    sizes[axis] *= 2
    return d.reshape(d.convert(words, ui32), sizes)


def counters(d: Decomposer, first: SSAValue, sizes: SSAValue | int) -> SSAValue:
    """`first, first + 1, ...` as ui64; `sizes` is how many, a number or a `tensor<1xindex>`."""
    zero = IntegerAttr(0, si64)
    if isinstance(sizes, int):
        found = d.make("iota", type_=_tensor(ui64, sizes), iota_dimension=zero)
    else:
        found = d.make("dynamic_iota", sizes, type_=_tensor(ui64, DYNAMIC), iota_dimension=zero)
    return d.make("add", found, d.spread_like(first, found, []))


def blocks(
    d: Decomposer, function: Callable[..., Words], key: SSAValue, *parts: SSAValue
) -> SSAValue:
    """One map: `function(key, *parts)` for each element of the ui64 tensors `parts`."""
    scalar = _tensor(ui64)

    def body(*args: SSAValue) -> SSAValue:
        first = Words(d, args[0])
        return function(first, *(Words(d, a, first.known) for a in args[1:])).value

    region = d.region([scalar] * (1 + len(parts)), body)
    inputs = [d.spread_like(key, parts[0], []), *parts]
    return d.create("stablehlo.map", inputs, [parts[0].type], [region], dimensions=[0])[0]


def low_and_high(d: Decomposer, bits: SSAValue) -> list[SSAValue]:
    """The words of ui64, as two tensors."""
    shifted = d.make("shift_right_logical", bits, d.number(bits, 32))
    return [d.convert(bits, ui32), d.convert(shifted, ui32)]


def decompose_bits(op: RngBitGeneratorOp, d: Decomposer) -> Results:
    shape, element, count = shape_of(op.output), element_type(op.output), blocks_of(op)
    if 0 in shape:
        return [op.initial_state, _nothing(d, op.output.type)]
    wide = bit_width(element) == 64
    key, first = _scalar(d, op.initial_state, 0), _scalar(d, op.initial_state, 1)
    low = counters(d, first, count)
    words = shape_of(op.initial_state)[0]
    state = d.make("add", op.initial_state, d.constant(np.array([0, count, 0][:words], U64)))
    if algorithm(op) == "THREE_FRY":
        bits = blocks(d, threefry, key, low)
        if not wide:
            split, sizes = halves(shape)
            bits = _split_words(d, d.reshape(bits, sizes), split)
            bits = _cut(d, bits, list(shape) or [1])
    else:
        high = _scalar(d, op.initial_state, 2) if words == 3 else key
        carried = d.convert(d.compare(low, d.spread_like(first, low, []), "LT"), ui64)
        highs = d.make("add", carried, d.spread_like(high, low, []))
        pair = [count, 2]
        inputs = (_spread(d, low, pair, 1), _spread(d, highs, pair, 1), _iota(d, pair, 1))
        bits = d.reshape(blocks(d, philox_half, key, *inputs), [2 * count])
        bits = _cut(d, bits if wide else _split_words(d, bits, 0), [math.prod(shape)])
        if words == 3:
            state = _carry(d, op.initial_state, state)
    return [state, as_element(d, d.reshape(bits, shape), element)]


def layout_is_unknown(op: Any) -> bool:
    """Whether bits of unknown size are words whose order depends on that size."""
    wide = bit_width(element_type(op.results[1])) == 64
    name = op.attributes["rng_algorithm"].data.value
    return name == "THREE_FRY" and not wide and len(shape_of(op.results[1])) > 1


def decompose_bits_of_unknown_size(op: Any, d: Decomposer) -> Results | None:
    """`stablehlo.dynamic_rng_bit_generator`: state and sizes are the operands."""
    if layout_is_unknown(op):
        return None
    state, sizes = op.operands
    element = element_type(op.results[1])
    wide = bit_width(element) == 64
    three_fry = op.attributes["rng_algorithm"].data.value == "THREE_FRY"
    each = (1 if wide else 2) if three_fry else (2 if wide else 4)
    total = _product(d, d.convert(sizes, si64))
    up = d.make("add", total, d.number(total, each - 1))
    count = d.make("divide", up, d.number(total, each))
    key, first = _scalar(d, state, 0), _scalar(d, state, 1)
    low = counters(d, first, d.reshape(count, [1]))
    words = shape_of(state)[0]
    used = d.spread_like(d.convert(count, ui64), state, [])
    step = d.make("multiply", used, d.constant(np.array([0, 1, 0][:words], U64)))
    new = d.make("add", state, step)
    if three_fry:
        pair = [blocks(d, threefry, key, low)]
    else:
        high = _scalar(d, state, 2) if words == 3 else key
        carried = d.convert(d.compare(low, d.spread_like(first, low, []), "LT"), ui64)
        highs = d.make("add", carried, d.spread_like(high, low, []))
        halves_ = (d.number(low, i) for i in (0, 1))
        pair = [blocks(d, philox_half, key, low, highs, h) for h in halves_]
        new = _carry(d, state, new) if words == 3 else new
    parts = pair if wide else [w for x in pair for w in low_and_high(d, x)]
    rows = d.make("concatenate", d.reshape(count, [1]), d.constant(np.array([1])),
                  type_=_tensor(si64, 2), dimension=IntegerAttr(0, si64))  # fmt: skip
    unit_ = element_type(parts[0])
    columns = [d.make("dynamic_reshape", p, rows, type_=_tensor(unit_, DYNAMIC, 1)) for p in parts]
    bits = columns[0]
    if len(columns) > 1:
        bits = d.make("concatenate", *columns, type_=_tensor(unit_, DYNAMIC, each),
                      dimension=IntegerAttr(1, si64))  # fmt: skip
    flat = d.reshape(d.make("multiply", count, d.number(count, each)), [1])
    bits = d.make("dynamic_reshape", bits, flat, type_=_tensor(unit_, DYNAMIC))
    limit = d.reshape(total, [1])
    zero, one = d.constant(np.array([0])), d.constant(np.array([1]))
    bits = d.make("real_dynamic_slice", bits, zero, limit, one, type_=_tensor(unit_, DYNAMIC))
    shape = TensorType(unit_, list(shape_of(op.results[1])))
    return [new, as_element(d, d.make("dynamic_reshape", bits, sizes, type_=shape), element)]


def philox_half(key: Words, low: Words, high: Words, half: Words) -> Words:
    """The half of a block that the number `half` says."""
    d = key.d
    first, second = philox(key, low, high)
    which = d.compare(half.value, d.number(half.value, 0))
    return Words(d, d.select(which, first.value, second.value))


def _carry(d: Decomposer, old: SSAValue, new: SSAValue) -> SSAValue:
    """Adds one to a word of the state where the word below it has wrapped around."""
    wrapped = d.convert(d.compare(new, old, "LT"), ui64)
    low = d.make("slice", wrapped, type_=_tensor(ui64, 2), start_indices=[0],
                 limit_indices=[2], strides=[1])  # fmt: skip
    moved = d.make("pad", low, d.constant(np.array(0, U64)), type_=_tensor(ui64, 3),
                   edge_padding_low=[1], edge_padding_high=[0], interior_padding=[0])  # fmt: skip
    return d.make("add", new, moved)


def as_element(d: Decomposer, bits: SSAValue, element: Attribute) -> SSAValue:
    """The low bits of unsigned words as numbers of any type of that width."""
    width = bit_width(element)
    if width < bit_width(element_type(bits)):
        bits = d.make("and", bits, d.number(bits, (1 << width) - 1))
        bits = d.convert(bits, IntegerType(width, Signedness.UNSIGNED))
    if element_type(bits) == element:
        return bits
    return d.make("bitcast_convert", bits, type_=TensorType(element, list(shape_of(bits))))


# stablehlo.rng
# --------------------------------------------------------------------------------------------

STATE = "_rng_state"
"""The global that holds key and counter."""
INITIAL = (0x9E3779B97F4A7C15, 0)


@irdl_op_definition
class RngOp(PrettyOp):
    """Numbers of a distribution; which ones is up to the implementation.

    Spec: https://openxla.org/stablehlo/spec#rng
    """

    name = "stablehlo.rng"
    FIELDS: ClassVar = (("distribution", "rng_distribution", RngDistributionAttr),)
    a = operand_def(TensorType)
    b = operand_def(TensorType)
    shape = operand_def(TensorType)
    rng_distribution = prop_def(RngDistributionAttr)
    result = result_def(TensorType)

    def verify_(self) -> None:
        element = element_type(self.result)
        if self.is_normal and not isinstance(element, AnyFloat):  # C2
            raise VerifyException(f"{self.name}: NORMAL needs a float type, not {element}")

    @property
    def is_normal(self) -> bool:
        return self.rng_distribution.data == RngDistribution.NORMAL


def words_per_number(op: RngOp) -> int:
    """Counters used up by one number: two for normal f64, whose words are single."""
    return 2 if op.is_normal and element_type(op.result) == f64 else 1


def evaluate_rng(op: RngOp, args: Arrays, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and the next state."""
    a, b, sizes = args
    shape = tuple(int(n) for n in sizes)
    count, each = math.prod(shape), words_per_number(op)
    bits = threefry(state[0], state[1] + np.arange(count * each, dtype=U64))
    next_state = state + np.array([0, count * each], U64)
    dtype = result_dtype(op)
    if not isinstance(element_type(op.result), AnyFloat):
        found = _uniform_integers(bits, a, b, dtype)
    else:
        work = np.dtype(np.float64 if dtype.itemsize == 8 else np.float32)
        low, high = a.astype(work), b.astype(work)
        if op.is_normal:
            u = _unit(bits[:count] if each == 2 else bits >> 32, work, 32 * each)
            v = _unit(bits[count:] if each == 2 else bits & 0xFFFFFFFF, work, 32 * each)
            radius = np.sqrt(work.type(-2) * np.log(work.type(1) - u))
            z = radius * np.cos(work.type(2 * math.pi) * v)
            found = (low + high * z).astype(dtype)
        else:
            u = _unit(bits if work.itemsize == 8 else bits >> 32, work, 8 * work.itemsize)
            found = (low + (high - low) * u).astype(dtype)
            found = np.where(found < b, found, a)
    return found.reshape(shape).astype(dtype, copy=False), next_state


def _unit(words: np.ndarray, dtype: np.dtype, width: int) -> np.ndarray:
    """Words of `width` bits as numbers in [0, 1), evenly spaced, exact in `dtype`."""
    kept = 53 if dtype.itemsize == 8 else 24
    return (words >> (width - kept)).astype(dtype) * dtype.type(2.0**-kept)


def _uniform_integers(bits: np.ndarray, a: np.ndarray, b: np.ndarray, dtype: Any) -> np.ndarray:
    if dtype == np.bool_:
        return np.where(bits >> 63 != 0, b, a)
    low, high = (x.astype(U64 if x.dtype.kind == "u" else np.int64).astype(U64) for x in (a, b))
    span = high - low
    offset = bits % span if span else bits
    return (low + offset).astype(dtype)


def decompose_rng(op: RngOp, d: Decomposer) -> Results:
    element, shape = element_type(op.result), shape_of(op.result)
    each = words_per_number(op)
    if 0 in shape:
        return [_nothing(d, op.result.type)]
    state = _state(op, d)
    key, first = _scalar(d, state, 0), _scalar(d, state, 1)
    if DYNAMIC in shape:
        total = _product(d, d.convert(op.shape, si64))
        size, count = d.reshape(total, [1]), d.convert(total, ui64)
    else:
        size = math.prod(shape)
        count = d.number(first, size)
    drawn = []
    for _ in range(each):
        drawn.append(blocks(d, threefry, key, counters(d, first, size)))
        first = d.make("add", first, count)
    bits = drawn[0]
    step = d.make("multiply", d.constant(np.array([0, each], U64)), d.spread_like(count, state, []))
    d.add(ml_program.GlobalStoreOp(STATE, d.make("add", state, step)))

    def shaped(x: SSAValue) -> SSAValue:
        type_ = TensorType(element_type(x), list(shape))
        if DYNAMIC in shape:
            return d.make("dynamic_reshape", x, op.shape, type_=type_)
        return d.make("reshape", x, type_=type_)

    if not isinstance(element, AnyFloat):
        return [_integers(op, d, shaped(bits), element)]
    work: Attribute = f64 if element == f64 else f32
    low, high = d.convert(op.a, work), d.convert(op.b, work)
    if op.is_normal:
        pair = drawn if each == 2 else low_and_high(d, bits)[::-1]
        u, v = (unit(d, shaped(x), work) for x in pair)
        rest = d.make("subtract", d.number(u, 1), u)
        radius = d.make("sqrt", d.make("multiply", d.number(u, -2), d.make("log", rest)))
        angle = d.make("multiply", d.number(v, 2 * math.pi), v)
        z = d.make("multiply", radius, d.make("cosine", angle))
        scaled = d.make("multiply", d.spread_like(high, z, []), z)
        return [d.convert(d.make("add", d.spread_like(low, z, []), scaled), element)]
    u = unit(d, shaped(bits if work == f64 else low_and_high(d, bits)[1]), work)
    span = d.spread_like(d.make("subtract", high, low), u, [])
    found = d.make("add", d.spread_like(low, u, []), d.make("multiply", span, u))
    found = d.convert(found, element)
    inside = d.compare(found, d.spread_like(op.b, found, []), "LT")
    return [d.select(inside, found, d.spread_like(op.a, found, []))]


def unit(d: Decomposer, words: SSAValue, work: Attribute) -> SSAValue:
    """Unsigned words as numbers in [0, 1), evenly spaced, exact in f32 or f64."""
    kept = 53 if work == f64 else 24
    shift = bit_width(element_type(words)) - kept
    number = d.convert(d.make("shift_right_logical", words, d.number(words, shift)), work)
    return d.make("multiply", number, d.number(number, 2.0**-kept))


def _integers(op: RngOp, d: Decomposer, bits: SSAValue, element: Attribute) -> SSAValue:
    assert isinstance(element, IntegerType)
    low, high = op.a, op.b
    if element.width.data == 1:
        flag = d.make("shift_right_logical", bits, d.number(bits, 63))
        high, low = d.spread_like(high, bits, []), d.spread_like(low, bits, [])
        return d.select(d.compare(flag, d.number(flag, 0), "NE"), high, low)
    if element.signedness.data == Signedness.UNSIGNED:
        low, high = d.convert(low, ui64), d.convert(high, ui64)
    else:
        low, high = (d.make("bitcast_convert", d.convert(x, si64), type_=_tensor(ui64))
                     for x in (low, high))  # fmt: skip
    span = d.make("subtract", high, low)
    zero = d.spread_like(d.compare(span, d.number(span, 0)), bits, [])
    offset = d.make("remainder", bits, d.spread_like(span, bits, []))
    offset = d.select(zero, bits, offset)
    return as_element(d, d.make("add", offset, d.spread_like(low, bits, [])), element)


def _product(d: Decomposer, sizes: SSAValue) -> SSAValue:
    """The product of `tensor<?xi64>` with few elements, `tensor<i64>`."""
    total = d.constant(np.array(1))
    for i in range(shape_of(sizes)[0]):
        total = d.make("multiply", total, _scalar(d, sizes, i))
    return total


def _state(op: Operation, d: Decomposer) -> SSAValue:
    """Key and counter, read from the module's global (made on first use)."""
    module = op
    while (parent := module.parent_op()) is not None:
        module = parent
    assert isinstance(module, ModuleOp)
    type_ = _tensor(ui64, 2)
    names = (o.properties.get("sym_name") for o in module.body.block.ops)
    if not any(n is not None and n.data == STATE for n in names):  # pyright: ignore
        value = dense.from_numpy(np.array(INITIAL, U64))
        made = ml_program.GlobalOp(STATE, type_, value, mutable=True)
        d.rewriter.insert(made, InsertPoint.at_start(module.body.block))
        d.made.append(made)
    load = ml_program.GlobalLoadOp(STATE, type_)
    return d.add(load)


def evaluate_without_state(op: RngOp, args: Arrays, run: Run) -> Arrays:
    """One draw from the initial state; `reference.py` keeps the state of a module."""
    return [evaluate_rng(op, args, np.array(INITIAL, U64))[0]]


ROWS: tuple[OpRow, ...] = (
    OpRow(RngBitGeneratorOp, infer_bits, evaluate_bits, decompose=decompose_bits),
    OpRow(RngOp, declared, evaluate_without_state, decompose=decompose_rng),
)
