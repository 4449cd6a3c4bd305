# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels for ranges of sizes that only a call knows; the host chooses when it records commands.

Which loop deserves a kernel of its own, and for which sizes, is the target's business
(`targets/llvm_cpu/configure.py`); `hal/recording.py` chooses among the exports.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, StringAttr
from xdsl.dialects.func import FuncOp
from xdsl.ir import Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore.codegen.bounds import FEW, divisor, static_bound
from iree_explore.codegen.distribution import describe_root, fresh_block, rebuild, workload_values
from iree_explore.codegen.emitter import Emitter
from iree_explore.codegen.passes.select_lowering_strategy import find_root
from iree_explore.codegen.target import cpu_of, export_of
from iree_explore.codegen.tiler import Tiler
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import INDEX, symbol
from iree_explore.flow.util_dialect import AssumeIntOp, IntAssumptionAttr
from iree_explore.hal.dialect import ExecutableExportOp, ReturnOp
from iree_explore.provenance import rewriting
from iree_explore.targets.llvm_cpu.configure import specialized_loop


@dataclass(frozen=True)
class SpecializeExports(ModulePass):
    """Copies entry functions whose best code depends on a size, and says in the copy what it is
    for.

    Before:

    ```mlir
    func.func @entry() {
      %0 = hal.interface.constant.load layout(<constants = 2, bindings = [#hal.pipeline.binding<storage_buffer>]>) ordinal(0 : index) : i32
      %1 = arith.extui %0 : i32 to i64
      %2 = hal.interface.constant.load layout(<constants = 2, bindings = [#hal.pipeline.binding<storage_buffer>]>) ordinal(1 : index) : i32
      %3 = arith.extui %2 : i32 to i64
      %4 = arith.constant 32 : i64
      %5 = arith.shli %3, %4 : i64
      %6 = arith.ori %1, %5 : i64
      %n = arith.index_cast %6 : i64 to index
      %7 = hal.interface.binding.subspan layout(<constants = 2, bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) {%n} : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x8xf32>>
      %8 = hal.interface.binding.subspan layout(<constants = 2, bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8x64xf32>>
      %9 = hal.interface.binding.subspan layout(<constants = 2, bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(2 : index) {%n} : !iree_tensor_ext.dispatch.tensor<readwrite:tensor<?x64xf32>>
      %10 = iree_tensor_ext.dispatch.tensor.load %7{%n}, offsets = [0, 0], sizes = [%n, 8], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x8xf32>> -> tensor<?x8xf32>
      %11 = iree_tensor_ext.dispatch.tensor.load %8, offsets = [0, 0], sizes = [8, 64], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8x64xf32>> -> tensor<8x64xf32>
      %12 = iree_tensor_ext.dispatch.tensor.load %9{%n}, offsets = [0, 0], sizes = [%n, 64], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readwrite:tensor<?x64xf32>> -> tensor<?x64xf32>
      %13 = linalg.matmul ins(%10, %11 : tensor<?x8xf32>, tensor<8x64xf32>) outs(%12 : tensor<?x64xf32>) -> tensor<?x64xf32>
      iree_tensor_ext.dispatch.tensor.store %13, %9{%n}, offsets = [0, 0], sizes = [%n, 64], strides = [1, 1] : tensor<?x64xf32> -> !iree_tensor_ext.dispatch.tensor<readwrite:tensor<?x64xf32>>
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @entry() {
        %0 = hal.interface.constant.load layout(<constants = 2, bindings = [#hal.pipeline.binding<storage_buffer>]>) ordinal(0 : index) : i32
        %1 = arith.extui %0 : i32 to i64
        %2 = hal.interface.constant.load layout(<constants = 2, bindings = [#hal.pipeline.binding<storage_buffer>]>) ordinal(1 : index) : i32
        %3 = arith.extui %2 : i32 to i64
        %4 = arith.constant 32 : i64
        %5 = arith.shli %3, %4 : i64
        %6 = arith.ori %1, %5 : i64
        %n = arith.index_cast %6 : i64 to index
        %7 = hal.interface.binding.subspan layout(<constants = 2, bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) {%n} : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x8xf32>>
        %8 = hal.interface.binding.subspan layout(<constants = 2, bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8x64xf32>>
        %9 = hal.interface.binding.subspan layout(<constants = 2, bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(2 : index) {%n} : !iree_tensor_ext.dispatch.tensor<readwrite:tensor<?x64xf32>>
        %10 = iree_tensor_ext.dispatch.tensor.load %7{%n}, offsets = [0, 0], sizes = [%n, 8], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x8xf32>> -> tensor<?x8xf32>
        %11 = iree_tensor_ext.dispatch.tensor.load %8, offsets = [0, 0], sizes = [8, 64], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8x64xf32>> -> tensor<8x64xf32>
        %12 = iree_tensor_ext.dispatch.tensor.load %9{%n}, offsets = [0, 0], sizes = [%n, 64], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readwrite:tensor<?x64xf32>> -> tensor<?x64xf32>
        %13 = linalg.matmul ins(%10, %11 : tensor<?x8xf32>, tensor<8x64xf32>) outs(%12 : tensor<?x64xf32>) -> tensor<?x64xf32>
        iree_tensor_ext.dispatch.tensor.store %13, %9{%n}, offsets = [0, 0], sizes = [%n, 64], strides = [1, 1] : tensor<?x64xf32> -> !iree_tensor_ext.dispatch.tensor<readwrite:tensor<?x64xf32>>
        func.return
      }
      func.func @entry_0() {
        %0 = hal.interface.constant.load layout(<constants = 2, bindings = [#hal.pipeline.binding<storage_buffer>]>) ordinal(0 : index) : i32
        %1 = arith.extui %0 : i32 to i64
        %2 = hal.interface.constant.load layout(<constants = 2, bindings = [#hal.pipeline.binding<storage_buffer>]>) ordinal(1 : index) : i32
        %3 = arith.extui %2 : i32 to i64
        %4 = arith.constant 32 : i64
        %5 = arith.shli %3, %4 : i64
        %6 = arith.ori %1, %5 : i64
        %n = arith.index_cast %6 : i64 to index
        %n_1 = util.assume.int %n <umin = 0, umax = 31> : index
        %7 = hal.interface.binding.subspan layout(<constants = 2, bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) {%n_1} : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x8xf32>>
        %8 = hal.interface.binding.subspan layout(<constants = 2, bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8x64xf32>>
        %9 = hal.interface.binding.subspan layout(<constants = 2, bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(2 : index) {%n_1} : !iree_tensor_ext.dispatch.tensor<readwrite:tensor<?x64xf32>>
        %10 = iree_tensor_ext.dispatch.tensor.load %7{%n_1}, offsets = [0, 0], sizes = [%n_1, 8], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x8xf32>> -> tensor<?x8xf32>
        %11 = iree_tensor_ext.dispatch.tensor.load %8, offsets = [0, 0], sizes = [8, 64], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8x64xf32>> -> tensor<8x64xf32>
        %12 = iree_tensor_ext.dispatch.tensor.load %9{%n_1}, offsets = [0, 0], sizes = [%n_1, 64], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readwrite:tensor<?x64xf32>> -> tensor<?x64xf32>
        %13 = linalg.matmul ins(%10, %11 : tensor<?x8xf32>, tensor<8x64xf32>) outs(%12 : tensor<?x64xf32>) -> tensor<?x64xf32>
        iree_tensor_ext.dispatch.tensor.store %13, %9{%n_1}, offsets = [0, 0], sizes = [%n_1, 64], strides = [1, 1] : tensor<?x64xf32> -> !iree_tensor_ext.dispatch.tensor<readwrite:tensor<?x64xf32>>
        func.return
      }
    }
    ```
    """  # noqa: E501

    name = "executable-configurations-specialize-exports"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for func in list(op.body.block.ops):
            if isinstance(func, FuncOp):
                specialize(cast(CompilerContext, ctx), op, func)


