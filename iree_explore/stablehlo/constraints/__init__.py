# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The StableHLO specification's constraints (C1, C2, ...) of every op, by family.

`check` looks at a whole module and reports everything that is broken in one error. A family's
`RULES` maps op names to functions that say with a `Report` what must hold; labels are the
specification's (https://openxla.org/stablehlo/spec). Unknown sizes satisfy every size.
"""
