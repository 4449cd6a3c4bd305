# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The target that an inner module is compiled for, read from the `hal.executable.variant` around
it."""

from __future__ import annotations

from xdsl.dialects.builtin import ModuleOp, StringAttr

from iree_explore.codegen.plan import VectorTarget
from iree_explore.hal.dialect import ExecutableExportOp, ExecutableVariantOp
from iree_explore.targets.llvm_cpu import cpu_info


def variant_of(module: ModuleOp) -> ExecutableVariantOp | None:
    """The variant that holds the inner module; None for a module on its own, as in tests."""
    parent = module.parent_op()
    return parent if isinstance(parent, ExecutableVariantOp) else None


def export_of(module: ModuleOp, name: str) -> ExecutableExportOp | None:
    """The export `name` beside an inner module; None for a module on its own."""
    variant = variant_of(module)
    if variant is None:
        return None
    exports = [op for op in variant.body.block.ops if isinstance(op, ExecutableExportOp)]
    return next((export for export in exports if export.sym_name.data == name), None)


def is_gpu(module: ModuleOp) -> bool:
    """Whether an inner module is for a target whose kernels are SPIR-V."""
    variant = variant_of(module)
    return variant is not None and variant.target.backend.data in GPUS


GPUS = frozenset({"vulkan-spirv", "webgpu-spirv"})
"""Target backends whose workgroups are made of invocations."""


def cpu_of(module: ModuleOp) -> cpu_info.CPUInfo:
    """The CPU named by the variant's target, this machine where it says nothing.

    For a module on its own x86-64-v4, so that examples do not depend on the machine.
    """
    variant = variant_of(module)
    if variant is None:
        return cpu_info.describe("x86-64-v4", "", "x86_64-unknown-linux-gnu")
    configuration = variant.target.configuration.data
    name, features = configuration.get("cpu"), configuration.get("cpu_features")
    host = cpu_info.host()
    if not isinstance(name, StringAttr) or name.data in ("", "host", host.name):
        return host
    text = features.data if isinstance(features, StringAttr) else ""
    arch = variant.target.format.data.rpartition("-")[2]
    triple = host.triple if arch in ("", host.arch) else f"{arch}-unknown-linux-gnu"
    return cpu_info.describe(name.data, text, triple)


def vector_target(module: ModuleOp) -> VectorTarget:
    """Vector registers of the target."""
    cpu = cpu_of(module)
    return VectorTarget(cpu.native_vector_bytes, cpu.vector_registers)
