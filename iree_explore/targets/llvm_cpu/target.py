# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `llvm-cpu` target attribute: which CPU the executables are for."""

from __future__ import annotations

from xdsl.dialects.builtin import DictionaryAttr, StringAttr

from iree_explore.context import CompileOptions
from iree_explore.hal.dialect import ExecutableTargetAttr
from iree_explore.targets.llvm_cpu import compile_pool
from iree_explore.targets.llvm_cpu.cpu_info import host


def executable_target(options: CompileOptions) -> ExecutableTargetAttr:
    """`#hal.executable.target<"llvm-cpu", ...>` for the CPU of the options.

    "host" stays "host", so that the text is the same on every machine of the architecture.
    """
    features = options.cpu_features
    if features == "host" and options.cpu != "host":
        features = ""
    return ExecutableTargetAttr(
        StringAttr("llvm-cpu"),
        StringAttr(f"embedded-elf-{host().arch}"),
        DictionaryAttr({"cpu": StringAttr(options.cpu), "cpu_features": StringAttr(features)}),
    )


def prepare() -> None:
    """Starts two compile workers if there are none yet: more follow as kernels wait for them."""
    compile_pool.shared().start(2)
