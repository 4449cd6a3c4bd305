# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs phases or single passes on MLIR text, for tests of the host side."""

from __future__ import annotations

from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser
from xdsl.passes import ModulePass

from iree_explore import pipeline
from iree_explore.context import CompilerContext, make_context


def parse(text: str, ctx: CompilerContext | None = None) -> tuple[CompilerContext, ModuleOp]:
    """A module with ids, and its context."""
    ctx = ctx or make_context()
    module = Parser(ctx, text).parse_module()
    ctx.provenance.settle(module, "import")
    return ctx, module


def run_phase(text: str, phase: str, *, stop: str | None = None) -> str:
    """The text after `phase` (to `stop`)."""
    ctx, module = parse(text)
    pipeline.run(module, ctx, start=phase, stop=stop or phase)
    return str(module)


def run_pass(text: str, pass_: ModulePass) -> str:
    """The text after one pass; every new op has a known origin."""
    ctx, module = parse(text)
    pass_.apply(ctx, module)
    assert ctx.provenance.settle(module, pass_.name) == 0
    module.verify()
    return str(module)


def lines(text: str, part: str) -> list[str]:
    """Stripped lines that contain `part`."""
    return [line.strip() for line in text.splitlines() if part in line]
