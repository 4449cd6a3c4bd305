# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Device code on NumPy, from `stream` down to vectors: what one workgroup does to its bindings.

Memory is bytes; a binding, a memref and its subviews are views of them, so a store is seen by who
reads the same bytes. `RULES` are the ops that only kernels have; scf, arith, math and linalg are
those of linalg/evaluate.py. stream/evaluate.py runs dispatches with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from xdsl.dialects.builtin import MemRefType
from xdsl.ir import Operation

from iree_explore import elements
from iree_explore.codegen.dialect import PanelsAttr
from iree_explore.errors import GapError
from iree_explore.flow.dialect import DYNAMIC, DispatchTensorType

Values = dict[Any, Any]
LOCAL_BYTES = 4 << 20


@dataclass
class Frame:
    """One workgroup: `constants` are u32, `bindings` the bytes of each, `local` its own memory,
    which holds NaN at first, so that what nobody wrote is seen."""

    constants: np.ndarray
    bindings: Sequence[np.ndarray]
    workgroup: tuple[int, int, int] = (0, 0, 0)
    count: tuple[int, int, int] = (1, 1, 1)
    local: np.ndarray = field(default_factory=lambda: np.full(LOCAL_BYTES, 0xFF, np.uint8))


def view_of(memory: np.ndarray, type_: Any, dims: Sequence[Any]) -> np.ndarray:
    """The bytes of a binding as an array of a dispatch tensor's or memref's shape and dtype."""
    tensor = type_.bound_type if isinstance(type_, DispatchTensorType) else type_
    sizes = iter(dims)
    shape = [int(next(sizes)) if n < 0 else n for n in tensor.get_shape()]
    dtype = elements.dtype_of(tensor.element_type)
    encoding = getattr(tensor, "encoding", None)
    if isinstance(encoding, PanelsAttr):
        return _unpacked(memory, shape, dtype, encoding)
    nbytes = math.prod(shape) * dtype.itemsize
    if nbytes > memory.nbytes:
        raise IndexError(f"a binding of {memory.nbytes} bytes for {nbytes}: {type_}")
    return memory[:nbytes].view(dtype).reshape(shape)


