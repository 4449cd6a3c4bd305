# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The host program becomes a `vm.module`; HAL ops become calls of the runtime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ArrayAttr,
    ModuleOp,
    StringAttr,
)
from xdsl.ir import Attribute, Block, Operation, Region
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import function_type
from iree_explore.flow.util_dialect import GlobalOp, InitializerOp
from iree_explore.hal import host_ops as hal
from iree_explore.hal.passes.wrap_entry_points import (
    CONSTRAINTS,
    DECLARATION,
    STRUCTURE,
    is_exported,
)
from iree_explore.hal.types import ExecutableType
from iree_explore.vm import dialect as vm
from iree_explore.vm.conversion import EXECUTABLE, Converter, convert_type


@dataclass(frozen=True)
class ConvertToVM(ModulePass):
    """Turns functions, globals and initializers into the VM's; loads executables in `__init`.

    Before:

    ```mlir
    func.func public @f(%v: !hal.buffer_view) -> !hal.buffer_view {
      %d = hal.devices.get : !hal.device
      %n = hal.buffer_view.dim %v dim(0 : i64) : index
      %m = arith.addi %n, %n : index
      %b = hal.device.queue.alloca %d for "external" {%m} : !hal.buffer
      %r = hal.buffer_view.create buffer(%b) type(tensor<?xi8>) {%m} : !hal.buffer_view
      func.return %r : !hal.buffer_view
    }
    ```

    After:

    ```mlir
    builtin.module {
      vm.module @module {
        vm.import @hal.buffer_view.create
        vm.import @hal.buffer_view.dim
        vm.import @hal.device.queue.alloca
        vm.import @hal.devices.get
        vm.func @f (!vm.ref<!hal.buffer_view>) -> !vm.ref<!hal.buffer_view> attributes {sym_visibility = "private"} {
        ^bb0(%v: !vm.ref<!hal.buffer_view>):
          %d = vm.call @hal.devices.get() : () -> !vm.ref<!hal.device>
          %0 = vm.const 0 : i32 -> i32
          %n = vm.call @hal.buffer_view.dim(%v, %0) : (!vm.ref<!hal.buffer_view>, i32) -> i64
          %m = vm.add.i64 %n, %n
          %1 = vm.rodata.inline "external" : !vm.ref<!vm.buffer>
          %b = vm.call @hal.device.queue.alloca(%d, %1, %m) : (!vm.ref<!hal.device>, !vm.ref<!vm.buffer>, i64) -> !vm.ref<!hal.buffer>
          %2 = vm.const 268435464 : i32 -> i32
          %r = vm.call @hal.buffer_view.create(%b, %2, %m) segments [-1, -1, 1] : (!vm.ref<!hal.buffer>, i32, i64) -> !vm.ref<!hal.buffer_view>
          vm.return %r : !vm.ref<!hal.buffer_view>
        }
        vm.export @f attributes {arguments = [], results = []}
        vm.func @__init () -> () attributes {sym_visibility = "private"} {
          vm.return
        }
        vm.export @__init
      }
    }
    ```
    """  # noqa: E501

    name = "vm-convert-to-vm"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        _Conversion(cast(CompilerContext, ctx), op).run()


