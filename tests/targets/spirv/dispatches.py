# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs of one dispatch, compiled for `vulkan-spirv` and run with the Vulkan binding alone: what
a driver does, without one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp

from iree_explore import pipeline
from iree_explore.context import CompileOptions, CompilerContext, make_context
from iree_explore.frontend import import_source
from iree_explore.hal.dialect import ExecutableExportOp, ExecutableOp
from iree_explore.targets.spirv.executable import Entry, unpack
from iree_explore.targets.vulkan.device import Device, Dispatch
from tests.targets.spirv import oracle


def compile_text(text: str) -> tuple[ModuleOp, list[Entry], CompilerContext]:
    """A program down to executable-targets, and the entries of its one executable, valid SPIR-V."""
    ctx = make_context(CompileOptions(targets=("vulkan-spirv",)))
    module = import_source(text, ctx)
    pipeline.run(module, ctx, stop="executable-targets")
    [data] = ctx.objects.values()
    entries = unpack(data)
    for entry in entries:
        for variant in entry.variants:
            native = variant.profile == "native"
            environment = oracle.VULKAN_1_3 if native else oracle.VULKAN_1_1
            assert oracle.validate(variant.code, environment) == ""
    return module, entries, ctx


def workgroups(module: ModuleOp, workload: Sequence[int]) -> tuple[int, int, int]:
    """What the region of the one export makes of a workload."""
    exports = [
        op
        for executable in module.body.block.ops
        if isinstance(executable, ExecutableOp)
        for variant in executable.body.block.ops
        for region in variant.regions
        for op in region.block.ops
        if isinstance(op, ExecutableExportOp)
    ]
    [export] = exports
    assert export.workgroup_count is not None
    block = export.workgroup_count.block
    known: dict[Any, int] = dict(zip(block.args, workload, strict=False))
    rules = {
        "arith.addi": lambda a, b: a + b, "arith.subi": lambda a, b: a - b,
        "arith.muli": lambda a, b: a * b, "arith.minsi": min, "arith.maxsi": max,
        "arith.divui": lambda a, b: a // b, "arith.divsi": lambda a, b: a // b,
        "arith.ceildivsi": lambda a, b: -(-a // b), "arith.ceildivui": lambda a, b: -(-a // b),
        "arith.floordivsi": lambda a, b: a // b,
    }  # fmt: skip
    for op in block.ops:
        if op.name == "arith.constant":
            known[op.results[0]] = op.properties["value"].value.data  # pyright: ignore
        elif op.results:
            known[op.results[0]] = rules[op.name](*(known[v] for v in op.operands))
    x, y, z = (known[v] for v in block.last_op.operands)  # pyright: ignore
    return x, y, z


def run(
    device: Device, text: str, inputs: Sequence[np.ndarray], result: np.ndarray,
    sizes: Sequence[int] = (), profile: str = "native",
) -> np.ndarray:  # fmt: skip
    """The result of a program of one dispatch whose bindings are the inputs, then the result;
    `sizes` are its workload, `result` an array of the shape and type to come."""
    module, [entry], _ = compile_text(text)
    variant = next(v for v in entry.variants if v.profile == profile)
    constants = b"".join(int(size).to_bytes(8, "little") for size in sizes)
    assert len(constants) == 4 * entry.constants, entry
    arrays = [np.ascontiguousarray(a) for a in (*inputs, result)]
    assert len(arrays) == entry.bindings, entry
    pipeline_ = device.load(variant.code, entry.name, entry.bindings, len(constants))
    buffers = [device.allocate(max(4, -(-a.nbytes // 4) * 4)) for a in arrays]
    for buffer, array in zip(buffers, arrays, strict=True):
        buffer.array[: array.nbytes] = array.reshape(-1).view(np.uint8)
    groups = workgroups(module, sizes)
    commands = device.record([Dispatch(pipeline_, tuple(buffers), constants, groups)])
    assert device.wait(device.submit(commands), 60)
    found = buffers[-1].array[: result.nbytes].copy().view(result.dtype).reshape(result.shape)
    for buffer in buffers:
        device.free(buffer)
    assert math.prod(groups) < 1 << 31
    return found
