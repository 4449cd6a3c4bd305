# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels become `spirv.module`s, one for each of the target's profiles that can have them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xdsl.dialects.builtin import ContainerType, DictionaryAttr, ModuleOp, StringAttr, f64
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, Operation
from xdsl.passes import ModulePass

from iree_explore.codegen.gpu.cooperative import COOPERATIVE_PRODUCT
from iree_explore.context import CompilerContext
from iree_explore.errors import GapError
from iree_explore.hal.dialect import ExecutableVariantOp
from iree_explore.provenance import op_id, rewriting
from iree_explore.targets.spirv.cooperative import product_kernel
from iree_explore.targets.spirv.lowering import Lowering, problems
from iree_explore.targets.spirv.target import profiles_of
from iree_explore.targets.spirv.verify import NATIVE, Profile

LACKING = "spirv.lacking."
"""Prefix of the attributes that say why there is no kernel for a profile."""


class ConvertToSPIRV(ModulePass):
    """Writes each entry function as a `spirv.module` of every profile of the target.

    Before:
    ```mlir
    func.func @entry() {
      %i = "gpu.thread_id"() <{dimension = #gpu<dim x>}> : () -> index
      %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : memref<8xf32>
      %v = memref.load %0[%i] : memref<8xf32>
      %w = arith.addf %v, %v : f32
      memref.store %w, %0[%i] : memref<8xf32>
      func.return
    }
    ```

    After:
    ```mlir
    builtin.module {
      spirv.module Logical GLSL450 requires #spirv.vce<v1.3, [Shader], []> {
        "spirv.GlobalVariable"() <{sym_name = "LocalInvocationId", type = !spirv.ptr<vector<3xi32>, Input>, built_in = "LocalInvocationId"}> : () -> ()
        "spirv.GlobalVariable"() <{sym_name = "binding_0_f32", type = !spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0]), Block>, StorageBuffer>, binding = 0 : i32, descriptor_set = 0 : i32}> : () -> ()
        spirv.func @entry() "None" {
          %0 = "spirv.mlir.addressof"() <{variable = @LocalInvocationId}> : () -> !spirv.ptr<vector<3xi32>, Input>
          %1 = "spirv.mlir.addressof"() <{variable = @binding_0_f32}> : () -> !spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0]), Block>, StorageBuffer>
          %2 = "spirv.Constant"() <{value = 0 : i32}> : () -> i32
          %3 = "spirv.Load"(%0) : (!spirv.ptr<vector<3xi32>, Input>) -> vector<3xi32>
          %4 = "spirv.CompositeExtract"(%3) <{indices = [0 : i32]}> : (vector<3xi32>) -> i32
          %5 = "spirv.AccessChain"(%1, %2, %4) : (!spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0]), Block>, StorageBuffer>, i32, i32) -> !spirv.ptr<f32, StorageBuffer>
          %6 = "spirv.Load"(%5) : (!spirv.ptr<f32, StorageBuffer>) -> f32
          %7 = spirv.FAdd %6, %6 : f32
          %8 = "spirv.AccessChain"(%1, %2, %4) : (!spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0]), Block>, StorageBuffer>, i32, i32) -> !spirv.ptr<f32, StorageBuffer>
          "spirv.Store"(%8, %7) : (!spirv.ptr<f32, StorageBuffer>, f32) -> ()
          spirv.Return
        }
        "spirv.EntryPoint"() <{execution_model = #spirv.execution_model<GLCompute>, fn = @entry, interface = [@LocalInvocationId]}> : () -> ()
        "spirv.ExecutionMode"() <{fn = @entry, execution_mode = #spirv.execution_mode<LocalSize>, values = [1 : i32, 1 : i32, 1 : i32]}> : () -> ()
      }
      spirv.module Logical GLSL450 requires #spirv.vce<v1.6, [Shader], []> {
        "spirv.GlobalVariable"() <{sym_name = "LocalInvocationId", type = !spirv.ptr<vector<3xi32>, Input>, built_in = "LocalInvocationId"}> : () -> ()
        "spirv.GlobalVariable"() <{sym_name = "binding_0_f32", type = !spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0]), Block>, StorageBuffer>, binding = 0 : i32, descriptor_set = 0 : i32}> : () -> ()
        spirv.func @entry() "None" {
          %0 = "spirv.mlir.addressof"() <{variable = @LocalInvocationId}> : () -> !spirv.ptr<vector<3xi32>, Input>
          %1 = "spirv.mlir.addressof"() <{variable = @binding_0_f32}> : () -> !spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0]), Block>, StorageBuffer>
          %2 = "spirv.Constant"() <{value = 0 : i32}> : () -> i32
          %3 = "spirv.Load"(%0) : (!spirv.ptr<vector<3xi32>, Input>) -> vector<3xi32>
          %4 = "spirv.CompositeExtract"(%3) <{indices = [0 : i32]}> : (vector<3xi32>) -> i32
          %5 = "spirv.AccessChain"(%1, %2, %4) : (!spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0]), Block>, StorageBuffer>, i32, i32) -> !spirv.ptr<f32, StorageBuffer>
          %6 = "spirv.Load"(%5) : (!spirv.ptr<f32, StorageBuffer>) -> f32
          %7 = spirv.FAdd %6, %6 : f32
          %8 = "spirv.AccessChain"(%1, %2, %4) : (!spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0]), Block>, StorageBuffer>, i32, i32) -> !spirv.ptr<f32, StorageBuffer>
          "spirv.Store"(%8, %7) : (!spirv.ptr<f32, StorageBuffer>, f32) -> ()
          spirv.Return
        }
        "spirv.EntryPoint"() <{execution_model = #spirv.execution_model<GLCompute>, fn = @entry, interface = [@LocalInvocationId, @binding_0_f32]}> : () -> ()
        "spirv.ExecutionMode"() <{fn = @entry, execution_mode = #spirv.execution_mode<LocalSize>, values = [1 : i32, 1 : i32, 1 : i32]}> : () -> ()
      }
    }
    ```
    """  # noqa: E501

    name = "executable-targets-convert-to-spirv"

    def apply(self, ctx: CompilerContext, module: ModuleOp) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        variant = module.parent_op()
        target = variant.target if isinstance(variant, ExecutableVariantOp) else None
        for func in list(module.body.block.ops):
            if isinstance(func, FuncOp):
                convert(ctx, func, profiles_of(target))


