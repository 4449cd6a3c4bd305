# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How much work each dispatch is, and which share of the roofline it reached.

The roofline of a dispatch is the least time that its arithmetic takes at the measured peak, or its
bytes at the measured rate of copies of that many bytes, whichever is longer. Bytes are those of
every tensor it binds, read or written once: what is read again comes from caches.
`widgets/src/roofline.ts` computes the same in the page.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from xdsl.dialects import tensor
from xdsl.dialects.builtin import FixedBitwidthType, ModuleOp, TensorType, i32
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, SSAValue

from iree_explore.elements import dtype_of
from iree_explore.flow.dialect import DispatchTensorLoadOp, DispatchTensorStoreOp
from iree_explore.linalg.structured import is_linalg, structured
from iree_explore.recording import shape_work
from iree_explore.recording.model import Roofline, RunDispatch
from iree_explore.shapes.facts import Facts, Place
from iree_explore.shapes.inference import SymbolicShapes
from iree_explore.walk import walk


@dataclass(frozen=True)
class Work:
    """Operations and bytes of one dispatch, -1 where only a call tells; `element` is the type that
    its largest op computes in."""

    flops: int
    nbytes: int
    element: str


def work_of(module: ModuleOp) -> dict[str, Work]:
    """The work of every entry point of a module after phase `flow`, by name."""
    found: dict[str, Work] = {}
    for executable in module.body.block.ops:
        if executable.name == "flow.executable":
            for op in walk(executable):
                if isinstance(op, FuncOp) and op.body.blocks:
                    found[op.sym_name.data] = _work(op)
    return found


def _work(function: FuncOp) -> Work:
    element = str(_element(function))
    if not all(_static(v.type) for op in function.body.block.ops for v in op.results):
        return Work(-1, -1, element)
    shapes = SymbolicShapes(Facts(), lambda op: Place(op.name, 0))
    flops = shape_work.flops(shapes, function)
    flops = None if flops is None else flops.constant
    return Work(-1 if flops is None else int(flops), _bytes(function), element)


def _static(type_: Attribute) -> bool:
    return not isinstance(type_, TensorType) or type_.has_static_shape()


def _bytes(function: FuncOp) -> int:
    """Bytes that are read and written; of a tensor that is only gathered from, one element a
    gather, if that is less."""
    total = 0
    for op in function.body.block.ops:
        if isinstance(op, DispatchTensorLoadOp):
            whole = _nbytes(op.results[0].type)
            total += min(whole, _gathered(op.results[0], whole))
        elif isinstance(op, DispatchTensorStoreOp):
            total += _nbytes(op.value.type)
    return total


def _gathered(value: SSAValue, whole: int) -> int:
    """Bytes that `tensor.extract`s in linalg bodies read of a value; the `whole` if others do."""
    total = 0
    for use in value.uses:
        outer = use.operation.parent_op()
        if not isinstance(use.operation, tensor.ExtractOp) or outer is None or not is_linalg(outer):
            return whole
        sizes = shape_work.points(SymbolicShapes(Facts(), lambda o: Place(o.name, 0)), outer)
        assert isinstance(value.type, TensorType)
        total += int(sizes.constant or 0) * dtype_of(value.type.element_type).itemsize
    return total or whole


def _nbytes(type_: Attribute) -> int:
    assert isinstance(type_, TensorType)
    return math.prod(type_.get_shape()) * dtype_of(type_.element_type).itemsize


def _element(function: FuncOp) -> Attribute:
    """The widest type of the body of the op with the most loops."""
    views = [structured(op) for op in function.body.block.ops if is_linalg(op)]
    if views:
        body = max(views, key=lambda view: (bool(view.num_loops - sum(view.parallel)),
                                            view.num_loops)).body  # fmt: skip
        types = [v.type for v in body.args if isinstance(v.type, FixedBitwidthType)]
    else:
        types = [v.type.element_type for op in function.body.block.ops for v in op.results
                 if isinstance(v.type, TensorType)]  # fmt: skip
    types = [t for t in types if isinstance(t, FixedBitwidthType)]
    return max(types, key=lambda t: t.bitwidth, default=i32)


def least_ns(roofline: Roofline, flops: int, nbytes: int, element: str) -> float | None:
    """The least time that this work takes on the machine; None where that is not known."""
    times: list[float] = []
    peak = {"f64": roofline.flops64}.get(element, roofline.flops32)
    if flops > 0 and element[:1] in ("f", "b"):  # of integers no peak was measured
        times.append(flops * 1e9 / peak)
    if nbytes > 0:
        times.append(nbytes * 1e9 / copy_rate(roofline, nbytes))
    return max(times, default=None)


def copy_rate(roofline: Roofline, nbytes: int) -> int:
    """Bytes a second that copies of a working set of `nbytes` move."""
    pairs = list(zip(roofline.copies[::2], roofline.copies[1::2], strict=True))
    return next((rate for most, rate in pairs if nbytes <= most), pairs[-1][1])


def share(roofline: Roofline | None, dispatch: RunDispatch) -> float | None:
    """The part of the roofline that the median of a dispatch reached: 1 is all there is."""
    if roofline is None or not dispatch.samples_ns:
        return None
    least = least_ns(roofline, dispatch.flops, dispatch.nbytes, dispatch.element)
    middle = statistics.median(dispatch.samples_ns)
    return None if least is None or middle <= 0 else least / middle


Works = Mapping[str, Work]
