# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Target `reference`: the StableHLO program evaluated op by op in NumPy."""
