# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How a test function of an op file becomes a program with arguments; `check.input`.

    func.func @test_add() {
      %a = check.input dense<[1, 2]> : tensor<2xi32>
      %0 = stablehlo.add %a, %a : tensor<2xi32>
      check.expect_eq_const(%0, dense<[2, 4]> : tensor<2xi32>) : tensor<2xi32>
      return
    }

`cases` turns each function into a `Case`: a module whose @main takes the inputs as arguments (so
that nothing folds them away) and returns what is checked. Targets that run cases are in
`test_ops.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, FunctionType, ModuleOp
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    prop_def,
    result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer

from iree_explore import elements
from iree_explore.context import CompilerContext, make_context
from iree_explore.frontend.parser import SourceParser
from iree_explore.stablehlo.check_dialect import ExpectOp


@irdl_op_definition
class InputOp(IRDLOperation):
    """An argument of the program under test: `check.input dense<...> : tensor<...>`."""

    name = "check.input"
    value = prop_def(DenseIntOrFPElementsAttr)
    result = result_def()

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_attribute(self.value)

    @classmethod
    def parse(cls, parser: Parser) -> InputOp:
        value = parser.parse_attribute()
        return cls.create(properties={"value": value}, result_types=[value.type])


@dataclass
class Case:
    """One test function as a program."""

    name: str
    text: str
    inputs: list[np.ndarray]
    expected: list[ExpectOp]

    def check(self, results: Sequence[np.ndarray]) -> None:
        """Compares what a target returned with what the file says."""
        assert len(results) == len(self.expected)
        for got, expect in zip(results, self.expected, strict=True):
            asked = expect.expectation()
            if expect.atol is None:
                asked = replace(asked, atol=1e-6)
            wrong = asked.compare(got, expected_of(expect))
            assert wrong is None, wrong


def expected_of(expect: ExpectOp) -> np.ndarray:
    """The constant that an op file compares with."""
    assert expect.value is not None
    return elements.to_numpy(expect.value)


def context() -> CompilerContext:
    ctx = make_context()
    ctx.load_op(InputOp)
    return ctx


def cases(path: Path) -> dict[str, Callable[[], Case]]:
    """The test functions of a file, each made into a program on demand."""
    module = SourceParser(context(), path.read_text(), path.name).parse_module()
    functions = [op for op in module.ops if isinstance(op, func.FuncOp)]
    return {f.sym_name.data: lambda f=f: _case(f) for f in functions}


def _case(function: func.FuncOp) -> Case:
    function = function.clone()
    block = function.body.block
    inputs: list[np.ndarray] = []
    expected: list[ExpectOp] = []
    for op in list(block.ops):
        if isinstance(op, InputOp):
            argument = block.insert_arg(op.result.type, len(block.args))
            inputs.append(elements.to_numpy(op.value))
            op.result.replace_all_uses_with(argument)
            op.detach()
            op.erase()
        elif isinstance(op, ExpectOp):
            expected.append(op)
    results = [op.lhs for op in expected]
    last = block.last_op
    assert last is not None
    block.insert_op_before(func.ReturnOp(*results), last)
    last.detach()
    for op in expected:
        op.detach()
        op.operands = []  # it keeps no value of the program alive
    main = func.FuncOp(
        "main",
        FunctionType.from_lists([a.type for a in block.args], [v.type for v in results]),
        function.detach_region(function.body),
    )
    return Case(function.sym_name.data, str(ModuleOp([main])), inputs, expected)
