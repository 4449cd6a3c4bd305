# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops on buffers that `Bufferizer` makes: subviews, copies, linalg ops on memrefs.

i1 elements lie in memory as bytes, so bodies that read or write them get conversions here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from xdsl.dialects import arith, memref, tensor
from xdsl.dialects.builtin import (
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    MemRefType,
    StridedLayoutAttr,
    TensorType,
    i1,
    i8,
    i32,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineMap
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import Rewriter

from iree_explore import elements
from iree_explore.codegen.emitter import Emitter, Index
from iree_explore.codegen.structured import Structured, iterator_types, map_attributes
from iree_explore.codegen.views import storage
from iree_explore.errors import GapError


def memref_of(type_: Attribute) -> MemRefType:
    """The contiguous buffer type of a tensor type."""
    assert isinstance(type_, TensorType)
    return MemRefType(storage(type_.element_type), type_.get_shape())


def scalar_constant(attr: DenseIntOrFPElementsAttr, type_: Attribute, number: int) -> Operation:
    """One element of a dense constant as a scalar constant."""
    value = elements.to_numpy(attr).reshape(-1)[number].item()
    em = Emitter()
    em.scalar(value, type_)
    return em.take()[0]


def subview(
    rewriter: PatternRewriter,
    source: SSAValue,
    offsets: Sequence[Index],
    sizes: Sequence[Index],
    strides: Sequence[Index],
    rank: int,
) -> SSAValue:
    """`memref.subview`, dropping unit dimensions to reach `rank`."""
    source_type = cast(MemRefType, source.type)
    type_ = memref.SubviewOp.infer_result_type(source_type, offsets, sizes, strides)
    if rank < len(sizes):
        type_ = reduce_rank(type_, rank)
    op = memref.SubviewOp.get(source, offsets, sizes, strides, type_)
    rewriter.insert(op)
    return op.result


def reduce_rank(type_: MemRefType, rank: int) -> MemRefType:
    """A strided memref type without its first unit dimensions."""
    shape = list(type_.get_shape())
    strides = list(type_.get_strides() or ())
    surplus = len(shape) - rank
    kept = []
    for dim, size in enumerate(shape):
        if surplus and size == 1:
            surplus -= 1
        else:
            kept.append(dim)
    layout = StridedLayoutAttr([strides[d] for d in kept], type_.get_offset())
    return MemRefType(type_.element_type, [shape[d] for d in kept], layout)


def copy_op(source: SSAValue, target: SSAValue) -> Operation:
    """`linalg.copy` of a buffer."""
    return linalg.CopyOp([source], [target], ())


def on_buffers(
    op: Operation,
    view: Structured,
    inputs: list[SSAValue],
    outputs: list[SSAValue],
    buffers: dict[SSAValue, SSAValue],
) -> Operation:
    """`op` with buffers for tensors. It keeps its name unless operands became scalars or bytes."""
    operands = [*inputs, *outputs]
    narrow = [
        isinstance(v.type, MemRefType) and v.type.element_type != arg.type
        for v, arg in zip(operands, view.body.args, strict=True)
    ]
    scalars = [
        isinstance(old.type, TensorType) and not isinstance(new.type, MemRefType)
        for old, new in zip(view.operands, operands, strict=True)
    ]
    if not isinstance(op, linalg.GenericOp) and not any(narrow) and not any(scalars):
        return type(op).create(
            operands=operands,
            properties=op.properties,
            attributes=op.attributes,
            regions=[op.regions[0].clone()],
        )
    maps = [
        AffineMap(view.num_loops, 0, ()) if scalar else map_
        for scalar, map_ in zip(scalars, view.maps, strict=True)
    ]
    region = Region()
    view.op.regions[0].clone_into(region)
    body = region.block
    load_from_buffers(body, buffers)
    if any(narrow):
        narrow_body(body, narrow, len(inputs))
    segments = DenseArrayBase.from_list(i32, [len(inputs), len(outputs)])
    return linalg.GenericOp.create(
        operands=operands,
        properties={
            "indexing_maps": map_attributes(maps),
            "iterator_types": iterator_types(view.parallel),
            "operandSegmentSizes": segments,
        },
        attributes=op.attributes,
        regions=[region],
    )


def load_from_buffers(body: Block, buffers: dict[SSAValue, SSAValue]) -> None:
    """`tensor.extract` of captured tensors as loads."""
    for inner in list(body.walk()):
        if isinstance(inner, tensor.ExtractOp):
            load = memref.LoadOp.get(buffers[inner.tensor], list(inner.indices))
            if inner.result.type == i1:
                Rewriter.replace_op(inner, [load, arith.TruncIOp(load.res, i1)])
            else:
                Rewriter.replace_op(inner, load)
        elif isinstance(inner, tensor.DimOp):
            raise GapError("IX203", "tensor.dim inside a linalg body")


def narrow_body(body: Block, narrow: list[bool], num_inputs: int) -> None:
    """i1 elements lie in memory as bytes: the body truncates what it reads, extends what it
    yields."""
    for index, is_narrow in enumerate(narrow):
        if not is_narrow:
            continue
        old = body.args[index]
        new = body.insert_arg(i8, index)
        first = body.first_op
        assert first is not None
        if old.uses:
            cast_op = arith.TruncIOp(new, i1)
            body.insert_op_before(cast_op, first)
            old.replace_all_uses_with(cast_op.result)
        body.erase_arg(old)
    terminator = body.last_op
    assert terminator is not None
    for index, value in enumerate(list(terminator.operands)):
        if narrow[num_inputs + index]:
            wide = arith.ExtUIOp(value, i8)
            body.insert_op_before(wide, terminator)
            terminator.operands[index] = wide.result
