# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""MLIR text, and single kernels, as programs of a page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from iree_explore.api import compiled_program
from iree_explore.context import CompileOptions, make_context
from iree_explore.frontend import import_source
from iree_explore.targets.spirv.ops import ModuleOp
from iree_explore.targets.wgsl.driver import PageDevice
from iree_explore.targets.wgsl.printer import print_wgsl
from iree_explore.targets.wgsl.program import Blob, BufferSpec, Command, Kernel, Program, Tensor
from iree_explore.targets.wgsl.trace import program_of
from iree_explore.vm.instance import VMInstance

TARGET = "webgpu-spirv"


def program_of_text(text: str, inputs: Sequence[np.ndarray]) -> tuple[Program, bytes]:
    """The program of a text's `main` for inputs like these."""
    ctx = make_context(CompileOptions(targets=(TARGET,)))
    program, objects = compiled_program(import_source(text, ctx), ctx)
    instance = VMInstance(program, objects, ctx.parameters.get, PageDevice())
    return program_of(instance, "main", inputs)


def program_of_kernel(
    module: ModuleOp, arrays: Sequence[np.ndarray], constants: Sequence[int], workgroups: int
) -> tuple[Program, bytes]:
    """A program of one dispatch of a kernel, whose arguments and results are its buffers."""
    shader, blob = print_wgsl(module), Blob()
    reads = tuple(shader.bindings.get(i, True) for i in range(len(arrays)))
    kernel = Kernel(shader.entry, shader.entry, shader.text, reads, len(constants))
    ranges = tuple(n for i, a in enumerate(arrays) for n in (i, 0, a.nbytes))
    tensors = tuple(Tensor(f"x{i}", a.dtype.name, tuple(a.shape), i) for i, a in enumerate(arrays))
    call = Command("dispatch", ranges, 0, (workgroups, 1, 1), tuple(constants), name=kernel.name)
    buffers = tuple(BufferSpec(a.nbytes) for a in arrays)
    program = Program(
        "kernel", "main", TARGET, (kernel,), buffers, (), (), (call,), tensors, tensors
    )
    return program, blob.bytes()
