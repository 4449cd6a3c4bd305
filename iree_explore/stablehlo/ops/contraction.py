# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Dot products: `dot_general` and `dot`.

All become one multiply-add contraction over indexing maps (`linalg.matmul` where it is one). f16
and bf16 are accumulated in f32. Convolutions are in `convolution.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import ArrayAttr, TensorType, f32
from xdsl.dialects.linalg.ops import MatmulOp
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def
from xdsl.parser import Parser
from xdsl.printer import Printer

from iree_explore import elements
from iree_explore.stablehlo.attrs import (
    DotAlgorithmAttr,
    DotDimensionNumbersAttr,
    int_list,
    ints,
    print_int_list,
)
from iree_explore.stablehlo.base import (
    PRECISION,
    OpRow,
    PrettyOp,
    Run,
    Shape,
    agree,
    create,
    element_type,
    parse_field,
    parse_operands,
    parse_signature,
    print_field,
    print_signature,
    result_dtype,
    shape_of,
)
from iree_explore.stablehlo.lowering import Dim, Lowering, dims_map, identity
from iree_explore.stablehlo.ops import scalars as s

Arrays = list[np.ndarray]


@dataclass(frozen=True)
class Dot:
    """Dimension numbers of a dot product."""

    lhs_batch: tuple[int, ...]
    rhs_batch: tuple[int, ...]
    lhs_contract: tuple[int, ...]
    rhs_contract: tuple[int, ...]

    def free(self, side: str, rank: int) -> list[int]:
        """Dimensions of `side` that are neither batching nor contracting."""
        used = {*getattr(self, f"{side}_batch"), *getattr(self, f"{side}_contract")}
        return [d for d in range(rank) if d not in used]


@irdl_op_definition
class DotGeneralOp(PrettyOp):
    """Products summed over contracting dimensions, for each index of the batching dimensions.

    Spec: https://openxla.org/stablehlo/spec#dot_general
    """

    name = "stablehlo.dot_general"
    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    dot_dimension_numbers = prop_def(DotDimensionNumbersAttr)
    precision_config = opt_prop_def(ArrayAttr)
    algorithm = opt_prop_def(Attribute)
    result = result_def(TensorType)

    def dot(self) -> Dot:
        n = self.dot_dimension_numbers
        return Dot(*(n.dims(f) for f in n.fields()))

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        dot = self.dot()
        pairs = [("contracting_dims", dot.lhs_contract, dot.rhs_contract)]
        if dot.lhs_batch:
            pairs.insert(0, ("batching_dims", dot.lhs_batch, dot.rhs_batch))
        for keyword, left, right in pairs:
            printer.print_string(f", {keyword} = ")
            print_int_list(printer, left)
            printer.print_string(" x ")
            print_int_list(printer, right)
        if self.precision_config is not None:
            printer.print_string(", precision = ")
            print_field(printer, PRECISION, self.precision_config)
        rest = dict(self.attributes)
        if self.algorithm is not None:
            rest["algorithm"] = self.algorithm
        printer.print_op_attributes(rest)
        print_signature(printer, self, always_function=True)

    @classmethod
    def parse(cls, parser: Parser) -> DotGeneralOp:
        position = parser.pos
        operands, comma = parse_operands(parser)
        pairs: dict[str, tuple[list[int], list[int]]] = {}
        properties: dict[str, Attribute] = {}
        while comma:
            keyword = parser.parse_identifier()
            parser.parse_punctuation("=")
            if keyword in ("batching_dims", "contracting_dims"):
                left = int_list(parser)
                parser.parse_characters("x")
                pairs[keyword] = (left, int_list(parser))
            elif keyword == "precision":
                properties["precision_config"] = parse_field(parser, PRECISION)
            elif keyword == "algorithm":
                parse = DotAlgorithmAttr.parse_parameters  # without the attribute's name, mostly
                at_fields = parser._current_token.text == "<"  # pyright: ignore[reportPrivateUsage]
                properties["algorithm"] = (
                    DotAlgorithmAttr(*parse(parser)) if at_fields else parser.parse_attribute()  # pyright: ignore[reportArgumentType]
                )
            else:
                parser.raise_error(f"dot_general has no field {keyword}")
            comma = parser.parse_optional_punctuation(",") is not None
        batch = pairs.get("batching_dims", ([], []))
        contract = pairs.get("contracting_dims", ([], []))
        properties["dot_dimension_numbers"] = DotDimensionNumbersAttr(
            *(ints(*x) for x in (*batch, *contract))
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        inputs, outputs = parse_signature(parser, 2)
        return create(cls, parser.resolve_operands(operands, inputs, position), outputs,
                      properties, attributes)  # fmt: skip


@irdl_op_definition
class DotOp(PrettyOp):
    """Vector and matrix products: the last dimension of the left with the first of the right.

    Spec: https://openxla.org/stablehlo/spec#dot_general
    """

    name = "stablehlo.dot"
    FIELDS: ClassVar = (("precision", "precision_config", PRECISION),)
    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    precision_config = opt_prop_def(ArrayAttr)
    result = result_def(TensorType)

    def dot(self) -> Dot:
        return Dot((), (), (len(shape_of(self.lhs)) - 1,), (0,))


def infer_dot(op: Any) -> Sequence[Shape]:
    dot, lhs, rhs = op.dot(), list(shape_of(op.lhs)), shape_of(op.rhs)
    for a, b in zip(dot.lhs_batch, dot.rhs_batch, strict=True):
        lhs[a] = agree(lhs[a], rhs[b])
    for a, b in zip(dot.lhs_contract, dot.rhs_contract, strict=True):
        agree(lhs[a], rhs[b])
    return [_dot_shape(dot, lhs, rhs)]


def _dot_shape(dot: Dot, lhs: Sequence[Any], rhs: Sequence[Any]) -> tuple[Any, ...]:
    return (
        *(lhs[d] for d in dot.lhs_batch),
        *(lhs[d] for d in dot.free("lhs", len(lhs))),
        *(rhs[d] for d in dot.free("rhs", len(rhs))),
    )


def wide_dtype(dtype: np.dtype) -> np.dtype:
    """The dtype that sums of `dtype` are kept in: float32 for narrower floats, bytes for i4."""
    return elements.widened(np.empty(0, dtype)).dtype


def evaluate_dot(op: Any, args: Arrays, run: Run) -> Arrays:
    dtype = result_dtype(op)
    dot = op.dot()
    left, right = (a.astype(wide_dtype(dtype), copy=False) for a in args)
    shape = _dot_shape(dot, left.shape, right.shape)
    batch = int(np.prod([left.shape[d] for d in dot.lhs_batch]))
    lfree, rfree = dot.free("lhs", left.ndim), dot.free("rhs", right.ndim)
    contract = int(np.prod([left.shape[d] for d in dot.lhs_contract]))
    m = int(np.prod([left.shape[d] for d in lfree]))
    n = int(np.prod([right.shape[d] for d in rfree]))
    left = left.transpose(*dot.lhs_batch, *lfree, *dot.lhs_contract).reshape(batch, m, contract)
    right = right.transpose(*dot.rhs_batch, *dot.rhs_contract, *rfree).reshape(batch, contract, n)
    with np.errstate(all="ignore"):
        return [(left @ right).reshape(shape).astype(dtype, copy=False)]


def lower_dot(op: Any, b: Lowering) -> Sequence[SSAValue]:
    types = b.element_types(op)
    dot = op.dot()
    lhs, rhs = b.dims(op.lhs), b.dims(op.rhs)
    dims = b.typed_dims(op.result.type, _dot_shape(dot, lhs, rhs))
    nb, nk = len(dot.lhs_batch), len(dot.lhs_contract)
    lfree, rfree = dot.free("lhs", len(lhs)), dot.free("rhs", len(rhs))
    loops = len(dims) + nk
    left, right = [0] * len(lhs), [0] * len(rhs)
    for i, (x, y) in enumerate(zip(dot.lhs_batch, dot.rhs_batch, strict=True)):
        left[x] = right[y] = i
    for i, d in enumerate(lfree):
        left[d] = nb + i
    for i, d in enumerate(rfree):
        right[d] = nb + len(lfree) + i
    for i, (x, y) in enumerate(zip(dot.lhs_contract, dot.rhs_contract, strict=True)):
        left[x] = right[y] = len(dims) + i
    maps = [dims_map(loops, left), dims_map(loops, right), dims_map(loops, range(len(dims)))]
    result = element_type(op.result)
    plain = not nb and left == [0, 2] and right == [2, 1]
    return [contract(b, [op.lhs, op.rhs], types, maps, dims, result, plain)]


def contract(
    b: Lowering,
    operands: Sequence[SSAValue],
    types: Sequence[Attribute],
    maps: Sequence[Any],
    dims: Sequence[Dim],
    result: Attribute,
    matmul: bool = False,
) -> SSAValue:
    """Multiply and add over `maps`; `matmul` says that the maps are `linalg.matmul`'s."""
    total = f32 if s.is_float(result) and s.width_of(result) < 32 else result
    out = b.zeros(dims, total)
    element = out.type.element_type  # pyright: ignore[reportAttributeAccessIssue]
    rank = len(dims)
    same = all(v.type.element_type == element for v in operands)  # pyright: ignore
    if matmul and same and not s.is_bool(result):
        value = b.build(MatmulOp(operands, [out]))
        b.set_dims(value, dims)
    else:
        loops = maps[0].num_dims

        def body(args: Sequence[SSAValue]) -> SSAValue:
            x, y = (
                s.convert(b, None, [a], [t], total)
                for a, t in zip(args[:2], types[:2], strict=True)
            )
            product = MULTIPLY(b, None, [x, y], [total] * 2, total)
            return ADD(b, None, [product, args[2]], [total] * 2, total)

        (value,) = b.generic(operands, maps, [out], body, range(rank, loops))
    if total == result:
        return value
    narrow = b.empty(dims, result)
    convert = [identity(rank)] * 2
    return b.generic([value], convert, [narrow],
                     lambda args: s.convert(b, None, args[:1], [total], result))[0]  # fmt: skip


MULTIPLY = s.choose(arith.MulfOp, arith.MuliOp, boolean=arith.AndIOp)
ADD = s.choose(arith.AddfOp, arith.AddiOp, boolean=arith.OrIOp)


ROWS: tuple[OpRow, ...] = (
    OpRow(DotGeneralOp, infer_dot, evaluate_dot, lower_dot),
    OpRow(DotOp, infer_dot, evaluate_dot, lower_dot),
)
