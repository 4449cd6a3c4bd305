# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`iree_linalg_ext.scan`: a region applied along a dimension, each time to what it gave before.

Along the last dimension what is carried stays in registers. Along any other the last dimension is
the inner loop, so that memory is read in order, and what is carried lives in the results for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
from xdsl.dialects import memref
from xdsl.dialects.builtin import IntegerAttr, MemRefType, UnitAttr
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Block, Region, SSAValue
from xdsl.irdl import irdl_op_definition, opt_prop_def, prop_def

from iree_explore.linalg.ext_interface import (
    ASSUMED,
    Labels,
    LinalgExtOp,
    Run,
    body_of,
    every_dim_but,
    has_control_flow,
    shape_of,
)

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Index
    from iree_explore.codegen.loop_builder import LoopBuilder


@irdl_op_definition
class ScanOp(LinalgExtOp):
    """Applies the region along `dimension`, from the end if `reverse`.

    `ins` are n inputs and c initial values, `outs` m outputs and c last values; `carries` is c.
    What is carried has no `dimension`; an initial value may be one scalar. The region gets an
    element of each input, then what is carried; it yields an element of each output, then what to
    carry on.
    """

    name = "iree_linalg_ext.scan"
    dimension = prop_def(IntegerAttr)
    carries = prop_def(IntegerAttr)
    reverse = opt_prop_def(UnitAttr)

    @property
    def axis(self) -> int:
        """The dimension that is scanned."""
        return self.dimension.value.data

    def parts(
        self, ins: Sequence[SSAValue], outs: Sequence[SSAValue]
    ) -> tuple[Sequence[SSAValue], Sequence[SSAValue], Sequence[SSAValue], Sequence[SSAValue]]:
        """Inputs, initial values, outputs and last values."""
        n, m = len(ins) - self.carries.value.data, len(outs) - self.carries.value.data
        return ins[:n], ins[n:], outs[:m], outs[m:]

    def labels(self) -> list[Labels]:
        inputs, inits, outputs, lasts = self.parts(list(self.ins), list(self.outs))

        def all_of(values: Sequence[SSAValue]) -> list[Labels]:
            return [tuple(range(len(shape_of(v)))) for v in values]

        def along(values: Sequence[SSAValue]) -> list[Labels]:
            return [every_dim_but(len(shape_of(v)), self.axis) for v in values]

        return [*along(inputs), *all_of(inits), *along(outputs), *all_of(lasts)]

    def work(self) -> int:
        """The region once for each step."""
        inputs, _, outputs, _ = self.parts(list(self.ins), list(self.outs))
        size = shape_of([*inputs, *outputs][0])[self.axis]
        return (size if size > 0 else ASSUMED) * max(1, len(list(body_of(self).ops)))

    def stripe(self) -> int:
        """Rows of memory are read in order, unless each is scanned by itself."""
        inputs, _, outputs, _ = self.parts(list(self.ins), list(self.outs))
        along = self.axis == len(shape_of([*inputs, *outputs][0])) - 1
        return 1 if along else 256

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        count, axis = self.carries.value.data, self.axis
        n, m = len(ins) - count, len(outs) - count
        carried = [np.broadcast_to(x, o.shape) for x, o in zip(ins[n:], outs[m:], strict=True)]
        outputs = [np.array(o) for o in outs[:m]]
        steps = range([*ins[:n], *outputs][0].shape[axis])
        for i in reversed(steps) if self.reverse is not None else steps:
            given = [*(np.take(x, i, axis) for x in ins[:n]), *carried]
            found = self.step(given, [o.dtype for o in outs], run)
            for output, value in zip(outputs, found, strict=False):
                np.moveaxis(output, axis, 0)[i] = value
            carried = [
                np.broadcast_to(x, o.shape) for x, o in zip(found[m:], outs[m:], strict=True)
            ]
        return [*outputs, *(np.array(c) for c in carried)]

    def step(
        self, given: list[np.ndarray], dtypes: Sequence[np.dtype], run: Run
    ) -> list[np.ndarray]:
        """The region on one slice of everything."""
        if not has_control_flow(self.regions[0]):
            return run(self.regions[0], given)
        found = [np.zeros(given[-1].shape, t) for t in dtypes]
        for place in np.ndindex(*given[-1].shape):
            for array, value in zip(
                found, run(self.regions[0], [g[place] for g in given]), strict=True
            ):
                array[place] = value
        return found

    def emit_loops(self, b: LoopBuilder) -> None:
        inputs, inits, outputs, lasts = self.parts(b.ins, b.outs)
        size = b.sizes([*inputs, *outputs][0])[self.axis]
        types = [a.type for a in body_of(self).args[len(inputs) :]]
        extents = b.extents()
        inner = extents[self.axis :]

        def step(point: list[Index], i: Index, carried: list[SSAValue]) -> list[SSAValue]:
            at = [*point[: self.axis], i, *point[self.axis :]]
            found = b.inline([*(b.load(v, at) for v in inputs), *carried])
            for output, value in zip(outputs, found, strict=False):
                b.store(value, output, at)
            return found[len(outputs) :]

        def place(i: SSAValue) -> Index:
            return i if self.reverse is None else b.em.subi(b.em.subi(size, 1), i)

        if not inner:
            with b.points() as point:
                first = [b.load(v, point) for v in inits]
                carried = [b.as_type(v, t) for v, t in zip(first, types, strict=True)]
                with b.loop(0, size, carried) as i:
                    carried[:] = step(list(point), place(i), carried)
                for value, last in zip(carried, lasts, strict=True):
                    b.store(value, last, point)
            return
        with b.nest(extents[: self.axis]) as outer:
            with b.nest(inner) as rest:
                for value, last in zip(inits, lasts, strict=True):
                    b.store(b.load(value, [*outer, *rest]), last, [*outer, *rest])
            if self._by_rows(b, inputs, outputs, lasts):
                with b.loop(0, size) as i, b.nest(inner[:-1]) as rest:
                    self._row(b, list(outer), place(i), list(rest), inner[-1])
                return
            with b.loop(0, size) as i, b.nest(inner) as rest:
                point = [*outer, *rest]
                found = step(list(point), place(i), [b.load(v, point) for v in lasts])
                for value, last in zip(found, lasts, strict=True):
                    b.store(value, last, point)

    def _by_rows(
        self,
        b: LoopBuilder,
        inputs: Sequence[SSAValue],
        outputs: Sequence[SSAValue],
        lasts: Sequence[SSAValue],
    ) -> bool:
        """Whether the region may become the body of a `linalg.generic` on rows."""
        block = body_of(self)
        yielded = block.last_op.operands if block.last_op is not None else ()
        pairs = [*zip([*inputs, *lasts], block.args, strict=True),
                 *zip([*outputs, *lasts], yielded, strict=True)]  # fmt: skip
        return all(
            isinstance(v.type, MemRefType) and v.type.element_type == x.type for v, x in pairs
        ) and not any(o.regions or isinstance(o, memref.LoadOp) for o in block.ops)

    def _row(
        self, b: LoopBuilder, outer: list[Index], i: Index, rest: list[Index], length: Index
    ) -> None:
        """One step of a whole row: what is carried is in memory."""
        inputs, _, outputs, lasts = self.parts(b.ins, b.outs)
        at: list[Index] = [*outer, i, *rest, 0]
        ins = [b.row(v, at, len(at) - 1, length).result for v in inputs]
        outs = [b.row(v, at, len(at) - 1, length).result for v in outputs]
        at = [*outer, *rest, 0]
        outs += [b.row(v, at, len(at) - 1, length).result for v in lasts]
        source = body_of(self)
        types = [cast(MemRefType, v.type).element_type for v in (*ins, *outs)]
        block = Block(arg_types=types)
        carried = block.args[len(ins) + len(outputs) :]
        values: dict[SSAValue, SSAValue] = dict(
            zip(source.args, (*block.args[: len(ins)], *carried), strict=True)
        )
        for inner in source.ops:
            if inner is source.last_op:
                block.add_op(linalg.YieldOp(*(values.get(v, v) for v in inner.operands)))
            else:
                block.add_op(copy := inner.clone(values))
                values.update(zip(inner.results, copy.results, strict=True))
        b.rows_generic(ins, outs, Region(block))


OPS = (ScanOp,)
