# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Groups tensor ops into `flow.dispatch.region`s: one root, its fills, its elementwise epilogue.

Inside one region every op can be computed tile by tile along the parallel loops of the last op:
that is what code generation relies on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from xdsl.context import Context
from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.dialects.linalg.ops import FillOp
from xdsl.ir import Block, Operation, OpResult, Region, SSAValue
from xdsl.passes import ModulePass

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.flow.dialect import DispatchRegionOp, ReturnOp
from iree_explore.linalg import dims
from iree_explore.linalg.structured import (
    dims_of_map,
    is_elementwise,
    is_linalg,
    structured,
)

DEVICE_OPS = (tensor.PadOp, tensor.ExtractSliceOp, tensor.InsertSliceOp, tensor.ConcatOp)
"""Ops besides linalg that run on the device."""


@dataclass
class Group:
    """Ops of one dispatch in program order; the last one gives the result."""

    ops: list[Operation] = field(default_factory=list)

    @property
    def tail(self) -> Operation:
        return self.ops[-1]


def is_device_op(op: Operation) -> bool:
    """Whether the op computes tensors and must be in a dispatch."""
    return isinstance(op, DEVICE_OPS) or is_linalg(op) or op.name.startswith("iree_linalg_ext.")


def is_cloned(op: Operation) -> bool:
    """Whether regions take a copy of the op instead of its value."""
    if isinstance(op, arith.ConstantOp):
        return not isinstance(op.result.type, TensorType)
    return isinstance(op, tensor.EmptyOp | FillOp)


def form_groups(block: Block) -> list[Group]:
    """The dispatches of a block: roots with reductions first, then what is left."""
    position = {op: i for i, op in enumerate(block.ops)}
    device = [op for op in position if is_device_op(op) and not isinstance(op, FillOp)]
    roots = [op for op in device if not (is_linalg(op) and is_elementwise(structured(op)))]
    taken: dict[Operation, Group] = {}
    groups: list[Group] = []
    for op in (*roots, *device):
        if op not in taken:
            group = Group([op])
            taken[op] = group
            _grow(group, taken, position)
            groups.append(group)
    for op in position:  # fills that somebody outside of a dispatch reads
        if isinstance(op, FillOp) and _read_outside(op, taken):
            groups.append(Group([op]))
    return sorted(groups, key=lambda g: position[g.tail])


def _read_outside(fill: FillOp, taken: dict[Operation, Group]) -> bool:
    return any(_outermost(use.operation, fill) not in taken for use in fill.results[0].uses)


def _outermost(op: Operation, sibling: Operation) -> Operation:
    while op.parent is not sibling.parent:
        parent = op.parent_op()
        assert parent is not None
        op = parent
    return op


def _grow(group: Group, taken: dict[Operation, Group], position: dict[Operation, int]) -> None:
    """Takes the elementwise op that alone reads the group's result, again and again."""
    while len(group.tail.results) == 1:
        value = group.tail.results[0]
        users = {use.operation for use in value.uses}
        if len(users) != 1:
            return
        (user,) = users
        if user not in position or user in taken or not same_iteration(value, user):
            return
        group.ops.append(user)
        taken[user] = group


def same_iteration(value: SSAValue, user: Operation) -> bool:
    """Whether `user` is elementwise and reads `value` at the place where it writes its result."""
    if not is_linalg(user) or isinstance(user, FillOp):
        return False
    view = structured(user)
    if not is_elementwise(view) or len(view.outputs) != 1:
        return False
    if isinstance(value, OpResult) and not _tileable(value.op):
        return False
    maps = [m for v, m in zip(view.operands, view.maps, strict=True) if v is value]
    return all(m == view.output_maps[0] for m in maps)


def _tileable(op: Operation) -> bool:
    """Whether a tile of the op's result can be computed alone."""
    if not is_linalg(op):
        return False
    return all(dims_of_map(m) is not None for m in structured(op).output_maps)


