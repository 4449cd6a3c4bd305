# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`iree_linalg_ext.topk`: the first k elements along a dimension, in order, and where they were.

The results so far are kept sorted; an element that goes before the last of them is inserted. On
data in no particular order few elements do, so this is one pass; for large k sorting is better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition, prop_def

from iree_explore.linalg.ext.sort import sort_arrays
from iree_explore.linalg.ext_interface import (
    Labels,
    LinalgExtOp,
    Run,
    every_dim_but,
    has_control_flow,
    shape_of,
)

if TYPE_CHECKING:
    from iree_explore.codegen.emitter import Index
    from iree_explore.codegen.loop_builder import LoopBuilder


@irdl_op_definition
class TopkOp(LinalgExtOp):
    """The first k elements of `ins` along `dimension`: `outs` are the k elements and their
    indices (any integer type). k is the size of `outs`, at most that of `ins`.

    The region gets (x, y) and yields whether x goes before y; equal elements go by index.
    """

    name = "iree_linalg_ext.topk"
    dimension = prop_def(IntegerAttr)

    @property
    def axis(self) -> int:
        """The dimension that is searched."""
        return self.dimension.value.data

    def labels(self) -> list[Labels]:
        return [every_dim_but(len(shape_of(v)), self.axis) for v in self.operands]

    def evaluate(self, ins: list[np.ndarray], outs: list[np.ndarray], run: Run) -> list[np.ndarray]:
        axis, k = self.axis, outs[0].shape[self.axis]
        shape = [-1 if d == axis else 1 for d in range(ins[0].ndim)]
        places = np.arange(ins[0].shape[axis], dtype=outs[1].dtype).reshape(shape)
        found = sort_arrays(
            [ins[0], np.broadcast_to(places, ins[0].shape)],
            axis,
            lambda x, y: run(self.regions[0], [x[0], y[0]])[0],
            one_by_one=has_control_flow(self.regions[0]),
        )
        return [np.take(x, np.arange(k), axis) for x in found]

    def emit_loops(self, b: LoopBuilder) -> None:
        em, values, places = b.em, b.outs[0], b.outs[1]
        size, k = b.sizes(b.ins[0])[self.axis], b.sizes(values)[self.axis]
        index_type = places.type.element_type  # pyright: ignore[reportAttributeAccessIssue]
        if k == 0:
            return
        with b.points() as point:

            def at(index: Index) -> list[Index]:
                return [*point[: self.axis], index, *point[self.axis :]]

            with b.loop(0, size) as i:
                new = b.load(b.ins[0], at(i))
                enters = b.choose(
                    b.compare("slt", i, k),
                    lambda: [b.true()],
                    lambda: b.inline([new, b.load(values, at(em.subi(k, 1)))]),
                )[0]
                with b.when(enters):
                    place = [em.const(em.mini(i, em.subi(k, 1)))]

                    def goes_on(carried: list[SSAValue]) -> SSAValue:
                        before = em.subi(carried[0], 1)
                        return b.choose(
                            b.compare("sgt", carried[0], 0),
                            lambda: b.inline([new, b.load(values, at(before))]),
                            lambda: [b.false()],
                        )[0]

                    with b.while_loop(place, goes_on):
                        before = em.subi(place[0], 1)
                        for buffer in (values, places):
                            b.store(b.load(buffer, at(before)), buffer, at(place[0]))
                        place[:] = [em.const(before)]
                    b.store(new, values, at(place[0]))
                    b.store(em.pure(arith.IndexCastOp, [i], index_type), places, at(place[0]))


OPS = (TopkOp,)
