# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The built front end, package data in `static/`; `hatch_build.py` makes it from `widgets/`."""

from __future__ import annotations

import functools
from pathlib import Path

from iree_explore.errors import InternalError

STATIC = Path(__file__).parent / "static"

ESM, IIFE, CSS, HASH = "explorer.js", "standalone.js", "explorer.css", "source-hash.txt"


@functools.cache
def read(name: str) -> str:
    """The text of one built file; raises `InternalError` IX505 if it was not built."""
    try:
        return (STATIC / name).read_text(encoding="utf-8")
    except OSError as raised:
        raise InternalError(
            "IX505",
            f"the explorer's {name} is missing",
            because=str(raised),
            hint="pip install again (a checkout: pip install -e .), which builds it",
        ) from raised