@dataclass(frozen=True)
class FormDispatchRegions(ModulePass):
    """Puts every tensor computation into a `flow.dispatch.region`.

    Before:

    ```mlir
    func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {
      %e = tensor.empty() : tensor<4xf32>
      %0 = linalg.exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      func.return %0 : tensor<4xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {
        %e = tensor.empty() : tensor<4xf32>
        %0 = flow.dispatch.region -> (tensor<4xf32>) {
          %e_1 = tensor.empty() : tensor<4xf32>
          %1 = linalg.exp ins(%a : tensor<4xf32>) outs(%e_1 : tensor<4xf32>) -> tensor<4xf32>
          flow.return %1 : tensor<4xf32>
        }
        func.return %0 : tensor<4xf32>
      }
    }
    ```
    """

    name = "dispatch-creation-form-dispatch-regions"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        for block in list(host_blocks(op)):
            for group in form_groups(block):
                wrap(context, group)


def host_blocks(module: ModuleOp) -> Sequence[Block]:
    """Blocks of host functions and of their control flow, not of linalg bodies or executables."""
    found: list[Block] = []
    for op in module.body.block.ops:
        if op.name in ("func.func", "util.initializer"):
            _host_blocks(op, found)
    return found


def _host_blocks(op: Operation, found: list[Block]) -> None:
    for region in op.regions:
        for block in region.blocks:
            found.append(block)
            for inner in block.ops:
                if inner.regions and (inner.name.startswith("scf.")):
                    _host_blocks(inner, found)


def wrap(ctx: CompilerContext, group: Group) -> None:
    """Moves the group into a region at the place of its last op; results are those read outside."""
    inside = set(group.ops)
    results = [
        r
        for op in group.ops
        for r in op.results
        if any(_outermost(use.operation, op) not in inside for use in r.uses)
    ]
    if not results:
        return
    with provenance.rewriting(ctx, "FormDispatchRegion", *group.ops) as rewriter:
        rewriter.insertion_point = type(rewriter.insertion_point).before(group.tail)
        sizes = [d for r in results for d in dims.dynamic_sizes(rewriter, r)]
        body = Block()
        region = DispatchRegionOp.build(
            operands=[sizes],
            result_types=[[r.type for r in results]],
            regions=[Region(body)],
        )
        values: dict[SSAValue, SSAValue] = {}
        for op in group.ops:
            for value in captured(op):
                clone_into(body, value, values)
            body.add_op(op.clone(values))
            values.update(zip(op.results, body.last_op.results, strict=True))  # pyright: ignore
        body.add_op(ReturnOp(*[values[r] for r in results]))
        rewriter.insert(region)
        for old, new in zip(results, region.results, strict=True):
            new.name_hint = old.name_hint
            rewriter.replace_all_uses_with(old, new)
        for op in reversed(group.ops):
            rewriter.erase(op)


def captured(op: Operation) -> list[SSAValue]:
    """Values from above that the op or its regions read, in order."""
    found: dict[SSAValue, None] = {}
    for inner in op.walk():
        for value in inner.operands:
            found.setdefault(value)
    return [v for v in found if not _defined_in(v, op)]


def _defined_in(value: SSAValue, op: Operation) -> bool:
    owner = value.owner
    at = owner if isinstance(owner, Operation) else owner.parent_op()
    if isinstance(owner, Operation) and owner is op:
        return True
    while at is not None:
        if at is op:
            return True
        at = at.parent_op()
    return False


def clone_into(body: Block, value: SSAValue, values: dict[SSAValue, SSAValue]) -> None:
    """Copies constants, fills and empties that `value` comes from to the end of `body`."""
    op = value.owner
    if value in values or not isinstance(op, Operation) or not is_cloned(op):
        return
    for operand in op.operands:
        clone_into(body, operand, values)
    copy = op.clone(values)
    body.add_op(copy)
    values.update(zip(op.results, copy.results, strict=True))
