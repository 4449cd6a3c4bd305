# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measured runs as records, and what devices there were when a recording was made."""

from __future__ import annotations

from iree_explore.recording.model import DeviceInfo


def known_devices() -> tuple[DeviceInfo, ...]:
    """What `ie.devices()` says, as records."""
    from iree_explore.targets import devices

    return tuple(
        DeviceInfo(d.target, d.driver, d.driver, d.name, d.available, d.reason) for d in devices()
    )
