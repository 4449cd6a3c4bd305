# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One view of every linalg op: inputs, outputs, indexing maps, iterator types and body.

Passes ask `structured(op)` instead of looking at op classes, so named ops and `linalg.generic` are
treated alike. Loop dims are numbered as in the op's maps.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import NamedTuple

from xdsl.dialects.builtin import AffineMapAttr, ArrayAttr, ShapedType, TensorType
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.dialects.linalg.attrs import IteratorType, IteratorTypeAttr
from xdsl.dialects.linalg.ops import BroadcastOp, FillOp, GenericOp, ReduceOp, TransposeOp
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import (
    AffineBinaryOpExpr,
    AffineBinaryOpKind,
    AffineConstantExpr,
    AffineDimExpr,
    AffineExpr,
    AffineMap,
)

from iree_explore.dialect_op import build

PARALLEL = IteratorTypeAttr.parallel()
REDUCTION = IteratorTypeAttr.reduction()


class Structured(NamedTuple):
    """`maps` has one map per input, then one per output; `parallel[d]` says what loop d is."""

    op: Operation
    inputs: tuple[SSAValue, ...]
    outputs: tuple[SSAValue, ...]
    maps: tuple[AffineMap, ...]
    parallel: tuple[bool, ...]
    body: Block

    @property
    def num_loops(self) -> int:
        return len(self.parallel)

    @property
    def operands(self) -> tuple[SSAValue, ...]:
        return self.inputs + self.outputs

    @property
    def input_maps(self) -> tuple[AffineMap, ...]:
        return self.maps[: len(self.inputs)]

    @property
    def output_maps(self) -> tuple[AffineMap, ...]:
        return self.maps[len(self.inputs) :]

    @property
    def all_parallel(self) -> bool:
        return all(self.parallel)


_IS_LINALG: dict[type[Operation], bool] = {}


def is_linalg(op: Operation) -> bool:
    """Whether `structured` accepts the op."""
    known = _IS_LINALG.get(type(op))
    if known is None:  # remembered by class: instance checks of abstract classes are slow
        known = isinstance(op, LinalgStructuredOperation | ReduceOp | BroadcastOp)
        _IS_LINALG[type(op)] = known
    return known


def structured(op: Operation) -> Structured:
    """The view of a linalg op on tensors."""
    if type(op) is GenericOp:
        return _structured_generic(op)
    if isinstance(op, ReduceOp):
        rank = rank_of(op.input)
        kept = [d for d in range(rank) if d not in op.dimensions.get_values()]
        maps = (AffineMap.identity(rank), project(rank, kept))
        parallel = tuple(d in kept for d in range(rank))
        return Structured(op, (op.input,), (op.init,), maps, parallel, op.region.block)
    if isinstance(op, BroadcastOp):
        rank = rank_of(op.init)
        kept = [d for d in range(rank) if d not in op.dimensions.get_values()]
        maps = (project(rank, kept), AffineMap.identity(rank))
        body = op.hidden_region.block
        return Structured(op, (op.input,), (op.init,), maps, (True,) * rank, body)
    if isinstance(op, FillOp):
        rank = rank_of(op.outputs[0])
        maps = (AffineMap(rank, 0, ()), AffineMap.identity(rank))
        inputs, outputs = tuple(op.inputs), tuple(op.outputs)
        return Structured(op, inputs, outputs, maps, (True,) * rank, op.body.block)
    assert isinstance(op, LinalgStructuredOperation)
    maps, parallel = iteration_of(op)
    return Structured(op, tuple(op.inputs), tuple(op.outputs), maps, parallel, op.body.block)


_Iteration = tuple[tuple[AffineMap, ...], tuple[bool, ...]]


