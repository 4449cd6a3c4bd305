# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The op files on GPU devices: a twentieth of the cases, all of them by `-m sweep`."""

from __future__ import annotations

import pytest

from tests.targets.op_files import all_cases, problems

DEVICES = {
    "vulkan?device=llvmpipe": "vulkan-spirv",
    "vulkan?device=SwiftShader": "vulkan-spirv of 32 bits",
    "webgpu": "webgpu-spirv",
}
"""With the row of limits they have: SwiftShader has no type that the portable profile has not.
VK_ADD_DRIVER_FILES names its manifest, beside Chromium."""


@pytest.mark.parametrize("device", ["vulkan?device=llvmpipe", "webgpu"])
def test_a_share_of_the_cases_is_right(device):
    chosen = all_cases(every=20)
    assert len(chosen) >= 40
    assert not list(problems(chosen, device, DEVICES[device]))


@pytest.mark.sweep
@pytest.mark.parametrize("device", DEVICES)
def test_all_cases_are_right(device):
    assert not list(problems(all_cases(), device, DEVICES[device]))
