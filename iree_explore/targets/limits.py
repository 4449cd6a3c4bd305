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

from xdsl.dialects.builtin import ComplexType, ContainerType, Float64Type, ModuleOp
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
        op.name == "stablehlo.custom_call" and name in str(op.properties.get("call_target_name"))
    )


def _i64(name: str) -> Callable[[ModuleOp], bool]:
    def applies(module: ModuleOp) -> bool:
        return any(
            op.name == name and getattr(_element(op.results[0].type), "bitwidth", 0) == 64
            for op in module.walk()
        )

    return applies


def _many_buffers(module: ModuleOp) -> bool:
    return any(_buffers(op) > 8 for op in module.walk())


def _buffers(op: Operation) -> int:
    """At least so many buffers of one kernel: sorts and scans read and write all of their tensors
    at once."""
    if op.name == "stablehlo.sort":
        return 3 * len(op.operands)  # each with what is merged from and to
    if op.name == "chlo.scan":
        return len(op.operands) + len(op.results)
    if _named(op, "Eigh") and "complex" in str(op.operands[0].type):
        return 9  # of four tensors the real and the imaginary parts, and the eigenvalues
    return 0


def _many_buffers_of_small_types(module: ModuleOp) -> bool:
    """As above, of types for which a device whose types have 32 bits needs the portable profile."""
    return any(
        _buffers(op) > 8
        and any(
            getattr(_element(v.type), "bitwidth", 32) != 32 for v in (*op.operands, *op.results)
        )
        for op in module.walk()
    )


_IN_F64 = ("bessel_i1e", "digamma", "erf_inv", "lgamma", "polygamma", "zeta")
_TYPES = (
    Limit("the profile portable has no f64", _has_f64),
    *(Limit(f"{f} is computed in f64, which the profile portable has not", _f32(f))
      for f in _IN_F64),
    Limit("math.ctlz: the profile portable has no i64", _i64("stablehlo.count_leading_zeros")),
    Limit("math.ctpop: the profile portable has no i64", _i64("stablehlo.popcnt")),
)  # fmt: skip
_BUFFERS = "the profile portable has 8 storage buffers"
LIMITS: dict[str, tuple[Limit, ...]] = {
    "webgpu-spirv": (*_TYPES, Limit(_BUFFERS, _many_buffers)),
    "vulkan-spirv of 32 bits": (*_TYPES, Limit(_BUFFERS, _many_buffers_of_small_types)),
}
"""By target; Vulkan devices whose only types have 32 bits run other kernels in more buffers."""
