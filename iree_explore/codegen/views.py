# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Views: a memref value as a base buffer plus offsets, strides and sizes.

Vector code indexes base buffers directly; chains of `memref.subview` fold into the indices here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects import memref
from xdsl.dialects.builtin import DYNAMIC_INDEX, MemRefType, i1, i8
from xdsl.ir import Attribute, Operation, SSAValue

from iree_explore.codegen.emitter import Emitter, Index
from iree_explore.dialect_op import operand_segments


@dataclass(frozen=True)
class View:
    """Dimension j of the view steps along dimension `dims[j]` of `base` by `strides[j]` elements of
    it, from `offsets` (one a dimension of the base)."""

    base: SSAValue
    offsets: tuple[Index, ...]
    dims: tuple[int, ...]
    strides: tuple[int, ...]
    sizes: tuple[Index, ...]

    def contiguous(self) -> bool:
        """Whether the last dimension lies in memory element by element."""
        return bool(self.dims) and self.dims[-1] == len(self.offsets) - 1 and self.strides[-1] == 1

    def place(self, em: Emitter, indices: Sequence[Index]) -> list[SSAValue]:
        """Indices into the base of an element of the view."""
        terms: list[list[tuple[int, Index]]] = [[(1, offset)] for offset in self.offsets]
        for dim, stride, index in zip(self.dims, self.strides, indices, strict=True):
            terms[dim].append((stride, index))
        return [em.const(em.sum(t)) for t in terms]


def buffer_key(base: SSAValue) -> object:
    """Equal for base buffers that may overlap: the same value or the same binding."""
    owner = base.owner
    if isinstance(owner, Operation) and owner.name == "hal.interface.binding.subspan":
        return ("binding", owner.properties["binding"])
    return base


def mixed(static: Sequence[int], dynamic: Sequence[SSAValue]) -> list[Index]:
    """Static entries with their dynamic ones filled in."""
    values = iter(dynamic)
    return [next(values) if entry == DYNAMIC_INDEX else entry for entry in static]


def resolve(value: SSAValue, em: Emitter) -> View:
    """The view of a memref value; offset sums of nested subviews go to `em`."""
    owner = value.owner
    type_ = value.type
    assert isinstance(type_, MemRefType)
    if isinstance(owner, memref.SubviewOp):
        (of,), moved, sized, _ = operand_segments(owner)
        source = resolve(of, em)
        offsets = list(source.offsets)
        sizes = mixed(owner.static_sizes.get_values(), sized)
        starts = mixed(owner.static_offsets.get_values(), moved)
        for dim, stride, start in zip(source.dims, source.strides, starts, strict=True):
            offsets[dim] = em.sum([(1, offsets[dim]), (stride, start)])
        kept = kept_dims(sizes, type_.get_shape())
        strides = owner.static_strides.get_values()
        return View(
            source.base,
            tuple(offsets),
            tuple(source.dims[d] for d in kept),
            tuple(source.strides[d] * strides[d] for d in kept),
            tuple(sizes[d] for d in kept),
        )
    rank = len(type_.get_shape())
    sizes = mixed(type_.get_shape(), dynamic_sizes(value))
    return View(value, (0,) * rank, tuple(range(rank)), (1,) * rank, tuple(sizes))


def kept_dims(sizes: Sequence[Index], shape: Sequence[int]) -> list[int]:
    """Dimensions of a slice that remain in a rank-reduced result: unit ones are dropped."""
    surplus = len(sizes) - len(shape)
    kept: list[int] = []
    for dim, size in enumerate(sizes):
        wanted = shape[len(kept)] if len(kept) < len(shape) else None
        if surplus and size == 1 and wanted != 1:
            surplus -= 1
        else:
            kept.append(dim)
    while surplus:  # all that remain are units: the last ones go
        kept.pop()
        surplus -= 1
    return kept


def dynamic_sizes(value: SSAValue) -> tuple[SSAValue, ...]:
    """Sizes of the `?` dimensions of a base buffer."""
    owner = value.owner
    if isinstance(owner, Operation) and owner.name == "hal.interface.binding.subspan":
        return tuple(owner.operands)
    return ()


def storage(element: Attribute) -> Attribute:
    """How an element lies in memory: i1 as a byte, all others as themselves."""
    return i8 if element == i1 else element
