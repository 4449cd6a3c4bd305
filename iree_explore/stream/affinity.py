# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which device an op is placed on: `stream.affinity`, as `stream/passes/place_dispatches.py` sets
it."""

from __future__ import annotations

from xdsl.ir import Operation

from iree_explore.hal.types import DeviceAffinityAttr

AFFINITY = "stream.affinity"
"""The attribute that places an op on another device than the module's own."""


def affinity_of(op: Operation) -> DeviceAffinityAttr | None:
    """The device that an op is placed on; None for the module's own."""
    found = op.attributes.get(AFFINITY)
    return found if isinstance(found, DeviceAffinityAttr) else None


def place(op: Operation, affinity: DeviceAffinityAttr | None) -> None:
    """Places an op on the device of an affinity, if there is one."""
    if affinity is not None:
        op.attributes[AFFINITY] = affinity
