# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Each `flow.dispatch.region` becomes a function in a `flow.executable` and a `flow.dispatch`.

What the region captures becomes arguments: tensors first, then scalars and sizes. Names tell the
root op and its shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    IndexType,
    ModuleOp,
    TensorType,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import (
    append,
    clone,
    function_op,
    module_of,
    return_op,
    string,
    symbol,
)
from iree_explore.flow.dialect import (
    READONLY,
    WRITEONLY,
    DispatchOp,
    DispatchRegionOp,
    DispatchTensorType,
    ExecutableExportOp,
    ExecutableOp,
    load_whole,
    store_whole,
)
from iree_explore.flow.passes.form_dispatch_regions import captured
from iree_explore.linalg import dims
from iree_explore.linalg.structured import (
    Structured,
    dims_of_map,
    is_contraction,
    is_elementwise,
    is_linalg,
    loop_sizes,
    shape_of,
    structured,
)
from iree_explore.walk import walk


@dataclass(frozen=True)
class OutlineDispatchRegions(ModulePass):
    """Moves dispatch regions into executables.

    Before:

    ```mlir
    func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {
      %0 = flow.dispatch.region -> (tensor<4xf32>) {
        %e = tensor.empty() : tensor<4xf32>
        %1 = linalg.exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
        flow.return %1 : tensor<4xf32>
      }
      func.return %0 : tensor<4xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      flow.executable @f_dispatch_0 attributes {sym_visibility = "private"} {
        flow.executable.export @f_dispatch_0_exp_4_f32(@f_dispatch_0_exp_4_f32)
        builtin.module {
          func.func @f_dispatch_0_exp_4_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<4xf32>>, %1: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4xf32>>) {
            %2 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0], sizes = [4], strides = [1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<4xf32>> -> tensor<4xf32>
            %e = tensor.empty() : tensor<4xf32>
            %3 = linalg.exp ins(%2 : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
            iree_tensor_ext.dispatch.tensor.store %3, %1, offsets = [0], sizes = [4], strides = [1] : tensor<4xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4xf32>>
            func.return
          }
        }
      }
      func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {
        %0 = flow.dispatch @f_dispatch_0::@f_dispatch_0_exp_4_f32(%a) : (tensor<4xf32>) -> (tensor<4xf32>)
        func.return %0 : tensor<4xf32>
      }
    }
    ```
    """  # noqa: E501

    name = "flow-outline-dispatch-regions"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        for function in list(op.body.block.ops):
            if not isinstance(function, func.FuncOp) and function.name != "util.initializer":
                continue
            prefix = function.sym_name.data if isinstance(function, func.FuncOp) else "initializer"
            regions = [o for o in walk(function) if isinstance(o, DispatchRegionOp)]
            for index, region in enumerate(regions):
                outline(context, op, function, region, f"{prefix}_dispatch_{index}")


def outline(
    ctx: CompilerContext,
    module: ModuleOp,
    function: Operation,
    region: DispatchRegionOp,
    name: str,
) -> None:
    """Moves one region into the executable `name`, placed before `function`."""
    with provenance.rewriting(ctx, "OutlineDispatchRegion", region) as rewriter:
        inputs = captured(region)
        tensors = [v for v in inputs if isinstance(v.type, TensorType)]
        scalars: dict[SSAValue, None] = dict.fromkeys(v for v in inputs if v not in tensors)
        tensor_dims = [dims.dynamic_sizes(rewriter, v) for v in tensors]
        for value in (d for sizes in tensor_dims for d in sizes):
            scalars.setdefault(value)
        for value in region.result_dims:
            scalars.setdefault(value)
        entry = f"{name}_{root_name(region.body.block)}"
        inner = _function(region, entry, tensors, tensor_dims, list(scalars))
        workload = [v for v in scalars if isinstance(v.type, IndexType)]
        executable = _executable(name, entry, inner)
        rewriter.insert(executable, InsertPoint.before(function))
        dispatch = DispatchOp.build(
            operands=[
                workload,
                [*tensors, *scalars],
                [d for sizes in tensor_dims for d in sizes],
                list(region.result_dims),
            ],
            properties={
                "entry_point": symbol(name, entry),
            },
            result_types=[[r.type for r in region.results]],
        )
        rewriter.insertion_point = InsertPoint.before(region)
        rewriter.replace(region, dispatch)


