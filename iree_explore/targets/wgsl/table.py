# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What instructions of the `spirv` dialect are in WGSL: one line each.

A `Form` has a template of the operands by number, the kinds that they and the result have ("i"
signed, "u" unsigned, "" as the type says) and the name that a value made this way gets. A template
may call a function of `HELPERS`, which is then written at the head of the shader. `$t` is the
result's type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """One instruction; `operands` has a letter for each operand, "." for as its type says."""

    template: str
    name: str
    operands: str = ""
    result: str = ""

    @property
    def atomic(self) -> bool:
        return _CALL.fullmatch(self.template) is not None


_CALL = re.compile(r"[\w$<>]+\([^()]*(\([^()]*\)[^()]*)*\)|\{0\}\.?\w*")


def _infix(sign: str, name: str, kinds: str = "", result: str = "") -> Form:
    return Form(f"{{0}} {sign} {{1}}", name, kinds, result)


def _call(function: str, name: str, count: int, kinds: str = "", result: str = "") -> Form:
    operands = ", ".join(f"{{{i}}}" for i in range(count))
    return Form(f"{function}({operands})", name, kinds, result)


FORMS: dict[str, Form] = {
    "FAdd": _infix("+", "sum"), "FSub": _infix("-", "difference"),
    "FMul": _infix("*", "product"), "FDiv": _infix("/", "quotient"),
    "FRem": _infix("%", "remainder"),
    "FMod": Form("{0} - {1} * floor({0} / {1})", "remainder"),
    "IAdd": _infix("+", "sum"), "ISub": _infix("-", "difference"), "IMul": _infix("*", "product"),
    "UDiv": _infix("/", "quotient", "uu", "u"), "SDiv": _infix("/", "quotient", "ii", "i"),
    "UMod": _infix("%", "remainder", "uu", "u"), "SRem": _infix("%", "remainder", "ii", "i"),
    "SMod": Form("({0} % {1} + {1}) % {1}", "remainder", "ii", "i"),
    "SNegate": Form("-{0}", "negated", "i", "i"), "FNegate": Form("-{0}", "negated"),
    "VectorTimesScalar": _infix("*", "scaled"), "Dot": _call("dot", "product", 2),
    "IAddCarry": _call("add_carry", "wide_sum", 2, "uu", "u"),
    "ISubBorrow": _call("sub_borrow", "wide_difference", 2, "uu", "u"),
    "UMulExtended": _call("multiply_wide", "wide_product", 2, "uu", "u"),
    "SMulExtended": _call("multiply_wide_signed", "wide_product", 2, "uu", "u"),
    "ConvertFToU": Form("$t({0})", "whole", ".", "u"),
    "ConvertFToS": Form("$t({0})", "whole", ".", "i"),
    "ConvertSToF": Form("$t({0})", "real", "i"), "ConvertUToF": Form("$t({0})", "real", "u"),
    "FConvert": Form("$t({0})", "real"), "Bitcast": Form("bitcast<$t>({0})", "bits"),
    "QuantizeToF16": _call("quantizeToF16", "rounded", 1),
    "BitwiseOr": _infix("|", "bits"), "BitwiseXor": _infix("^", "bits"),
    "BitwiseAnd": _infix("&", "bits"), "Not": Form("~{0}", "bits"),
    "ShiftLeftLogical": _infix("<<", "shifted", ".u"),
    "ShiftRightArithmetic": _infix(">>", "shifted", "iu", "i"),
    "ShiftRightLogical": _infix(">>", "shifted", "uu", "u"),
    "BitFieldInsert": _call("insertBits", "bits", 4, "..uu"),
    "BitFieldSExtract": _call("extractBits", "bits", 3, "iuu", "i"),
    "BitFieldUExtract": _call("extractBits", "bits", 3, "uuu", "u"),
    "BitReverse": _call("reverseBits", "bits", 1), "BitCount": _call("countOneBits", "count", 1),
    "FOrdEqual": _infix("==", "equal"),
    "FUnordEqual": Form("!(({0} < {1}) | ({0} > {1}))", "equal"),
    "FOrdNotEqual": Form("({0} < {1}) | ({0} > {1})", "differs"),
    "FUnordNotEqual": _infix("!=", "differs"),
    "FOrdLessThan": _infix("<", "less"), "FUnordLessThan": Form("!({0} >= {1})", "less"),
    "FOrdGreaterThan": _infix(">", "greater"),
    "FUnordGreaterThan": Form("!({0} <= {1})", "greater"),
    "FOrdLessThanEqual": _infix("<=", "at_most"),
    "FUnordLessThanEqual": Form("!({0} > {1})", "at_most"),
    "FOrdGreaterThanEqual": _infix(">=", "at_least"),
    "FUnordGreaterThanEqual": Form("!({0} < {1})", "at_least"),
    "IEqual": _infix("==", "equal"), "INotEqual": _infix("!=", "differs"),
    "UGreaterThan": _infix(">", "greater", "uu"), "SGreaterThan": _infix(">", "greater", "ii"),
    "UGreaterThanEqual": _infix(">=", "at_least", "uu"),
    "SGreaterThanEqual": _infix(">=", "at_least", "ii"),
    "ULessThan": _infix("<", "less", "uu"), "SLessThan": _infix("<", "less", "ii"),
    "ULessThanEqual": _infix("<=", "at_most", "uu"),
    "SLessThanEqual": _infix("<=", "at_most", "ii"),
    "LogicalEqual": _infix("==", "equal"), "LogicalNotEqual": _infix("!=", "differs"),
    "LogicalOr": _infix("|", "either"), "LogicalAnd": _infix("&", "both"),
    "LogicalNot": Form("!{0}", "not_so"),
    "Any": _call("any", "some", 1), "All": _call("all", "every", 1),
    "IsNan": _call("is_nan", "undefined", 1), "IsInf": _call("is_inf", "infinite", 1),
    "Select": Form("select({2}, {1}, {0})", "chosen"),
    "CopyObject": Form("{0}", "copy"),
    "VectorExtractDynamic": Form("{0}[{1}]", "component"),
    "GL.Round": _call("round", "rounded", 1), "GL.RoundEven": _call("round", "rounded", 1),
    "GL.Trunc": _call("trunc", "whole", 1), "GL.FAbs": _call("abs", "magnitude", 1),
    "GL.SAbs": _call("abs", "magnitude", 1, "i", "i"), "GL.FSign": _call("sign", "sign_of", 1),
    "GL.SSign": _call("sign", "sign_of", 1, "i", "i"), "GL.Floor": _call("floor", "floored", 1),
    "GL.Ceil": _call("ceil", "ceiling", 1), "GL.Fract": _call("fract", "fraction", 1),
    "GL.Sqrt": _call("sqrt", "root", 1), "GL.InverseSqrt": _call("inverseSqrt", "root", 1),
    **{
        f"GL.{name}": _call(name.lower(), name.lower() + "_of", 1)
        for name in ("Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Tanh", "Asinh",
                     "Acosh", "Atanh", "Exp", "Log", "Exp2", "Log2")
    },
    "GL.Atan2": _call("atan2", "angle", 2), "GL.Pow": _call("pow", "power", 2),
    "GL.FMin": _call("min", "least", 2), "GL.FMax": _call("max", "most", 2),
    "GL.NMin": _call("min_number", "least", 2), "GL.NMax": _call("max_number", "most", 2),
    "GL.Step": _call("step", "step_of", 2), "GL.UMin": _call("min", "least", 2, "uu", "u"),
    "GL.SMin": _call("min", "least", 2, "ii", "i"), "GL.UMax": _call("max", "most", 2, "uu", "u"),
    "GL.SMax": _call("max", "most", 2, "ii", "i"), "GL.FClamp": _call("clamp", "clamped", 3),
    "GL.NClamp": _call("clamp", "clamped", 3), "GL.FMix": _call("mix", "mixed", 3),
    "GL.SmoothStep": _call("smoothstep", "step_of", 3), "GL.Fma": _call("fma", "fused", 3),
    "GL.UClamp": _call("clamp", "clamped", 3, "uuu", "u"),
    "GL.SClamp": _call("clamp", "clamped", 3, "iii", "i"),
    "GL.FindILsb": _call("firstTrailingBit", "place", 1),
    "GL.FindSMsb": _call("firstLeadingBit", "place", 1, "i", "i"),
    "GL.FindUMsb": _call("firstLeadingBit", "place", 1, "u", "u"),
    "GL.Ldexp": _call("ldexp", "scaled", 2, ".i"),
    "GL.PackHalf2x16": _call("pack2x16float", "packed", 1, ".", "u"),
    "GL.UnpackHalf2x16": _call("unpack2x16float", "pair", 1, "u"),
    "GL.Length": _call("length", "length_of", 1), "GL.Cross": _call("cross", "product", 2),
    "GL.Normalize": _call("normalize", "direction", 1),
}  # fmt: skip
"""By name of the instruction without `spirv.`."""

