# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Docstrings of passes as data: a sentence, more text, and the example, IR before and after.

The example runs as a test (tests/test_conventions.py) and is shown in docs/passes.md.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

from xdsl.passes import ModulePass

_EXAMPLE = re.compile(
    r"^Before:\n+```mlir\n(?P<before>.*?)```\n+After:\n+```mlir\n(?P<after>.*?)```", re.M | re.S
)


@dataclass(frozen=True)
class PassDoc:
    """What a pass's docstring says; `before` and `after` are "" if it has no example."""

    summary: str
    details: str
    before: str
    after: str


def pass_doc(cls: type[ModulePass]) -> PassDoc:
    """The parts of the docstring of `cls`."""
    text = inspect.getdoc(cls) or ""
    found = _EXAMPLE.search(text)
    prose = (text[: found.start()] + text[found.end() :] if found else text).strip()
    summary, _, details = prose.partition("\n\n")
    return PassDoc(
        " ".join(summary.split()),
        details.strip(),
        found["before"].strip() if found else "",
        found["after"].strip() if found else "",
    )
