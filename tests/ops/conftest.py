# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes this folder's helpers importable."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
