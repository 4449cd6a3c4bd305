# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What each workgroup of a kernel computes of its result, from live IR after
executable-configurations.

Tiles, their numbering and the workgroup count are read with the functions by which code generation
itself numbers them, so nothing here is a second opinion.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.func import FuncOp
from xdsl.ir import Operation, SSAValue

from iree_explore.codegen.dialect import (
    COOPERATIVE,
    FLAT,
    INVOCATIONS,
    PROMOTED,
    ROWS,
    TRANSPOSED,
    LoweringConfigAttr,
    TranslationInfoAttr,
    translation_info_of,
)
from iree_explore.codegen.dims import DimClasses
from iree_explore.codegen.distribution import (
    configured_root,
    describe_root,
    distributed_loops,
    tiles_a_workgroup,
    workload_values,
)
from iree_explore.codegen.emitter import Index
from iree_explore.codegen.gpu.counts import nest_tiles
from iree_explore.codegen.structured import structured
from iree_explore.codegen.tiler import Tiler
from iree_explore.flow.dialect import DYNAMIC, DispatchTensorStoreOp
from iree_explore.provenance import op_id
from iree_explore.recording.kernel_records import GridAxis, GridRecord
from iree_explore.recording.shape_work import workgroups
from iree_explore.shapes.expressions import Expr
from iree_explore.shapes.facts import Facts, Place
from iree_explore.shapes.inference import SymbolicShapes


def grids(module: ModuleOp) -> list[GridRecord]:
    """The grid of every entry point of the program's executables."""
    return [
        grid
        for executable in module.body.block.ops
        if executable.name == "hal.executable"
        for export, function in entries(executable)
        if (grid := _grid(_symbol(executable), export, function)) is not None
    ]


def entries(executable: Operation) -> Iterator[tuple[Operation, FuncOp]]:
    """The exports of a `hal.executable` that have code, with it."""
    exports: dict[str, Operation] = {}
    functions: list[FuncOp] = []
    for variant in executable.regions[0].block.ops:
        for region in variant.regions:
            for op in region.block.ops:
                if op.name == "hal.executable.export":
                    exports[_symbol(op)] = op
                if isinstance(op, ModuleOp):
                    functions += [f for f in op.body.block.ops if isinstance(f, FuncOp)]
    for function in functions:
        if function.sym_name.data in exports:
            yield exports[function.sym_name.data], function


def _symbol(op: Operation) -> str:
    return op.properties["sym_name"].data  # pyright: ignore[reportAttributeAccessIssue]


class _Sizes:
    """Sizes of an entry point as texts over w0, w1, ...: what a dispatch passes."""

    def __init__(self, export: Operation, function: FuncOp) -> None:
        self.shapes = SymbolicShapes(Facts(), lambda op: Place(op.name, op_id(op)))
        values = workload_values(function)
        region = export.regions[0] if export.regions else None
        arguments = len(region.block.args) if region is not None and region.blocks else 0
        count = max([arguments, *(n + 1 for n in values.values())])
        place = Place("workload", op_id(function))
        self.workload: list[Expr] = [
            self.shapes.facts.declare(f"w{n}", place) for n in range(count)
        ]
        for value, position in values.items():
            self.shapes.set_scalar(value, self.workload[position])

    def text(self, size: Index) -> str:
        """An extent of a loop."""
        return str(size) if isinstance(size, int) else str(self.shapes.scalar(size))


