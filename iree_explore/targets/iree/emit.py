# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Our imported StableHLO in the text that `iree-compile` reads, op ids as its locations.

Globals are IREE's parameters, so that no weights are in the text; each op says `loc("op":ID:0)`,
which IREE carries through all its passes as it would a source line.
"""

from __future__ import annotations

import re
from io import StringIO

from xdsl.dialects.builtin import ModuleOp
from xdsl.printer import Printer

_GLOBAL = re.compile(
    r"ml_program\.global private( mutable)? @(\"[^\"]*\"|[\w.$\-]+)\(#ml_program\.extern : .*?\) "
    r": (tensor<.*?>)(?: \{.*\})?( loc\(.*\))$",
    re.MULTILINE,
)
_TWICE = re.compile(r'( loc\("op":\d+:0\)) loc\("op":\d+:0\)$', re.MULTILINE)
_ARGUMENT = re.compile(r" loc\(unknown\)(?=[,)])")
SCOPE = "model"


def iree_text(module: ModuleOp) -> str:
    """The module after phase `import` as IREE's input; parameters are `"model"::"<symbol>"`."""
    stream = StringIO()
    Printer(stream, print_debuginfo=True).print_op(module)
    text = _TWICE.sub(r"\1", stream.getvalue())  # ops with a format of their own print it too
    text = _GLOBAL.sub(_global, text)
    text = text.replace("ml_program.global_load", "util.global.load")
    text = text.replace("ml_program.global_store", "util.global.store")
    if text.startswith("builtin.module"):
        text = text[len("builtin.") :]
    return _ARGUMENT.sub("", text)


def _global(match: re.Match[str]) -> str:
    mutable, name, type_, location = match.groups()
    key = name.strip('"')
    return (
        f"util.global private{mutable or ''} @{name} = "
        f'#flow.parameter.named<"{SCOPE}"::"{key}"> : {type_}{location}'
    )
