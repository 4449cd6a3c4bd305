# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Nests of loops shared by the invocations of workgroups.

A dispatch of one nest is not tiled before: `flat.py` numbers its points through the whole grid,
`promoted.py` its tiles of a product. Where rows are combined (softmax), a workgroup has a tile, and
`rows.py` shares each nest of it among the workgroup's invocations. `grid.py` is what they have in
common; the pass `distribute_to_invocations` runs them.
"""
