# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The target attributes of SPIR-V: the formats of executables and the profiles in them."""

from __future__ import annotations

from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, StringAttr

from iree_explore.context import CompileOptions
from iree_explore.hal.dialect import ExecutableTargetAttr
from iree_explore.targets.spirv.executable import FORMATS
from iree_explore.targets.spirv.verify import PORTABLE, PROFILES, Profile


def executable_target(options: CompileOptions) -> ExecutableTargetAttr:
    """`#hal.executable.target<"vulkan-spirv", "vulkan-spirv-fb", {profiles = [...]}>`: kernels are
    made for every profile that can have them; the device takes the richest that it supports."""
    return _target("vulkan-spirv", FORMATS[0], tuple(PROFILES))


def webgpu_target(options: CompileOptions) -> ExecutableTargetAttr:
    """`#hal.executable.target<"webgpu-spirv", "webgpu-spirv-fb", {profiles = ["portable"]}>`: what
    that profile cannot have is refused when compiling."""
    return _target("webgpu-spirv", FORMATS[1], (PORTABLE.name,))


def _target(backend: str, format_: str, profiles: tuple[str, ...]) -> ExecutableTargetAttr:
    names = ArrayAttr([StringAttr(name) for name in profiles])
    return ExecutableTargetAttr(
        StringAttr(backend), StringAttr(format_), DictionaryAttr({"profiles": names})
    )


def profiles_of(target: ExecutableTargetAttr | None) -> list[Profile]:
    """The profiles that a target's executables have; all of them where none is named."""
    names = target.configuration.data.get("profiles") if target is not None else None
    if not isinstance(names, ArrayAttr):
        return list(PROFILES.values())
    return [PROFILES[name.data] for name in names if isinstance(name, StringAttr)]
