# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Size rules of `stablehlo` ops."""

from __future__ import annotations

from collections.abc import Mapping

from iree_explore.shapes.inference import Rule

RULES: Mapping[str, Rule] = {}
