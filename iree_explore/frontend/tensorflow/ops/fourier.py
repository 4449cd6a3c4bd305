# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fourier transforms of one to three dimensions.

Known lengths are `stablehlo.fft`'s. One that only the call knows is split into factors by each
call, as in Stockham's algorithm: a pass takes a factor p and makes of p transforms of length s one
of length p s, by a product with a matrix of p x p roots. One with a large prime factor is a
convolution with a chirp, by transforms of a length that is a power of two (Bluestein's algorithm).
Source: Van Loan, "Computational Frameworks for the Fast Fourier Transform", 1.7 and 4.2.
"""

from __future__ import annotations

import re
from typing import Any

from xdsl.dialects.builtin import ComplexType, UnregisteredOp
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
from iree_explore.frontend.tensorflow.ops.composed import Call, composition
from iree_explore.frontend.tensorflow.ops.known import known_elements
from iree_explore.stablehlo.attrs import FftType, FftTypeAttr

NAMES = tuple(f"{kind}{rank}" for kind in ("FFT", "IFFT", "RFFT", "IRFFT")
              for rank in ("", "2D", "3D"))  # fmt: skip
RADIX = 32
"""Factors of a pass are up to this."""
PRIME = 1024
"""What is left without such factors is one pass up to this, beyond it a convolution."""


def _parts(name: str) -> tuple[str, int]:
    """FFT, IFFT, RFFT or IRFFT, and how many dimensions."""
    match = re.fullmatch(r"(I?R?FFT)(\d?)D?", name)
    assert match is not None, name
    return match[1], int(match[2] or 1)


class KnownLengths(Leftover):
    """Transforms whose lengths are known: `stablehlo.fft` of the elements that they are of."""

    def looks_at(self, op: UnregisteredOp) -> bool:
        return op.op_name.data.startswith("tf.") and plain_name(op) in NAMES

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        kind, count = _parts(plain_name(op))
        value = op.operands[0]
        shape = shape_of(value)
        if shape is None or len(shape) < count:
            return None
        lengths = list(shape[-count:])
        if len(op.operands) == 2:
            known = known_elements(op.operands[1])
            lengths = (
                [-1] * count if known is None else [-1 if n is None else int(n) for n in known]
            )
        if min(lengths) < 0:
            return None
        read, made, element = list(lengths), list(lengths), element_type(value)
        half = lengths[-1] // 2 + 1 if lengths[-1] else 0
        if kind == "RFFT":
            made[-1], element = half, ComplexType(element)  # pyright: ignore
        elif kind == "IRFFT":
            assert isinstance(element, ComplexType)
            read[-1], element = half, element.element_type
        batch = build.sizes(value)[:-count]
        rank = len(shape)
        value = build.slice(value, [0] * rank, [*batch, *read], [1] * rank)
        result = tensor_of(element, [*batch, *made])
        properties = {"fft_type": FftTypeAttr(FftType(kind)), "fft_length": i64_list(lengths)}
        return [build.stablehlo("fft", [value], result, **properties)]


def _roots(tf: Any, numerator: Any, count: Any, dtype: Any) -> Any:
    """exp(-2πi numerator / count) for whole numerators from 0 to count - 1."""
    real = dtype.real_dtype
    above = 2 * numerator > count  # angles are exact to the last place of at most a half turn
    centred = tf.where(above, numerator - count, numerator)
    angle = tf.cast(centred, real) * (
        tf.constant(-2 * 3.141592653589793, real) / tf.cast(count, real)
    )
    return tf.complex(tf.cos(angle), tf.sin(angle))


def _factor(tf: Any, rest: Any) -> Any:
    """The greatest divisor up to `RADIX`; everything where that is 1."""
    candidates = tf.range(1, RADIX + 1, dtype=tf.int64)
    zero = tf.zeros([], tf.int64)
    found = tf.reduce_max(tf.where(tf.equal(rest % candidates, zero), candidates, zero))
    return tf.where(tf.equal(found, 1), rest, found)


def _stockham(tf: Any, x: Any) -> Any:
    """The transform of each row of [rows, n]."""
    size = tf.shape(x, out_type=tf.int64)[1]
    one = tf.ones([], tf.int64)

    def body(done: Any, x: Any) -> tuple[Any, Any]:
        rest = size // done
        p = _factor(tf, rest)
        whole, rest = p * done, rest // p
        steps, inner = tf.range(p, dtype=tf.int64), tf.range(done, dtype=tf.int64)
        x = tf.reshape(x, tf.stack([-one, p, rest, done]))
        twiddles = _roots(tf, steps[:, None] * inner % whole, whole, x.dtype)
        x = tf.reshape(x * twiddles[:, None], tf.stack([-one, p, rest * done]))
        matrix = _roots(tf, steps[:, None] * steps % p, p, x.dtype)
        x = tf.reshape(tf.matmul(matrix[None], x), tf.stack([-one, p, rest, done]))
        return whole, tf.reshape(tf.transpose(x, [0, 2, 1, 3]), tf.stack([-one, size]))

    shapes = (tf.TensorShape([]), tf.TensorShape([None, None]))
    return tf.while_loop(lambda done, _: done < size, body, (one, x), shapes)[1]


def _chirp(tf: Any, x: Any) -> Any:
    """The same, as a convolution of a length that is a power of two."""
    size = tf.shape(x, out_type=tf.int64)[1]
    one = tf.ones([], tf.int64)
    (length,) = tf.while_loop(lambda n: n < 2 * size - 1, lambda n: (2 * n,), (one,))
    steps = tf.range(size, dtype=tf.int64)
    chirp = _roots(tf, steps * steps % (2 * size), 2 * size, x.dtype)
    gap = tf.zeros(tf.stack([length - 2 * size + 1]), x.dtype)
    kernel = tf.concat([tf.math.conj(chirp), gap, tf.math.conj(chirp[:0:-1])], 0)
    behind = tf.zeros(tf.stack([tf.shape(x, out_type=tf.int64)[0], length - size]), x.dtype)
    padded = tf.concat([x * chirp, behind], 1)
    both = _stockham(tf, tf.concat([kernel[None], padded], 0))
    back = tf.math.conj(_stockham(tf, tf.math.conj(both[1:] * both[:1])))
    return back[:, :size] * chirp / tf.cast(length, x.dtype)


def _transform(tf: Any, x: Any, inverse: bool) -> Any:
    """Over the last dimension, whose length may be unknown."""
    if x.shape[-1] is not None:
        return tf.signal.ifft(x) if inverse else tf.signal.fft(x)
    shape = tf.shape(x, out_type=tf.int64)
    size = shape[-1]
    flat = tf.reshape(x, tf.stack([tf.reduce_prod(shape[:-1]), size]))
    flat = tf.math.conj(flat) if inverse else flat

    def stripped(rest: Any) -> tuple[Any]:
        return (rest // _factor(tf, rest),)

    def goes_on(rest: Any) -> Any:
        divided = _factor(tf, rest)
        return (rest > 1) & (divided <= RADIX)

    (rest,) = tf.while_loop(goes_on, stripped, (size,))
    found = tf.cond(rest <= PRIME, lambda: _stockham(tf, flat), lambda: _chirp(tf, flat))
    if inverse:
        found = tf.math.conj(found) / tf.cast(tf.maximum(size, 1), x.dtype)
    return tf.reshape(found, shape)


def _along(tf: Any, x: Any, axis: int, inverse: bool) -> Any:
    """Over the dimension `axis`, counted from the end."""
    if axis == -1:
        return _transform(tf, x, inverse)
    order = list(range(x.shape.rank))
    order[axis], order[-1] = order[-1], order[axis]
    return tf.transpose(_transform(tf, tf.transpose(x, order), inverse), order)


@composition(*NAMES)
def fourier(tf: Any, call: Call, x: Any, *given: Any) -> Any:
    """One dimension after the other; of a real signal, the frequencies up to a half."""
    kind, count = _parts(call.name)
    inverse, lengths = kind[0] == "I", tf.shape(x)[-count:] if not given else given[0]
    last = lengths[-1]
    half = tf.where(last > 0, last // 2 + 1, 0)
    if given:
        read = tf.concat([lengths[:-1], [half]], 0) if kind == "IRFFT" else lengths
        begin = tf.zeros([x.shape.rank], tf.int32)
        x = tf.slice(x, begin, tf.concat([tf.shape(x)[:-count], read], 0))
    if kind == "RFFT":
        x = tf.complex(x, tf.zeros_like(x))
    for axis in range(-count, -1 if kind == "IRFFT" else 0):
        x = _along(tf, x, axis, inverse)
    if kind == "RFFT":
        return x[..., :half]
    if kind == "IRFFT":
        mirrored = tf.math.conj(x[..., 1 : (last + 1) // 2][..., ::-1])
        x = tf.math.real(_transform(tf, tf.concat([x, mirrored], -1), True))
    return x


PATTERNS = (KnownLengths,)
