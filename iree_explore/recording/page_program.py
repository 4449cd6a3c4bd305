# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs that a page runs on its own GPU, as bytes."""

from __future__ import annotations

from iree_explore.recording.files import compress
from iree_explore.recording.schema import plain
from iree_explore.targets.wgsl.program import Program


def to_bytes(program: Program) -> bytes:
    """A program as gzip-compressed JSON; its blob goes beside it."""
    return compress(plain(program), 9)
