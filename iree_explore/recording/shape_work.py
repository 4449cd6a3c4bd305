# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How much work and memory programs need, as expressions: FLOPs, bytes, workgroups, allocations.

Functions of live IR at the end of the phase that fixes the number; `shapes.py` calls them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from xdsl.dialects import arith, func
from xdsl.dialects.builtin import IndexType, ModuleOp, TensorType
from xdsl.ir import Block, Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr

from iree_explore.elements import dtype_of
from iree_explore.flow.dialect import DispatchOp
from iree_explore.flow.util_dialect import GlobalOp
from iree_explore.linalg.ext.attention import OnlineAttentionOp
from iree_explore.linalg.ext_interface import LinalgExtOp
from iree_explore.linalg.structured import is_linalg, structured
from iree_explore.provenance import op_id
from iree_explore.shapes.expressions import Expr, constant, floordiv, minimum
from iree_explore.shapes.inference import SymbolicShapes
from iree_explore.walk import walk

_ARITHMETIC = frozenset(
    "addf subf mulf divf remf negf maximumf minimumf maxnumf minnumf addi subi muli divsi divui"
    " remsi remui floordivsi ceildivsi ceildivui maxsi maxui minsi minui".split()
)
"""Ops of `arith` that count as one operation; those of `math` all do, a fused one as two."""


def flops(shapes: SymbolicShapes, function: func.FuncOp) -> Expr | None:
    """Arithmetic operations on numbers in one dispatch: for each linalg op its loops' extents times
    the operations of its body; scans and scatters combine each element once, sorting compares only.
    None where nobody can say (factorisations, which iterate)."""
    total = constant(0)
    for op in function.body.block.ops:
        if isinstance(op, OnlineAttentionOp):
            total = total + attention_flops(shapes, op)
        elif isinstance(op, LinalgExtOp):
            combined = _COMBINED.get(op.name)
            if combined is None:
                return None
            count = body_flops(op.regions[0].block) if op.regions else 0
            total = total + math.prod(shapes.dims(combined(op)), start=constant(count))
        elif is_linalg(op):
            count = body_flops(structured(op).body)
            if count:
                total = total + points(shapes, op) * count
    return total


_COMBINED: Mapping[str, Callable[[Any], SSAValue]] = {
    "iree_linalg_ext.scan": lambda op: [*op.parts(op.ins, op.outs)[0], *op.outs][0],
    "iree_linalg_ext.scatter": lambda op: op.ins[1],
    "iree_linalg_ext.sort": lambda op: op.ins[0] if op.ins else op.outs[0],
    "iree_linalg_ext.topk": lambda op: op.ins[0],
}
"""Ops that run their region once for each element of a tensor: which one."""


def attention_flops(shapes: SymbolicShapes, op: OnlineAttentionOp) -> Expr:
    """Two products, and for each score the region, its part of softmax (difference, exponential,
    maximum, sum), for each result a division; scaling of what was summed before is not counted."""
    extents: dict[int, Expr] = {}
    for operand, map_ in zip(op.operands, op.maps, strict=True):
        for size, expr in zip(shapes.dims(operand), map_.results, strict=True):
            extents[expr.position] = size  # pyright: ignore[reportAttributeAccessIssue]
    depth, keys, features = range(len(extents) - 3, len(extents))
    rows = math.prod((extents[d] for d in range(depth)), start=constant(1))
    score = 2 * extents[depth] + 2 * extents[features] + 4 + body_flops(op.regions[0].block)
    return rows * (extents[keys] * score + extents[features])


def body_flops(block: Block) -> int:
    """Arithmetic operations on numbers in the body of a linalg op; index arithmetic is none."""
    count = 0
    for op in block.ops:
        dialect, _, name = op.name.partition(".")
        if not op.results or isinstance(op.results[0].type, IndexType):
            continue
        if (dialect == "arith" and name in _ARITHMETIC) or dialect in ("math", "math_ext"):
            count += 2 if name == "fma" else 1
    return count