def specialize(ctx: CompilerContext, module: ModuleOp, func: FuncOp) -> None:
    """Adds the kernel for few rows, if `func` is a product of a number of rows that the workload
    tells."""
    size = specialized_size(module, func)
    if size is None:
        return
    name = f"{func.sym_name.data}_0"
    copies: dict[SSAValue, SSAValue] = {}
    copy = func.clone(copies)
    copy.properties["sym_name"] = StringAttr(name)
    with rewriting(ctx, "SpecializeExport", func, at=InsertPoint.after(func)) as rewriter:
        rewriter.insert(copy)
    inner = copies[size]
    owner = cast(Operation, inner.owner)
    assume = AssumeIntOp(inner, IntAssumptionAttr.of(umin=0, umax=FEW))
    with rewriting(ctx, "AssumeRange", owner, at=InsertPoint.after(owner)) as rewriter:
        rewriter.insert(assume)
        inner.replace_uses_with_if(assume.result, lambda use: use.operation is not assume)
    _export(ctx, module, func, size, name)


def specialized_size(module: ModuleOp, func: FuncOp) -> SSAValue | None:
    """The index value, computed from the workload alone, that one more kernel is made for: none
    that is always small, or never."""
    root_op = find_root(func)
    if root_op is None:
        return None
    root = describe_root(root_op, Tiler())
    extents = [e if isinstance(e, int) else None for e in root.extents]
    if None not in extents:
        return None
    loop = specialized_loop(root_op, extents, cpu_of(module))
    if loop is None:
        return None
    size = root.extents[loop]
    most = static_bound(size)
    if (most is not None and most <= FEW) or divisor(size) > FEW:
        return None
    workload = workload_values(func)
    arguments = fresh_block(len(workload)).args
    known: dict[SSAValue, SSAValue] = {v: arguments[i] for v, i in workload.items()}
    assert isinstance(size, SSAValue)
    owner = size.owner
    inside = isinstance(owner, Operation) and owner.parent is func.body.block
    return size if inside and rebuild(Emitter(), size, known) is not None else None


def _export(
    ctx: CompilerContext, module: ModuleOp, func: FuncOp, size: SSAValue, name: str
) -> None:
    """The export of the copy, with the condition under which it may be dispatched."""
    fallback = export_of(module, func.sym_name.data)
    if fallback is None or fallback.workgroup_count is None:
        return
    workload = workload_values(func)
    count = fallback.workgroup_count
    block = fresh_block(len(count.block.args) if count.blocks else len(workload))
    em = Emitter()
    rebuilt = rebuild(em, size, {v: block.args[i] for v, i in workload.items()})
    assert isinstance(rebuilt, SSAValue)
    few = arith.CmpiOp(rebuilt, em.const(FEW), "sle")
    block.add_ops([*em.take(), few, ReturnOp(few.result)])
    siblings = [op for op in fallback.parent.ops if isinstance(op, ExecutableExportOp)]  # pyright: ignore
    export = ExecutableExportOp.build(
        properties={
            "sym_name": StringAttr(name),
            "ordinal": IntegerAttr(len(siblings), INDEX),
            "layout": fallback.layout,
            "condition_fallback": symbol(fallback.sym_name.data),
        },
        regions=[count.clone(), Region(block)],
    )
    at = InsertPoint.after(siblings[-1])
    with rewriting(ctx, "SpecializeExport", fallback, func, at=at) as rewriter:
        rewriter.insert(export)
