# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Executables get a variant per target and the interface that all targets share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import (
    ArrayAttr,
    ComplexType,
    Float32Type,
    Float64Type,
    IndexType,
    IntAttr,
    IntegerAttr,
    IntegerType,
    ModuleOp,
    StringAttr,
    f32,
    f64,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore import elements, provenance
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import INDEX, function_type, index_constant, integer, string
from iree_explore.errors import GapError
from iree_explore.flow.dialect import READONLY, DispatchTensorType
from iree_explore.hal.dialect import (
    ExecutableExportOp,
    ExecutableOp,
    ExecutableVariantOp,
    InterfaceBindingSubspanOp,
    InterfaceConstantLoadOp,
    PipelineBindingAttr,
    PipelineLayoutAttr,
    ReturnOp,
)
from iree_explore.stream import dialect as stream
from iree_explore.stream.affinity import affinity_of
from iree_explore.targets import executable_target


@dataclass(frozen=True)
class MaterializeInterfaces(ModulePass):
    """Fixes pipeline layouts: bindings and u32 constants in the order of the entry's parameters.

    Before:

    ```mlir
    stream.executable @e {
      stream.executable.export @e(@e)
      builtin.module {
        func.func @e(%a: !stream.binding, %n: i32) {
          %0 = stream.binding.subspan %a : !iree_tensor_ext.dispatch.tensor<readonly:tensor<4xf32>>
          func.return
        }
      }
    }
    ```

    After:

    ```mlir
    builtin.module {
      hal.executable @e {
        hal.executable.variant @embedded_elf_x86_64 target(<"llvm-cpu", "embedded-elf-x86_64", {cpu = "host", cpu_features = "host"}>) {
          hal.executable.export @e ordinal(0 : index) layout(<constants = 1, bindings = [#hal.pipeline.binding<storage_buffer, "ReadOnly">]>) {
            %0 = arith.constant 1 : index
            hal.return %0, %0, %0 : index, index, index
          }
          builtin.module {
            func.func @e() {
              %n = hal.interface.constant.load layout(<constants = 1, bindings = [#hal.pipeline.binding<storage_buffer, "ReadOnly">]>) ordinal(0 : index) : i32
              %1 = hal.interface.binding.subspan layout(<constants = 1, bindings = [#hal.pipeline.binding<storage_buffer, "ReadOnly">]>) binding(0 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<4xf32>>
              func.return
            }
          }
        }
      }
    }
    ```
    """  # noqa: E501

    name = "executable-sources-materialize-interfaces"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        for executable in list(op.body.block.ops):
            if isinstance(executable, stream.ExecutableOp):
                _materialize(context, executable)


def _materialize(ctx: CompilerContext, op: stream.ExecutableOp) -> None:
    exports = [o for o in op.body.block.ops if isinstance(o, stream.ExecutableExportOp)]
    inner = next(o for o in op.body.block.ops if isinstance(o, ModuleOp))
    layouts, workloads = {}, {}
    for function in inner.body.block.ops:
        if isinstance(function, func.FuncOp) and function.body.blocks:
            workloads[function.sym_name.data] = sum(
                isinstance(t, IndexType) for t in function.function_type.inputs
            )
            with provenance.rewriting(ctx, "MaterializeInterface", function) as rewriter:
                layouts[function.sym_name.data] = _Interface(rewriter, function).layout
    with provenance.rewriting(ctx, "MaterializeVariants", op, *exports) as rewriter:
        inner.detach()
        variants = []
        affinity = affinity_of(op)
        targets = ctx.options.targets if affinity is None else (affinity.target.data,)
        for number, target in enumerate(targets):
            attribute = executable_target(target, ctx.options)
            ops = [
                ExecutableExportOp.build(
                    properties={
                        "sym_name": export.sym_name,
                        "ordinal": integer(ordinal, INDEX),
                        "layout": layouts[export.function_ref.string_value()],
                    },
                    regions=[_one_workgroup(workloads[export.function_ref.string_value()]), []],
                )
                for ordinal, export in enumerate(exports)
            ]
            code = inner if number == 0 else inner.clone()
            variants.append(
                ExecutableVariantOp.build(
                    properties={
                        "sym_name": StringAttr(attribute.format.data.replace("-", "_")),
                        "target": attribute,
                    },
                    regions=[Region(Block([*ops, code]))],
                )
            )
        properties = {"sym_name": op.sym_name}
        if op.sym_visibility is not None:
            properties["sym_visibility"] = op.sym_visibility
        new = ExecutableOp.build(properties=properties, regions=[Region(Block(variants))])
        rewriter.replace(op, new, [])


def _one_workgroup(workload: int) -> Region:
    """A workgroup count until executable-configurations computes it from the workload."""
    one = index_constant(1)
    values = [one.result] * 3
    return Region(Block([one, ReturnOp(*values)], arg_types=[INDEX] * workload))


