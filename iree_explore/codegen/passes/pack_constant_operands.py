# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Weights lie in memory as workgroups read them: panels of columns, packed once at compile time.

A workgroup of a product computes as many columns as its `lowering_config` says, and reads those
columns of the right-hand side only. In a row-major matrix they are short pieces far apart; as a
panel of their own they are one stream, which needs no copy in the kernel (`pack_operands`).
The binding's type then carries `#iree_codegen.panels`, which `pack_operands` turns into addresses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType, IntegerAttr, ModuleOp, StringAttr, TensorType
from xdsl.dialects.func import FuncOp
from xdsl.ir import Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore import elements, entropy
from iree_explore.codegen.dialect import PanelsAttr, translation_info_of
from iree_explore.codegen.dims import DimClasses
from iree_explore.codegen.distribution import configured_root, describe_root, distributed_loops
from iree_explore.codegen.structured import Structured, is_contraction, linear, structured
from iree_explore.codegen.target import GPUS
from iree_explore.codegen.tiler import Tiler
from iree_explore.context import CompilerContext
from iree_explore.flow.dialect import DispatchTensorLoadOp, DispatchTensorType
from iree_explore.flow.util_dialect import UPDATED, GlobalLoadOp, GlobalOp, ParameterNamedAttr
from iree_explore.hal.dialect import (
    ExecutableOp,
    ExecutableVariantOp,
    InterfaceBindingSubspanOp,
)
from iree_explore.linalg.passes.jit_globals import SCOPE as HOISTED
from iree_explore.provenance import rewriting
from iree_explore.stream.dialect import CmdDispatchOp, CmdExecuteOp

SCOPE = "packed"
"""Scope of the parameters that hold panels."""

Place = tuple[str, int]
"""An executable and the ordinal of one of its bindings."""


@dataclass(frozen=True)
class PackConstantOperands(ModulePass):
    """Stores constant right-hand sides of products as the panels that their workgroups read.

    Before:

    ```mlir
    util.global private @w attributes {stream.encoding = tensor<8x32xf32>} = #flow.parameter.named<"model"::"w"> : !stream.resource<constant>
    hal.executable @e {
      hal.executable.variant @cpu target(<"llvm-cpu", "embedded-elf-x86_64", {cpu = "host", cpu_features = "host"}>) {
        builtin.module {
          func.func @f() {
            %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<64x8xf32>>
            %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8x32xf32>>
            %2 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(2 : index) : !iree_tensor_ext.dispatch.tensor<writeonly:tensor<64x32xf32>>
            %3 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0, 0], sizes = [64, 8], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<64x8xf32>> -> tensor<64x8xf32>
            %4 = iree_tensor_ext.dispatch.tensor.load %1, offsets = [0, 0], sizes = [8, 32], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8x32xf32>> -> tensor<8x32xf32>
            %5 = tensor.empty() : tensor<64x32xf32>
            %6 = linalg.matmul {lowering_config = #iree_codegen.lowering_config<tile_sizes = [[64, 16, 0], [8, 16, 0]]>} ins(%3, %4 : tensor<64x8xf32>, tensor<8x32xf32>) outs(%5 : tensor<64x32xf32>) -> tensor<64x32xf32>
            iree_tensor_ext.dispatch.tensor.store %6, %2, offsets = [0, 0], sizes = [64, 32], strides = [1, 1] : tensor<64x32xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<64x32xf32>>
            func.return
          }
        }
      }
    }
    func.func @main(%x: !stream.resource<external>, %y: !stream.resource<external>) {
      %w = util.global.load @w : !stream.resource<constant>
      %0 = arith.constant 0 : index
      %1 = arith.constant 2048 : index
      %2 = arith.constant 1024 : index
      %3 = arith.constant 8192 : index
      %4 = stream.cmd.execute {
        stream.cmd.dispatch @e::@f bindings "rrw"(%x, %w, %y : !stream.resource<external>, !stream.resource<constant>, !stream.resource<external>) [%0, %0, %0 for %1, %2, %3] layout "bbb"
      }
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      util.global private @w attributes {stream.encoding = tensor<8x32xf32, #iree_codegen.panels<dim = 1, width = 16>>} = #flow.parameter.named<"packed"::"w"> : !stream.resource<constant>
      hal.executable @e {
        hal.executable.variant @cpu target(<"llvm-cpu", "embedded-elf-x86_64", {cpu = "host", cpu_features = "host"}>) {
          builtin.module {
            func.func @f() {
              %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<64x8xf32>>
              %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8x32xf32, #iree_codegen.panels<dim = 1, width = 16>>>
              %2 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(2 : index) : !iree_tensor_ext.dispatch.tensor<writeonly:tensor<64x32xf32>>
              %3 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0, 0], sizes = [64, 8], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<64x8xf32>> -> tensor<64x8xf32>
              %4 = iree_tensor_ext.dispatch.tensor.load %1, offsets = [0, 0], sizes = [8, 32], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8x32xf32, #iree_codegen.panels<dim = 1, width = 16>>> -> tensor<8x32xf32>
              %5 = tensor.empty() : tensor<64x32xf32>
              %6 = linalg.matmul {lowering_config = #iree_codegen.lowering_config<tile_sizes = [[64, 16, 0], [8, 16, 0]]>} ins(%3, %4 : tensor<64x8xf32>, tensor<8x32xf32>) outs(%5 : tensor<64x32xf32>) -> tensor<64x32xf32>
              iree_tensor_ext.dispatch.tensor.store %6, %2, offsets = [0, 0], sizes = [64, 32], strides = [1, 1] : tensor<64x32xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<64x32xf32>>
              func.return
            }
          }
        }
      }
      func.func @main(%x: !stream.resource<external>, %y: !stream.resource<external>) {
        %w = util.global.load @w : !stream.resource<constant>
        %0 = arith.constant 0 : index
        %1 = arith.constant 2048 : index
        %2 = arith.constant 1024 : index
        %3 = arith.constant 8192 : index
        %4 = stream.cmd.execute {
          stream.cmd.dispatch @e::@f bindings "rrw"(%x, %w, %y : !stream.resource<external>, !stream.resource<constant>, !stream.resource<external>) [%0, %0, %0 for %1, %2, %3] layout "bbb"
        }
        func.return
      }
    }
    ```
    """  # noqa: E501

    name = "executable-configurations-pack-constant-operands"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        if not context.options.opt_data_tiling:
            return
        panels = {place: p for e in op.body.block.ops for place, p in _panels(e)}
        sites, weights = _sites(op, panels)
        chosen = _agreeing(panels, sites, weights)
        for global_, layout in chosen.items():
            _pack(context, global_, layout)
        done: set[Place] = set()
        for site in sites:
            layout = chosen.get(site.global_) if site.global_ is not None else None
            if layout is None:
                continue
            _lengthen(context, site, layout)
            if site.place not in done:
                _mark(context, panels[site.place])
                done.add(site.place)