def _unpacked(
    memory: np.ndarray, shape: list[int], dtype: np.dtype, panels: PanelsAttr
) -> np.ndarray:
    """A copy of a constant in row-major order."""
    dim, width = panels.dim.data, panels.width.data
    others = [n for i, n in enumerate(shape) if i != dim]
    count = -(-shape[dim] // width)
    nbytes = count * width * math.prod(others) * dtype.itemsize
    packed = memory[:nbytes].view(dtype).reshape([count, *others, width])
    rows = np.moveaxis(packed, 0, -2).reshape([*others, count * width])[..., : shape[dim]]
    return np.ascontiguousarray(np.moveaxis(rows, -1, dim))


Rule = Callable[[Frame, Any, Values], Sequence[Any]]


def _number(op: Operation, name: str) -> int:
    return op.properties[name].value.data  # pyright: ignore[reportAttributeAccessIssue]


def _subspan(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    dims = [values[v] for v in op.dynamic_dims]
    return [view_of(frame.bindings[_number(op, "binding")], op.result.type, dims)]


def _constant(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    return [frame.constants[_number(op, "ordinal")].view(np.int32)]


def _workgroup_id(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    return [np.int64(frame.workgroup[_number(op, "dimension")])]


def _workgroup_count(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    return [np.int64(frame.count[_number(op, "dimension")])]


def _local_memory(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    type_ = op.result.type
    if op.byte_offset is None:
        return [np.full(type_.get_shape(), np.nan).astype(elements.dtype_of(type_.element_type))]
    return [view_of(frame.local[op.byte_offset.value.data :], type_, ())]


def _mixed(static: Any, dynamic: Sequence[Any], values: Values) -> list[int]:
    sizes = iter(dynamic)
    return [int(values[next(sizes)]) if s == DYNAMIC else s for s in static.get_values()]


def _subview(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    source = values[op.source]
    offsets = _mixed(op.static_offsets, op.offsets, values)
    sizes = _mixed(op.static_sizes, op.sizes, values)
    strides = _mixed(op.static_strides, op.strides, values)
    for offset, size, stride, extent in zip(offsets, sizes, strides, source.shape, strict=True):
        if size and not (offset >= 0 and offset + (size - 1) * stride < extent):
            raise IndexError(f"{op.name}: {offset} + {size} * {stride} is outside {extent}")
    rank = len(op.result.type.get_shape())
    excess, index = len(sizes) - rank, []
    for o, n, s, known in zip(offsets, sizes, strides, op.static_sizes.get_values(), strict=True):
        if excess and known == 1:
            excess -= 1
            index.append(o)
        else:
            index.append(slice(o, o + n * s, s))
    return [source[tuple(index)]]


def _place(memory: np.ndarray, indices: Sequence[Any], values: Values) -> tuple[int, ...]:
    found = tuple(int(values[v]) for v in indices)
    if any(not 0 <= i < n for i, n in zip(found, memory.shape, strict=True)):
        raise IndexError(f"{list(found)} is outside {list(memory.shape)}")
    return found


def _load(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    memory = values[op.memref]
    return [memory[_place(memory, op.indices, values)]]


def _store(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    memory = values[op.memref]
    memory[_place(memory, op.indices, values)] = values[op.value]
    return []


def _memref_dim(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    return [np.int64(values[op.source].shape[int(values[op.index])])]


# vector


def _lanes(op: Operation, memory: Any, indices: Sequence[Any], values: Values, mask: Any) -> Any:
    """The memory in a row and the places in it of a vector's lanes."""
    if not memory.flags.c_contiguous:
        raise GapError("IX203", f"{op.name} on memory with gaps: no evaluation on NumPy")
    start = 0
    for size, value in zip(memory.shape, indices, strict=True):
        start = start * size + int(values[value])
    places = start + np.arange(len(mask))
    used = places[mask]
    if used.size and not (used.min() >= 0 and used.max() < memory.size):
        raise IndexError(f"{op.name}: {used.min()} to {used.max()} of {memory.size} elements")
    return memory.reshape(-1), used


def _lane_count(type_: Any) -> int:
    return type_.get_shape()[0]


def _vector_load(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    mask = np.ones(_lane_count(op.result.type), bool)
    flat, used = _lanes(op, values[op.base], op.indices, values, mask)
    return [flat[used]]


def _vector_store(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    mask = np.ones(len(values[op.vector]), bool)
    flat, used = _lanes(op, values[op.base], op.indices, values, mask)
    flat[used] = values[op.vector]
    return []


def _masked_load(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    mask = np.asarray(values[op.mask], bool)
    flat, used = _lanes(op, values[op.base], op.indices, values, mask)
    result = np.array(values[op.pass_thru])
    result[mask] = flat[used]
    return [result]


def _masked_store(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    mask = np.asarray(values[op.mask], bool)
    flat, used = _lanes(op, values[op.base], op.indices, values, mask)
    flat[used] = np.asarray(values[op.value_to_store])[mask]
    return []


def _create_mask(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    return [np.arange(_lane_count(op.results[0].type)) < int(values[op.operands[0]])]


def _broadcast(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    source = np.asarray(values[op.operands[0]])
    return [np.full(_lane_count(op.results[0].type), source, source.dtype)]


def _fma(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    a, b, c = (np.asarray(values[v]) for v in op.operands)
    wide = np.longdouble if a.dtype == np.float64 else np.float64
    return [(a.astype(wide) * b.astype(wide) + c.astype(wide)).astype(a.dtype)]


_REDUCTIONS: dict[str, Callable[[np.ndarray], Any]] = {
    "add": np.sum, "mul": np.prod, "and": np.bitwise_and.reduce, "or": np.bitwise_or.reduce,
    "xor": np.bitwise_xor.reduce, "minsi": np.min, "maxsi": np.max, "minimumf": np.min,
    "maximumf": np.max, "minnumf": np.fmin.reduce, "maxnumf": np.fmax.reduce,
}  # fmt: skip


def _reduction(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    kind = op.properties["kind"].data.value
    vector = np.asarray(values[op.operands[0]])
    if kind in ("minui", "maxui"):
        bits = vector.view(np.dtype(f"u{vector.dtype.itemsize}"))
        return [(bits.min() if kind == "minui" else bits.max()).view(vector.dtype)]
    if kind not in _REDUCTIONS:
        raise GapError("IX203", f"vector.reduction <{kind}>: no evaluation on NumPy")
    return [vector.dtype.type(_REDUCTIONS[kind](vector))]


def _extract(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    position = _mixed(op.static_position, op.dynamic_position, values)
    return [np.asarray(values[op.operands[0]])[tuple(position)]]


def _insert(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    result = np.array(values[op.dest])
    result[tuple(_mixed(op.static_position, op.dynamic_position, values))] = values[op.source]
    return [result]


def _shuffle(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    both = np.concatenate([np.asarray(values[v]) for v in op.operands])
    return [both[list(op.properties["mask"].get_values())]]


def _assume(frame: Frame, op: Any, values: Values) -> Sequence[Any]:
    return [values[v] for v in op.operands]


RULES: dict[str, Rule] = {
    "hal.interface.binding.subspan": _subspan,
    "hal.interface.constant.load": _constant,
    "hal.interface.workgroup.id": _workgroup_id,
    "hal.interface.workgroup.count": _workgroup_count,
    "iree_codegen.local_memory": _local_memory,
    "util.assume.int": _assume,
    "memref.subview": _subview,
    "memref.load": _load,
    "memref.store": _store,
    "memref.dim": _memref_dim,
    "vector.load": _vector_load,
    "vector.store": _vector_store,
    "vector.maskedload": _masked_load,
    "vector.maskedstore": _masked_store,
    "vector.create_mask": _create_mask,
    "vector.broadcast": _broadcast,
    "vector.fma": _fma,
    "vector.reduction": _reduction,
    "vector.extract": _extract,
    "vector.insert": _insert,
    "vector.shuffle": _shuffle,
}


def writes_memory(op: Operation) -> bool:
    """Whether a linalg op writes to memrefs instead of returning tensors."""
    return not op.results and any(isinstance(v.type, MemRefType) for v in op.operands)
