# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Finds which linalg ops on buffers share one loop nest: fills, a root, elementwise followers.

A follower reads, element by element, what the op before it wrote; fused, the value never leaves the
register. An intermediate buffer that nothing else reads is then not written at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from xdsl.dialects import memref
from xdsl.dialects.builtin import MemRefType
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Block, Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineExpr

from iree_explore.codegen.dialect import LocalMemoryOp
from iree_explore.codegen.emitter import Emitter
from iree_explore.codegen.nest import Access, Stage
from iree_explore.codegen.structured import Structured, structured
from iree_explore.codegen.views import View, buffer_key, resolve
from iree_explore.walk import walk


@dataclass
class Group:
    """Ops of one nest; `ops` are all the linalg ops that it replaces, `root` among them."""

    root: Structured
    fills: dict[int, Operation] = field(default_factory=dict)
    """Output of the root -> the fill whose value it starts from."""
    followers: list[Structured] = field(default_factory=list)

    @property
    def ops(self) -> list[Operation]:
        return [*self.fills.values(), self.root.op, *(f.op for f in self.followers)]


class Memory:
    """What the ops of one block read and write, as views of base buffers.

    Views resolved here emit into `em`, which is thrown away: they are only compared.
    """

    def __init__(self) -> None:
        self.em = Emitter()
        self.views: dict[SSAValue, View] = {}

    def view(self, value: SSAValue) -> View:
        if value not in self.views:
            self.views[value] = resolve(value, self.em)
        return self.views[value]

    def place(self, value: SSAValue) -> object:
        """Equal for values that are the same elements."""
        view = self.view(value)
        return (buffer_key(view.base), view.offsets, view.dims, view.strides, view.sizes)


def read_buffers(op: Structured, memory: Memory) -> set[object]:
    """Keys of the buffers that an op's inputs and its body read."""
    values = [v for v in op.inputs if isinstance(v.type, MemRefType)]
    for inner in op.body.walk():
        if isinstance(inner, memref.LoadOp):
            values.append(inner.memref)
    return {buffer_key(memory.view(v).base) for v in values}


def collect_groups(block: Block) -> list[Group]:
    """Groups of a block in order; every linalg op is in exactly one (an unused fill is a root).
    None reaches across a loop that has linalg ops itself."""
    memory = Memory()
    groups: list[Group] = []
    pending: dict[object, Structured] = {}

    def flush(keys: set[object] | None = None) -> None:
        for place, fill in list(pending.items()):
            if keys is None or buffer_key(memory.view(fill.outputs[0]).base) in keys:
                groups.append(Group(fill))
                del pending[place]

    closed = 0  # groups before this one must not move: code behind them touches their buffers
    for inner in block.ops:
        op = structured(inner)
        if op is None:
            touched = _touched(inner, memory) if pending or groups else set()
            if touched:
                flush(touched)
            if groups and touched & _buffers(groups[-1], memory):
                closed = len(groups)
            continue
        if isinstance(op.op, linalg.FillOp) and not isinstance(op.inputs[0].type, MemRefType):
            flush({buffer_key(memory.view(op.outputs[0]).base)})
            pending[memory.place(op.outputs[0])] = op
            continue
        if len(groups) > closed and _follows(groups[-1], op, memory, pending):
            groups[-1].followers.append(op)
            continue
        group = Group(op)
        for index, output in enumerate(op.outputs):
            fill = pending.pop(memory.place(output), None)
            if fill is not None and _covers_output(op, index):
                group.fills[index] = fill.op
            elif fill is not None:
                groups.append(Group(fill))
        touched = read_buffers(op, memory)
        touched |= {buffer_key(memory.view(o).base) for o in op.outputs}
        flush(touched)
        groups.append(group)
    flush()
    return groups


def after_root(group: Group, memory: Memory) -> list[Group]:
    """The root with its fills by itself, and its followers in groups of their own."""
    groups = [Group(group.root, group.fills)]
    for op in group.followers:
        if len(groups) > 1 and _follows(groups[-1], op, memory, {}):
            groups[-1].followers.append(op)
        else:
            groups.append(Group(op))
    return groups


def _touched(op: Operation, memory: Memory) -> set[object]:
    """Keys of the buffers that loops and vector code read or write."""
    if not op.regions and op.results and not op.operands:
        return set()
    if isinstance(op, memref.SubviewOp | memref.DimOp):
        return set()
    values = (v for inner in walk(op) for v in inner.operands if isinstance(v.type, MemRefType))
    return {buffer_key(memory.view(v).base) for v in values}


def _buffers(group: Group, memory: Memory) -> set[object]:
    """Keys of the buffers that a group reads or writes."""
    found: set[object] = set()
    for op in (group.root, *group.followers):
        found |= read_buffers(op, memory) | {buffer_key(memory.view(o).base) for o in op.outputs}
    return found


def _covers_output(op: Structured, index: int) -> bool:
    """Whether every element of the output is written: its map is a permutation of parallel
    loops."""
    map_ = op.output_maps[index]
    dims = [e.position for e in map_.results if isinstance(e, AffineDimExpr)]
    return len(dims) == len(map_.results) == len(set(dims)) == sum(op.parallel)


