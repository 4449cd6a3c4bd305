# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiled modules as HTML tables for notebooks: functions, what they take and what they return."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iree_explore.module import CompiledModule, Value

_CELL = 'style="text-align:left;vertical-align:top"'


def of_module(module: CompiledModule) -> str:
    """A row a function of `module`."""
    rows = "".join(
        f"<tr><td {_CELL}><code>{html.escape(name)}</code></td>"
        f"<td {_CELL}>{_values(f.arguments)}</td><td {_CELL}>{_values(f.results)}</td></tr>"
        for name, f in module.functions.items()
    )
    return (
        f"<p>CompiledModule for <b>{html.escape(module.target)}</b> on "
        f"<b>{html.escape(module.device)}</b></p><table><thead><tr><th {_CELL}>function</th>"
        f"<th {_CELL}>takes</th><th {_CELL}>returns</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _values(values: Iterable[Value]) -> str:
    shown = [f"<code>{html.escape(str(value))}</code>" for value in values]
    return "<br>".join(shown) or "nothing"
