# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `iree_linalg_ext` dialect: tensor ops that linalg does not express well.

Its ops take tensors in destination-passing style like linalg's. Names follow IREE's LinalgExt. They
are the `OPS` of the files in `linalg/ext/`; what an op must say is in ext_interface.py.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from xdsl.ir import Dialect

from iree_explore.linalg import ext
from iree_explore.linalg.ext_interface import IndexOp, YieldOp

FILES = [import_module(f"{ext.__name__}.{file.name}") for file in iter_modules(ext.__path__)]

LinalgExt = Dialect(
    "iree_linalg_ext", [YieldOp, IndexOp, *(op for file in FILES for op in file.OPS)], []
)
