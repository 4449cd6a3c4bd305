# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""linalg ops on NumPy, vectorised: operands become views over the iteration space.

An operand with a linear indexing map is a strided view with one axis per loop (size 1 where the
map does not use the loop), so the body runs op by op on whole arrays. Reductions are recognised by
their combiner; contractions go through `einsum`; anything else loops over the reduction points.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from xdsl.ir import Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap

from iree_explore import elements
from iree_explore.linalg import evaluate_scalar
from iree_explore.linalg.evaluate_body import Lookup, run_body
from iree_explore.linalg.structured import (
    CASTS,
    Structured,
    dims_of_map,
    is_contraction,
    is_permutation,
    linear,
    loop_sizes,
    shape_of,
    structured,
)


def evaluate_linalg(op: Operation, lookup: Lookup) -> list[np.ndarray]:
    """Results of a linalg op; `lookup` gives the arrays of operands and of values from above."""
    view = structured(op)
    arrays = [np.asarray(lookup(v)) for v in view.operands]
    sizes = _sizes(view, arrays)
    inits = arrays[len(view.inputs) :]
    if any(s == 0 for s, parallel in zip(sizes, view.parallel, strict=True) if not parallel):
        return [np.array(x) for x in inits]
    if is_contraction(view) and (found := _contract(view, arrays, sizes)) is not None:
        return [found]
    if view.all_parallel:
        return _pointwise(view, arrays, sizes, lookup)
    found = _recognised(view, arrays, sizes, lookup)
    return found if found is not None else _loop(view, arrays, sizes, lookup)


def _sizes(view: Structured, arrays: Sequence[np.ndarray]) -> list[int]:
    """Loop extents from the arrays' shapes."""
    by_operand = {}
    for value, array in zip(view.operands, arrays, strict=True):
        by_operand.setdefault(value, array)
    sizes = []
    for loop, source in enumerate(loop_sizes(view)):
        if source is None:
            raise ValueError(f"{view.op.name}: no operand says how long loop {loop} is")
        sizes.append(by_operand[source[0]].shape[source[1]])
    return sizes


def over_loops(array: np.ndarray, map_: AffineMap, sizes: Sequence[int]) -> np.ndarray:
    """`array` as a view with one axis per loop; axes that the map does not use have size 1."""
    rank = len(sizes)
    dims = dims_of_map(map_)
    if dims is not None:
        order = sorted(range(len(dims)), key=lambda i: dims[i])
        shape = [1] * rank
        for d in dims:
            shape[d] = sizes[d]
        return array.transpose(order).reshape(shape)
    forms = [linear(e, rank) for e in map_.results]
    if any(f is None for f in forms) or not all(sizes):
        return _gather(array, map_, sizes)
    strides, offset = [0] * rank, 0
    used = [False] * rank
    for axis, (coefficients, constant) in enumerate(forms):  # pyright: ignore
        low = constant + sum(c * (s - 1) for c, s in zip(coefficients, sizes, strict=True) if c < 0)
        high = constant + sum(
            c * (s - 1) for c, s in zip(coefficients, sizes, strict=True) if c > 0
        )
        if low < 0 or high >= array.shape[axis]:
            raise IndexError(f"the map {map_} reaches outside a dimension of {array.shape[axis]}")
        offset += constant * array.strides[axis]
        for d, c in enumerate(coefficients):
            strides[d] += c * array.strides[axis]
            used[d] |= c != 0
    shape = [s if u else 1 for s, u in zip(sizes, used, strict=True)]
    if offset or any(s < 0 for s in strides):
        return _gather(array, map_, sizes)
    return elements.as_strided(array, shape, strides)


def _gather(array: np.ndarray, map_: AffineMap, sizes: Sequence[int]) -> np.ndarray:
    axes = [
        np.arange(s).reshape([-1 if i == d else 1 for i in range(len(sizes))])
        for d, s in enumerate(sizes)
    ]
    zero = np.zeros([1] * len(sizes), np.int64)
    return array[tuple(cast(Any, e).eval(axes, []) + zero for e in map_.results)]


def _axes(sizes: Sequence[int]) -> list[np.ndarray]:
    rank = len(sizes)
    return [
        np.arange(s, dtype=np.int64).reshape([-1 if i == d else 1 for i in range(rank)])
        for d, s in enumerate(sizes)
    ]


