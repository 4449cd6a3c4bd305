# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Functions of `jax.numpy`, `jax.nn` and `jax.scipy`, gradients and batched programs."""

# ruff: noqa: B008
from __future__ import annotations

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import jax.scipy.special as jsp
import numpy as np
from jax import lax

from .jax_values import Program, values

ONE = """
    absolute amax angle average ceil corrcoef cov cumprod cumsum deg2rad diag diagonal diff
    ediff1d exp2 expm1 fabs flip fliplr floor frexp i0 isfinite isinf isnan isneginf log10 log2
    max mean median modf nan_to_num nanmax nanmean nansum nanstd negative positive prod ptp
    ravel reciprocal rint rot90 sign signbit sinc sort square std sum trace transpose triu trunc
    unwrap var gradient
""".split()
TWO = """
    add allclose append arctan2 array_equal convolve copysign correlate divmod dstack equal
    floor_divide fmax fmin fmod heaviside hstack hypot inner interp isclose kron ldexp logaddexp
    logaddexp2 maximum polyval power remainder stack true_divide vdot vstack float_power
    digitize
""".split()
ACTIVATIONS = """
    relu elu gelu selu silu softplus log_softmax leaky_relu hard_tanh celu glu mish soft_sign
    standardize squareplus
""".split()
SPECIAL = """
    entr expit gammaln i0e i1 i1e log_ndtr logit ndtri sici spence exp1
""".split()


def array_functions() -> Iterator[tuple[str, Program]]:
    """Functions of `jax.numpy` on one or two arrays."""
    x, y, v = values((4, 6)), values((4, 6)), values((9,))
    for name in ONE:
        yield name, (getattr(jnp, name), (x,))
    for name in TWO:
        function = getattr(jnp, name)
        if name in ("stack", "hstack", "vstack", "dstack"):
            yield name, (lambda a, b, f=function: f((a, b)), (x, y))
        elif name in ("convolve", "correlate", "polyval"):
            yield name, (function, (v, values((4,))))
        elif name == "ldexp":
            yield name, (function, (v, values((9,), "int32")))
        elif name == "interp":
            yield name, (lambda a, b: jnp.interp(a, jnp.sort(b), b * 2), (v, values((5,))))
        elif name == "digitize":
            yield name, (lambda a, b: jnp.digitize(a, jnp.sort(b)), (v, values((5,))))
        else:
            yield name, (function, (x, y))


def activations() -> Iterator[tuple[str, Program]]:
    """`jax.nn`, its gradients, and `jax.scipy.special`."""
    x = values((4, 6))
    for name in ACTIVATIONS:
        yield f"nn_{name}", (getattr(jax.nn, name), (x,))
        yield f"grad_{name}", (jax.grad(lambda a, f=getattr(jax.nn, name): (f(a) ** 2).sum()), (x,))
    for name in SPECIAL:
        function = getattr(jsp, name, None)
        if function is not None:
            yield f"special_{name}", (function, (values((5,), low=0.1, high=0.9),))


def selections() -> Iterator[tuple[str, Program]]:
    """Statistics, selection, packing, resampling, attention."""
    x, y, v = values((4, 6)), values((4, 6)), values((9,))
    yield "percentile", (lambda a: jnp.percentile(a, 30.0, axis=1), (x,))
    yield "insert", (lambda a: jnp.insert(a, 2, 7.0, axis=1), (x,))
    yield "delete", (lambda a: jnp.delete(a, 2, axis=1), (x,))
    yield "cross", (lambda a, b: jnp.cross(a[:, :3], b[:, :3]), (x, y))
    yield "lexsort", (lambda a, b: jnp.lexsort((a, b)), (v, values((9,), "int32", 0, 0.5)))
    yield "partition", (lambda a: jnp.partition(a, 3), (x,))
    yield "nonzero", (lambda a: jnp.nonzero(a > 0, size=9, fill_value=-1), (x,))
    yield "packbits", (jnp.packbits, (values((3, 13), "bool"),))
    yield "unpackbits", (jnp.unpackbits, (values((5,), "uint8"),))
    yield "resize", (lambda a: jax.image.resize(a, (7, 9), "bicubic"), (x,))
    yield "resize_nearest", (lambda a: jax.image.resize(a, (3, 3), "nearest"), (x,))
    yield "attention", (jax.nn.dot_product_attention, tuple(values((2, 5, 3, 4)) for _ in range(3)))


