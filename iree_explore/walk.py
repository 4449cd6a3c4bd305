# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`walk`: all ops of a tree as one list, in the order of `Operation.walk`.

The one idea: a compilation walks the module a hundred times, and xDSL's nested generators cost five
times what a plain loop does. The list is a snapshot: ops may be inserted and erased on the way.
"""

from __future__ import annotations

from xdsl.ir import Operation


def walk(op: Operation) -> list[Operation]:
    """`op` and every op inside it, each before what it contains."""
    found = [op]
    if op.regions:
        _append(op, found)
    return found


def _append(parent: Operation, found: list[Operation]) -> None:
    # Private fields: a property costs as much as all else here.
    for region in parent.regions:
        block = region._first_block  # pyright: ignore[reportPrivateUsage]
        while block is not None:
            op = block._first_op  # pyright: ignore[reportPrivateUsage]
            while op is not None:
                found.append(op)
                if op.regions:
                    _append(op, found)
                op = op._next_op  # pyright: ignore[reportPrivateUsage]
            block = block._next_block  # pyright: ignore[reportPrivateUsage]
