# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elementwise ops: element types allowed, operands and results alike.

`ALLOWED` says which kinds of element type an op takes (letters of `report.KINDS`).
"""

from __future__ import annotations

from typing import Any

from xdsl.dialects.builtin import ComplexType, IntegerType
from xdsl.ir import Attribute

from iree_explore.stablehlo.base import DYNAMIC
from iree_explore.stablehlo.constraints.report import (
    KINDS,
    Report,
    Rule,
    compatible,
    element,
    fits,
    integer,
    ints,
    is_tensor,
    kind,
    same_type,
    shape,
    show,
)

ALLOWED: dict[str, str] = {
    "abs": "ifcq",
    "cbrt": "fcq",
    "ceil": "fq",
    "cosine": "fcq",
    "count_leading_zeros": "iu",
    "exponential": "fcq",
    "exponential_minus_one": "fcq",
    "floor": "fq",
    "imag": "fc",
    "is_finite": "fq",
    "log": "fcq",
    "log_plus_one": "fcq",
    "logistic": "fcq",
    "negate": "iufcq",
    "not": "biu",
    "popcnt": "iu",
    "real": "fc",
    "round_nearest_afz": "fq",
    "round_nearest_even": "fq",
    "rsqrt": "fcq",
    "sign": "ifcq",
    "sine": "fcq",
    "sqrt": "fcq",
    "tan": "fcq",
    "tanh": "fcq",
    "add": "biufcq",
    "and": "biu",
    "atan2": "fcq",
    "complex": "f",
    "divide": "iufcq",
    "maximum": "biufcq",
    "minimum": "biufcq",
    "multiply": "biufcq",
    "or": "biu",
    "power": "iufcq",
    "remainder": "iufcq",
    "shift_left": "iu",
    "shift_right_arithmetic": "iu",
    "shift_right_logical": "iu",
    "subtract": "iufcq",
    "xor": "biu",
    "reduce_precision": "fq",
}
CHLO: dict[str, str] = {
    "acos": "fc",
    "acosh": "fc",
    "asin": "fc",
    "asinh": "fc",
    "atan": "fc",
    "atanh": "fc",
    "bessel_i1e": "fc",
    "conj": "fc",
    "cosh": "fc",
    "digamma": "f",
    "erf": "f",
    "erf_inv": "f",
    "erfc": "f",
    "is_inf": "f",
    "is_neg_inf": "f",
    "is_pos_inf": "f",
    "lgamma": "f",
    "sinh": "fc",
    "square": "fc",
    "tan": "fc",
    "next_after": "f",
    "polygamma": "f",
    "zeta": "f",
    "mulhi": "iu",
    "_asin_acos_kernel": "fc",
}
BROADCASTING = (
    "add", "and", "atan2", "compare", "complex", "divide", "maximum", "minimum", "multiply",
    "next_after", "or", "polygamma", "power", "remainder", "select", "shift_left",
    "shift_right_arithmetic", "shift_right_logical", "subtract", "xor", "zeta",
)  # fmt: skip
_OTHER_RESULT = frozenset(
    {"is_finite", "real", "imag", "complex", "is_inf", "is_neg_inf", "is_pos_inf"}
)


def allowed(report: Report, type_: Attribute, kinds: str) -> bool:
    """The element type is of one of these kinds."""
    names = ", ".join(KINDS[k] for k in kinds)
    return report.need("types", kind(type_) in kinds, f"{type_} is not allowed ({names})")


def _alike(kinds: str, other_result: bool) -> Rule:
    def rule(op: Any, report: Report) -> None:
        if not all(map(is_tensor, (*op.operands, *op.results))):
            report.need("types", False, "operands and results must be tensors")
            return
        if not allowed(report, element(op.operands[0]), kinds):
            return
        # C1: operands and result have the same type.
        operands = op.operands if other_result else (*op.operands, *op.results)
        report.same_element("C1", *operands)
        report.same_shape("C1", "operands and result", *op.operands, *op.results)

    return rule


def _broadcasting(op: Any, report: Report) -> None:
    shapes = [shape(v) for v in op.operands]
    rank = max(map(len, shapes))
    if len(op.operands) == 2:
        report.same_element("types", *op.operands)
    dims = ints(op, "broadcast_dimensions")
    if dims is not None and len({*map(len, shapes)}) > 1:
        low = min(map(len, shapes))
        report.size("broadcast_dimensions", "broadcast_dimensions", dims, low)
        report.in_range("broadcast_dimensions", "broadcast_dimensions", dims, rank)
        report.sorted("broadcast_dimensions", "broadcast_dimensions", dims)
    elif dims is not None:
        report.need(
            "broadcast_dimensions",
            dims == list(range(rank)),
            f"broadcast_dimensions = {dims} are not all dimensions",
        )
    if report.broken:
        return
    sizes = []
    for d in range(rank):
        column = []
        for s in shapes:
            at = dims.index(d) if dims is not None and len(s) < rank and d in dims else -1
            if dims is None or len(s) == rank:
                at = d - (rank - len(s))
            column.append(s[at] if at >= 0 else 1)
        known = {n for n in column if n not in (1, DYNAMIC)}
        if not report.need(
            "broadcast",
            len(known) <= 1,
            "the shapes do not broadcast: " + ", ".join(map(show, shapes)),
        ):
            return
        sizes.append(known.pop() if known else DYNAMIC if DYNAMIC in column else 1)
    report.result("result", tuple(sizes))


def _real_part(op: Any, report: Report, kinds: str = "fc") -> None:
    _alike(kinds, True)(op, report)
    if not report.broken:
        source = element(op.operand)
        wanted = source.element_type if isinstance(source, ComplexType) else source
        report.need("C2", element(op.result) == wanted, f"the result should be of {wanted}")


def _complex(op: Any, report: Report) -> None:
    _alike("f", True)(op, report)
    if not report.broken:
        source, result = element(op.lhs), element(op.result)
        report.need("C1", source.name in ("f32", "f64"), f"{source} is neither f32 nor f64")
        fits_parts = isinstance(result, ComplexType) and result.element_type == source
        report.need("C3", fits_parts, f"the result {result} is not complex<{source}>")


def _predicate(kinds: str) -> Rule:
    def rule(op: Any, report: Report) -> None:
        _alike(kinds, True)(op, report)
        if not report.broken:
            report.need(
                "types", element(op.results[0]) == IntegerType(1), "the result should be of i1"
            )

    return rule


def _compare(op: Any, report: Report) -> None:
    report.same_element("C1", op.lhs, op.rhs)
    report.same_shape("C2", "operands and result", op.lhs, op.rhs, op.result)
    report.need("types", element(op.result) == IntegerType(1), "the result should be of i1")
    if op.compare_type is not None:
        wanted = {
            "i": ("SIGNED",),
            "u": ("UNSIGNED",),
            "b": ("UNSIGNED",),
            "f": ("FLOAT", "TOTALORDER"),
            "c": ("FLOAT",),
        }.get(kind(element(op.lhs)))
        given = op.compare_type.data.value
        if wanted is not None and given != "NOTYPE":
            report.need(
                "C3", given in wanted, f"compare_type {given} does not fit {element(op.lhs)}"
            )


def _select(op: Any, report: Report) -> None:
    pred = shape(op.pred)
    report.need("types", element(op.pred) == IntegerType(1), "pred should be of i1")
    report.need(
        "C1",
        not pred or compatible(pred, shape(op.on_true)),
        f"pred {op.pred.type} has neither rank 0 nor on_true's shape",
    )
    report.same_element("C2", op.on_true, op.on_false, op.result)
    report.same_shape("C2", "on_true, on_false and result", op.on_true, op.on_false, op.result)


def _clamp(op: Any, report: Report) -> None:
    for label, name in (("C1", "min"), ("C2", "max")):
        bound = getattr(op, name)
        report.need(
            label,
            not shape(bound) or compatible(shape(bound), shape(op.operand)),
            f"{name} {bound.type} has neither rank 0 nor the operand's shape",
        )
    report.same_element("C3", op.min, op.operand, op.max)
    report.same_element("C4", op.operand, op.result)
    report.same_shape("C4", "operand and result", op.operand, op.result)


def _convert(op: Any, report: Report) -> None:
    report.same_shape("C1", "operand and result", op.operand, op.result)


def bits_of(type_: Attribute) -> int | None:
    """Width of an element type in bits; None if it has none that is known here."""
    if isinstance(type_, ComplexType):
        inner = bits_of(type_.element_type)
        return None if inner is None else 2 * inner
    if isinstance(type_, IntegerType):
        return type_.width.data
    width = getattr(type_, "bitwidth", None)
    return width if isinstance(width, int) else None


def _bitcast_convert(op: Any, report: Report) -> None:
    source, target = element(op.operand), element(op.result)
    both = isinstance(source, ComplexType), isinstance(target, ComplexType)
    report.need("C2", both[0] == both[1], f"{source} and {target}: one is complex, one is not")
    before, after = bits_of(source), bits_of(target)
    if before is None or after is None:
        return
    short, long, ratio = shape(op.operand), shape(op.result), before // max(1, after)
    if after > before:
        short, long, ratio = long, short, after // max(1, before)
    if before == after:
        report.same_shape("C1", "operand and result", short, long)
        return
    fitting = (
        max(before, after) % min(before, after) == 0
        and len(long) == len(short) + 1
        and compatible(long[:-1], short)
        and fits(long[-1], ratio)
    )
    report.need(
        "C1",
        fitting,
        f"{show(shape(op.operand))} of {source} does not reinterpret as "
        f"{show(shape(op.result))} of {target}",
    )


def _reduce_precision(op: Any, report: Report) -> None:
    _alike("fq", False)(op, report)
    exponent, mantissa = integer(op, "exponent_bits"), integer(op, "mantissa_bits")
    report.need("C2", exponent >= 1, f"exponent_bits = {exponent} is below 1")
    report.need("C3", mantissa >= 0, f"mantissa_bits = {mantissa} is below 0")


def _uniform(op: Any, report: Report) -> None:
    report.same_shape("C1", "operand and result", op.operands[0], op.results[0])


def _barrier(op: Any, report: Report) -> None:
    found = len(op.operands), len(op.results)
    if report.need("C1", found[0] == found[1], f"{found[0]} operands but {found[1]} results"):
        for x, y in zip(op.operands, op.results, strict=True):
            report.need("C1", same_type(x.type, y.type), f"{x.type} becomes {y.type}")


RULES: dict[str, Rule] = {
    **{f"stablehlo.{n}": _alike(k, n in _OTHER_RESULT) for n, k in ALLOWED.items()},
    **{f"chlo.{n}": _alike(k, n in _OTHER_RESULT) for n, k in CHLO.items()},
    **{f"chlo.broadcast_{n}": _broadcasting for n in BROADCASTING},
    "stablehlo.abs": lambda op, report: _real_part(op, report, ALLOWED["abs"]),
    "stablehlo.real": _real_part,
    "stablehlo.imag": _real_part,
    "stablehlo.complex": _complex,
    "stablehlo.is_finite": _predicate("fq"),
    **{f"chlo.{n}": _predicate("f") for n in ("is_inf", "is_neg_inf", "is_pos_inf")},
    "stablehlo.compare": _compare,
    "stablehlo.select": _select,
    "stablehlo.clamp": _clamp,
    "stablehlo.convert": _convert,
    "stablehlo.bitcast_convert": _bitcast_convert,
    "stablehlo.reduce_precision": _reduce_precision,
    "stablehlo.uniform_quantize": _uniform,
    "stablehlo.uniform_dequantize": _uniform,
    "stablehlo.optimization_barrier": _barrier,
}