def _into_output(value: np.ndarray, map_: AffineMap, shape: Sequence[int]) -> np.ndarray:
    """A value over all loops (size 1 where it does not vary) laid out as the output."""
    dims = dims_of_map(map_)
    if dims is None or len(dims) != map_.num_dims:
        kept = [e.position for e in map_.results if isinstance(e, AffineDimExpr)]
        if len(kept) != len(map_.results):
            raise ValueError(f"an output map must be a projected permutation: {map_}")
        full = value.reshape([n for d, n in enumerate(value.shape) if d in kept])
        order = [sorted(kept).index(d) for d in kept]
        return np.array(np.broadcast_to(full.transpose(order), shape))
    return np.array(np.broadcast_to(value.transpose(dims), shape))


def _pointwise(
    view: Structured, arrays: Sequence[np.ndarray], sizes: list[int], lookup: Lookup
) -> list[np.ndarray]:
    inits = arrays[len(view.inputs) :]
    if not all(map(is_permutation, view.output_maps)):
        return _loop(view, arrays, sizes, lookup)
    values: dict[SSAValue, Any] = {}
    for argument, array, map_ in zip(view.body.args, arrays, view.maps, strict=True):
        if argument.first_use is not None:
            values[argument] = over_loops(array, map_, sizes)
    rank = len(sizes)
    results = []
    for value, map_, init in zip(
        run_body(view.body, values, _axes(sizes), lookup), view.output_maps, inits, strict=True
    ):
        value = value.reshape((1,) * (rank - value.ndim) + value.shape)
        results.append(_into_output(value, map_, init.shape).astype(init.dtype, copy=False))
    return results


def _contract(
    view: Structured, arrays: Sequence[np.ndarray], sizes: list[int]
) -> np.ndarray | None:
    """`init + sum a * b`; None if the element types are not what NumPy sums well."""
    out_dims = dims_of_map(view.output_maps[0])
    if out_dims is None:
        return None
    if 0 in sizes:
        return None
    dtype = arrays[2].dtype
    wide = np.dtype(np.float32) if dtype.name in ("bfloat16", "float16") else dtype
    operands = []
    factors = _factors(view, arrays)
    for array, map_ in zip(factors, view.input_maps, strict=True):
        array = array.astype(wide) if array.dtype != wide else array
        expanded = over_loops(array, map_, sizes)
        used = [d for d in range(len(sizes)) if expanded.shape[d] > 1 or sizes[d] == 1]
        operands += [expanded.reshape([expanded.shape[d] for d in used])
                     if expanded.ndim != len(used) else expanded, used]  # fmt: skip
    covered = set(operands[1]) | set(operands[3])
    if len(covered) != len(sizes):
        return None
    total = np.einsum(*operands, list(out_dims), optimize=dtype.kind == "f")
    return (arrays[2].astype(wide) + total).astype(dtype)