def batched() -> Iterator[tuple[str, Program]]:
    """`vmap` of control flow, slices and convolutions; second derivatives."""
    x = values((4, 6))
    yield (
        "layer_norm_grad",
        (
            jax.grad(
                lambda a: (
                    jnp.sin((a - a.mean(-1, keepdims=True)) / (a.std(-1, keepdims=True) + 1e-3))
                ).sum()
            ),
            (x,),
        ),
    )
    yield "hessian", (jax.hessian(lambda a: jnp.sum(jnp.tanh(a) ** 3)), (values((4,)),))
    yield "jacobian", (jax.jacrev(lambda a: jnp.cumsum(a**2)), (values((5,)),))
    yield (
        "vmap_while",
        (
            jax.vmap(
                lambda n: lax.while_loop(
                    lambda s: s[0] < n, lambda s: (s[0] + 1, s[1] * 2), (0, 1)
                )[1]
            ),
            (np.array([1, 4, 2], np.int32),),
        ),
    )
    yield (
        "vmap_dynamic_slice",
        (
            jax.vmap(lambda a, i: lax.dynamic_slice(a, (i,), (2,))),
            (x, np.array([0, 4, 9, -1], np.int32)),
        ),
    )
    yield (
        "vmap_dynamic_update",
        (
            jax.vmap(lambda a, i: lax.dynamic_update_slice(a, a[:2] * 2, (i,))),
            (x, np.array([0, 4, 9, -1], np.int32)),
        ),
    )
    yield (
        "vmap_conv",
        (
            jax.vmap(lambda a, w: lax.conv(a, w, (1, 1), "SAME")),
            (values((2, 1, 3, 5, 5)), values((2, 4, 3, 3, 3))),
        ),
    )


def gradients() -> Iterator[tuple[str, Program]]:
    """Gradients of convolutions, pooling, sorting, scans and branches."""
    v = values((9,))
    yield (
        "conv_input_grad",
        (
            jax.grad(
                lambda a, w: (
                    lax.conv_general_dilated(
                        a, w, (2, 1), ((1, 0), (0, 2)), rhs_dilation=(1, 2), feature_group_count=2
                    )
                    ** 2
                ).sum()
            ),
            (values((2, 4, 8, 9)), values((6, 2, 3, 2))),
        ),
    )
    yield (
        "conv_kernel_grad",
        (
            jax.grad(
                lambda w, a: (
                    lax.conv_general_dilated(
                        a, w, (2, 1), ((1, 0), (0, 2)), rhs_dilation=(1, 2), feature_group_count=2
                    )
                    ** 2
                ).sum()
            ),
            (values((6, 2, 3, 2)), values((2, 4, 8, 9))),
        ),
    )
    yield (
        "avg_pool_grad",
        (
            jax.grad(
                lambda a: (
                    lax.reduce_window(a, 0.0, lax.add, (1, 3, 3), (1, 2, 2), "SAME") ** 2
                ).sum()
            ),
            (values((2, 7, 7)),),
        ),
    )
    yield "sort_grad", (jax.grad(lambda a: (jnp.sort(a) * jnp.arange(9.0)).sum()), (v,))
    yield "cumsum_grad", (jax.grad(lambda a: (jnp.cumsum(a) ** 2).sum()), (v,))
    yield (
        "scan_grad",
        (jax.grad(lambda a: lax.scan(lambda c, r: (jnp.sin(c * r), c), 1.0, a)[0]), (v,)),
    )
    yield "logsumexp_grad", (jax.grad(lambda a: jax.nn.logsumexp(a)), (v,))
    yield (
        "cond_grad",
        (
            jax.grad(
                lambda a: lax.cond(a.sum() > 0, lambda z: (z**2).sum(), lambda z: (z**3).sum(), a)
            ),
            (v,),
        ),
    )