def _grid(executable: str, export: Operation, function: FuncOp) -> GridRecord | None:
    """None for an entry point that stores no tensor."""
    sizes = _Sizes(export, function)
    classes = DimClasses(function.body.block)
    info = translation_info_of(function)
    if not classes.stores or info is None:
        return None
    store = max(classes.stores, key=_points)
    counts = workgroups(sizes.shapes, export, sizes.workload[: len(export.regions[0].block.args)])
    found = configured_root(function)
    root: Operation = store if found is None else found[0]
    axes, tiles, each = _axes(sizes, classes, store, found, info)
    invocations = math.prod(info.workgroup_size) if info.workgroup_size else 0
    fallback = export.properties.get("condition_fallback")
    note = "" if fallback is None else f"a copy for few rows: {fallback.string_value()} otherwise"  # pyright: ignore[reportAttributeAccessIssue]
    return GridRecord(
        executable=executable,
        entry=function.sym_name.data,
        op=op_id(root),
        root=root.name,
        pipeline=info.pipeline.data,
        numbering="linear" if invocations else "xyz",
        invocations=invocations,
        tiles=tiles,
        each=each,
        shape=tuple(_shape(sizes, store)),
        element=str(store.value.type.element_type),  # pyright: ignore[reportAttributeAccessIssue]
        axes=tuple(axes),
        workgroups=tuple(map(str, counts)),
        workload=tuple(str(size) for size in sizes.workload),
        note=note,
    )


def _points(store: DispatchTensorStoreOp) -> tuple[int, int]:
    """Which of several results is the one to draw: that of most dimensions, then the largest."""
    shape = store.static_sizes.get_values()
    return len(shape), math.prod(256 if n == DYNAMIC else n for n in shape)


def _shape(sizes: _Sizes, store: DispatchTensorStoreOp) -> list[str]:
    dynamic = iter(store.sizes)
    static = store.static_sizes.get_values()
    return [sizes.text(next(dynamic)) if n == DYNAMIC else str(n) for n in static]


def _axes(
    sizes: _Sizes, classes: DimClasses, store: DispatchTensorStoreOp,
    found: tuple[Operation, LoweringConfigAttr] | None, info: TranslationInfoAttr,
) -> tuple[list[GridAxis], int, str]:  # fmt: skip
    """What is cut, how many tiles a workgroup has, and what an invocation computes."""
    if found is None:
        return [], 1, ""
    op, config = found
    root = describe_root(op, Tiler())
    dims = {classes.find((store.value, d)): d for d in reversed(range(_rank(store.value)))}
    nodes = [classes.find(node) for node in root.nodes]
    view = structured(op)
    if info.untiled and view is not None:
        counts, tiles = nest_tiles(view, root.extents, config, info)
        axes = [
            GridAxis(
                tuple(dims.get(nodes[d], -1) for d in c.loops),
                tuple(sizes.text(e) for e in c.extents), c.tile, False,
            )
            for c in counts
        ]  # fmt: skip
        return axes, tiles, _each(config, info)
    axes = [
        GridAxis((dims.get(d.node, -1),), (sizes.text(d.extent),), d.tile, d.absorbs)
        for d in distributed_loops(root, config.level(0), classes, info)
    ]
    return axes, tiles_a_workgroup(info), _each(config, info)


def _rank(value: SSAValue) -> int:
    type_: Any = value.type
    return len(type_.get_shape())


def _each(config: LoweringConfigAttr, info: TranslationInfoAttr) -> str:
    """What one invocation computes, in words; on a CPU, the blocks in registers."""
    pipeline = info.pipeline.data
    blocks = [n for n in config.level(1) if n]
    size = math.prod(info.workgroup_size) if info.workgroup_size else 0
    if not size:
        return f"in register blocks of {'×'.join(map(str, blocks))}" if blocks else ""
    if pipeline in (PROMOTED, COOPERATIVE):
        depth = max([1, *config.level(2)])
        rows = "×".join(map(str, blocks))
        return f"a block of {rows} results, in steps of {depth} of the reduction"
    if pipeline == FLAT:
        lanes, vectors = max([1, *blocks]), max([1, *config.level(2)])
        points = "one element" if lanes == 1 else f"{lanes} neighbours"
        return points if vectors == 1 else f"{vectors} times {points}, {size * lanes} apart"
    if pipeline == TRANSPOSED:
        tile = max(config.level(0))
        return f"{tile * tile // size} of the tile's elements, four neighbours at a time"
    if pipeline == ROWS:
        return f"a share of the workgroup's tile: {size} invocations compute it together"
    return "one tile, in scalar loops" if pipeline == INVOCATIONS else ""
