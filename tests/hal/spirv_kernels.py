# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The conformance suite's kernels as SPIR-V, for drivers that run SPIR-V.

Each does what the LLVM IR of the same name in `kernels.py` does, written to the interface of GPUs:
binding i is binding i of descriptor set 0, constants are push constants. `fail_at` is not among
them: a kernel has nothing to return.
"""

from __future__ import annotations

import functools

from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from iree_explore.targets.spirv.build import Kernel
from iree_explore.targets.spirv.executable import Entry, Variant, pack
from iree_explore.targets.spirv.ops import FuncOp, ModuleOp
from iree_explore.targets.spirv.serialize import serialize
from iree_explore.targets.spirv.types import ArrayType
from iree_explore.targets.spirv.verify import PORTABLE

ONE = (1, 1, 1)


def linear(k: Kernel) -> SSAValue:
    """The linear workgroup id."""
    ids, counts = k.built_in("WorkgroupId"), k.built_in("NumWorkgroups")
    x, y, z = (k.op("CompositeExtract", ids, indices=[d], result=i32) for d in range(3))
    cx, cy = (k.op("CompositeExtract", counts, indices=[d], result=i32) for d in range(2))
    rows = k.op("IAdd", k.op("IMul", z, cy), y)
    return k.op("IAdd", k.op("IMul", rows, cx), x)


def add_one() -> ModuleOp:
    k = Kernel("add_one", ONE)
    source, target = k.buffer("source", i32, 0, read_only=True), k.buffer("target", i32, 1)
    i = linear(k)
    k.store(target, i, k.op("IAdd", k.load(source, i), 1))
    return k.finish()


def count_workgroups() -> ModuleOp:
    k = Kernel("count_workgroups", ONE)
    target = k.buffer("target", i32, 0)
    k.op("AtomicIAdd", k.element(target, linear(k)), 1, memory_scope="Device", semantics="None")
    return k.finish()


def write_constants() -> ModuleOp:
    """The numbers of constants and bindings are the interface's: the kernel knows them."""
    k = Kernel("write_constants", ONE)
    target = k.buffer("target", i32, 0)
    constants = k.push_constants(i32, i32)
    length = k.op("IMul", k.op("ArrayLength", target, array_member=0, result=i32), 4)
    for place, value in enumerate((*constants, len(constants), 1, length)):
        k.store(target, place, value)
    return k.finish()


def use_local_memory() -> ModuleOp:
    k = Kernel("use_local_memory", (64, 1, 1))
    target = k.buffer("target", i32, 0)
    tile = k.shared("tile", ArrayType(i32, 1024))
    lane, group = k.built_in("LocalInvocationIndex"), linear(k)
    with k.loop(lane, 1024, 64) as (i, _):
        k.op("Store", k.element(tile, i, skip=False), group)
    k.barrier()
    with k.when(k.op("IEqual", lane, 0)):
        with k.loop(0, 1024, 1, [k.constant(0, i32)]) as (i, total):
            total[0] = k.op("IAdd", total[0], k.load(tile, i, skip=False))
        k.store(target, group, total[0])
    return k.finish()


def spin() -> ModuleOp:
    k = Kernel("spin", ONE)
    [thousands] = k.push_constants(i32)
    cell = k.shared("cell", ArrayType(i32, 1))
    where = k.element(cell, 0, skip=False)
    with k.loop(0, k.op("IMul", thousands, 1000)) as (i, _):
        k.op("Store", where, k.op("BitwiseXor", k.op("IMul", k.op("Load", where), 1664525), i))
    return k.finish()


@functools.cache
def spirv_code() -> bytes:
    """The kernels as a `vulkan-spirv-fb` executable of the portable profile."""
    return pack([packed(*row) for row in (
        (add_one(), 2, 0), (count_workgroups(), 1, 0), (write_constants(), 1, 2),
        (use_local_memory(), 1, 0), (spin(), 0, 1),
    )])  # fmt: skip


def packed(module: ModuleOp, bindings: int, constants: int) -> Entry:
    """A module of one kernel as an entry with one variant."""
    [name] = [op.sym_name.data for op in module.ops if isinstance(op, FuncOp)]
    capabilities = tuple(c.data for c in module.vce_triple.capabilities)  # pyright: ignore
    variant = Variant(PORTABLE.name, capabilities, serialize(module))
    size = (64, 1, 1) if name == "use_local_memory" else ONE
    return Entry(name, bindings, constants, size, (variant,))
