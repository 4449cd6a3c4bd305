# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lets the tests of this folder import `kernels`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