def iteration_of(op: LinalgStructuredOperation) -> _Iteration:
    """Maps and parallel flags of a structured op, which xDSL works out anew for each named op from
    its class, properties and operand types."""
    types = [v._type for v in op._operands]  # pyright: ignore[reportPrivateUsage]
    key = (type(op), *op.properties.items(), *types)
    found = _iterations.get(key)
    if found is None:
        maps = tuple(m.data for m in op.get_indexing_maps())
        if isinstance(op, TransposeOp):
            parallel: tuple[bool, ...] = (True,) * maps[0].num_dims
        else:
            parallel = tuple(k.data is IteratorType.PARALLEL for k in op.get_iterator_types())
        if len(_iterations) >= 1 << 8:
            _iterations.clear()
        found = _iterations[key] = maps, parallel
    return found


_iterations: dict[Hashable, _Iteration] = {}
_of_attributes: dict[tuple[int, int], tuple[Attribute, Attribute, _Iteration]] = {}


def _structured_generic(op: GenericOp) -> Structured:
    """Without xDSL's operand segments, which are slow: on tensors there is one result an output."""
    maps, parallel = _iteration_of_generic(
        op.properties["indexing_maps"], op.properties["iterator_types"]
    )
    operands = tuple(op._operands)  # pyright: ignore[reportPrivateUsage]
    count = len(operands) - (len(op.results) or len(op.outputs))
    body = op.regions[0].block
    return Structured(op, operands[:count], operands[count:], maps, parallel, body)


def _iteration_of_generic(maps: Attribute, kinds: Attribute) -> _Iteration:
    """What the two attributes hold, remembered by which objects they are: hashing maps takes
    longer, and patterns ask for one op many times."""
    key = id(maps), id(kinds)
    known = _of_attributes.get(key)
    if known is None:
        if len(_of_attributes) >= 1 << 7:
            _of_attributes.clear()
        iteration = (
            tuple([m.data for m in maps.data]),  # pyright: ignore[reportAttributeAccessIssue]
            tuple([k.data is IteratorType.PARALLEL for k in kinds.data]),  # pyright: ignore
        )
        known = _of_attributes[key] = maps, kinds, iteration  # kept: their ids stay their own
    return known[2]


def rank_of(value: SSAValue) -> int:
    """Rank of a shaped value, 0 for scalars."""
    return len(shape_of(value))


def shape_of(value: SSAValue) -> tuple[int, ...]:
    """Shape with negative numbers for dynamic sizes; () for scalars."""
    type_ = value._type  # pyright: ignore[reportPrivateUsage]
    if type(type_) is TensorType:  # nearly always; other checks of its class are slow
        return tuple([n.data for n in type_.shape.data])
    return tuple(type_.get_shape()) if isinstance(type_, ShapedType) else ()


def project(num_dims: int, dims: Sequence[int]) -> AffineMap:
    """`(d0, ..., dn) -> (d_i for i in dims)`"""
    return AffineMap(num_dims, 0, tuple(AffineDimExpr(d) for d in dims))


def dims_of_map(map_: AffineMap) -> tuple[int, ...] | None:
    """The loop dims of a map whose results are distinct plain dims, else None."""
    dims = tuple([e.position for e in map_.results if isinstance(e, AffineDimExpr)])
    if len(dims) != len(map_.results) or len(set(dims)) != len(dims):
        return None
    return dims


def is_permutation(map_: AffineMap) -> bool:
    """Whether every loop dim is exactly one result."""
    dims = dims_of_map(map_)
    return dims is not None and len(dims) == map_.num_dims


def linear(expr: AffineExpr, num_dims: int) -> tuple[list[int], int] | None:
    """Coefficients per dim and the constant of a linear expression, None if it is not linear."""
    coefficients = [0] * num_dims
    if isinstance(expr, AffineDimExpr):
        coefficients[expr.position] = 1
        return coefficients, 0
    if isinstance(expr, AffineConstantExpr):
        return coefficients, expr.value
    if isinstance(expr, AffineBinaryOpExpr):
        left, right = linear(expr.lhs, num_dims), linear(expr.rhs, num_dims)
        if left is None or right is None:
            return None
        if expr.kind == AffineBinaryOpKind.Add:
            return [a + b for a, b in zip(left[0], right[0], strict=True)], left[1] + right[1]
        if expr.kind == AffineBinaryOpKind.Mul:
            if any(left[0]):
                left, right = right, left
            if not any(left[0]):
                return [left[1] * b for b in right[0]], left[1] * right[1]
    return None