SUBGROUP_FORMS: dict[tuple[str, str], Form] = {
    **{
        (f"GroupNonUniform{letter}{name}", operation): _call(
            f"subgroup{prefix}{name}", "of_group", 1, kind, kind
        )
        for letters, names in (("FI", ("Add", "Mul")), ("FSU", ("Min", "Max")))
        for letter in letters
        for name in names
        for operation, prefix in (
            ("Reduce", ""), ("InclusiveScan", "Inclusive"), ("ExclusiveScan", "Exclusive"),
        )
        for kind in ({"S": "i", "U": "u"}.get(letter, ""),)
        if not prefix or name in ("Add", "Mul")
    },
    **{
        (f"GroupNonUniformBitwise{name}", "Reduce"): _call(f"subgroup{name}", "of_group", 1)
        for name in ("And", "Or", "Xor")
    },
    ("GroupNonUniformElect", ""): _call("subgroupElect", "first", 0),
    ("GroupNonUniformAll", ""): _call("subgroupAll", "every", 1),
    ("GroupNonUniformAny", ""): _call("subgroupAny", "some", 1),
    ("GroupNonUniformBallot", ""): _call("subgroupBallot", "votes", 1, ".", "u"),
    ("GroupNonUniformBroadcast", ""): _call("subgroupBroadcast", "shared_value", 2, ".u"),
    ("GroupNonUniformBroadcastFirst", ""): _call("subgroupBroadcastFirst", "shared_value", 1),
    ("GroupNonUniformShuffle", ""): _call("subgroupShuffle", "shuffled", 2, ".u"),
    ("GroupNonUniformShuffleXor", ""): _call("subgroupShuffleXor", "shuffled", 2, ".u"),
    ("GroupNonUniformShuffleUp", ""): _call("subgroupShuffleUp", "shuffled", 2, ".u"),
    ("GroupNonUniformShuffleDown", ""): _call("subgroupShuffleDown", "shuffled", 2, ".u"),
}  # fmt: skip
"""By name and group operation; `enable subgroups;` goes with them."""

