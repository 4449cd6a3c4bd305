# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Symbolic sizes: `expressions.py` what a `?` is, `facts.py` what is known of its symbols.

`stablehlo/shapes.py` propagates them through a program, `recording/shapes.py` keeps them for the
explorer.
"""
