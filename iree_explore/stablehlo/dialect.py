# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The StableHLO and CHLO dialects, put together from the op rows in `table.py`."""

from __future__ import annotations

from xdsl.ir import Dialect

from iree_explore.stablehlo.attrs import ATTRIBUTES
from iree_explore.stablehlo.ops import chlo, chlo_ragged
from iree_explore.stablehlo.table import TABLE


def _ops(dialect: str) -> list:
    return [row.op for name, row in TABLE.items() if name.startswith(f"{dialect}.")]


StableHLO = Dialect("stablehlo", _ops("stablehlo"), ATTRIBUTES)
CHLO = Dialect("chlo", _ops("chlo"), [*chlo.ATTRIBUTES, *chlo_ragged.ATTRIBUTES])
