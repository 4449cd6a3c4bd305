# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `iree_linalg_ext` dialect: tensor ops that linalg does not express well.

Its ops take tensors in destination-passing style like linalg's. Names follow IREE's LinalgExt. Each
is a file of `linalg/ext/` that `FILES` lists; what an op must say is in ext_interface.py.
"""

from __future__ import annotations

from xdsl.ir import Dialect

from iree_explore.linalg.ext import scatter, select_and_scatter, sort, topk
from iree_explore.linalg.ext_interface import YieldOp

FILES = (scatter, select_and_scatter, sort, topk)

LinalgExt = Dialect("iree_linalg_ext", [YieldOp, *(op for file in FILES for op in file.OPS)], [])
