# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which dimensions of which tensors and loops are the same, over all ops of an entry function.

`DimClasses` joins them through indexing maps. A class whose loops are parallel everywhere and which
every stored tensor has exactly once can be distributed: a tile of it needs nothing of other tiles.
"""

from __future__ import annotations

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, TensorType
from xdsl.ir import Block, Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr

from iree_explore.codegen.structured import linear, structured
from iree_explore.flow.dialect import DispatchTensorLoadOp, DispatchTensorStoreOp
from iree_explore.linalg.ext_interface import LinalgExtOp

Node = tuple[object, int]


class DimClasses:
    """Union-find over (op, loop) and (tensor value, dimension)."""

    def __init__(self, block: Block):
        self.parent: dict[Node, Node] = {}
        self.blocked: set[Node] = set()
        self.loops: list[Node] = []
        self.stores = [op for op in block.ops if isinstance(op, DispatchTensorStoreOp)]
        for op in block.ops:
            self._add(op)

    def find(self, node: Node) -> Node:
        """The representative of a node's class."""
        while (up := self.parent.get(node, node)) != node:
            self.parent[node] = self.parent.get(up, up)
            node = up
        return node

    def union(self, a: Node, b: Node) -> None:
        self.parent[self.find(a)] = self.find(b)

    def _value(self, value: SSAValue, dim: int) -> Node | None:
        """The node of a tensor's dimension; loads and constants are sliced anew for every use."""
        if isinstance(value.owner, DispatchTensorLoadOp | arith.ConstantOp | tensor.EmptyOp):
            return None
        return (value, dim)

    def _join(self, value: SSAValue, dim: int, other: Node) -> None:
        node = self._value(value, dim)
        if node is not None:
            self.union(node, other)

    def _add(self, op: Operation) -> None:
        view = structured(op)
        if view is not None:
            for loop, parallel in enumerate(view.parallel):
                self.loops.append((op, loop))
                if not parallel:
                    self.blocked.add((op, loop))
            results = [*view.operands, *op.results]
            for value, map_ in zip(results, [*view.maps, *view.output_maps], strict=True):
                for dim, expr in enumerate(map_.results):
                    if isinstance(expr, AffineDimExpr):
                        self._join(value, dim, (op, expr.position))
                        continue
                    form = linear(expr)
                    if form is None or any(c < 0 for _, c in form.coefficients):
                        self.blocked.update((op, d) for d in range(view.num_loops)
                                            if _mentions(expr, d))  # fmt: skip
        elif isinstance(op, LinalgExtOp):
            self._add_ext(op)
        elif isinstance(op, tensor.PadOp):
            shapes = zip(op.static_low.get_values(), op.static_high.get_values(), strict=True)
            for dim, (low, high) in enumerate(shapes):
                if low == 0 and high == 0:
                    self._join(op.source, dim, (op.result, dim))
        elif isinstance(op, tensor.ConcatOp):
            for source in op.inputs:
                for dim in range(len(op.result.type.get_shape())):  # pyright: ignore
                    if dim != op.dim.value.data:
                        self._join(source, dim, (op.result, dim))
        elif isinstance(op, tensor.InsertSliceOp):
            for dim in range(len(op.dest.type.get_shape())):  # pyright: ignore
                self._join(op.dest, dim, (op.result, dim))
        elif isinstance(op, tensor.ExtractSliceOp):
            self._whole_dims(op.source, op.result, op)

    def _add_ext(self, op: LinalgExtOp) -> None:
        """Its parallel loops; dimensions that its points need whole are not cut."""
        labels = op.labels()
        self.loops.extend((op, loop) for loop in range(op.num_loops))
        whole = (op, -1)
        self.blocked.add(whole)
        pairs = [*zip(op.operands, labels, strict=True)]
        pairs += zip(op.results, labels[len(op.ins) :], strict=True)
        for value, loops in pairs:
            for dim, loop in enumerate(loops):
                self._join(value, dim, whole if loop is None else (op, loop))

    def _whole_dims(self, source: SSAValue, result: SSAValue, op: tensor.ExtractSliceOp) -> None:
        full = source.type.get_shape()  # pyright: ignore[reportAttributeAccessIssue]
        shape = result.type.get_shape()  # pyright: ignore[reportAttributeAccessIssue]
        if len(full) != len(shape):
            return
        for dim, size in enumerate(shape):
            if size == full[dim] != DYNAMIC_INDEX and op.static_offsets.get_values()[dim] == 0:
                self._join(source, dim, (result, dim))

    def distributable(self, node: Node) -> bool:
        """Whether the class of `node` can be cut into tiles for workgroups."""
        root = self.find(node)
        if any(self.find(b) == root for b in self.blocked):
            return False
        for store in self.stores:
            shape = store.value.type.get_shape()  # pyright: ignore[reportAttributeAccessIssue]
            if sum(self.find((store.value, d)) == root for d in range(len(shape))) != 1:
                return False
        return True


def _mentions(expr: object, dim: int) -> bool:
    return any(isinstance(e, AffineDimExpr) and e.position == dim for e in expr.dfs())  # pyright: ignore


def rank_of(value: SSAValue) -> int:
    """Rank of a tensor value."""
    assert isinstance(value.type, TensorType)
    return len(value.type.get_shape())
