# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Chooses how one linalg op becomes loops: which loop is the vector, what is held in registers.

The one idea is a cost per operand: reading along a loop is cheap if the operand does not depend on
it (a broadcast) or lies contiguously along it (a vector load), and expensive otherwise (lane by
lane). The loop with the cheapest access is the vector; a second parallel loop that reuses vector
operands is unrolled into registers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from xdsl.dialects.builtin import FixedBitwidthType, IndexType
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Attribute
from xdsl.ir.affine import AffineDimExpr

from iree_explore.codegen.structured import Structured, combiners, linear
from iree_explore.codegen.transposes import (
    lanes_of,
    other_loop,
    reading_order,
    transposed_loop,
)
from iree_explore.linalg.selections import selection


@dataclass(frozen=True)
class VectorTarget:
    """Bytes of a vector register and how many there are."""

    vector_bytes: int
    vector_registers: int


@dataclass
class Plan:
    """`vector` is a loop or None; `lanes` its elements a register; `unroll` how many points
    (vectors, for the vector loop) of a loop one register block has; loops in `parallel` and
    `reduction` order, outermost first. Blocks of `transposed` by the vector loop change their
    rows for columns in registers (`transposes.py`). With `streamed`, the reduction loop is outside
    of the vector loop, so many steps at a time, and accumulators stay in memory between them."""

    vector: int | None
    lanes: int
    unroll: dict[int, int] = field(default_factory=dict)
    parallel: list[int] = field(default_factory=list)
    reduction: list[int] = field(default_factory=list)
    transposed: int | None = None
    streamed: int = 0

    def block(self, loop: int) -> int:
        """Iterations of `loop` that one register block covers."""
        return self.unroll.get(loop, 1) * (self.lanes if loop == self.vector else 1)


_SCALAR_ONLY = frozenset({"arith.divsi", "arith.divui", "arith.remsi", "arith.remui",
                          "arith.ceildivsi", "arith.ceildivui", "arith.floordivsi"})  # fmt: skip
_LAYOUT = frozenset({"linalg.index", "linalg.yield", "tensor.extract", "memref.load"})
_ARITHMETIC = frozenset({"arith", "math", "math_ext", "iree_codegen"})
_STRIDED, _TRANSPOSED = 1_000_000, 5.0
_STREAMED = 8
"""Rows that are added up before their sums are written."""
_SHORT_ROW = 8
"""Vectors of a row up to which the end of its loop, which no CPU foresees, costs more than code."""


def bits(type_: Attribute) -> int:
    """Bits of an element in a register."""
    if isinstance(type_, IndexType):
        return 64
    if isinstance(type_, FixedBitwidthType):
        return type_.bitwidth
    return 64


def vectorizable(op: Structured) -> bool:
    """Whether the body can work on vectors: no regions, no integer division (which may trap on
    lanes that are masked off), only arithmetic."""
    for inner in op.body.ops:
        if inner.regions or inner.name in _SCALAR_ONLY:
            return False
        if inner.name not in _LAYOUT and inner.name.partition(".")[0] not in _ARITHMETIC:
            return False
    return all(isinstance(arg.type, FixedBitwidthType | IndexType) for arg in op.body.args)


