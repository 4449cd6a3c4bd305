# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One view of every linalg op: loops, indexing maps and a scalar body.

Code generation never asks for an op's name: matmul, convolution, pooling, softmax parts are all
`Structured` ops whose maps and iterators say what may be tiled, reused and vectorised.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.dialects.builtin import AffineMapAttr, ArrayAttr, ShapedType
from xdsl.dialects.linalg import ops as linalg
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.dialects.linalg.attrs import IteratorTypeAttr
from xdsl.ir import Block, Operation, SSAValue
from xdsl.ir.affine import (
    AffineBinaryOpExpr,
    AffineBinaryOpKind,
    AffineConstantExpr,
    AffineDimExpr,
    AffineExpr,
    AffineMap,
)

from iree_explore.dialect_op import operand_segments
from iree_explore.linalg.structured import iteration_of


@dataclass(frozen=True)
class Linear:
    """An affine expression as coefficients of loops plus a constant."""

    coefficients: tuple[tuple[int, int], ...]
    constant: int = 0

    def of(self, dim: int) -> int:
        """Coefficient of a loop."""
        return next((c for d, c in self.coefficients if d == dim), 0)


def linear(expr: AffineExpr) -> Linear | None:
    """`expr` as a `Linear`, or None if it divides, takes remainders or has symbols."""
    terms: dict[int, int] = {}
    constant = 0

    def add(e: AffineExpr, scale: int) -> bool:
        nonlocal constant
        if isinstance(e, AffineDimExpr):
            terms[e.position] = terms.get(e.position, 0) + scale
            return True
        if isinstance(e, AffineConstantExpr):
            constant += scale * e.value
            return True
        if isinstance(e, AffineBinaryOpExpr):
            if e.kind is AffineBinaryOpKind.Add:
                return add(e.lhs, scale) and add(e.rhs, scale)
            if e.kind is AffineBinaryOpKind.Mul:
                for factor, rest in ((e.lhs, e.rhs), (e.rhs, e.lhs)):
                    if isinstance(factor, AffineConstantExpr):
                        return add(rest, scale * factor.value)
        return False

    if not add(expr, 1):
        return None
    return Linear(tuple(sorted((d, c) for d, c in terms.items() if c)), constant)


@dataclass
class Structured:
    """A linalg op: `maps` of inputs, then outputs; `parallel[d]` is False for reduction loops."""

    op: Operation
    inputs: list[SSAValue]
    outputs: list[SSAValue]
    maps: list[AffineMap]
    parallel: list[bool]
    body: Block

    @property
    def operands(self) -> list[SSAValue]:
        return self.inputs + self.outputs

    @property
    def num_loops(self) -> int:
        return len(self.parallel)

    @property
    def output_maps(self) -> list[AffineMap]:
        return self.maps[len(self.inputs) :]

    @property
    def reductions(self) -> list[int]:
        return [d for d, parallel in enumerate(self.parallel) if not parallel]

    def reads_output(self, output: int) -> bool:
        """Whether what is in an output before matters: to the body, or because a reduction of
        nothing leaves it."""
        argument = self.body.args[len(self.inputs) + output]
        return argument.first_use is not None or not all(self.parallel)

    def is_elementwise(self) -> bool:
        """All loops parallel."""
        return all(self.parallel)

    def loop_source(self, dim: int) -> tuple[int, int]:
        """(operand, dimension) that a loop's extent can be read from."""
        for index, map_ in enumerate(self.maps):
            for position, expr in enumerate(map_.results):
                if isinstance(expr, AffineDimExpr) and expr.position == dim:
                    return index, position
        raise ValueError(f"no operand of {self.op.name} has the extent of loop {dim}")

    def static_extent(self, dim: int) -> int | None:
        """The loop's extent where a type states it."""
        for operand, map_ in zip(self.operands, self.maps, strict=True):
            for position, expr in enumerate(map_.results):
                if isinstance(expr, AffineDimExpr) and expr.position == dim:
                    assert isinstance(operand.type, ShapedType)
                    size = operand.type.get_shape()[position]
                    if size >= 0:
                        return size
        return None


