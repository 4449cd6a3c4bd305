# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Parameters that nobody stores: keys of random numbers without a seed.

A global with the attribute `ATTRIBUTE` begins, in every instance of a module, with what the
operating system draws for it. In the IR it is a parameter of scope `SCOPE`, as weights are of
scope "model"; `draw` answers for all of them, wherever parameters are read.
"""

from __future__ import annotations

import os

import numpy as np

SCOPE = "entropy"
ATTRIBUTE = "iree.abi.entropy"


def draw() -> np.ndarray:
    """The state of a new generator, int64 [3]: a counter that begins at a multiple of 2**64, and a
    key, both unpredictable."""
    return np.array([0, *np.frombuffer(os.urandom(16), np.int64)], np.int64)
