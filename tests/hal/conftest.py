# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`device`: every driver that can run here, one after the other."""

from __future__ import annotations

import pytest

from iree_explore.targets import DRIVERS, devices, open_device

AVAILABLE = [i.driver for i in devices() if i.available and i.driver in DRIVERS]


@pytest.fixture(params=AVAILABLE)
def device(request):
    return open_device(request.param)
