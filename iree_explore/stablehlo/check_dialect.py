# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `check` dialect: what a self-checking program expects, in IREE's and StableHLO's syntax.

    check.expect_eq_const(%0, dense<[2, 4]> : tensor<2xi32>) : tensor<2xi32>
    check.expect_close %0, %1 {max_ulp_difference = 2 : i64} : tensor<4xf32>, tensor<4xf32>

`import-return-checked-values` makes results of the values; after the call `Expectation.compare`
(the definition, for every target) looks at them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IntegerAttr,
    StringAttr,
    f64,
)
from xdsl.ir import Attribute, Dialect, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
)
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer

from iree_explore import elements

SHOWN = 8
"""Differing elements that an error names."""


@dataclass(frozen=True)
class Expectation:
    """How two arrays have to agree.

    `kind` is "eq" (the same bits, NaN equal to NaN), "almost_eq" (|got - expected| within
    `atol + rtol * |expected|`; `rtol` None: what the dtype resolves), or "close" (as many
    representable numbers apart as `ulps` allows). `place` is where the program says so.
    """

    kind: str
    atol: float = 1e-4
    rtol: float | None = None
    ulps: int = 3
    place: str = ""

    def text(self) -> str:
        """What `iree.abi.check` holds: kind, tolerances (`-`: the dtype's), ulps and place."""
        rtol = "-" if self.rtol is None else repr(self.rtol)
        return f"{self.kind} {self.atol!r} {rtol} {self.ulps} {self.place}"

    @staticmethod
    def parse(text: str) -> Expectation:
        """The inverse of `text`; raises `ValueError`."""
        kind, atol, rtol, ulps, place = text.split(" ", 4)
        relative = None if rtol == "-" else float(rtol)
        return Expectation(kind, float(atol), relative, int(ulps), place)

    def compare(self, got: np.ndarray, expected: np.ndarray) -> str | None:
        """What differs, one line an element; None if the expectation holds."""
        got, expected = np.asarray(got), np.asarray(expected)
        if got.shape != expected.shape or got.dtype != expected.dtype:
            return (
                f"got {got.dtype}{list(got.shape)}, expected {expected.dtype}{list(expected.shape)}"
            )
        wrong = np.argwhere(~self._agree(got, expected))
        if not len(wrong):
            return None
        rows = [
            f"{list(map(int, i))}: got {got[tuple(i)]!s}, expected {expected[tuple(i)]!s}"
            for i in wrong[:SHOWN]
        ]
        if len(wrong) > SHOWN:
            rows.append(f"and {len(wrong) - SHOWN} more of {got.size}")
        return "\n".join(rows)

    def _agree(self, got: np.ndarray, expected: np.ndarray) -> np.ndarray:
        if got.dtype.kind == "c":
            return self._agree(np.real(got), np.real(expected)) & self._agree(
                np.imag(got), np.imag(expected)
            )
        if not elements.is_float(got.dtype):
            return got == expected
        a, b = (elements.widened(x).astype(np.float64) for x in (got, expected))
        both_nan = np.isnan(a) & np.isnan(b)
        same = (a == b) & (np.signbit(a) == np.signbit(b))
        if self.kind == "almost_eq":
            rtol = self.rtol
            if rtol is None:
                rtol = 1e-5 if elements.bits_of(got.dtype) >= 32 else 1e-2
            with np.errstate(all="ignore"):
                same |= np.abs(a - b) <= self.atol + rtol * np.abs(b)
            same &= np.isfinite(b) | (a == b)
        elif self.kind == "close":
            same |= _ulps(got, expected) <= self.ulps
            same &= np.isfinite(a) == np.isfinite(b)
        return same | both_nan