class _Conversion:
    """Converts one module."""

    def __init__(self, ctx: CompilerContext, module: ModuleOp) -> None:
        self.ctx = ctx
        self.module = module
        self.block = Block()
        self.initializers: list[str] = []
        self.converter = Converter(ctx)

    def run(self) -> None:
        ops = [
            o
            for o in self.module.body.block.ops
            if isinstance(o, GlobalOp | InitializerOp | func.FuncOp | hal.ExecutableBinaryOp)
        ]
        with provenance.rewriting(
            self.ctx, "CreateVMModule", self.module, at=self.module.body.block
        ) as rewriter:
            target = vm.ModuleOp.build(
                properties={"sym_name": StringAttr("module")}, regions=[Region(self.block)]
            )
            rewriter.insert(target)
        binaries = [o for o in ops if isinstance(o, hal.ExecutableBinaryOp)]
        for op in ops:
            if isinstance(op, GlobalOp):
                self._global(op)
        if binaries:
            self._executables(binaries)
        for op in ops:
            if isinstance(op, func.FuncOp):
                self._function(op)
            elif isinstance(op, InitializerOp):
                self._initializer(op)
        with provenance.rewriting(self.ctx, "CreateInit", target, at=self.block) as rewriter:
            self._init(rewriter)
            imports = [vm.ImportOp(name) for name in sorted(self.converter.imports)]
            rewriter.insert(imports, InsertPoint.at_start(self.block))

    def _at_end(self, name: str, *matched: Operation):
        return provenance.rewriting(self.ctx, name, *matched, at=self.block)

    def _global(self, op: GlobalOp) -> None:
        with self._at_end("ConvertGlobal", op) as rewriter:
            mutable = op.is_mutable is not None
            initial = op.initial_value
            new = vm.GlobalOp(op.sym_name.data, convert_type(op.type), mutable, initial)
            new.attributes.update(op.attributes)
            rewriter.insert(new)
            rewriter.erase(op)

    def _executables(self, binaries: Sequence[hal.ExecutableBinaryOp]) -> None:
        """A global per executable, filled by an initializer."""
        block = Block()
        for op in binaries:
            name = op.sym_name.data
            with self._at_end("LoadExecutable", op) as rewriter:
                rewriter.insert(vm.GlobalOp(EXECUTABLE + name, _EXECUTABLE_TYPE, False))
                end = InsertPoint.at_end(block)
                self.converter.imports.add("hal.executable.create")
                text = vm.RodataInlineOp(name)
                create = vm.CallOp("hal.executable.create", [text.result], [_EXECUTABLE_TYPE])
                store = vm.GlobalStoreOp(create.results[0], EXECUTABLE + name)
                rewriter.insert((text, create, store), end)
                ordinals = {e: i for i, e in enumerate(_entries(op))}
                self.converter.ordinals.update({(name, e): i for e, i in ordinals.items()})
        with self._at_end("LoadExecutables", *binaries[-1:]) as rewriter:
            rewriter.insert(vm.ReturnOp(), InsertPoint.at_end(block))
            name = f"__init_{len(self.initializers)}"
            self.initializers.append(name)
            rewriter.insert(vm.FuncOp(name, function_type((), ()), Region(block)))

    def _initializer(self, op: InitializerOp) -> None:
        name = f"__init_{len(self.initializers)}"
        self.initializers.append(name)
        self._body(op, name, [], [])

    def _function(self, op: func.FuncOp) -> None:
        inputs = [convert_type(t) for t in op.function_type.inputs]
        outputs = [convert_type(t) for t in op.function_type.outputs]
        exported = is_exported(op)
        kept = (DECLARATION, STRUCTURE, CONSTRAINTS)
        said = {k: op.attributes[k] for k in kept if k in op.attributes}
        arguments, results = op.arg_attrs, op.res_attrs
        function = self._body(op, op.sym_name.data, inputs, outputs)
        if exported:
            with self._at_end("ExportFunction", function) as rewriter:
                export = vm.ExportOp(function.sym_name.data)
                export.attributes.update(said)
                export.attributes["arguments"] = arguments or ArrayAttr([])
                export.attributes["results"] = results or ArrayAttr([])
                rewriter.insert(export)

    def _body(
        self,
        op: func.FuncOp | InitializerOp,
        name: str,
        inputs: Sequence[Attribute],
        outputs: Sequence[Attribute],
    ) -> vm.FuncOp:
        self.converter.convert_region(op)
        with self._at_end("ConvertFunction", op) as rewriter:
            region = op.detach_region(op.body)
            function = vm.FuncOp(name, function_type(inputs, outputs), region)
            rewriter.insert(function)
            rewriter.erase(op)
        return function

    def _init(self, rewriter: PatternRewriter) -> None:
        """`__init` calls the initializers in order."""
        calls = [vm.CallOp(name, []) for name in self.initializers]
        body = Region(Block([*calls, vm.ReturnOp()]))
        rewriter.insert(vm.FuncOp("__init", function_type((), ()), body))
        rewriter.insert(vm.ExportOp("__init"))


_EXECUTABLE_TYPE = vm.RefType(ExecutableType())


def _entries(op: hal.ExecutableBinaryOp) -> list[str]:
    text = op.entries or op.exports
    return text.data.split(";") if text is not None and text.data else []
