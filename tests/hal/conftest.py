# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`device`: every driver that can run here, one after the other, Vulkan also with memory that the
host does not see.

`MEANINGLESS` says which promises mean nothing on a driver, and why: that is no failure to keep it.
"""

from __future__ import annotations

import pytest

from iree_explore.targets import DRIVERS, devices, open_device

AVAILABLE = [
    name
    for i in {i.driver: i for i in devices() if i.available and i.driver in DRIVERS}.values()
    for name in ((i.driver, "vulkan?staging=1") if i.driver == "vulkan" else (i.driver,))
]

_NO_STATUS = "kernels of Vulkan return nothing: what they cannot do is checked when compiling"
MEANINGLESS = {
    ("vulkan", "test_kernel_error_names_dispatch_and_status"): _NO_STATUS,
    ("vulkan", "test_error_skips_what_follows"): _NO_STATUS,
    ("vulkan", "test_arrays_are_imported_without_copy_when_aligned"):
        "a caller's memory is not the device's: arrays are copied",
}  # fmt: skip


@pytest.fixture(params=AVAILABLE)
def device(request):
    driver = request.param.partition("?")[0]
    reason = MEANINGLESS.get((driver, request.function.__name__))
    if reason:
        pytest.skip(f"means nothing on {driver}: {reason}")
    return open_device(request.param)
