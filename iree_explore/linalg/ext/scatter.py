# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`iree_linalg_ext.scatter`: updates combined into tensors at computed places.

Updates are applied one scatter position after the other, a whole window at a time, each element
only if it is inside. Batching dimensions and whole dimensions of windows never meet, so they are
the parallel loops. `stablehlo/ops/scatter.py` lowers to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseArrayBase, IndexType, IntegerAttr, IntegerType, UnitAttr, i64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, opt_prop_def, prop_def

from iree_explore.linalg.ext_interface import Labels, LinalgExtOp, Run, shape_of

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Emitter, Index
    from iree_explore.codegen.loop_builder import LoopBuilder

_LEAST_ROW = 8
"""Elements of a window's rows from which on vectors pay."""

Combine = Callable[[list[np.ndarray], list[np.ndarray]], list[np.ndarray]]
"""New values from old ones and updates, on arrays of equal shape."""


@dataclass(frozen=True)
class ScatterNumbers:
    """Which dimension is which, as StableHLO names them.

    `index_dims[i]` is the operand dimension that component i of an index vector is for; the vectors
    lie along dimension `vector` of the indices (their rank: each index is a vector of one).
    """

    index_dims: tuple[int, ...]
    vector: int
    window_dims: tuple[int, ...]
    inserted_dims: tuple[int, ...]
    batching_dims: tuple[int, ...]
    index_batching_dims: tuple[int, ...]

    def kept(self, rank: int) -> list[int]:
        """Operand dimensions that windows have, in the order of `window_dims`."""
        gone = {*self.inserted_dims, *self.batching_dims}
        return [d for d in range(rank) if d not in gone]

    def scatter_dims(self, rank: int) -> list[int]:
        """Update dimensions that count windows, in the order of the indices' dimensions."""
        return [d for d in range(rank) if d not in self.window_dims]

    def position(self, index_dim: int) -> int:
        """Number of an indices' dimension among those that are not the vectors'."""
        return index_dim - (index_dim > self.vector)

    def properties(self) -> dict[str, Attribute]:
        """As properties of the op."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {
            name: IntegerAttr(value, i64)
            if isinstance(value, int)
            else DenseArrayBase.from_list(i64, value)
            for name, value in values.items()
        }


@irdl_op_definition
class ScatterOp(LinalgExtOp):
    """Combines updates into tensors: `ins` the indices, then the updates; `outs` the tensors.

    The region gets (old values, updates) and yields new values. `parallel_dims` are dimensions of
    the tensors that every window covers from end to end.
    """

    name = "iree_linalg_ext.scatter"
    index_dims = prop_def(DenseArrayBase.constr(i64))
    vector = prop_def(IntegerAttr)
    window_dims = prop_def(DenseArrayBase.constr(i64))
    inserted_dims = prop_def(DenseArrayBase.constr(i64))
    batching_dims = prop_def(DenseArrayBase.constr(i64))
    index_batching_dims = prop_def(DenseArrayBase.constr(i64))
    parallel_dims = prop_def(DenseArrayBase.constr(i64))
    unsigned_indices = opt_prop_def(UnitAttr)
    READS_OUTS: ClassVar[bool] = True
    ROW: ClassVar[int] = 16  # a cache line: narrower stripes of rows read all of memory again

    def stripe(self) -> int:
        """All workgroups look at all indices, and each of them at a piece of a row."""
        return 128

    def numbers(self) -> ScatterNumbers:
        """The properties as numbers."""

        def plain(value: Any) -> Any:
            return value.value.data if isinstance(value, IntegerAttr) else tuple(value.get_values())

        return ScatterNumbers(*(plain(self.properties[f.name]) for f in fields(ScatterNumbers)))

    def labels(self) -> list[Labels]:
        numbers = self.numbers()
        rank, depth = len(shape_of(self.outs[0])), len(shape_of(self.ins[0]))
        width = len(shape_of(self.ins[1]))
        dims = [*numbers.batching_dims, *self.parallel_dims.get_values()]
        loop: dict[int, int] = {dim: number for number, dim in enumerate(dims)}
        batch = dict(zip(numbers.index_batching_dims, numbers.batching_dims, strict=True))
        indices = tuple(loop[batch[d]] if d in batch else None for d in range(depth))
        update: list[int | None] = [None] * width
        for d, k in zip(numbers.window_dims, numbers.kept(rank), strict=True):
            update[d] = loop.get(k)
        scatter = numbers.scatter_dims(width)
        for d, k in batch.items():
            update[scatter[numbers.position(d)]] = loop[k]
        operand = tuple(loop.get(k) for k in range(rank))
        updates = [tuple(update)] * (len(self.ins) - 1)
        return [indices, *updates, *[operand] * len(self.outs)]

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        indices = ins[0]
        if self.unsigned_indices is not None:
            indices = indices.view(f"u{indices.itemsize}")
        region = self.regions[0]
        return scatter_arrays(
            outs, indices, ins[1:], self.numbers(), lambda old, new: run(region, [*old, *new])
        )

    def emit_loops(self, b: LoopBuilder) -> None:
        numbers, em = self.numbers(), b.em
        indices, updates = b.ins[0], b.ins[1:]
        extents, sizes = b.sizes(updates[0]), b.sizes(b.outs[0])
        place: list[Index] = [0] * len(extents)
        target: list[Index] = [0] * len(sizes)
        with ExitStack() as nest:
            scatter = numbers.scatter_dims(len(extents))
            for d in scatter:
                place[d] = nest.enter_context(b.loop(0, extents[d]))
            at = [place[d] for d in scatter]
            pairs = zip(numbers.batching_dims, numbers.index_batching_dims, strict=True)
            for k, d in pairs:
                target[k] = at[numbers.position(d)]
            for i, k in enumerate(numbers.index_dims):
                where = list(at)
                if numbers.vector < len(b.sizes(indices)):
                    where.insert(numbers.vector, i)
                target[k] = self._index(b, b.load(indices, where))
            for k in numbers.inserted_dims:  # not smaller as unsigned: outside
                nest.enter_context(b.when(b.compare("ult", target[k], sizes[k])))
            window = list(zip(numbers.window_dims, numbers.kept(len(sizes)), strict=True))
            last = window.pop() if self._by_rows(b, window, extents) else None
            for d, k in window:
                low, high = self._bounds(em, k, target[k], extents[d], sizes[k])
                place[d] = nest.enter_context(b.loop(low, high))
                target[k] = em.addi(target[k], place[d])
            if last is not None:
                d, k = last
                place[d], high = self._bounds(em, k, target[k], extents[d], sizes[k])
                length = em.maxi(em.subi(high, place[d]), 0)
                target[k] = em.addi(target[k], place[d])
                outs = [b.row(out, target, k, length).result for out in b.outs]
                b.elementwise(outs, [b.row(update, place, d, length).result for update in updates])
                return
            old = [b.load(out, target) for out in b.outs]
            new = b.inline([*old, *(b.load(update, place) for update in updates)])
            for value, out in zip(new, b.outs, strict=True):
                b.store(value, out, target)

    def _by_rows(self, b: LoopBuilder, window: list[tuple[int, int]], extents: list[Index]) -> bool:
        """Whether windows have rows long enough for vectors, in memory element by element."""
        if not window or not b.vector_region():
            return False
        d, k = window[-1]
        length = extents[d]
        inner = d == len(extents) - 1 and k == len(b.sizes(b.outs[0])) - 1
        return inner and (not isinstance(length, int) or length >= _LEAST_ROW)

    def _bounds(
        self, em: Emitter, dim: int, start: Index, extent: Index, size: Index
    ) -> tuple[Index, Index]:
        """The part of a window that is inside a tensor along `dim`."""
        if dim not in self.numbers().index_dims:
            return 0, extent
        return em.maxi(em.subi(0, start), 0), em.mini(extent, em.subi(size, start))

    def _index(self, b: LoopBuilder, value: SSAValue) -> SSAValue:
        """A component of an index vector; an unsigned one that is too large becomes negative."""
        assert isinstance(value.type, IntegerType)
        if self.unsigned_indices is not None and value.type.width.data < 64:
            value = b.do(arith.ExtUIOp, value, i64)
        return b.do(arith.IndexCastOp, value, IndexType())


def scatter_arrays(
    tensors: Sequence[np.ndarray],
    indices: np.ndarray,
    updates: Sequence[np.ndarray],
    numbers: ScatterNumbers,
    combine: Combine,
) -> list[np.ndarray]:
    """`tensors` with `updates` combined into them; any integer dtype of `indices`."""
    results = [np.array(x) for x in tensors]
    shape, extents = results[0].shape, updates[0].shape
    vectors = as_int64(indices)
    vectors = vectors[..., None] if numbers.vector == indices.ndim else vectors
    vectors = np.moveaxis(vectors, numbers.vector, -1)
    scatter, kept = numbers.scatter_dims(len(extents)), numbers.kept(len(shape))
    for at in np.ndindex(*(extents[d] for d in scatter)):
        start = [0] * len(shape)
        for k, d in zip(numbers.batching_dims, numbers.index_batching_dims, strict=True):
            start[k] = at[numbers.position(d)]
        for k, component in zip(numbers.index_dims, vectors[at], strict=True):
            start[k] = int(component)
        if any(not 0 <= start[k] < shape[k] for k in numbers.inserted_dims):
            continue
        target: list[Any] = list(start)
        source: list[Any] = [0] * len(extents)
        for d, i in zip(scatter, at, strict=True):
            source[d] = i
        empty = False
        for d, k in zip(numbers.window_dims, kept, strict=True):
            low, high = max(0, -start[k]), min(extents[d], shape[k] - start[k])
            empty |= low >= high
            target[k], source[d] = slice(start[k] + low, start[k] + high), slice(low, high)
        if empty:
            continue
        where, of = tuple(target), tuple(source)
        new = combine([r[where] for r in results], [u[of] for u in updates])
        for result, value in zip(results, new, strict=True):
            result[where] = value
    return results


def as_int64(indices: np.ndarray) -> np.ndarray:
    """Indices of any integer dtype; what int64 does not hold is its greatest number."""
    if indices.dtype == np.uint64:
        indices = np.minimum(indices, np.uint64(2**63 - 1))
    return indices.astype(np.int64)


OPS = (ScatterOp,)
