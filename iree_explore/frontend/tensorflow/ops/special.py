# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Functions of numbers whose definitions are for one number: a program of scalars, mapped.

TensorFlow's own code of the incomplete gamma and beta functions needs known sizes, and loops over
whole tensors until the last element is done. Traced for scalars it becomes the region of one
`stablehlo.map`, in which each element loops for itself. What TensorFlow has no code for is in
`special_series.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xdsl.dialects.builtin import TensorType, UnregisteredOp
from xdsl.ir import SSAValue

from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    element_type,
    i64_list,
    plain_name,
    shape_of,
    tensor_of,
)
from iree_explore.frontend.tensorflow.ops.composed import (
    Call,
    composition,
    moved,
    program,
)
from iree_explore.frontend.tensorflow.ops.pieces import broadcast_sizes
from iree_explore.frontend.tensorflow.ops.special_series import FUNCTIONS, Series


def _raw(*names: str) -> Callable[..., Any]:
    """TensorFlow's own code of the op, whose operands have these names."""

    def scalar(tf: Any, call: Call, *operands: Any) -> Any:
        return getattr(tf.raw_ops, call.name)(**dict(zip(names, operands, strict=True)))

    return scalar


def _series(tf: Any, call: Call, x: Any) -> Any:
    dtype = x.dtype
    wide = x if dtype in (tf.float32, tf.float64) else tf.cast(x, tf.float32)
    return tf.cast(FUNCTIONS[call.name](Series(tf, dtype == tf.float64), wide), dtype)


def random_gamma_grad(tf: Any, call: Call, alpha: Any, sample: Any) -> Any:
    """How a sample moves with alpha while the probability below it stays the same."""
    log = (alpha - 1) * tf.math.log(sample) - sample - tf.math.lgamma(alpha)
    return -tf.raw_ops.IgammaGradA(a=alpha, x=sample) / tf.exp(log)


SCALARS: dict[str, Callable[..., Any]] = {
    "BesselI0e": _raw("x"),
    "Betainc": _raw("a", "b", "x"),
    "Igamma": _raw("a", "x"),
    "Igammac": _raw("a", "x"),
    "IgammaGradA": _raw("a", "x"),
    "RandomGammaGrad": random_gamma_grad,
    **dict.fromkeys(FUNCTIONS, _series),
}
"""Programs of scalars by TensorFlow's name of the op."""


class MapScalars(Leftover):
    """Any op of `SCALARS`: operands are broadcast together, then mapped."""

    def looks_at(self, op: UnregisteredOp) -> bool:
        return op.op_name.data.startswith("tf.") and plain_name(op) in SCALARS

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        call = Call(op)
        values = list(op.operands)
        if any(shape_of(v) is None for v in values):
            return None
        types = [TensorType(element_type(v), []) for v in values]
        scalar = program(build, call, SCALARS[call.name], types, [None] * len(values))
        if scalar is None:
            return None
        sizes = broadcast_sizes(build, [build.sizes(v) for v in values])
        rank = len(sizes)
        result = tensor_of(element_type(op.results[0]), sizes)
        spread = [v if len(values) == 1 else
                  build.broadcast(v, sizes, range(rank - len(shape_of(v) or ()), rank))
                  for v in values]  # fmt: skip
        region = build.region(types, lambda *args: moved(build, scalar, list(args)))
        made = build.ctx.get_op("stablehlo.map").create(
            operands=spread,
            result_types=[result],
            properties={"dimensions": i64_list(range(rank))},
            regions=[region],
        )
        return [build.add(made)]


class Elementwise(Leftover):
    """Ops that are one op of CHLO: `DIRECT`."""

    DIRECT = {  # noqa: RUF012
        "Erf": "chlo.erf",
        "Erfc": "chlo.erfc",
        "Erfinv": "chlo.erf_inv",
        "BesselI1e": "chlo.bessel_i1e",
    }

    def looks_at(self, op: UnregisteredOp) -> bool:
        return op.op_name.data.startswith("tf.") and plain_name(op) in self.DIRECT

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        (value,) = op.operands
        kind = build.ctx.get_op(self.DIRECT[plain_name(op)])
        return [build.add(kind.create(operands=[value], result_types=[value.type]))]


@composition("Ndtri")
def ndtri(tf: Any, call: Call, x: Any) -> Any:
    """Where the normal distribution reaches a probability."""
    return tf.cast(2**0.5, x.dtype) * tf.math.erfinv(2 * x - 1)


PATTERNS = (MapScalars, Elementwise)
