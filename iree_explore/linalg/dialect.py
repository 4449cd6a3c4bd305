# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `iree_linalg_ext` dialect: tensor ops that linalg does not express well.

Its ops take tensors in destination-passing style like linalg's. Names follow IREE's LinalgExt.
"""

from __future__ import annotations

from xdsl.ir import Dialect

LinalgExt = Dialect("iree_linalg_ext", [], [])