class _Interface:
    """Replaces the parameters of an entry point by reads of its interface."""

    def __init__(self, rewriter: PatternRewriter, function: func.FuncOp) -> None:
        entry = function.body.blocks[0]
        self.rewriter = rewriter
        self.where = (
            InsertPoint.before(entry.first_op) if entry.first_op else InsertPoint.at_end(entry)
        )
        bindings = [
            PipelineBindingAttr(string("storage_buffer"), string(_flags(argument)))
            for argument in entry.args
            if isinstance(argument.type, stream.BindingType)
        ]
        scalars = [a for a in entry.args if not isinstance(a.type, stream.BindingType)]
        words = sum(words_of(a.type) for a in scalars)
        self.layout = PipelineLayoutAttr(IntAttr(words), ArrayAttr(bindings))
        self.ordinal = self.binding = 0
        self.thirty_two: SSAValue | None = None
        for argument in scalars:
            hint = argument.name_hint
            value = self.scalar(argument.type)
            value.name_hint = hint
            argument.replace_all_uses_with(value)
        for argument in list(entry.args):
            if isinstance(argument.type, stream.BindingType):
                self.bind(argument)
            entry.erase_arg(argument)
        function.properties["function_type"] = function_type(
            [argument.type for argument in entry.args], function.function_type.outputs.data
        )
        rewriter.notify_op_modified(function)

    def bind(self, argument: SSAValue) -> None:
        """Uses of a binding read it by number."""
        for use in list(argument.uses):
            subspan = cast(stream.BindingSubspanOp, use.operation)
            new = InterfaceBindingSubspanOp.build(
                operands=[list(subspan.dynamic_dims)],
                properties={
                    "layout": self.layout,
                    "binding": integer(self.binding, INDEX),
                },
                result_types=[subspan.result.type],
            )
            self.rewriter.replace(subspan, new)
        self.binding += 1

    def word(self) -> SSAValue:
        """The next u32 constant."""
        op = InterfaceConstantLoadOp.build(
            properties={
                "layout": self.layout,
                "ordinal": integer(self.ordinal, INDEX),
            },
            result_types=[i32],
        )
        self.ordinal += 1
        self.rewriter.insert(op, self.where)
        return op.result

    def wide(self) -> SSAValue:
        """The next two u32 constants, low then high, as i64."""
        low, high = self.word(), self.word()
        low64, high64 = arith.ExtUIOp(low, i64), arith.ExtUIOp(high, i64)
        if self.thirty_two is None:
            constant = arith.ConstantOp(IntegerAttr(32, i64))
            self.rewriter.insert(constant, self.where)
            self.thirty_two = constant.result
        shifted = arith.ShLIOp(high64.result, self.thirty_two)
        joined = arith.OrIOp(low64.result, shifted.result)
        self.rewriter.insert((low64, high64, shifted, joined), self.where)
        return joined.result

    def scalar(self, type_: Attribute) -> SSAValue:
        """The next scalar parameter, rebuilt from its words."""
        if isinstance(type_, ComplexType):
            real, imaginary = self.scalar(type_.element_type), self.scalar(type_.element_type)
            from xdsl.dialects.complex import CreateOp  # few programs have any

            op = CreateOp(real, imaginary, type_)
            self.rewriter.insert(op, self.where)
            return op.results[0]
        if isinstance(type_, IndexType):
            op = arith.IndexCastOp(self.wide(), type_)
        elif type_ == i64:
            return self.wide()
        elif type_ == i32:
            return self.word()
        elif isinstance(type_, Float64Type):
            op = arith.BitcastOp(self.wide(), f64)
        elif isinstance(type_, Float32Type):
            op = arith.BitcastOp(self.word(), f32)
        else:
            assert isinstance(type_, IntegerType) or words_of(type_)
            width = type_
            if not isinstance(width, IntegerType):
                width = IntegerType(type_.bitwidth)  # pyright: ignore[reportAttributeAccessIssue]
            narrow = arith.TruncIOp(self.word(), width)
            self.rewriter.insert(narrow, self.where)
            if width == type_:
                return narrow.result
            op = arith.BitcastOp(narrow.result, type_)
        self.rewriter.insert(op, self.where)
        return op.results[0]


def words_of(type_: Attribute) -> int:
    """How many u32 constants a scalar parameter takes; raises `GapError` IX203 for other types."""
    if isinstance(type_, ComplexType):
        return 2 * words_of(type_.element_type)
    if isinstance(type_, IndexType | Float64Type) or type_ == i64:
        return 2
    if isinstance(type_, IntegerType) and type_.width.data <= 32:
        return 1
    if isinstance(type_, Float32Type) or elements.is_narrow_float(type_):
        return 1
    raise GapError("IX203", f"no scalar of type {type_} can be passed to a dispatch")


def _flags(argument: SSAValue) -> str:
    accesses = {
        cast(DispatchTensorType, u.operation.results[0].type).access.data for u in argument.uses
    }
    return "ReadOnly" if accesses <= {READONLY} else ""
