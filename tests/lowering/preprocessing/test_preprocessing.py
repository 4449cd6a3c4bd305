# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""User passes run where IREE runs its preprocessing pipeline; unknown ones are typed errors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.parser import Parser
from xdsl.passes import ModulePass

from iree_explore import pipeline
from iree_explore.context import CompileOptions, make_context
from iree_explore.errors import ModelError


@dataclass(frozen=True)
class Mark(ModulePass):
    """A user's pass: leaves a mark on the module."""

    name = "mark"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        op.attributes["marked"] = StringAttr("yes")


def preprocess(*passes: str) -> ModuleOp:
    ctx = make_context(replace(CompileOptions(), preprocessing=passes))
    module = Parser(
        ctx,
        """func.func @f(%a: index) -> index {
          %0 = arith.addi %a, %a : index
          %1 = arith.addi %a, %a : index
          %2 = arith.addi %0, %1 : index
          func.return %2 : index
        }""",
    ).parse_module()
    return pipeline.run(module, ctx, "preprocessing", "preprocessing")


def test_nothing_runs_by_default():
    assert sum(o.name == "arith.addi" for o in preprocess().walk()) == 3


def test_a_pass_of_xdsl_runs_by_name():
    module = preprocess("cse")
    assert sum(o.name == "arith.addi" for o in module.walk()) == 2


def test_a_pass_of_the_table_runs_by_name():
    module = preprocess("global-optimization-canonicalize")
    assert sum(o.name == "arith.addi" for o in module.walk()) == 2


def test_own_code_runs_by_module_and_class():
    assert "marked" in preprocess(f"{__name__}:Mark").attributes


@pytest.mark.parametrize(
    "name,message",
    [
        ("no-such-pass", "unknown pass 'no-such-pass'"),
        ("no.such:Pass", "cannot be loaded"),
        ("json:dumps", "is no xDSL ModulePass"),
    ],
)
def test_unknown_passes_are_model_errors(name: str, message: str):
    with pytest.raises(ModelError, match=message) as raised:
        preprocess(name)
    assert raised.value.code == "IX204"
