# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Symbolic sizes: `expressions.py` what a `?` is, `facts.py` what is known of its symbols.

`inference.py` follows them through a function by the rules of `rules/`, `functions.py` begins with
a signature (`signature.py`), `calls.py` checks calls, `recording/shapes.py` keeps all of it for the
explorer.
"""
