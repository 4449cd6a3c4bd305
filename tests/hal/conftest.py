# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`device`: every driver that can run here, one after the other, Vulkan also with memory that the
host does not see.

`MEANINGLESS` says which promises mean nothing on a driver, and why: there is no such test.
"""

from __future__ import annotations

import pytest

from iree_explore.targets import DRIVERS, devices, open_device

AVAILABLE = [
    name
    for i in {i.driver: i for i in devices() if i.available and i.driver in DRIVERS}.values()
    for name in ((i.driver, "vulkan?staging=1") if i.driver == "vulkan" else (i.driver,))
]

_NO_STATUS = "kernels of GPUs return nothing: what they cannot do is checked when compiling"
_COPIED = "a caller's memory is not the device's: arrays are copied"
MEANINGLESS = {
    (driver, test): reason
    for driver in ("vulkan", "webgpu")
    for test, reason in {
        "test_kernel_error_names_dispatch_and_status": _NO_STATUS,
        "test_error_skips_what_follows": _NO_STATUS,
        "test_arrays_are_imported_without_copy_when_aligned": _COPIED,
    }.items()
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marks = metafunc.definition.iter_markers("parametrize")
    if "device" in metafunc.fixturenames and not any("device" in mark.args[0] for mark in marks):
        name = metafunc.function.__name__
        found = [d for d in AVAILABLE if (d.partition("?")[0], name) not in MEANINGLESS]
        metafunc.parametrize("device", found, indirect=True)


@pytest.fixture
def device(request: pytest.FixtureRequest):
    return open_device(request.param)
