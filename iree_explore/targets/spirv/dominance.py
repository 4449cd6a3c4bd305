# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whether each value of a function is defined wherever it is used (specification, 2.16.1)."""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.ir import Block, Operation, Region, SSAValue

from iree_explore.targets.spirv.ops import FuncOp


def undominated(func: FuncOp) -> Iterator[str]:
    """A line for each use that its definition does not come before on every way."""
    regions: dict[Region, dict[Block, int]] = {}
    places: dict[Operation, int] = {}
    for op in func.walk():
        for region in op.regions:
            regions[region] = _dominators(region)
            for block in region.blocks:
                places.update({inner: place for place, inner in enumerate(block.ops)})
    for op in func.walk():
        for index, value in enumerate(op.operands):
            if not _reaches(value, op, regions, places):
                yield f"{op.name}: operand {index} is used where it is not defined"


def _reaches(
    value: SSAValue,
    user: Operation,
    regions: dict[Region, dict[Block, int]],
    places: dict[Operation, int],
) -> bool:
    owner = value.owner
    home = owner if isinstance(owner, Block) else owner.parent_block()
    region = home.parent if home is not None else None
    if home is None or region is None or region not in regions:
        return False
    current: Operation | None = user
    while current is not None and current.parent_region() is not region:
        current = current.parent_op()
    block = current.parent_block() if current is not None else None
    if current is None or block is None:
        return False
    if block is home:
        return isinstance(owner, Block) or places[owner] < places[current]
    order = list(region.blocks)
    masks = regions[region]
    return block not in masks or bool(masks[block] >> order.index(home) & 1)


def _dominators(region: Region) -> dict[Block, int]:
    """The blocks that dominate each reachable block, as a mask of their positions."""
    order = list(region.blocks)
    numbers = {block: number for number, block in enumerate(order)}
    before: dict[Block, list[Block]] = {block: [] for block in order}
    reachable, work = {order[0]}, [order[0]] if order else []
    while work:
        block = work.pop()
        for target in block.last_op.successors if block.last_op is not None else ():
            if target in before:
                before[target].append(block)
                if target not in reachable:
                    reachable.add(target)
                    work.append(target)
    masks = {block: (1 << len(order)) - 1 for block in order if block in reachable}
    masks[order[0]] = 1
    changed = True
    while changed:
        changed = False
        for block in order[1:]:
            if block not in masks:
                continue
            mask = (1 << len(order)) - 1
            for source in before[block]:
                mask &= masks[source]
            mask |= 1 << numbers[block]
            changed |= mask != masks[block]
            masks[block] = mask
    return masks
