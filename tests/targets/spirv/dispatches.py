# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs of one dispatch, compiled for `vulkan-spirv` and run on the devices of GPUs' drivers."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from iree_explore import pipeline
from iree_explore.context import CompileOptions, CompilerContext, make_context
from iree_explore.frontend import import_source
from iree_explore.hal.command_buffer import Binding
from iree_explore.hal.dialect import ExecutableExportOp, ExecutableOp
from iree_explore.hal.runtime import Device, Export
from iree_explore.targets.spirv.executable import Entry, pack, unpack
from iree_explore.targets.vulkan.driver import VulkanDriver
from iree_explore.targets.webgpu.driver import WebGPUDriver
from tests.targets.spirv import oracle
from tests.targets.vulkan.test_device import DRIVERS

DEVICES = ("llvmpipe", "swiftshader", "webgpu")


@functools.cache
def compile_text(text: str) -> tuple[ModuleOp, list[Entry], CompilerContext]:
    """A program down to executable-targets, and the entries of its one executable, valid SPIR-V."""
    ctx = make_context(CompileOptions(targets=("vulkan-spirv",)))
    module = import_source(text, ctx)
    pipeline.run(module, ctx, stop="executable-targets")
    [data] = ctx.objects.values()
    entries = unpack(data)
    for entry in entries:
        for variant in entry.variants:
            native = variant.profile != "portable"
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


@contextmanager
def opened(name: str) -> Iterator[Device]:
    """A HAL device: Vulkan on the only device of a driver ("llvmpipe", "swiftshader"), or Dawn
    ("webgpu")."""
    if name == "webgpu":
        device = WebGPUDriver().create_device({})
    else:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("VK_ICD_FILENAMES", DRIVERS[name])
            device = VulkanDriver().create_device({})
    yield device
    device.close()


def run(
    device: Device, text: str, inputs: Sequence[np.ndarray], result: np.ndarray,
    sizes: Sequence[int] = (), profile: str = "portable",
) -> np.ndarray:  # fmt: skip
    """The result of a program of one dispatch whose bindings are the inputs, then the result;
    `sizes` are its workload, `result` an array of the shape and type to come. The kernel is that of
    `profile`, the same bytes on every device."""
    module, [entry], _ = compile_text(text)
    variants = tuple(v for v in entry.variants if v.profile == profile)
    assert variants, entry.lacking
    constants = np.array(sizes, np.int64).view(np.uint32).tolist()
    assert len(constants) == entry.constants, entry
    arrays = [*inputs, result]
    assert len(arrays) == entry.bindings, entry
    executable = device.load_executable(
        "program", "vulkan-spirv-fb", pack([replace(entry, variants=variants)]),
        [Export(entry.name, entry.constants, entry.bindings)], [entry.name],
    )  # fmt: skip
    table = [device.import_array(array) for array in arrays]
    bindings = [Binding(slot, 0, array.nbytes) for slot, array in enumerate(arrays)]
    commands = device.create_command_buffer(len(arrays))
    commands.dispatch(executable, 0, workgroups(module, sizes), constants, bindings)
    commands.finalize()
    device.execute(commands, table)
    return table[-1].view(result.dtype, result.shape)
