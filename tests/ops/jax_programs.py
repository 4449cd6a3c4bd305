# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs as JAX writes them: moved, reduced, contracted, indexed, branching, random.

`FAMILIES` has all of them; each yields names with a function and its arguments.
"""

# ruff: noqa: B008
from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .jax_arrays import activations, array_functions, batched, gradients, selections
from .jax_elementwise import binary, conversion, special, unary
from .jax_values import Program, values


def moving() -> Iterator[tuple[str, Program]]:
    for dtype in ("float32", "int8", "bool", "bfloat16", "complex64", "uint64", "float8_e5m2"):
        x = values((4, 5, 3), dtype)
        y = values((4, 5, 3), dtype)
        yield f"transpose_{dtype}", (lambda a: lax.transpose(a, (2, 0, 1)), (x,))
        yield f"reshape_{dtype}", (lambda a: lax.reshape(a, (3, 20)), (x,))
        yield (
            f"broadcast_{dtype}",
            (lambda a: lax.broadcast_in_dim(a, (2, 4, 5, 3), (1, 2, 3)), (x,)),
        )
        yield f"concatenate_{dtype}", (lambda a, b: lax.concatenate([a, b, a], 1), (x, y))
        yield f"slice_{dtype}", (lambda a: lax.slice(a, (1, 0, 0), (4, 5, 2), (2, 3, 1)), (x,))
        yield (
            f"dynamic_slice_{dtype}",
            (
                lambda a, i, j: lax.dynamic_slice(a, (i, j, np.int32(0)), (2, 3, 3)),
                (x, np.int32(3), np.int32(-1)),
            ),
        )
        yield (
            f"dynamic_update_slice_{dtype}",
            (
                lambda a, b, i: lax.dynamic_update_slice(a, b[:2, :2], (i, i, i)),
                (x, y, np.int32(2)),
            ),
        )
        yield f"rev_{dtype}", (lambda a: lax.rev(a, (0, 2)), (x,))
        yield (
            f"pad_{dtype}",
            (lambda a, b: lax.pad(a, b[0, 0, 0], ((1, -1, 0), (-2, 3, 2), (0, 0, 1))), (x, y)),
        )
        yield f"gather_rows_{dtype}", (lambda a, i: a[i], (x, np.array([0, 3, -1, 2, 9])))
        yield (
            f"take_along_{dtype}",
            (lambda a, i: jnp.take_along_axis(a, i, 1), (x, values((4, 2, 3), "int32", 0, 1))),
        )
        yield f"where_{dtype}", (jnp.where, (values((4, 5, 3), "bool"), x, y))
        yield f"tile_{dtype}", (lambda a: jnp.tile(a, (2, 1, 2)), (x,))
        yield f"roll_{dtype}", (lambda a: jnp.roll(a, 2, 1), (x,))
    yield "iota", (lambda: (lax.iota("int32", 7), lax.broadcasted_iota("float32", (3, 4), 1)), ())
    yield "eye", (lambda: jnp.eye(4, 5, 1), ())
    yield "tril", (jnp.tril, (values((5, 5)),))
    yield "squeeze", (lambda a: lax.squeeze(a, (1,)), (values((3, 1, 2)),))


def reducing() -> Iterator[tuple[str, Program]]:
    for dtype in (
        "float32",
        "float64",
        "float16",
        "bfloat16",
        "int32",
        "uint8",
        "int64",
        "complex64",
    ):
        x = values((4, 6, 5), dtype, -2, 2)
        for name in ("sum", "prod", "max", "min"):
            if dtype == "complex64" and name in ("max", "min"):
                continue
            yield f"{name}_{dtype}", (lambda a, f=getattr(jnp, name): f(a, axis=(0, 2)), (x,))
        if dtype != "complex64":
            yield f"argmax_{dtype}", (lambda a: lax.argmax(a, 1, np.int32), (x,))
            yield f"argmin_{dtype}", (lambda a: lax.argmin(a, 0, np.int64), (x,))
            yield f"cummax_{dtype}", (lambda a: lax.cummax(a, 1), (x,))
            yield f"sort_{dtype}", (lambda a: lax.sort(a, dimension=1), (x,))
            yield f"top_k_{dtype}", (lambda a: lax.top_k(a, 3), (x,))
        yield f"cumsum_{dtype}", (lambda a: lax.cumsum(a, 1), (x,))
        yield f"cumprod_{dtype}", (lambda a: lax.cumprod(a, 2, reverse=True), (x,))
    for name in ("any", "all"):
        yield name, (lambda a, f=getattr(jnp, name): f(a, axis=1), (values((4, 5), "bool"),))
    for name in ("reduce_or", "reduce_and", "reduce_xor"):
        yield name, (lambda a, f=getattr(lax, name): f(a, (1,)), (values((4, 5), "int32"),))
    yield "cumlogsumexp", (lambda a: lax.cumlogsumexp(a, 0), (values((7, 3)),))
    yield "logsumexp", (lambda a: jax.nn.logsumexp(a, 1), (values((7, 3)),))
    yield "softmax", (lambda a: jax.nn.softmax(a, -1), (values((3, 9)),))
    yield "var", (lambda a: jnp.var(a, 0), (values((9, 3)),))
    yield "median", (lambda a: jnp.median(a, 0), (values((9, 3)),))
    yield "argsort", (lambda a: jnp.argsort(a, 1, descending=True), (values((4, 9)),))
    yield (
        "sort_pairs",
        (
            lambda a, b: lax.sort((a, b), dimension=0, num_keys=2),
            (values((9, 2), "int32", 0, 0.75), values((9, 2))),
        ),
    )
    yield (
        "sort_nan",
        (lambda a: lax.sort(a), (np.array([3, np.nan, -0.0, 0, -np.inf, np.inf, 1], "f4"),)),
    )
    yield (
        "unique_counts",
        (lambda a: jnp.unique(a, return_counts=True, size=5), (values((12,), "int32", 0, 1),)),
    )
    yield "searchsorted", (jnp.searchsorted, (np.sort(values((9,))), values((5,))))
    yield (
        "reduce_pairs",
        (
            lambda a, b: lax.reduce(
                (a, b),
                (np.float32(0), np.int32(0)),
                lambda x, y: (x[0] + y[0], lax.max(x[1], y[1])),
                (1,),
            ),
            (values((3, 4)), values((3, 4), "int32")),
        ),
    )


def windowing() -> Iterator[tuple[str, Program]]:
    windows = {"max": lax.max, "min": lax.min, "add": lax.add}
    for name, function in windows.items():
        start = {"max": -np.inf, "min": np.inf, "add": 0.0}[name]
        yield (
            f"reduce_window_{name}",
            (
                lambda a, f=function, s=start: lax.reduce_window(
                    a,
                    np.float32(s),
                    f,
                    (1, 3, 2),
                    (1, 2, 1),
                    ((0, 0), (1, 1), (0, 1)),
                    base_dilation=(1, 2, 1),
                    window_dilation=(1, 1, 2),
                ),
                (values((2, 7, 6)),),
            ),
        )
    yield (
        "max_pool_grad",
        (
            jax.grad(
                lambda a: (
                    lax.reduce_window(a, -np.inf, lax.max, (1, 2, 2), (1, 2, 2), "VALID") ** 2
                ).sum()
            ),
            (values((2, 6, 6)),),
        ),
    )
    yield (
        "max_pool_jvp",
        (
            lambda a, t: jax.jvp(
                lambda z: lax.reduce_window(z, -np.inf, lax.max, (1, 2, 2), (1, 1, 1), "SAME"),
                (a,),
                (t,),
            )[1],
            (values((2, 5, 5)), values((2, 5, 5))),
        ),
    )


def contracting() -> Iterator[tuple[str, Program]]:
    for dtype in (
        "float32",
        "float64",
        "float16",
        "bfloat16",
        "int32",
        "int8",
        "uint8",
        "complex64",
        "bool",
    ):
        x, y = values((2, 4, 6), dtype, -2, 2), values((2, 6, 5), dtype, -2, 2)
        yield f"matmul_{dtype}", (jnp.matmul, (x, y))
        yield f"dot_{dtype}", (lambda a, b: lax.dot(a[0], b[0]), (x, y))
        yield f"vecdot_{dtype}", (lambda a, b: jnp.dot(a[0, 0], b[0, :, 0]), (x, y))
    yield (
        "dot_wide",
        (
            lambda a, b: lax.dot(a, b, preferred_element_type=np.int32),
            (values((4, 6), "int8"), values((6, 3), "int8")),
        ),
    )
    yield (
        "dot_f8",
        (
            lambda a, b: lax.dot(a, b, preferred_element_type=np.float32),
            (values((4, 6), "float8_e4m3fn"), values((6, 3), "float8_e4m3fn")),
        ),
    )
    yield (
        "einsum",
        (lambda a, b: jnp.einsum("bij,bkj->ik", a, b), (values((3, 4, 5)), values((3, 2, 5)))),
    )
    yield "outer", (jnp.outer, (values((4,)), values((5,))))
    yield "tensordot", (lambda a, b: jnp.tensordot(a, b, 2), (values((3, 4, 5)), values((4, 5, 2))))


def convolving() -> Iterator[tuple[str, Program]]:
    conv: dict[str, tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = {
        "same": ((2, 3, 8, 8), (4, 3, 3, 3), {"padding": "SAME"}),
        "strided": ((2, 3, 9, 8), (4, 3, 3, 3), {"padding": "VALID", "window_strides": (2, 3)}),
        "dilated": ((2, 3, 9, 9), (4, 3, 3, 3), {"padding": "SAME", "rhs_dilation": (2, 2)}),
        "transposed": (
            (2, 3, 5, 5),
            (4, 3, 3, 3),
            {"padding": ((2, 2), (1, 2)), "lhs_dilation": (2, 3)},
        ),
        "negative": ((2, 3, 9, 9), (4, 3, 3, 3), {"padding": ((-1, 2), (0, -1))}),
        "depthwise": ((2, 6, 8, 8), (12, 1, 3, 3), {"padding": "SAME", "feature_group_count": 6}),
        "grouped": ((2, 6, 8, 8), (4, 3, 3, 3), {"padding": "SAME", "feature_group_count": 2}),
        "batch_grouped": ((6, 3, 8, 8), (4, 3, 3, 3), {"padding": "SAME", "batch_group_count": 2}),
        "1d": ((2, 3, 9), (4, 3, 3), {"padding": "SAME", "window_strides": (1,)}),
        "3d": ((1, 2, 5, 5, 5), (3, 2, 2, 2, 2), {"padding": "SAME", "window_strides": (1, 2, 1)}),
    }
    for name, (lhs, rhs, options) in conv.items():
        strides = options.get("window_strides", (1,) * (len(lhs) - 2))
        rest = {k: v for k, v in options.items() if k != "window_strides"}
        yield (
            f"conv_{name}",
            (
                functools.partial(lax.conv_general_dilated, window_strides=strides, **rest),
                (values(lhs), values(rhs)),
            ),
        )
    yield (
        "conv_nhwc",
        (
            functools.partial(
                lax.conv_general_dilated,
                window_strides=(1, 1),
                padding="SAME",
                dimension_numbers=("NHWC", "HWIO", "NHWC"),
            ),
            (values((2, 6, 6, 3)), values((3, 3, 3, 4))),
        ),
    )
    yield (
        "conv_int8",
        (
            functools.partial(
                lax.conv_general_dilated,
                window_strides=(1, 1),
                padding="SAME",
                preferred_element_type=np.int32,
            ),
            (values((1, 3, 6, 6), "int8"), values((2, 3, 3, 3), "int8")),
        ),
    )
    yield (
        "conv_complex",
        (
            functools.partial(lax.conv_general_dilated, window_strides=(1, 1), padding="SAME"),
            (values((1, 3, 6, 6), "complex64"), values((2, 3, 3, 3), "complex64")),
        ),
    )
    yield (
        "conv_grad",
        (
            jax.grad(lambda w, a: (lax.conv(a, w, (2, 2), "SAME") ** 2).sum()),
            (values((4, 3, 3, 3)), values((2, 3, 7, 7))),
        ),
    )
    yield (
        "ragged_dot",
        (lax.ragged_dot, (values((7, 4)), values((3, 4, 5)), np.array([2, 4, 1], np.int32))),
    )


def indexing() -> Iterator[tuple[str, Program]]:
    x, i = values((6, 5)), np.array([0, 5, 2, 2, -1, 7])
    u = values((6, 5))
    for name in ("set", "add", "multiply", "min", "max"):
        for dtype in ("float32", "int32", "bfloat16"):
            yield (
                f"scatter_{name}_{dtype}",
                (
                    lambda a, j, b, n=name: getattr(a.at[j], n)(b),
                    (values((6, 5), dtype), i, values((6, 5), dtype)),
                ),
            )
        for mode in ("clip", "drop", "fill"):
            yield (
                f"scatter_{name}_{mode}",
                (lambda a, j, b, n=name, m=mode: getattr(a.at[j], n)(b, mode=m), (x, i, u)),
            )
    yield (
        "scatter_columns",
        (lambda a, j, b: a.at[:, j].add(b), (x, np.array([1, 4, 1]), values((6, 3)))),
    )
    yield (
        "scatter_points",
        (
            lambda a, j, k, b: a.at[j, k].set(b),
            (x, np.array([1, 4, 9]), np.array([0, 1, 2]), values((3,))),
        ),
    )
    yield "scatter_apply", (lambda a, j: a.at[j].apply(lambda z: z * 2 + 1), (x, np.array([1, 3])))
    yield (
        "scatter_complex",
        (
            lambda a, j, b: a.at[j].add(b),
            (values((6, 5), "complex64"), i, values((6, 5), "complex64")),
        ),
    )
    for mode in ("clip", "fill", "wrap"):
        yield f"take_{mode}", (lambda a, j, m=mode: jnp.take(a, j, axis=1, mode=m), (x, i))
    yield "gather_points", (lambda a, j, k: a[j, k], (x, np.array([1, 4, 2]), np.array([0, 1, 2])))
    yield (
        "gather_batched",
        (lambda a, j: jax.vmap(lambda r, k: r[k])(a, j), (x, values((6, 2), "int32", 0, 1))),
    )
    yield (
        "scatter_batched",
        (
            lambda a, j, b: jax.vmap(lambda r, k, v: r.at[k].set(v))(a, j, b),
            (x, values((6,), "int32", 0, 1), values((6,))),
        ),
    )
    yield (
        "segment_sum",
        (lambda a, j: jax.ops.segment_sum(a, j, 4), (x, np.array([0, 3, 1, 1, 0, 3]))),
    )
    yield "one_hot", (lambda j: jax.nn.one_hot(j, 7), (i,))
    yield "bincount", (lambda j: jnp.bincount(j, length=6), (np.array([0, 3, 3, 1]),))
    yield "histogram", (lambda a: jnp.histogram(a, 5)[0], (values((20,)),))
    yield "dynamic_index", (lambda a, j: lax.dynamic_index_in_dim(a, j, 1), (x, np.int32(2)))
    yield "gather_grad", (jax.grad(lambda a, j: (a[j] ** 2).sum()), (x, np.array([1, 1, 3])))


def controlling() -> Iterator[tuple[str, Program]]:
    x = values((3, 4))
    yield (
        "cond",
        (lambda p, a: lax.cond(p > 0, lambda z: z * 2, lambda z: z - 1, a), (np.float32(1), x)),
    )
    yield (
        "switch",
        (
            lambda i, a: lax.switch(i, [lambda z: z + 1, lambda z: z * 2, lambda z: -z], a),
            (np.int32(5), x),
        ),
    )
    yield (
        "while",
        (
            lambda a: lax.while_loop(lambda c: c[0] < 5, lambda c: (c[0] + 1, c[1] * 1.5), (0, a)),
            (x,),
        ),
    )
    yield "fori", (lambda a: lax.fori_loop(0, 7, lambda k, c: c + k * a, a), (x,))
    yield "scan", (lambda a: lax.scan(lambda c, r: (c + r, c * r), jnp.zeros(4), a), (x,))
    yield (
        "scan_reverse",
        (lambda a: lax.scan(lambda c, r: (c + r, c * r), jnp.zeros(4), a, reverse=True), (x,)),
    )
    yield (
        "nested_while",
        (
            lambda n: lax.fori_loop(
                0, n, lambda i, c: lax.fori_loop(0, i, lambda j, d: d + j, c), 0
            ),
            (np.int32(6),),
        ),
    )
    yield "associative_scan", (lambda a: lax.associative_scan(jnp.add, a, axis=1), (x,))
    yield "map", (lambda a: lax.map(lambda r: jnp.sort(r), a), (x,))
    yield (
        "rnn",
        (
            lambda w, a: lax.scan(lambda h, r: (jnp.tanh(h @ w + r),) * 2, jnp.zeros(4), a),
            (values((4, 4)), x),
        ),
    )
    yield (
        "newton",
        (
            lambda a: lax.while_loop(
                lambda s: jnp.abs(s * s - a) > 1e-3, lambda s: 0.5 * (s + a / s), a
            ),
            (np.float32(7),),
        ),
    )


def transforms() -> Iterator[tuple[str, Program]]:
    for kind in ("fft", "ifft", "fft2", "fftn"):
        yield kind, (getattr(jnp.fft, kind), (values((3, 6, 8), "complex64"),))
    for length in (1, 2, 5, 7, 12, 31, 64, 97, 100, 128, 210):
        yield f"fft_{length}", (jnp.fft.fft, (values((2, length), "complex64"),))
        yield f"rfft_{length}", (jnp.fft.rfft, (values((2, length)),))
        yield (
            f"irfft_{length}",
            (lambda z, n=length: jnp.fft.irfft(z, n), (values((2, length // 2 + 1), "complex64"),)),
        )
    yield "fft_double", (jnp.fft.fft, (values((3, 9), "complex128"),))


def random() -> Iterator[tuple[str, Program]]:
    key = jax.random.key_data(jax.random.key(3))
    for name in ("uniform", "normal", "bits", "exponential"):
        yield (
            name,
            (lambda k, f=getattr(jax.random, name): f(jax.random.wrap_key_data(k), (3, 5)), (key,)),
        )
    yield (
        "split",
        (lambda k: jax.random.key_data(jax.random.split(jax.random.wrap_key_data(k), 3)), (key,)),
    )
    yield (
        "randint",
        (lambda k: jax.random.randint(jax.random.wrap_key_data(k), (9,), -3, 100), (key,)),
    )
    yield "permutation", (lambda k: jax.random.permutation(jax.random.wrap_key_data(k), 9), (key,))
    yield (
        "categorical",
        (
            lambda k, p: jax.random.categorical(jax.random.wrap_key_data(k), p),
            (key, values((4, 5))),
        ),
    )
    yield (
        "bernoulli",
        (lambda k: jax.random.bernoulli(jax.random.wrap_key_data(k), 0.3, (9,)), (key,)),
    )
    yield (
        "truncated_normal",
        (lambda k: jax.random.truncated_normal(jax.random.wrap_key_data(k), -1, 2, (9,)), (key,)),
    )
    yield "gamma", (lambda k: jax.random.gamma(jax.random.wrap_key_data(k), 2.5, (4,)), (key,))
    yield (
        "uniform_f64",
        (lambda k: jax.random.uniform(jax.random.wrap_key_data(k), (5,), "float64"), (key,)),
    )
    for algorithm in ("RNG_DEFAULT", "RNG_THREE_FRY", "RNG_PHILOX"):
        yield (
            f"bits_{algorithm}",
            (
                lambda k, a=getattr(lax.RandomAlgorithm, algorithm): lax.rng_bit_generator(
                    k, (5, 3), np.uint32, a
                ),
                (np.arange(4, dtype=np.uint32),),
            ),
        )


FAMILIES = (
    unary,
    special,
    binary,
    conversion,
    moving,
    reducing,
    contracting,
    indexing,
    controlling,
    transforms,
    random,
    array_functions,
    activations,
    selections,
    batched,
    gradients,
    convolving,
    windowing,
)