def points(shapes: SymbolicShapes, op: Operation) -> Expr:
    """The product of the extents of a linalg op's loops."""
    view = structured(op)
    extents: list[Expr | None] = [None] * view.num_loops
    for operand, map_ in zip(view.operands, view.maps, strict=True):
        for position, result in enumerate(map_.results):
            if isinstance(result, AffineDimExpr) and extents[result.position] is None:
                extents[result.position] = shapes.dims(operand)[position]
    total = constant(1)
    for extent in extents:
        if extent is not None:
            total = total * extent
    return total


def nbytes(type_: TensorType, sizes: Iterable[Expr]) -> Expr:
    """Bytes of a tensor of these sizes."""
    total = constant(dtype_of(type_.element_type).itemsize)
    for size in sizes:
        total = total * size
    return total


def bytes_of_dispatch(shapes: SymbolicShapes, op: DispatchOp) -> Expr:
    """Bytes of everything that a `flow.dispatch` binds: tensors it reads and those it makes."""
    tied = op.tied_operands
    ties = [-1] * len(op.results) if tied is None else [i.data for i in tied.data]
    values: list[SSAValue] = [v for v in op.arguments if isinstance(v.type, TensorType)]
    values += [result for result, tie in zip(op.results, ties, strict=True) if tie < 0]
    total = constant(0)
    for value in values:
        assert isinstance(value.type, TensorType)
        total = total + nbytes(value.type, shapes.dims(value))
    return total


def workgroups(
    shapes: SymbolicShapes, export: Operation, workload: Sequence[Expr]
) -> tuple[Expr, ...]:
    """What the region of a `hal.executable.export` computes from the workload: x, y, z."""
    if not export.regions or not export.regions[0].blocks:
        return ()
    block = export.regions[0].block
    for argument, size in zip(block.args, workload, strict=True):
        shapes.set_scalar(argument, size)
    terminator = block.last_op
    assert terminator is not None
    return tuple(shapes.scalar(value) for value in terminator.operands)


def chosen_workgroups(
    shapes: SymbolicShapes,
    export: Operation,
    workload: Sequence[Expr],
    otherwise: tuple[Expr, ...],
) -> tuple[Expr, ...]:
    """Workgroups where a specialised export serves sizes up to a bound, and `otherwise` beyond."""
    own = workgroups(shapes, export, workload)
    block = export.regions[1].block
    for argument, size in zip(block.args, workload, strict=True):
        shapes.set_scalar(argument, size)
    fits = block.last_op.operands[0].owner  # pyright: ignore[reportOptionalMemberAccess]
    assert isinstance(fits, arith.CmpiOp) and fits.predicate.value.data == 3  # sle
    size, most = (shapes.scalar(value) for value in fits.operands)
    beyond = minimum(1, floordiv(size, most + 1))  # 0 or 1
    return tuple(a + beyond * (b - a) for a, b in zip(own, otherwise, strict=True))


def allocations(
    shapes: SymbolicShapes, function: func.FuncOp, module: ModuleOp
) -> list[tuple[int, str, Expr]]:
    """Op id, kind and bytes of the memory that one call of a host function needs, in phase stream:
    arguments, slabs, results, and the constants it reads."""
    types = {
        op.sym_name.data: op.attributes.get("stream.encoding")
        for op in module.body.block.ops
        if isinstance(op, GlobalOp)
    }
    found: list[tuple[int, str, Expr]] = []
    read: set[str] = set()
    for op in walk(function):
        if op.name == "stream.tensor.import":
            found.append((op_id(op), "argument", shapes.scalar(op.results[0])))
        elif op.name == "stream.resource.alloca":
            lifetime = op.results[0].type.lifetime.data  # pyright: ignore[reportAttributeAccessIssue]
            kind = "transient" if lifetime == "transient" else "result"
            found.append((op_id(op), kind, shapes.scalar(op.results[0])))
        elif op.name == "util.global.load":
            name = op.properties["global"].string_value()  # pyright: ignore[reportAttributeAccessIssue]
            type_ = types.get(name)
            if name not in read and isinstance(type_, TensorType) and type_.has_static_shape():
                read.add(name)
                sizes = map(constant, type_.get_shape())
                found.append((op_id(op), "constant", nbytes(type_, sizes)))
    return found
