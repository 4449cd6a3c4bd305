# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The before/after in each pass's docstring is what the pass does."""

from __future__ import annotations

import inspect
import re

import pytest

from iree_explore.context import make_context
from iree_explore.frontend.parser import SourceParser
from iree_explore.pipeline import PHASES

INPUT = next(phase for phase in PHASES if phase.name == "input")


@pytest.mark.parametrize("line", INPUT.passes, ids=lambda line: line.name)
def test_docstring_shows_what_the_pass_does(line) -> None:
    cls = line.load()
    before, after = re.findall(r"```mlir\n(.*?)```", inspect.getdoc(cls) or "", re.DOTALL)
    ctx = make_context()
    module = SourceParser(ctx, before).parse_module()
    ctx.provenance.settle(module, "import")
    cls().apply(ctx, module)
    assert ctx.provenance.settle(module, cls.name) == 0, "ops without a derivation"
    module.verify()
    assert str(module).strip() == after.strip()
