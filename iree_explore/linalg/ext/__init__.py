# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One file an op of `iree_linalg_ext`; `linalg/dialect.py` collects their `OPS`."""