ATOMICS: dict[str, tuple[str, str]] = {
    "AtomicExchange": ("atomicExchange", ""), "AtomicIAdd": ("atomicAdd", ""),
    "AtomicISub": ("atomicSub", ""), "AtomicAnd": ("atomicAnd", ""), "AtomicOr": ("atomicOr", ""),
    "AtomicXor": ("atomicXor", ""), "AtomicSMin": ("atomicMin", "i"),
    "AtomicSMax": ("atomicMax", "i"), "AtomicUMin": ("atomicMin", "u"),
    "AtomicUMax": ("atomicMax", "u"), "AtomicIIncrement": ("atomicAdd", ""),
    "AtomicIDecrement": ("atomicSub", ""), "AtomicLoad": ("atomicLoad", ""),
    "AtomicStore": ("atomicStore", ""), "AtomicCompareExchange": ("atomicCompareExchangeWeak", ""),
}  # fmt: skip
"""WGSL's function, and the kind that the memory must have."""

HELPERS: dict[str, str] = {
    "float_of": """\
// the float of these bits: infinities, NaN and -0 are no constants in WGSL
fn float_of(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}""",
    "is_nan": """\
fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}""",
    "is_inf": """\
fn is_inf(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u;
}""",
    "min_number": """\
// the lesser one; the other one of a NaN
fn min_number(a: f32, b: f32) -> f32 {
  return select(select(min(a, b), a, is_nan(b)), b, is_nan(a));
}""",
    "max_number": """\
// the greater one; the other one of a NaN
fn max_number(a: f32, b: f32) -> f32 {
  return select(select(max(a, b), a, is_nan(b)), b, is_nan(a));
}""",
    "add_carry": """\
fn add_carry(a: u32, b: u32) -> vec2<u32> {
  let low = a + b;
  return vec2<u32>(low, select(0u, 1u, low < a));
}""",
    "sub_borrow": """\
fn sub_borrow(a: u32, b: u32) -> vec2<u32> {
  return vec2<u32>(a - b, select(0u, 1u, a < b));
}""",
    "multiply_wide": """\
// low and high word of a product, by halves of 16 bits
fn multiply_wide(a: u32, b: u32) -> vec2<u32> {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let cross_1 = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let cross_2 = (a & 0xffffu) * (b >> 16u) + (cross_1 & 0xffffu);
  return vec2<u32>(a * b, (a >> 16u) * (b >> 16u) + (cross_1 >> 16u) + (cross_2 >> 16u));
}""",
    "multiply_wide_signed": """\
fn multiply_wide_signed(a: u32, b: u32) -> vec2<u32> {
  let wide = multiply_wide(a, b);
  let of_a = select(0u, b, (a >> 31u) == 1u);
  let of_b = select(0u, a, (b >> 31u) == 1u);
  return vec2<u32>(wide.x, wide.y - of_a - of_b);
}""",
}
"""Functions that WGSL lacks."""

NEEDS = {
    "min_number": ("is_nan",), "max_number": ("is_nan",),
    "multiply_wide_signed": ("multiply_wide",),
}  # fmt: skip
"""Helpers that helpers call."""