def _ulps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How many representable numbers lie between (float64: exact up to 2^53)."""
    width = a.dtype.itemsize

    def line(x: np.ndarray) -> np.ndarray:
        bits = np.ascontiguousarray(x).view(f"i{width}").reshape(x.shape)
        magnitude = (bits & np.array((1 << 8 * width - 1) - 1, bits.dtype)).astype(np.float64)
        return np.where(bits < 0, -magnitude, magnitude)

    return np.abs(line(a) - line(b))


class ExpectOp(IRDLOperation):
    """`lhs` is what was computed; `rhs`, or the constant `value`, what it should be."""

    KIND: ClassVar[str] = "eq"
    lhs = operand_def()
    rhs = opt_operand_def()
    value = opt_prop_def(DenseIntOrFPElementsAttr)
    atol = opt_prop_def(Attribute)
    rtol = opt_prop_def(Attribute)
    tolerance = opt_prop_def(Attribute)
    max_ulp_difference = opt_prop_def(Attribute)
    min_ulp_difference = opt_prop_def(Attribute)

    def expectation(self, place: str = "") -> Expectation:
        """What the op asks for."""
        return expectation(self.KIND, self.properties, place)

    def print(self, printer: Printer) -> None:
        printer.print_string("(")
        printer.print_ssa_value(self.lhs)
        printer.print_string(", ")
        if self.value is not None:
            printer.print_attribute(self.value)
        elif self.rhs is not None:
            printer.print_ssa_value(self.rhs)
        printer.print_string(")")
        rest = {k: v for k, v in self.properties.items() if k != "value"}
        printer.print_op_attributes(rest | self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.lhs.type)

    @classmethod
    def parse(cls, parser: Parser) -> ExpectOp:
        inside = parser.parse_optional_punctuation("(") is not None
        operands = [parser.parse_unresolved_operand()]
        parser.parse_punctuation(",")
        properties: dict[str, Attribute] = {}
        other = parser.parse_optional_unresolved_operand()
        if other is None:
            value = parser.parse_attribute()
            if not isinstance(value, DenseIntOrFPElementsAttr):
                parser.raise_error(f"{cls.name} compares with a constant or a value")
            properties["value"] = value
        else:
            operands.append(other)
        while parser.parse_optional_punctuation(","):
            key = parser.parse_identifier()
            if key not in ("atol", "rtol"):
                parser.raise_error(f"{cls.name} has no {key}")
            properties[key] = FloatAttr(float(parser.parse_number()), f64)
        if inside:
            parser.parse_punctuation(")")
        attributes = parser.parse_optional_attr_dict()
        return cls._typed(parser, operands, properties, attributes)

    @classmethod
    def _typed(
        cls,
        parser: Parser,
        operands: list[UnresolvedOperand],
        properties: dict[str, Attribute],
        attributes: dict[str, Attribute],
    ) -> ExpectOp:
        value = properties.get("value")
        types: list[Attribute] = []
        if parser.parse_optional_punctuation(":"):
            types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        elif isinstance(value, DenseIntOrFPElementsAttr):
            types = [value.type]
        if not types or len(types) > len(operands):
            parser.raise_error(f"{cls.name} takes the type of its operands")
        types += types[-1:] * (len(operands) - len(types))
        values: list[SSAValue] = [
            parser.resolve_operand(o, t) for o, t in zip(operands, types, strict=True)
        ]
        known = cls.get_irdl_definition().properties
        return cls.create(
            operands=values,
            properties=properties | {k: v for k, v in attributes.items() if k in known},
            attributes={k: v for k, v in attributes.items() if k not in known},
        )


def expectation(kind: str, given: Any, place: str) -> Expectation:
    """The `Expectation` of an op or call with the attributes `given`."""

    def number(key: str) -> float | None:
        value = given.get(key)
        if isinstance(value, FloatAttr | IntegerAttr):
            return float(value.value.data)
        return float(value.data) if isinstance(value, StringAttr) else None

    atol, tolerance = number("atol"), number("tolerance")
    ulps = number("max_ulp_difference")
    chosen = atol if atol is not None else tolerance if tolerance is not None else 1e-4
    return Expectation(kind, chosen, number("rtol"), 3 if ulps is None else int(ulps), place)


@irdl_op_definition
class ExpectEqOp(ExpectOp):
    """The same bits, NaN equal to NaN."""

    name = "check.expect_eq"


@irdl_op_definition
class ExpectEqConstOp(ExpectOp):
    """The same bits as a constant, NaN equal to NaN."""

    name = "check.expect_eq_const"


@irdl_op_definition
class ExpectAlmostEqOp(ExpectOp):
    """Within a tolerance."""

    name = "check.expect_almost_eq"
    KIND: ClassVar[str] = "almost_eq"


@irdl_op_definition
class ExpectAlmostEqConstOp(ExpectOp):
    """Within a tolerance of a constant."""

    name = "check.expect_almost_eq_const"
    KIND: ClassVar[str] = "almost_eq"


@irdl_op_definition
class ExpectCloseOp(ExpectOp):
    """Not more than `max_ulp_difference` (3) representable numbers apart."""

    name = "check.expect_close"
    KIND: ClassVar[str] = "close"


KINDS = {
    op.name: op.KIND
    for op in (ExpectEqOp, ExpectEqConstOp, ExpectAlmostEqOp, ExpectAlmostEqConstOp, ExpectCloseOp)
}
"""Kind of expectation by op name; calls of these names mean the same."""
Check = Dialect(
    "check",
    [ExpectEqOp, ExpectEqConstOp, ExpectAlmostEqOp, ExpectAlmostEqConstOp, ExpectCloseOp],
    [],
)