def lanes_for(op: Structured, target: VectorTarget) -> int:
    """Lanes such that the widest element fills one register."""
    widest = 8
    for arg in op.body.args:
        if arg.uses:
            widest = max(widest, bits(arg.type))
    for inner in op.body.ops:
        for result in inner.results:
            if not isinstance(result.type, IndexType) and bits(result.type) > 1:
                widest = max(widest, bits(result.type))
    terminator = op.body.last_op
    assert terminator is not None
    for value in terminator.operands:
        widest = max(widest, bits(value.type))
    return max(1, target.vector_bytes * 8 // widest)


def _access_cost(
    op: Structured, index: int, loop: int, lanes: int, extents: list[int | None], square: int
) -> float:
    """Cost of one vector access to operand `index` along `loop`."""
    map_ = op.maps[index]
    is_output = index >= len(op.inputs)
    if not is_output and not op.reductions:
        other = other_loop(map_.results, loop)
        if other is not None:
            extent = extents[other]
            if extent is None or extent >= square:
                return _TRANSPOSED
    contiguous = False
    for position, expr in enumerate(map_.results):
        form = linear(expr)
        if form is None:
            if loop in {e.position for e in expr.dfs() if isinstance(e, AffineDimExpr)}:
                return _STRIDED if is_output else 2.0 * lanes
            continue
        coefficient = form.of(loop)
        if coefficient == 0:
            continue
        if coefficient != 1 or position != len(map_.results) - 1:
            return _STRIDED if is_output else 2.0 * lanes
        contiguous = True
    if contiguous:
        return 1.0
    return 0.25 if is_output else 0.1


def choose_vector(
    op: Structured, extents: list[int | None], target: VectorTarget
) -> tuple[int | None, int]:
    """The vector loop and its lanes; (None, 1) where scalar code is as good or all that is
    possible."""
    if not vectorizable(op):
        return None, 1
    lanes = lanes_for(op, target)
    if lanes == 1:
        return None, 1
    reducible = (
        combiners(op) is not None or selection(op.body, len(op.inputs), op.parallel) is not None
    )
    square = lanes_of(lanes, target.vector_registers)
    best: tuple[float, int | None] = (0.9 * len(op.maps), None)
    for loop in reversed(range(op.num_loops)):
        extent = extents[loop]
        if extent is not None and extent < 2:
            continue
        if not op.parallel[loop] and not reducible:
            continue
        cost = 1.0 + sum(
            _access_cost(op, i, loop, lanes, extents, square) for i in range(len(op.maps))
        )
        if not op.parallel[loop]:
            cost += 0.5
        gathers = sum(1 for o in op.body.ops if o.name in ("memref.load", "tensor.extract"))
        cost += gathers * _gather_cost(op, loop, lanes)
        useful = lanes if extent is None else extent / -(-extent // lanes)
        per_element = cost / useful
        if per_element < best[0]:
            best = (per_element, loop)
    return (best[1], lanes) if best[1] is not None else (None, 1)


def _gather_cost(op: Structured, loop: int, lanes: int) -> float:
    """Cost of the body's own loads along `loop`: cheap if the loop is only their last index."""
    for inner in op.body.ops:
        if inner.name in ("memref.load", "tensor.extract"):
            for index in inner.operands[1:-1]:
                if _depends_on(index, loop):
                    return 2.0 * lanes
    return 1.0


def _depends_on(value, loop: int) -> bool:
    owner = value.owner
    if isinstance(owner, linalg.IndexOp):
        return owner.dim.value.data == loop
    return any(_depends_on(v, loop) for v in getattr(owner, "operands", ()))


def make_plan(
    op: Structured,
    extents: list[int | None],
    target: VectorTarget,
    register_tile: list[int] | None = None,
) -> Plan:
    """The plan of an op; `register_tile` (lowering_config level 1) overrides the register block."""
    vector, lanes = choose_vector(op, extents, target)
    parallel = [d for d, p in enumerate(op.parallel) if p]
    reduction = op.reductions
    plan = Plan(vector, lanes, {}, parallel, reduction)
    if vector is not None and op.parallel[vector]:
        reuse = reuse_loops(op, vector)
        parallel.remove(vector)
        if reduction and reuse:
            parallel.insert(0, vector)
            parallel.remove(reuse[-1])
            parallel.append(reuse[-1])
        else:
            parallel.append(vector)
        square = lanes_of(lanes, target.vector_registers)
        plan.transposed = transposed_loop(op, vector, extents, square)
    elif vector is not None:
        reduction.remove(vector)
        reduction.append(vector)
    if plan.transposed is not None and vector is not None:
        plan.lanes = lanes_of(lanes, target.vector_registers)
        plan.parallel = reading_order(op, vector, plan.transposed)
        plan.unroll = {plan.transposed: plan.lanes}
    elif register_tile and any(register_tile):
        for loop, size in enumerate(register_tile):
            if size:
                count = -(-size // lanes) if loop == vector else size
                if count > 1 and (op.parallel[loop] or loop == vector):
                    plan.unroll[loop] = count
    else:
        plan.unroll = default_unroll(op, extents, plan, target)
        plan.streamed = _streamed(op, extents, plan)
    return plan


def _streamed(op: Structured, extents: list[int | None], plan: Plan) -> int:
    """Steps at a time of a reduction whose elements lie far apart, each beside those of other
    results: registers would hold few results, and memory be read in as narrow strips."""
    vector = plan.vector
    if vector is None or not op.parallel[vector] or len(plan.reduction) != 1:
        return 0
    (loop,) = plan.reduction
    width, steps = extents[vector], extents[loop]
    if reuse_loops(op, vector) or (width is not None and width <= plan.block(vector)):
        return 0
    if steps is not None and steps < 4 * _STREAMED:
        return 0
    for map_ in op.maps[: len(op.inputs)]:
        dims = [e.position if isinstance(e, AffineDimExpr) else -1 for e in map_.results]
        if dims and (dims[-1] != vector or loop not in dims or -1 in dims):
            return 0
    return _STREAMED


def scalar_plan(op: Structured) -> Plan:
    """Loops in their order, reductions inside, one element at a time."""
    return Plan(None, 1, {}, [d for d, p in enumerate(op.parallel) if p], op.reductions)


def reuse_loops(op: Structured, vector: int) -> list[int]:
    """Parallel loops that at least one operand read as vectors does not depend on."""
    found = []
    for loop in range(op.num_loops):
        if loop == vector or not op.parallel[loop]:
            continue
        for map_ in op.maps[: len(op.inputs)]:
            used = map_.used_dims()
            if vector in used and loop not in used:
                found.append(loop)
                break
    return found


def default_unroll(
    op: Structured, extents: list[int | None], plan: Plan, target: VectorTarget
) -> dict[int, int]:
    """Register block: enough independent accumulators to hide latency, few enough to fit."""
    vector, lanes = plan.vector, plan.lanes
    if not op.reductions:  # two chains of arithmetic side by side; more only cost compile time
        extent = extents[vector] if vector is not None else None
        short = extent is not None and extent <= _SHORT_ROW * lanes
        return _bounded({vector: 4 if short else 2}, extents, lanes, vector)
    if vector is None:
        return {}
    if not op.parallel[vector]:
        return _bounded({vector: 4}, extents, lanes, vector)
    reuse = reuse_loops(op, vector)
    extent = extents[vector]
    if not reuse:
        vectors = 4 if extent is None else min(4, -(-extent // lanes))
        others = [d for d, p in enumerate(op.parallel) if p and d != vector]
        rows = {others[-1]: 4 // vectors} if others and vectors < 4 else {}
        return _bounded({vector: vectors, **rows}, extents, lanes, vector)
    row_loop = reuse[-1]
    registers = target.vector_registers // max(1, len(op.outputs))
    count, vectors = best_block(extents[row_loop], extent, lanes, registers)
    return _bounded({vector: vectors, row_loop: count}, extents, lanes, vector)


def best_block(
    rows: int | None, columns: int | None, lanes: int, registers: int, deep: bool = False
) -> tuple[int, int]:
    """(rows, vectors) of the register block that takes the fewest cycles for a matrix of this size.

    A step of a block issues one multiply-add per accumulator, and loads a vector a column and a
    scalar a row. Registers must remain for those (LLVM spills accumulators otherwise), and blocks
    larger than latency asks for only cost compile time. More than 8 rows at a power of two apart
    would fall into the same cache sets, and where the reduction is `deep` so many do that of equal
    blocks the one that loads least is best. What is left over of rows or columns runs a smaller
    block.
    """
    most = 16 if registers >= 32 else registers * 3 // 4
    vectors = 12 if columns is None else max(1, -(-columns // lanes))
    best: tuple[float, int, int] | None = None
    for v in range(1, min(4, vectors) + 1):
        for r in range(1, min(8 if rows is None else max(1, rows), most // v, 8) + 1):
            if rows is None:
                cycles = sum(_cycles(n, vectors, r, v, True) / n for n in _ROWS)
            else:
                cycles = _cycles(max(1, rows), vectors, r, v, False)
            if deep:
                cycles *= 1 + 0.002 * (r + v)
            if best is None or cycles < best[0] * 0.999:
                best = (cycles, r, v)
    assert best is not None
    return best[1], best[2]


_ROWS = (4, 7, 8, 14, 16, 28, 32, 64)
"""Numbers of rows that a block for any number should be good at."""


def _cycles(rows: int, vectors: int, r: int, v: int, unknown: bool) -> float:
    """Estimate for blocks of `r` rows × `v` vectors; `unknown` rows go one by one where there is
    less than a block, and overlap in the last block otherwise."""

    def step(r: int, v: int) -> float:
        return max(r * v, 4.0, (r + v) * 0.75) + 0.75 if r and v else 0.0

    full, rest = divmod(rows, r)
    panels, last = divmod(vectors, v)

    def panel(v: int) -> float:
        if unknown:
            return -(-rows // r) * step(r, v) if full else rows * step(1, v)
        return full * step(r, v) + step(rest, v)

    cycles = panels * panel(v) + panel(last)
    return cycles * (1 + 0.06 * ((bool(rest) and not unknown) + bool(last)))


def _bounded(
    unroll: dict[int | None, int], extents: list[int | None], lanes: int, vector: int | None
) -> dict[int, int]:
    result = {}
    for loop, count in unroll.items():
        if loop is None:
            continue
        extent = extents[loop]
        if extent is not None:
            count = min(count, -(-extent // lanes) if loop == vector else extent)
        if count > 1:
            result[loop] = count
    return result
