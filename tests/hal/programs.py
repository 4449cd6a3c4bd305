# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whole host programs whose kernels are LLVM IR text: flow goes in, a `CompiledModule` comes out.

Code generation is left out on purpose: these tests hold the phases from `stream` to `vm` and the
runtime to account by themselves.
"""

from __future__ import annotations

import hashlib

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType, IntAttr, IntegerAttr, StringAttr
from xdsl.ir import Block
from xdsl.rewriter import InsertPoint, Rewriter

from iree_explore import pipeline
from iree_explore.hal.dialect import (
    ExecutableExportOp,
    ExecutableOp,
    ExecutableVariantOp,
    ReturnOp,
)
from iree_explore.hal.host_ops import ExecutableBinaryOp
from iree_explore.hal.types import ExecutableObjectAttr
from iree_explore.module import CompiledModule
from tests.hal.kernels import object_code
from tests.lowering.phases import parse

# Both kernels treat 4 floats a workgroup; n is in constants 0 and 1 (low word is enough here).
KERNELS = r"""
define internal i32 @map(ptr %d, ptr %w, float %f, i1 %two) {
entry:
  %kp = getelementptr i8, ptr %d, i64 24
  %k = load ptr, ptr %kp
  %n = load i32, ptr %k
  %bp = getelementptr i8, ptr %d, i64 32
  %bs = load ptr, ptr %bp
  %a = load ptr, ptr %bs
  %bp1 = getelementptr ptr, ptr %bs, i64 1
  %b = load ptr, ptr %bp1
  %bp2 = getelementptr ptr, ptr %bs, i64 2
  %last = select i1 %two, ptr %bp2, ptr %bp1
  %c = load ptr, ptr %last
  %id = load i32, ptr %w
  %begin = mul i32 %id, 4
  %end0 = add i32 %begin, 4
  %past = icmp ugt i32 %end0, %n
  %end = select i1 %past, i32 %n, i32 %end0
  br label %test
test:
  %i = phi i32 [ %begin, %entry ], [ %i1, %one ]
  %more = icmp ult i32 %i, %end
  br i1 %more, label %loop, label %out
loop:
  %j = zext i32 %i to i64
  %pa = getelementptr float, ptr %a, i64 %j
  %va = load float, ptr %pa
  %pb = getelementptr float, ptr %b, i64 %j
  %scaled = fmul float %va, %f
  br i1 %two, label %sum, label %one
sum:
  %vb = load float, ptr %pb
  %both = fadd float %va, %vb
  br label %one
one:
  %v = phi float [ %scaled, %loop ], [ %both, %sum ]
  %pc = getelementptr float, ptr %c, i64 %j
  store float %v, ptr %pc
  %i1 = add i32 %i, 1
  br label %test
out:
  ret i32 0
}
define i32 @double(ptr %e, ptr %d, ptr %w) {
  %r = call i32 @map(ptr %d, ptr %w, float 2.0, i1 false)
  ret i32 %r
}
define i32 @add(ptr %e, ptr %d, ptr %w) {
  %r = call i32 @map(ptr %d, ptr %w, float 0.0, i1 true)
  ret i32 %r
}
define i32 @fail(ptr %e, ptr %d, ptr %w) {
  ret i32 7
}
"""

_ARGUMENT = "!iree_tensor_ext.dispatch.tensor<{}:tensor<?xf32>>"


def executable(name: str, inputs: int) -> str:
    """A `flow.executable` whose entry takes `inputs` tensors<?xf32>, n, and gives one."""
    arguments = [f"%a{i}: {_ARGUMENT.format('readonly')}" for i in range(inputs)]
    arguments += ["%n: index", f"%o: {_ARGUMENT.format('writeonly')}"]
    loads = "\n".join(
        f"%x{i} = iree_tensor_ext.dispatch.tensor.load %a{i}{{%n}}, offsets = [0], sizes = [%n],"
        f" strides = [1] : {_ARGUMENT.format('readonly')} -> tensor<?xf32>"
        for i in range(inputs)
    )
    return f"""flow.executable @{name} {{
      flow.executable.export @{name}(@{name})
      builtin.module {{
        func.func @{name}({", ".join(arguments)}) {{
          {loads}
          iree_tensor_ext.dispatch.tensor.store %x0, %o{{%n}}, offsets = [0], sizes = [%n],
            strides = [1] : tensor<?xf32> -> {_ARGUMENT.format("writeonly")}
          func.return
        }}
      }}
    }}"""


EXECUTABLES = "\n".join([executable("double", 1), executable("add", 2), executable("fail", 1)])


def double(result: str, x: str, n: str = "%n") -> str:
    return (
        f"{result} = flow.dispatch @double::@double[{n}]({x}, {n}){{{n}}} result_dims {{{n}}}"
        " : (tensor<?xf32>, index) -> (tensor<?xf32>)"
    )


def add(result: str, x: str, y: str, n: str = "%n") -> str:
    return (
        f"{result} = flow.dispatch @add::@add[{n}]({x}, {y}, {n}){{{n}, {n}}} result_dims {{{n}}}"
        " : (tensor<?xf32>, tensor<?xf32>, index) -> (tensor<?xf32>)"
    )


IMPORT = """%n = hal.buffer_view.dim %v dim(0 : i64) : index
    %x = hal.tensor.import %v{%n} : !hal.buffer_view -> tensor<?xf32>"""


def export(value: str) -> str:
    return f"""%r = hal.tensor.export {value}{{%n}} : tensor<?xf32> -> !hal.buffer_view
    func.return %r : !hal.buffer_view"""


def main(*body: str) -> str:
    """`@main` from one tensor<?xf32> to another."""
    text = "\n".join(body)
    return f"func.func public @main(%v: !hal.buffer_view) -> !hal.buffer_view {{\n{text}\n}}"


def compile_flow(
    text: str, device: str = "local-sync", parameters: dict[str, np.ndarray] | None = None
) -> CompiledModule:
    """Runs stream to vm with the kernels above as object code."""
    ctx, module = parse(EXECUTABLES + text)
    for key, value in (parameters or {}).items():
        ctx.parameters.add("model", key, value)
    pipeline.run(module, ctx, start="stream", stop="executable-sources")
    code = object_code(KERNELS)
    digest = hashlib.sha256(code).hexdigest()
    ctx.objects[digest] = code
    for op in module.body.block.ops:
        if isinstance(op, ExecutableOp):
            _translate(op, ExecutableObjectAttr(StringAttr(digest), IntAttr(len(code))))
    ctx.provenance.settle(module, "test")
    pipeline.run(module, ctx, start="hal", stop="vm")
    return CompiledModule.from_compilation(module, ctx, device=device)


def _translate(op: ExecutableOp, data: ExecutableObjectAttr) -> None:
    """What code generation would leave: a workgroup count of n / 4, and the binary."""
    (variant,) = [o for o in op.body.block.ops if isinstance(o, ExecutableVariantOp)]
    for export_op in variant.body.block.ops:
        if isinstance(export_op, ExecutableExportOp):
            block = Block(arg_types=[IndexType()])
            four = arith.ConstantOp(IntegerAttr(4, IndexType()))
            one = arith.ConstantOp(IntegerAttr(1, IndexType()))
            count = arith.CeilDivUIOp(block.args[0], four.result)
            block.add_ops([four, one, count, ReturnOp(count.result, one.result, one.result)])
            region = export_op.regions[0]
            region.erase_block(region.block)
            region.add_block(block)
            binary = ExecutableBinaryOp("code", variant.target.format.data, data)
            binary.properties["exports"] = StringAttr(export_op.sym_name.data)
    Rewriter.insert_op(binary, InsertPoint.after(variant))