def _executable(name: str, entry: str, inner: func.FuncOp) -> ExecutableOp:
    export = ExecutableExportOp.build(
        properties={"sym_name": string(entry), "function_ref": symbol(entry)}
    )
    return ExecutableOp.build(
        properties={"sym_name": string(name), "sym_visibility": string("private")},
        regions=[Region(Block([export, module_of([inner])]))],
    )


def _function(
    region: DispatchRegionOp,
    entry: str,
    tensors: Sequence[SSAValue],
    tensor_dims: Sequence[Sequence[SSAValue]],
    scalars: Sequence[SSAValue],
) -> func.FuncOp:
    """The device function; the region's body is moved into it."""
    argument_types: list[Attribute] = [
        DispatchTensorType(string(READONLY), cast(TensorType, v.type)) for v in tensors
    ]
    argument_types += [v.type for v in scalars]
    argument_types += [
        DispatchTensorType(string(WRITEONLY), cast(TensorType, r.type)) for r in region.results
    ]
    block = Block(arg_types=argument_types)
    scalar_args = block.args[len(tensors) : len(tensors) + len(scalars)]
    values: dict[SSAValue, SSAValue] = dict(zip(scalars, scalar_args, strict=True))
    for value, argument, sizes in zip(tensors, block.args, tensor_dims, strict=False):
        load = load_whole(argument, [values[d] for d in sizes])
        block.add_op(load)
        values[value] = load.result
    for op in list(region.body.block.ops)[:-1]:
        append(block, clone(op, values))
    terminator = region.body.block.last_op
    assert terminator is not None
    sizes = iter(region.result_dims)
    outputs = block.args[len(tensors) + len(scalars) :]
    for value, argument in zip(terminator.operands, outputs, strict=True):
        count = sum(1 for d in shape_of(value) if d < 0)
        out_dims = [values[next(sizes)] for _ in range(count)]
        block.add_op(store_whole(values[value], argument, out_dims))
    block.add_op(return_op())
    return function_op(entry, argument_types, (), Region(block))


def root_name(block: Block) -> str:
    """`matmul_4x8x16_f32`: the op with most work, its loop extents, the element type."""
    ops = [o for o in block.ops if o.results and o.name not in ("tensor.empty", "linalg.fill")]
    linalg_ops = [o for o in ops if is_linalg(o)]
    roots = [o for o in linalg_ops if not is_elementwise(structured(o))] or linalg_ops
    if not roots:
        others = [o for o in ops if o.name.startswith(("tensor.", "iree_linalg_ext."))]
        if not others:
            return "fill_" + _shape_name(block.last_op.operands[0])  # pyright: ignore
        root = others[-1]
        return f"{root.name.partition('.')[2]}_{_shape_name(root.results[0])}"
    root = roots[0]
    view = structured(root)
    extents = [
        "D" if source is None or shape_of(source[0])[source[1]] < 0
        else str(shape_of(source[0])[source[1]])
        for source in loop_sizes(view)
    ]  # fmt: skip
    kind = root.name.partition(".")[2]
    if kind == "generic":
        kind = _generic_kind(view)
    element = cast(Any, root.results[0].type).element_type
    return "_".join([kind, "x".join(extents), str(element)]).replace("__", "_")


def _generic_kind(view: Structured) -> str:
    if view.all_parallel:
        return "elementwise"
    if not is_contraction(view):
        return "reduction"
    windows = any(dims_of_map(m) is None for m in view.maps)
    return "conv_like" if windows else "matmul_like"


def _shape_name(value: SSAValue) -> str:
    extents = ["D" if d < 0 else str(d) for d in shape_of(value)]
    return "x".join([*extents, str(cast(Any, value.type).element_type)])
