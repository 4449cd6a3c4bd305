# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels from MLIR text, run through the kernel ABI: what the tests of this folder share."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser

from iree_explore.context import CompilerContext, make_context
from iree_explore.targets.llvm_cpu import compile_pool, loader
from iree_explore.targets.llvm_cpu.compile_pool import CompiledObject, ObjectOptions
from iree_explore.targets.llvm_cpu.cpu_info import CPUInfo, host
from iree_explore.targets.llvm_cpu.passes.convert_to_llvm import ConvertToLLVM
from iree_explore.targets.llvm_cpu.passes.expand_math import ExpandMath
from iree_explore.targets.llvm_cpu.passes.expand_narrow_floats import ExpandNarrowFloats
from iree_explore.targets.llvm_cpu.passes.lower_control_flow import LowerControlFlow
from iree_explore.targets.llvm_cpu.passes.lower_memory_access import LowerMemoryAccess
from iree_explore.targets.llvm_cpu.translate import Translation, translate

PASSES = (ExpandNarrowFloats, ExpandMath, LowerMemoryAccess, LowerControlFlow, ConvertToLLVM)


class DispatchState(ctypes.Structure):
    _fields_ = (
        ("workgroup_count", ctypes.c_uint32 * 3),
        ("constant_count", ctypes.c_uint32),
        ("binding_count", ctypes.c_uint32),
        ("workgroup_size", ctypes.c_uint32),
        ("constants", ctypes.c_void_p),
        ("binding_ptrs", ctypes.c_void_p),
        ("binding_lengths", ctypes.c_void_p),
    )


class WorkgroupState(ctypes.Structure):
    _fields_ = (
        ("workgroup_id", ctypes.c_uint32 * 3),
        ("processor_id", ctypes.c_uint32),
        ("local_memory", ctypes.c_void_p),
        ("local_memory_size", ctypes.c_uint64),
    )


def layout(bindings: str, constants: int = 0) -> str:
    """`layout(...)` text: one letter a binding, r for read-only."""
    kinds = ", ".join(
        "#hal.pipeline.binding<storage_buffer" + (', "ReadOnly">' if b == "r" else ">")
        for b in bindings
    )
    head = f"constants = {constants}, " if constants else ""
    return f"layout(<{head}bindings = [{kinds}]>)"


def lower(text: str, passes=PASSES) -> tuple[CompilerContext, ModuleOp]:
    """Parses a kernel and runs the passes down to the llvm dialect, verifying after each."""
    ctx = make_context()
    module = Parser(ctx, text).parse_module()
    ctx.provenance.settle(module, "import")
    for pass_ in passes:
        pass_().apply(ctx, module)
        ctx.provenance.settle(module, pass_.name)
    module.verify()
    return ctx, module


def compile_ir(text: str, cpu: CPUInfo, assembly: bool = False) -> CompiledObject:
    options = ObjectOptions(cpu, assembly=assembly, use_cache=False)
    return compile_pool.shared().submit(text, options).result(timeout=120)


def aligned(array: np.ndarray) -> np.ndarray:
    """A copy at an address that is a multiple of 64."""
    array = np.ascontiguousarray(array)
    memory = np.zeros(array.nbytes + 64, np.uint8)
    at = -memory.ctypes.data % 64
    view = memory[at : at + array.nbytes].view(array.dtype).reshape(array.shape)
    view[...] = array
    return view


@dataclass
class Kernel:
    """A loaded kernel; call it with one array a binding. Outputs are arrays that it writes to."""

    translation: Translation
    compiled: CompiledObject
    loaded: loader.LoadedObject

    def __call__(
        self,
        *bindings: np.ndarray,
        constants: tuple[int, ...] = (),
        workgroups: tuple[int, int, int] = (1, 1, 1),
        local_memory: int = 0,
    ) -> list[np.ndarray]:
        arrays = [aligned(b) for b in bindings]
        function = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 3)(
            self.loaded.address("kernel_0")
        )
        words = (ctypes.c_uint32 * max(1, len(constants)))(*[c & 0xFFFFFFFF for c in constants])
        pointers = (ctypes.c_void_p * len(arrays))(*[a.ctypes.data for a in arrays])
        lengths = (ctypes.c_uint64 * len(arrays))(*[a.nbytes for a in arrays])
        dispatch = DispatchState(
            workgroups,
            len(constants),
            len(arrays),
            0,
            ctypes.addressof(words),
            ctypes.addressof(pointers),
            ctypes.addressof(lengths),
        )
        scratch = aligned(np.zeros(max(64, local_memory), np.uint8))
        environment = (ctypes.c_void_p * 4)()
        for z in range(workgroups[2]):
            for y in range(workgroups[1]):
                for x in range(workgroups[0]):
                    group = WorkgroupState((x, y, z), 0, scratch.ctypes.data, scratch.nbytes)
                    status = function(
                        ctypes.addressof(environment),
                        ctypes.addressof(dispatch),
                        ctypes.addressof(group),
                    )
                    assert status == 0
        return arrays


def build(text: str, passes=PASSES) -> Kernel:
    """Compiles a kernel for this machine and loads it."""
    _, module = lower(text, passes)
    translation = translate(module, host())
    compiled = compile_ir(translation.text, host())
    return Kernel(translation, compiled, loader.load(compiled.code))


def elementwise(body: str, inputs: list[str], output: str, lanes: int = 0, count: int = 64) -> str:
    """A kernel over `count` elements: `body` makes %r from %a, %b, ... of the input types, scalars
    or vectors of `lanes`; write `T0`, `T1`, ... and `TR` for the types."""
    where = layout("r" * len(inputs) + "w")
    names = "abcdefgh"
    lines = [
        "func.func @entry() {",
        "%c0 = arith.constant 0 : index",
        f"%n = arith.constant {count} : index",
        f"%s = arith.constant {lanes or 1} : index",
    ]
    for i, kind in enumerate([*inputs, output]):
        lines.append(
            f"%m{i} = hal.interface.binding.subspan {where} binding({i}) : memref<{count}x{kind}>"
        )
    lines.append("scf.for %i = %c0 to %n step %s {")
    for i, kind in enumerate(inputs):
        if lanes:
            lines.append(
                f"%{names[i]} = vector.load %m{i}[%i] : memref<{count}x{kind}>,"
                f" vector<{lanes}x{kind}>"
            )
        else:
            lines.append(f"%{names[i]} = memref.load %m{i}[%i] : memref<{count}x{kind}>")
    for i, kind in reversed(list(enumerate(inputs))):
        body = body.replace(f"T{i}", f"vector<{lanes}x{kind}>" if lanes else kind)
    result = f"vector<{lanes}x{output}>" if lanes else output
    lines.append(body.replace("TR", result))
    last = len(inputs)
    if lanes:
        lines.append(f"vector.store %r, %m{last}[%i] : memref<{count}x{output}>, {result}")
    else:
        lines.append(f"memref.store %r, %m{last}[%i] : memref<{count}x{output}>")
    lines.extend(["}", "func.return", "}"])
    return "\n".join(lines)