def structured(op: Operation) -> Structured | None:
    """The view of a linalg op; None for anything else."""
    if not op.regions:  # told sooner than by its class
        return None
    if isinstance(op, LinalgStructuredOperation):
        maps, parallel = iteration_of(op)
        alike = type(op) is linalg.TransposeOp  # one of each, without segments
        inputs, outputs = ([v] for v in op.operands) if alike else operand_segments(op)
        body = op.regions[0].block
        return Structured(op, list(inputs), list(outputs), list(maps), list(parallel), body)
    if isinstance(op, linalg.BroadcastOp):
        rank = len(op.init.type.get_shape())  # pyright: ignore[reportAttributeAccessIssue]
        added = op.dimensions.get_values()
        source = AffineMap(rank, 0, tuple(AffineDimExpr(d) for d in range(rank) if d not in added))
        maps = [source, AffineMap.identity(rank)]
        return Structured(op, [op.input], [op.init], maps, [True] * rank, op.hidden_region.block)
    if isinstance(op, linalg.ReduceOp):
        rank = len(op.input.type.get_shape())  # pyright: ignore[reportAttributeAccessIssue]
        reduced = op.dimensions.get_values()
        kept = tuple(AffineDimExpr(d) for d in range(rank) if d not in reduced)
        maps = [AffineMap.identity(rank), AffineMap(rank, 0, kept)]
        parallel = [d not in reduced for d in range(rank)]
        return Structured(op, [op.input], [op.init], maps, parallel, op.region.block)
    return None


def iterator_types(parallel: list[bool]) -> ArrayAttr[IteratorTypeAttr]:
    """The attribute of a list of parallel flags."""
    return ArrayAttr(
        [IteratorTypeAttr.parallel() if p else IteratorTypeAttr.reduction() for p in parallel]
    )


def map_attributes(maps: list[AffineMap]) -> ArrayAttr[AffineMapAttr]:
    """The attribute of a list of indexing maps."""
    return ArrayAttr([AffineMapAttr(m) for m in maps])


COMBINERS: dict[str, str] = {
    "arith.addf": "add",
    "arith.addi": "add",
    "arith.mulf": "mul",
    "arith.muli": "mul",
    "arith.maximumf": "maximumf",
    "arith.minimumf": "minimumf",
    "arith.maxnumf": "maxnumf",
    "arith.minnumf": "minnumf",
    "arith.maxsi": "maxsi",
    "arith.minsi": "minsi",
    "arith.maxui": "maxui",
    "arith.minui": "minui",
    "arith.andi": "and",
    "arith.ori": "or",
    "arith.xori": "xor",
}
"""Body ops that may reduce a vector's lanes in any order -> `vector.reduction` kind."""


def combiners(op: Structured) -> list[Operation] | None:
    """Per output the op that combines the accumulator with a new value, or None if one is unknown
    (the accumulator must be used by nothing else)."""
    found: list[Operation] = []
    count = len(op.inputs)
    terminator = op.body.last_op
    assert terminator is not None
    for index, yielded in enumerate(terminator.operands):
        accumulator = op.body.args[count + index]
        owner = yielded.owner
        if (
            not isinstance(owner, Operation)
            or owner.name not in COMBINERS
            or accumulator not in owner.operands
            or len(list(accumulator.uses)) != 1
        ):
            return None
        if len(list(yielded.uses)) != 1:
            return None
        found.append(owner)
    return found


def is_contraction(op: Structured) -> bool:
    """One output, two inputs or more loops than its output, and a body of multiply (or dot product
    of words) and add: matmul, convolution, and what generalises them."""
    if not op.reductions or len(op.outputs) != 1 or len(op.inputs) != 2:
        return False
    combined = combiners(op)
    if combined is None or combined[0].name not in ("arith.addf", "arith.addi"):
        return False
    accumulator = op.body.args[-1]
    (term,) = (v for v in combined[0].operands if v is not accumulator)
    return isinstance(term.owner, Operation) and term.owner.name in _PRODUCTS


_PRODUCTS = ("arith.mulf", "arith.muli", "iree_codegen.dot")