def loop_sizes(view: Structured) -> list[tuple[SSAValue, int] | None]:
    """Per loop the (operand, dimension) whose size is the loop's extent; None if no map says.

    Static dimensions are preferred.
    """
    found: list[tuple[SSAValue, int] | None] = [None] * view.num_loops
    for operand, map_ in zip(view.operands, view.maps, strict=True):
        shape = shape_of(operand)
        for i, expr in enumerate(map_.results):
            if isinstance(expr, AffineDimExpr):
                known = found[expr.position]
                if known is None or (shape_of(known[0])[known[1]] < 0 <= shape[i]):
                    found[expr.position] = (operand, i)
    return found


def static_loop_sizes(view: Structured) -> list[int]:
    """Loop extents, -1 where dynamic."""
    sizes = []
    for source in loop_sizes(view):
        size = -1 if source is None else shape_of(source[0])[source[1]]
        sizes.append(size if size >= 0 else -1)
    return sizes


def is_elementwise(view: Structured) -> bool:
    """All loops parallel, every output written through a permutation."""
    return (
        bool(view.op.results) and view.all_parallel and all(map(is_permutation, view.output_maps))
    )


def is_contraction(view: Structured) -> bool:
    """Two inputs, one output, reduction loops, and a body that multiplies and adds (casts of the
    inputs may come first)."""
    if len(view.inputs) != 2 or len(view.outputs) != 1 or view.all_parallel:
        return False
    return contraction_body(view.body)


def contraction_body(body: Block) -> bool:
    """Whether the body is `yield acc + cast(a) * cast(b)`."""
    ops = list(body.ops)
    if len(body.args) != 3 or len(ops) < 3:
        return False
    total = ops[-1].operands[0].owner
    if not isinstance(total, Operation) or total.name not in ("arith.addf", "arith.addi"):
        return False
    product = next((v for v in total.operands if v is not body.args[2]), None)
    if product is None or body.args[2] not in tuple(total.operands):
        return False
    times = product.owner
    if not isinstance(times, Operation) or times.name not in ("arith.mulf", "arith.muli"):
        return False
    roots = {_through_casts(v) for v in times.operands}
    return roots == {body.args[0], body.args[1]}


CASTS = frozenset({"arith.extf", "arith.truncf", "arith.extsi", "arith.extui", "arith.trunci",
                   "arith.sitofp", "arith.uitofp", "arith.fptosi", "arith.fptoui",
                   "arith.bitcast", "arith.index_cast"})  # fmt: skip


def _through_casts(value: SSAValue) -> SSAValue:
    while isinstance(value.owner, Operation) and value.owner.name in CASTS:
        value = value.owner.operands[0]
    return value


def is_fill(op: Operation) -> bool:
    return isinstance(op, FillOp)


def generic(
    inputs: Sequence[SSAValue],
    outputs: Sequence[SSAValue],
    maps: Sequence[AffineMap],
    parallel: Sequence[bool],
    body: Block,
) -> GenericOp:
    """A `linalg.generic` on tensors; `body` is taken over."""
    return build(
        GenericOp,
        [inputs, outputs],
        [[o.type for o in outputs if isinstance(o.type, TensorType)]],
        {
            "indexing_maps": ArrayAttr([AffineMapAttr(m) for m in maps]),
            "iterator_types": _iterator_types(tuple(parallel)),
        },
        [Region(body)],
    )


@lru_cache(1 << 10)
def _iterator_types(parallel: tuple[bool, ...]) -> ArrayAttr[IteratorTypeAttr]:
    return ArrayAttr([PARALLEL if p else REDUCTION for p in parallel])