def convert(ctx: CompilerContext, func: FuncOp, profiles: Sequence[Profile]) -> None:
    """Replaces an entry function by its modules; raises `GapError` IX203 that names everything
    that not even the richest of the target's profiles has."""
    lacking = {profile.name: problems(func, profile) for profile in profiles}
    richest = profiles[-1].name
    if lacking[richest]:
        also = _without_f64(func, richest) if richest != NATIVE.name else ()
        others = "llvm-cpu" if richest == NATIVE.name else "vulkan-spirv, or llvm-cpu"
        raise GapError(
            "IX203",
            f"kernel {func.sym_name.data}: no lowering to spirv",
            because="\n".join((*lacking[richest], *also)),
            hint=f"compile for target {others}",
        )
    made = []
    for profile in profiles:
        if not lacking[profile.name]:
            lowering = Lowering(func, profile)
            made.append(lowering.run())
            for op, source in lowering.k.sources:
                ctx.provenance.assign(op, [op_id(source)], reason="ConvertToSPIRV")
    product = func.attributes.get(COOPERATIVE_PRODUCT)
    if isinstance(product, DictionaryAttr) and NATIVE in profiles:
        made.append(product_kernel(func.sym_name.data, product))
    for profile, reasons in lacking.items():
        if reasons:
            made[-1].attributes[LACKING + profile] = StringAttr("; ".join(reasons))
    with rewriting(ctx, "ConvertToSPIRV", func) as rewriter:
        rewriter.insert(made)
        rewriter.erase(func)


def _without_f64(func: FuncOp, profile: str) -> Iterator[str]:
    """The other kernels that need f64, which are not lowered yet: all at once."""
    module: Operation | None = func
    while module is not None and module.parent_op() is not None:
        module = module.parent_op()
    if module is None or module is func:
        return
    for other in module.walk():
        if not isinstance(other, FuncOp) or other is func or not _is_kernel(other):
            continue
        names = sorted(
            {op.name for op in other.walk() if any(_has_f64(r.type) for r in op.results)}
        )
        if names:
            kernel = other.sym_name.data
            yield f"kernel {kernel}: the profile {profile} has no f64 ({', '.join(names)})"


def _is_kernel(func: FuncOp) -> bool:
    inner = func.parent_op()
    return inner is not None and isinstance(inner.parent_op(), ExecutableVariantOp)


def _has_f64(type_: Attribute) -> bool:
    if isinstance(type_, ContainerType):
        return type_.get_element_type() == f64
    return type_ == f64
