# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The op files' own small dialect, and how a test function becomes a program with arguments.

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
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, FunctionType, ModuleOp, StringAttr
from xdsl.ir import Dialect
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer

from iree_explore import elements
from iree_explore.context import CompilerContext, make_context
from iree_explore.frontend.parser import SourceParser


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


class ExpectOp(IRDLOperation):
    """`name(%0, dense<...> : tensor<...>) : tensor<...>`, almost-equal with `, atol 1.0e-3`."""

    value = operand_def()
    expected = prop_def(DenseIntOrFPElementsAttr)
    atol = opt_prop_def(StringAttr)

    def print(self, printer: Printer) -> None:
        printer.print_string("(")
        printer.print_ssa_value(self.value)
        printer.print_string(", ")
        printer.print_attribute(self.expected)
        if self.atol is not None:
            printer.print_string(f", atol {self.atol.data}")
        printer.print_string(") : ")
        printer.print_attribute(self.value.type)

    @classmethod
    def parse(cls, parser: Parser) -> ExpectOp:
        parser.parse_punctuation("(")
        operand = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        properties = {"expected": parser.parse_attribute()}
        if parser.parse_optional_punctuation(","):
            parser.parse_keyword("atol")
            properties["atol"] = StringAttr(str(parser.parse_number()))
        parser.parse_punctuation(")")
        parser.parse_punctuation(":")
        value = parser.resolve_operand(operand, parser.parse_type())
        return cls.create(operands=[value], properties=properties)


@irdl_op_definition
class ExpectEqConstOp(ExpectOp):
    """The same bits, NaN equal to NaN."""

    name = "check.expect_eq_const"


@irdl_op_definition
class ExpectAlmostEqConstOp(ExpectOp):
    """Close: 1e-5 relative (1e-2 for 16-bit floats) plus `atol`, NaN equal to NaN."""

    name = "check.expect_almost_eq_const"


Check = Dialect("check", [InputOp, ExpectEqConstOp, ExpectAlmostEqConstOp], [])


@dataclass
class Case:
    """One test function as a program."""

    name: str
    ctx: CompilerContext
    module: ModuleOp
    inputs: list[np.ndarray]
    expected: list[ExpectOp]

    def check(self, results: Sequence[np.ndarray]) -> None:
        """Compares what a target returned with what the file says."""
        assert len(results) == len(self.expected)
        for got, expect in zip(results, self.expected, strict=True):
            want = elements.to_numpy(expect.expected)
            assert got.dtype == want.dtype, (got.dtype, want.dtype)
            assert got.shape == want.shape, (got.shape, want.shape)
            if isinstance(expect, ExpectEqConstOp):
                assert_same(got, want)
            else:
                assert_close(got, want, float(expect.atol.data) if expect.atol else 1e-6)


def assert_same(got: np.ndarray, want: np.ndarray) -> None:
    """Equal values, signs of zeros included; any NaN equals any NaN."""
    np.testing.assert_array_equal(wide(got), wide(want))
    if got.dtype.kind in "fV":
        numbers = ~np.isnan(wide(want))
        np.testing.assert_array_equal(
            np.signbit(wide(got))[numbers], np.signbit(wide(want))[numbers]
        )


def assert_close(got: np.ndarray, want: np.ndarray, atol: float = 1e-6) -> None:
    """Close in the precision of the dtype."""
    rtol = 1e-2 if want.dtype.itemsize < 4 else 1e-5
    np.testing.assert_allclose(wide(got), wide(want), rtol=rtol, atol=atol)


def wide(x: np.ndarray) -> np.ndarray:
    """float64 of the floats NumPy's comparisons do not know."""
    return x.astype(np.float64) if x.dtype.kind == "V" or x.dtype.itemsize < 4 else x


def context() -> CompilerContext:
    ctx = make_context()
    ctx.load_dialect(Check)
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
    results = [op.value for op in expected]
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
    return Case(function.sym_name.data, context(), ModuleOp([main]), inputs, expected)
