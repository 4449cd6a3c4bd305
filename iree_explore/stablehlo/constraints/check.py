# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`check`: every broken constraint of a module, in one error."""

from __future__ import annotations

from xdsl.ir import Operation

from iree_explore.errors import ModelError
from iree_explore.provenance import Provenance
from iree_explore.stablehlo.constraints import (
    contraction,
    control,
    elementwise,
    fourier,
    indexing,
    random,
    reductions,
    shaping,
)
from iree_explore.stablehlo.constraints.report import Report, Rule
from iree_explore.walk import walk

RULES: dict[str, Rule] = {
    **elementwise.RULES,
    **shaping.RULES,
    **indexing.RULES,
    **contraction.RULES,
    **reductions.RULES,
    **control.RULES,
    **random.RULES,
    **fourier.RULES,
}
"""The constraints of each op by its full name."""

_MOST = 20


def broken(op: Operation) -> list[str]:
    """The constraints that one op breaks: `stablehlo.name C4: what is wrong`."""
    rule = RULES.get(op.name)
    if rule is None:
        return []
    report = Report(op)
    rule(op, report)
    return report.broken


def check(module: Operation, provenance: Provenance | None = None) -> None:
    """Raises `ModelError` IX106 with all broken constraints of a module, and where they are."""
    found: list[tuple[str, str]] = []
    for op in walk(module):
        for line in broken(op):
            sources = provenance.sources_of(op) if provenance is not None else []
            found.append((line, "; ".join(map(str, sources))))
    if not found:
        return
    rows = [f"{line}   {origin}".rstrip() for line, origin in found[:_MOST]]
    if len(found) > _MOST:
        rows.append(f"... and {len(found) - _MOST} more")
    first, origin = found[0]
    what = first if len(found) == 1 else f"{len(found)} constraints are broken, first {first}"
    raise ModelError(
        "IX106", what, model=origin or None, because="\n".join(rows) if len(found) > 1 else None
    )
