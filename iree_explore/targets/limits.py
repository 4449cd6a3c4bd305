# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What targets cannot do: predicates on imported programs, each with the reason.

The compiler finds these things out itself and refuses them; the table is what the coverage matrix
and the tests expect of it, strictly: a program without a limit works, one with a limit is refused
for that reason. A target without a line has none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xdsl.dialects.builtin import ComplexType, ContainerType, Float64Type, IntegerType, ModuleOp
from xdsl.ir import Attribute, Operation


@dataclass(frozen=True)
class Limit:
    """`reason` is a part of the message that refuses a program to which it `applies`."""

    reason: str
    applies: Callable[[ModuleOp], bool]


def limits_of(target: str, module: ModuleOp) -> list[str]:
    """The reasons for which the target cannot run an imported program."""
    return [limit.reason for limit in LIMITS.get(target, ()) if limit.applies(module)]


_CONSTANT = ("stablehlo.constant", "stablehlo.iota", "func.return")


def _element(type_: Attribute) -> Attribute:
    while isinstance(type_, ContainerType | ComplexType):
        type_ = type_.element_type if isinstance(type_, ComplexType) else type_.get_element_type()
    return type_


def _has_f64(module: ModuleOp) -> bool:
    """Whether a kernel has it: what is constant is computed by the compiler."""
    return any(
        isinstance(_element(v.type), Float64Type)
        for op in module.walk()
        if op.name not in _CONSTANT
        for v in (*op.operands, *op.results)
    )


def _f32(name: str) -> Callable[[ModuleOp], bool]:
    """Whether an op of that name computes anything but f64, which has a limit of its own."""

    def applies(module: ModuleOp) -> bool:
        return not _has_f64(module) and any(_named(op, name) for op in module.walk())

    return applies


def _named(op: Operation, name: str) -> bool:
    return op.name in (f"chlo.{name}", f"chlo.broadcast_{name}") or (
        op.name == "stablehlo.custom_call" and name in str(op.attributes.get("call_target_name"))
    )


def _i64(name: str) -> Callable[[ModuleOp], bool]:
    def applies(module: ModuleOp) -> bool:
        return any(
            op.name == name and _element(op.results[0].type) == IntegerType(64)
            for op in module.walk()
        )

    return applies


def _many_buffers(module: ModuleOp) -> bool:
    """Sorts and scans read and write all of their tensors at once."""
    return any(
        op.name in ("stablehlo.sort", "chlo.scan") and len(op.operands) + len(op.results) > 8
        for op in module.walk()
    )


_IN_F64 = ("bessel_i1e", "digamma", "erf_inv", "lgamma", "polygamma", "zeta")
_PORTABLE = (
    Limit("the profile portable has no f64", _has_f64),
    *(Limit(f"{f} is computed in f64, which the profile portable has not", _f32(f))
      for f in _IN_F64),
    Limit("math.ctlz: the profile portable has no i64", _i64("stablehlo.count_leading_zeros")),
    Limit("math.ctpop: the profile portable has no i64", _i64("stablehlo.popcnt")),
    Limit("the profile portable has 8 storage buffers", _many_buffers),
)  # fmt: skip
LIMITS: dict[str, tuple[Limit, ...]] = {"webgpu-spirv": _PORTABLE}
"""By target; Vulkan devices without 64-bit types have those of the portable profile."""