@dataclass(frozen=True)
class Panels:
    """What a binding should hold: a tensor type with its encoding, at these subspans."""

    type: TensorType
    subspans: tuple[InterfaceBindingSubspanOp, ...]


@dataclass(frozen=True, eq=False)
class Site:
    """A binding of a dispatch: which executable's, and the constant bound to it (None: anything
    else)."""

    op: CmdDispatchOp
    place: Place
    global_: GlobalOp | None


def packed_shape(type_: TensorType) -> tuple[int, ...]:
    """Sizes of a tensor with `#iree_codegen.panels` in memory: panels, the other dimensions,
    columns of a panel."""
    encoding = cast(PanelsAttr, type_.encoding)
    dim, width = encoding.dim.data, encoding.width.data
    shape = type_.get_shape()
    return (-(-shape[dim] // width), *shape[:dim], *shape[dim + 1 :], width)


def pack_array(array: np.ndarray, dim: int, width: int) -> np.ndarray:
    """Panels of `width` of dimension `dim`, contiguous one after another; the last one is filled up
    with zeros."""
    columns = np.moveaxis(array, dim, -1)
    count = -(-columns.shape[-1] // width)
    packed = np.zeros((count, *columns.shape[:-1], width), array.dtype)
    for panel in range(count):
        part = columns[..., panel * width : (panel + 1) * width]
        packed[panel, ..., : part.shape[-1]] = part
    return packed


def unpack_array(packed: np.ndarray, dim: int, size: int) -> np.ndarray:
    """The array of which `pack_array` made these panels; `size` is what dimension `dim` had."""
    columns = np.moveaxis(packed, 0, -2)
    columns = columns.reshape(*columns.shape[:-2], -1)[..., :size]
    return np.ascontiguousarray(np.moveaxis(columns, -1, dim))


def _panels(op: Operation) -> Iterator[tuple[Place, Panels]]:
    """Bindings of an executable that its kernels would like to be panels."""
    if not isinstance(op, ExecutableOp):
        return
    variants = [v for v in op.body.block.ops if isinstance(v, ExecutableVariantOp)]
    if len(variants) != 1 or variants[0].target.backend.data in GPUS:
        # Layouts are one target's choice, and kernels of GPUs read no panels.
        return
    wanted: dict[int, list[tuple[InterfaceBindingSubspanOp, TensorType | None]]] = {}
    for inner in variants[0].body.block.ops:
        functions = inner.body.block.ops if isinstance(inner, ModuleOp) else ()
        for function in functions:
            if isinstance(function, FuncOp) and function.body.blocks:
                liked = _operand_panels(function)
                for subspan in function.body.block.ops:
                    if isinstance(subspan, InterfaceBindingSubspanOp):
                        ordinal = cast(IntegerAttr, subspan.binding).value.data
                        wanted.setdefault(ordinal, []).append((subspan, liked.get(subspan)))
    for ordinal, uses in wanted.items():
        types = {type_ for _, type_ in uses}
        (type_,) = types if len(types) == 1 else (None,)
        if type_ is not None:
            yield (op.sym_name.data, ordinal), Panels(type_, tuple(s for s, _ in uses))


def _operand_panels(function: FuncOp) -> dict[Operation, TensorType]:
    """The binding of the root product's columns, and the type that has them as panels."""
    configured, info = configured_root(function), translation_info_of(function)
    if info is not None and not info.enabled("enable_packing"):
        return {}
    view = structured(configured[0]) if configured else None
    if configured is None or view is None or not is_contraction(view):
        return {}
    last = view.output_maps[0].results[-1:]
    if not configured[1].level(1) or not last or not isinstance(last[0], AffineDimExpr):
        return {}
    column = last[0].position
    classes = DimClasses(function.body.block)
    root = describe_root(configured[0], Tiler())
    cut = {d.node: d for d in distributed_loops(root, configured[1].level(0), classes)}
    loop = cut.get(classes.find((configured[0], column)))
    operand = columns_operand(view, column)
    extent = root.extents[column]
    if loop is None or operand is None or not isinstance(extent, int):
        return {}
    load = view.inputs[operand].owner
    sliced = [linear(e) for m in view.maps for e in m.results]
    if any(f is None or any(c < 0 for _, c in f.coefficients) for f in sliced):
        return {}
    if not isinstance(load, DispatchTensorLoadOp) or not _is_whole(load):
        return {}
    subspan = load.source.owner
    if not isinstance(subspan, InterfaceBindingSubspanOp) or not load.source.has_one_use():
        return {}
    if not load.result.has_one_use():
        return {}
    type_ = cast(TensorType, load.result.type)
    dim = next(
        i
        for i, e in enumerate(view.maps[operand].results)
        if isinstance(e, AffineDimExpr) and e.position == column
    )
    encoding = PanelsAttr.of(dim, loop.tile)
    return {subspan: TensorType(type_.element_type, type_.get_shape(), encoding)}


def columns_operand(view: Structured, column: int) -> int | None:
    """The one input that has the columns, if its map only names loops."""
    having = [i for i in range(len(view.inputs)) if column in view.maps[i].used_dims()]
    if len(having) != 1:
        return None
    results = view.maps[having[0]].results
    dims = [e.position for e in results if isinstance(e, AffineDimExpr)]
    return having[0] if len(dims) == len(results) == len(set(dims)) else None


def _is_whole(load: DispatchTensorLoadOp) -> bool:
    """Whether a load reads all of a binding of static size, as it is."""
    source = cast(DispatchTensorType, load.source.type).bound_type
    return source == load.result.type and source.has_static_shape()


def _sites(module: ModuleOp, panels: dict[Place, Panels]) -> tuple[list[Site], set[GlobalOp]]:
    """Bindings of dispatches that have panels or read constants, and the constants that nothing
    else reads."""
    globals_ = {g.sym_name.data: g for g in module.body.block.ops if isinstance(g, GlobalOp)}
    weights = {g for g in globals_.values() if _is_weight(g)}
    sites: list[Site] = []
    for op in module.walk():
        if isinstance(op, CmdDispatchOp):
            exe = op.entry_point.root_reference.data
            for number, value in enumerate(op.bindings):
                global_ = _constant(value, globals_, weights)
                if global_ is not None or (exe, number) in panels:
                    sites.append(Site(op, (exe, number), global_))
        elif isinstance(op, GlobalLoadOp):
            for use in op.result.uses:
                if not isinstance(use.operation, CmdDispatchOp):
                    weights.discard(globals_[op.global_.root_reference.data])
    return sites, weights


def _is_weight(op: GlobalOp) -> bool:
    initial, type_ = op.initial_value, op.attributes.get("stream.encoding")
    return (
        isinstance(initial, ParameterNamedAttr)
        and initial.scope.data != entropy.SCOPE
        and op.is_mutable is None
        and UPDATED not in op.attributes
        and isinstance(type_, TensorType)
        and type_.has_static_shape()
    )


def _constant(
    value: SSAValue, globals_: dict[str, GlobalOp], weights: set[GlobalOp]
) -> GlobalOp | None:
    owner = value.owner
    if not isinstance(owner, GlobalLoadOp):
        return None
    found = globals_[owner.global_.root_reference.data]
    return found if found in weights else None


def _agreeing(
    panels: dict[Place, Panels], sites: list[Site], weights: set[GlobalOp]
) -> dict[GlobalOp, TensorType]:
    """The constants that all their readers want in one layout, where each such reader always reads
    a constant."""
    places = dict(panels)
    while True:
        layouts: dict[GlobalOp, set[TensorType | None]] = {}
        for site in sites:
            if site.global_ is not None:
                found = places.get(site.place)
                layouts.setdefault(site.global_, set()).add(found.type if found else None)
        chosen = {
            g: cast(TensorType, next(iter(types)))
            for g, types in layouts.items()
            if g in weights and len(types) == 1 and None not in types and _fits(g, types)
        }
        broken = {s.place for s in sites if s.place in places and s.global_ not in chosen}
        if not broken:
            return chosen
        for place in broken:
            del places[place]


def _fits(global_: GlobalOp, types: set[TensorType | None]) -> bool:
    """Whether the constant has as many elements of the same type as the binding reads."""
    (type_,) = types
    own = cast(TensorType, global_.attributes["stream.encoding"])
    assert type_ is not None
    same = own.element_type == type_.element_type
    return same and np.prod(own.get_shape()) == np.prod(type_.get_shape())


def _pack(ctx: CompilerContext, op: GlobalOp, layout: TensorType) -> None:
    """Makes the constant's parameter one of panels, packed when it is first read. What the
    compiler computed is then kept only once; whoever asks for it later gets it unpacked."""
    initial = cast(ParameterNamedAttr, op.initial_value)
    scope, key, name = initial.scope.data, initial.key.data, op.sym_name.data
    encoding = cast(PanelsAttr, layout.encoding)
    dim, width = encoding.dim.data, encoding.width.data
    dtype = elements.dtype_of(layout.element_type)
    parameters = ctx.parameters

    def panels() -> np.ndarray:
        own = parameters.get(scope, key)
        array = np.ascontiguousarray(own).view(dtype).reshape(layout.get_shape())
        packed = pack_array(array, dim, width)
        if scope == HOISTED:
            size, like = layout.get_shape()[dim], (own.dtype, own.shape)
            parameters.add(
                scope, key, lambda: unpack_array(packed, dim, size).view(like[0]).reshape(like[1])
            )
        return packed

    parameters.add(SCOPE, name, panels)
    with rewriting(ctx, "PackConstant", op) as rewriter:
        op.properties["initial_value"] = ParameterNamedAttr(
            StringAttr(SCOPE), StringAttr(name), initial.type
        )
        op.attributes["stream.encoding"] = layout
        rewriter.notify_op_modified(op)


def _mark(ctx: CompilerContext, panels: Panels) -> None:
    """Gives the subspans the type with the encoding."""
    for subspan in panels.subspans:
        access = cast(DispatchTensorType, subspan.result.type).access
        with rewriting(ctx, "PackBinding", subspan) as rewriter:
            rewriter.replace_value_with_new_type(
                subspan.result, DispatchTensorType(access, panels.type)
            )


def _lengthen(ctx: CompilerContext, site: Site, layout: TensorType) -> None:
    """The binding's length, where the last panel was filled up."""
    size = elements.dtype_of(layout.element_type).itemsize
    nbytes = size * int(np.prod(packed_shape(layout)))
    op, number = site.op, site.place[1]
    if nbytes == size * int(np.prod(layout.get_shape())):
        return
    outer: Operation = op
    while not isinstance(outer, CmdExecuteOp):
        parent = outer.parent_op()
        assert parent is not None
        outer = parent
    with rewriting(ctx, "PackBinding", op) as rewriter:
        length = arith.ConstantOp(IntegerAttr(nbytes, IndexType()))
        rewriter.insert(length, InsertPoint.before(outer))
        first = len(op.operands) - len(op.lengths)
        op.operands[first + number] = length.result
        rewriter.notify_op_modified(op)
