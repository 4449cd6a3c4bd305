# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `vulkan-spirv` target attribute: the format of its executables and the profiles in them."""

from __future__ import annotations

from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, StringAttr

from iree_explore.context import CompileOptions
from iree_explore.hal.dialect import ExecutableTargetAttr
from iree_explore.targets.spirv.executable import FORMAT
from iree_explore.targets.spirv.verify import PROFILES


def executable_target(options: CompileOptions) -> ExecutableTargetAttr:
    """`#hal.executable.target<"vulkan-spirv", "vulkan-spirv-fb", {profiles = [...]}>`: kernels are
    made for every profile that can have them; the device takes the richest that it supports."""
    profiles = ArrayAttr([StringAttr(name) for name in PROFILES])
    return ExecutableTargetAttr(
        StringAttr("vulkan-spirv"), StringAttr(FORMAT), DictionaryAttr({"profiles": profiles})
    )