def _follows(
    group: Group, op: Structured, memory: Memory, pending: dict[object, Structured]
) -> bool:
    """Whether `op` may run in the registers of `group`."""
    if not op.is_elementwise() or any(inner.regions for inner in op.body.ops):
        return False
    links = find_links(group, op, memory)
    if not links:
        return False
    stages = [group.root, *group.followers]
    written = {buffer_key(memory.view(o).base) for o in op.outputs}
    for stage in stages:
        if read_buffers(stage, memory) & written:
            return False
    produced = {buffer_key(memory.view(o).base) for s in stages for o in s.outputs}
    for index, value in enumerate(op.operands):
        if index in links or not isinstance(value.type, MemRefType):
            continue
        key = buffer_key(memory.view(value).base)
        is_input = index < len(op.inputs)
        if is_input and key in produced:
            return False
        if memory.place(value) in pending:
            return False
        if is_input and any(key == buffer_key(memory.view(f.outputs[0]).base)
                            for f in pending.values()):  # fmt: skip
            return False
    for inner in op.body.walk():
        if isinstance(inner, memref.LoadOp):
            key = buffer_key(memory.view(inner.memref).base)
            if key in produced or key in written:
                return False
    return follower_loops(group, op, memory) is not None


def find_links(group: Group, op: Structured, memory: Memory) -> dict[int, tuple[int, int]]:
    """Operands of `op` that are results of the group's stages: operand -> (stage, output), the
    latest writer first."""
    links: dict[int, tuple[int, int]] = {}
    stages = [group.root, *group.followers]
    for index, value in enumerate(op.operands):
        if not isinstance(value.type, MemRefType):
            continue
        place = memory.place(value)
        for number in reversed(range(len(stages))):
            for output, target in enumerate(stages[number].outputs):
                if memory.place(target) == place and index not in links:
                    links[index] = (number, output)
    return links


def follower_loops(group: Group, op: Structured, memory: Memory) -> list[int] | None:
    """Per loop of `op` the root's loop it runs in, or None if the two do not correspond one to one.

    All links must agree, so that reading in registers is the same as reading the buffer.
    """
    found: list[int] | None = None
    links = find_links(group, op, memory)
    for index, (number, output) in links.items():
        source = _root_loops(group, number, output, memory)
        if source is None:
            return None
        loops: list[int | None] = [None] * op.num_loops
        for expr, loop in zip(op.maps[index].results, source, strict=True):
            if not isinstance(expr, AffineDimExpr) or loops[expr.position] is not None:
                return None
            loops[expr.position] = loop
        if any(loop is None for loop in loops) or (found is not None and found != loops):
            return None
        found = [loop for loop in loops if loop is not None]
    if found is None or len(found) != sum(group.root.parallel) or len(set(found)) != len(found):
        return None
    return found


def _root_loops(group: Group, number: int, output: int, memory: Memory) -> list[int] | None:
    """Root loop of each dimension of an output of a stage."""
    stage = ([group.root, *group.followers])[number]
    if number == 0:
        own = list(range(stage.num_loops))
    else:
        before = Group(group.root, group.fills, group.followers[: number - 1])
        loops = follower_loops(before, stage, memory)
        if loops is None:
            return None
        own = loops
    result = []
    for expr in stage.output_maps[output].results:
        if not isinstance(expr, AffineDimExpr):
            return None
        result.append(own[expr.position])
    return result


def build_stages(group: Group, memory: Memory, em: Emitter) -> list[Stage]:
    """Stages for `Nest`, with what each keeps in registers and what it must store."""
    stages: list[Stage] = []
    everything = [group.root, *group.followers]
    members = set(group.ops)
    for number, op in enumerate(everything):
        if number == 0:
            loops, links = list(range(op.num_loops)), {}
        else:
            before = Group(group.root, group.fills, group.followers[: number - 1])
            found = follower_loops(before, op, memory)
            assert found is not None
            loops, links = found, find_links(before, op, memory)
        accesses = []
        for value, map_ in zip(op.operands, op.maps, strict=True):
            if not isinstance(value.type, MemRefType):
                accesses.append(Access(None, value))
                continue
            dims = [AffineExpr.dimension(d) for d in loops]
            exprs = tuple(e.replace_dims_and_symbols(dims, []) for e in map_.results)
            accesses.append(Access.of(resolve(value, em), exprs))
        initial: list[SSAValue | None] = [None] * len(op.outputs)
        if number == 0:
            for output, fill in group.fills.items():
                initial[output] = fill.operands[0]
        stages.append(Stage(op, accesses, loops, links, [], initial))
    for number, op in enumerate(everything):
        stages[number].stored = [
            _must_store(number, output, everything, members, memory)
            for output in range(len(op.outputs))
        ]
    return stages


def _must_store(
    number: int,
    output: int,
    everything: list[Structured],
    members: set[Operation],
    memory: Memory,
) -> bool:
    """An output is stored unless a later stage overwrites it or only the group reads its buffer."""
    target = everything[number].outputs[output]
    place = memory.place(target)
    for later in everything[number + 1 :]:
        if any(memory.place(o) == place for o in later.outputs):
            return False
    base = memory.view(target).base
    if not isinstance(base.owner, LocalMemoryOp) or number == len(everything) - 1:
        return True
    return _read_elsewhere(base, members)


def _read_elsewhere(value: SSAValue, members: set[Operation]) -> bool:
    for use in value.uses:
        user = use.operation
        if isinstance(user, memref.SubviewOp):
            if _read_elsewhere(user.result, members):
                return True
        else:
            while user is not None and user not in members:
                parent = user.parent_op()
                if parent is None or parent.name == "func.func":
                    return True
                user = parent
    return False