def _factors(view: Structured, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The inputs of a contraction as its body casts them before it multiplies."""
    found: dict[SSAValue, Any] = dict(zip(view.body.args[:2], arrays[:2], strict=True))
    root: dict[SSAValue, int] = {v: i for i, v in enumerate(view.body.args[:2])}
    for op in view.body.ops:
        if op.name in CASTS and op.operands[0] in found:
            found[op.results[0]] = evaluate_scalar.evaluate(op, [found[op.operands[0]]])
            root[op.results[0]] = root[op.operands[0]]
        elif op.name in ("arith.mulf", "arith.muli"):
            return [found[v] for v in sorted(op.operands, key=lambda v: root[v])]
    raise ValueError("a contraction without a product")


_COMBINERS: dict[str, Callable] = {
    "arith.addf": np.add, "arith.addi": np.add, "arith.mulf": np.multiply,
    "arith.muli": np.multiply, "arith.maximumf": np.maximum, "arith.maxnumf": np.fmax,
    "arith.minimumf": np.minimum, "arith.minnumf": np.fmin, "arith.maxsi": np.maximum,
    "arith.minsi": np.minimum, "arith.andi": np.bitwise_and, "arith.ori": np.bitwise_or,
    "arith.xori": np.bitwise_xor,
}  # fmt: skip


def _recognised(
    view: Structured, arrays: Sequence[np.ndarray], sizes: list[int], lookup: Lookup
) -> list[np.ndarray] | None:
    """A reduction whose body ends in `combine(x, acc)` for each output, x independent of acc."""
    accumulators = view.body.args[len(view.inputs) :]
    yielded = view.body.last_op.operands  # pyright: ignore[reportOptionalMemberAccess]
    terms: list[tuple[Callable, SSAValue]] = []
    for accumulator, value in zip(accumulators, yielded, strict=True):
        combine = value.owner
        uses = list(accumulator.uses)
        if (
            not isinstance(combine, Operation)
            or combine.name not in _COMBINERS
            or len(uses) != 1
            or uses[0].operation is not combine
            or len(list(value.uses)) != 1
        ):
            return None
        other = combine.operands[1 - uses[0].index]
        terms.append((_COMBINERS[combine.name], other))
    values: dict[SSAValue, Any] = {}
    for argument, array, map_ in zip(view.body.args, arrays, view.maps, strict=True):
        if argument not in accumulators:
            values[argument] = over_loops(array, map_, sizes)
    for accumulator in accumulators:  # ops on it are evaluated too; their values are not used
        values[accumulator] = np.zeros([1] * len(sizes), elements.dtype_of(accumulator.type))
    run_body(view.body, values, _axes(sizes), lookup)
    reduced = tuple(d for d, parallel in enumerate(view.parallel) if not parallel)
    results = []
    inits = arrays[len(view.inputs) :]
    for (combine, term), map_, init in zip(terms, view.output_maps, inits, strict=True):
        dims = dims_of_map(map_)
        if dims is None or set(dims) & set(reduced) or len(dims) + len(reduced) != len(sizes):
            return None
        value = values[term] if term in values else lookup(term)
        full = np.broadcast_to(value, sizes)
        if full.dtype.name in ("bfloat16", "float16") and combine is np.add:
            total = np.add.reduce(full.astype(np.float32), axis=reduced, keepdims=True)
            total = total.astype(full.dtype)
        elif full.dtype == np.bool_ and combine in (np.add, np.multiply):
            combine = np.bitwise_xor if combine is np.add else np.bitwise_and
            total = combine.reduce(full, axis=reduced, keepdims=True)
        else:
            total = combine.reduce(full, axis=reduced, keepdims=True, dtype=full.dtype)
        total = total.reshape([n for d, n in enumerate(total.shape) if d not in reduced])
        order = [sorted(dims).index(d) for d in dims]
        results.append(np.asarray(combine(init, total.transpose(order)), init.dtype))
    return results


def _loop(
    view: Structured, arrays: Sequence[np.ndarray], sizes: list[int], lookup: Lookup
) -> list[np.ndarray]:
    """Any reduction: one vectorised evaluation of the body per reduction point, in loop order."""
    reduced = [d for d, parallel in enumerate(view.parallel) if not parallel]
    if view.all_parallel:
        reduced = list(range(len(sizes)))
    inputs = [over_loops(a, m, sizes) for a, m in zip(arrays, view.input_maps, strict=False)]
    rank = len(sizes)
    accumulators = []
    for array, map_ in zip(arrays[len(view.inputs) :], view.output_maps, strict=True):
        accumulators.append(np.array(array))
        if any(not isinstance(e, AffineDimExpr) for e in map_.results):
            raise ValueError(f"an output map must be a projected permutation: {map_}")
    axes = _axes(sizes)
    for point in itertools.product(*(range(sizes[d]) for d in reduced)):
        select = [slice(None)] * rank
        for d, i in zip(reduced, point, strict=True):
            select[d] = slice(i, i + 1)
        local = [1 if d in reduced else s for d, s in enumerate(sizes)]
        values: dict[SSAValue, Any] = {}
        arguments = list(view.body.args)
        for argument, array in zip(arguments, inputs, strict=False):
            values[argument] = array[
                tuple(s if n > 1 else slice(None) for s, n in zip(select, array.shape, strict=True))
            ]
        targets = []
        for argument, array, map_ in zip(
            arguments[len(inputs) :], accumulators, view.output_maps, strict=True
        ):
            where = tuple(select[e.position] for e in map_.results)  # pyright: ignore
            targets.append(where)
            values[argument] = over_loops(array[where], map_, local)
        here = [a[tuple(s if n > 1 else slice(None) for s, n in zip(select, a.shape, strict=True))]
                for a in axes]  # fmt: skip
        for value, array, where, map_ in zip(
            run_body(view.body, values, here, lookup),
            accumulators,
            targets,
            view.output_maps,
            strict=True,
        ):
            value = value.reshape((1,) * (rank - value.ndim) + value.shape)
            array[where] = _into_output(value, map_, array[where].shape)
    return accumulators


__all__ = ["evaluate_linalg", "over_loops", "run_body", "shape_of"]
