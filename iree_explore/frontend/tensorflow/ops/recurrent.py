# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Cells of LSTMs and GRUs, layers of LSTM cells, and their gradients.

The gradients are of what the forward ops return; none of them looks at the clipping of the cell, as
TensorFlow's kernels do not either.
"""

from __future__ import annotations

from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition


def _lstm_step(
    tf: Any, call: Call, order: str, forget_bias: float, x: Any, cs: Any, h: Any, weights: Any
) -> tuple[Any, ...]:
    """One step: i, cs, f, o, ci, co, h. `order` names the gates (i, c, f, o) as they are stored;
    `weights` are the matrix, the three peepholes and the bias."""
    w, wci, wcf, wco, b = weights
    gates = dict(zip(order, tf.split(tf.matmul(tf.concat([x, h], 1), w) + b, 4, 1), strict=True))
    peephole, clip = call.flag("use_peephole"), call.number("cell_clip", 3.0)
    forget = gates["f"] + tf.constant(forget_bias, x.dtype)
    i = tf.sigmoid(gates["i"] + wci * cs if peephole else gates["i"])
    f = tf.sigmoid(forget + wcf * cs if peephole else forget)
    ci = tf.tanh(gates["c"])
    new = ci * i + cs * f
    if clip > 0:
        new = tf.clip_by_value(new, tf.constant(-clip, x.dtype), tf.constant(clip, x.dtype))
    o = tf.sigmoid(gates["o"] + wco * new if peephole else gates["o"])
    co = tf.tanh(new)
    return i, new, f, o, ci, co, co * o


@composition("LSTMBlockCell")
def lstm_cell(tf: Any, call: Call, x: Any, cs: Any, h: Any, *weights: Any) -> Any:
    """A step of an LSTM with all that its gradient needs."""
    return _lstm_step(tf, call, "icfo", call.number("forget_bias", 1.0), x, cs, h, weights)


@composition("BlockLSTM", "BlockLSTMV2")
def lstm_layer(tf: Any, call: Call, last: Any, x: Any, cs: Any, h: Any, *weights: Any) -> Any:
    """Steps up to `last`; what follows them is 0."""
    second = call.name.endswith("V2")
    order, bias = ("ifco", 0.0) if second else ("icfo", call.number("forget_bias", 1.0))
    time = tf.shape(x)[0]
    limit = tf.minimum(tf.cast(last, tf.int32), time)
    found = [tf.zeros(tf.concat([[time], tf.shape(cs)], 0), x.dtype)] * 7

    def step(t: Any, cs: Any, h: Any, *found: Any) -> tuple[Any, ...]:
        results = _lstm_step(tf, call, order, bias, x[t], cs, h, weights)
        stored = (
            tf.tensor_scatter_nd_update(old, tf.reshape(t, [1, 1]), new[tf.newaxis])
            for old, new in zip(found, results, strict=True)
        )
        return (t + 1, results[1], results[6], *stored)

    start = (tf.constant(0), cs, h, *found)
    shapes = tuple(v.shape for v in start)
    return tf.while_loop(lambda t, *_: t < limit, step, start, shape_invariants=shapes)[3:]


@composition("GRUBlockCell")
def gru_cell(tf: Any, call: Call, x: Any, h: Any, w_ru: Any, w_c: Any, b_ru: Any, b_c: Any) -> Any:
    """A step of a GRU: its two gates, the candidate and the new state."""
    r, u = tf.split(tf.sigmoid(tf.matmul(tf.concat([x, h], 1), w_ru) + b_ru), 2, 1)
    c = tf.tanh(tf.matmul(tf.concat([x, h * r], 1), w_c) + b_c)
    return r, u, c, (1 - u) * c + u * h


# Gradients
# --------------------------------------------------------------------------------------------


def _lstm_step_grad(
    tf: Any,
    call: Call,
    order: str,
    cs_prev: Any,
    weights: Any,
    found: Any,
    cs_grad: Any,
    h_grad: Any,
) -> tuple[Any, ...]:
    """Gradients of the cell before, the gates in their `order`, and the three peepholes; `found`
    are the i, cs, f, o, ci and co of the step."""
    _, wci, wcf, wco, _ = weights
    i, cs, f, o, ci, co = found
    peephole = call.flag("use_peephole")
    do = o * (1 - o) * h_grad * co
    dcs = (1 - co * co) * h_grad * o + cs_grad
    dcs = dcs + do * wco if peephole else dcs
    dc = (1 - ci * ci) * dcs * i
    df = f * (1 - f) * dcs * cs_prev
    di = i * (1 - i) * dcs * ci
    before = dcs * f
    holes = [tf.zeros_like(wci)] * 3
    if peephole:
        before += di * wci + df * wcf
        holes = [tf.reduce_sum(v, 0) for v in (di * cs_prev, df * cs_prev, do * cs)]
    gates = {"i": di, "c": dc, "f": df, "o": do}
    return before, tf.concat([gates[name] for name in order], 1), *holes


@composition("LSTMBlockCellGrad")
def lstm_cell_grad(tf: Any, call: Call, x: Any, cs: Any, h: Any, *rest: Any) -> Any:
    """Gradients of a step: of the cell before, the gates, the peepholes."""
    weights, found, grads = rest[:5], rest[5:11], rest[11:]
    return _lstm_step_grad(tf, call, "icfo", cs, weights, found, *grads)


@composition("BlockLSTMGrad", "BlockLSTMGradV2")
def lstm_layer_grad(
    tf: Any, call: Call, last: Any, x: Any, cs_prev: Any, h_prev: Any, *rest: Any
) -> Any:
    """Gradients of all steps up to `last`, from the last one back."""
    weights, found, (hs, cs_grad, h_grad) = rest[:5], rest[5:11], rest[11:]
    w, wci = weights[:2]
    order = "ifco" if call.name.endswith("V2") else "icfo"
    inputs = tf.shape(x)[2] if x.shape[2] is None else x.shape[2]
    limit = tf.minimum(tf.cast(last, tf.int32), tf.shape(x)[0])

    def step(t: Any, dx: Any, dcs: Any, dh: Any, dw: Any, *sums: Any) -> tuple[Any, ...]:
        first, at = tf.equal(t, 0), tf.maximum(t - 1, 0)
        cs, h = (tf.where(first, v, s[at]) for v, s in ((cs_prev, found[1]), (h_prev, hs)))
        here = [v[t] for v in found]
        given = cs_grad[t] + dcs, h_grad[t] + dh
        dcs, gates, *holes = _lstm_step_grad(tf, call, order, cs, weights, here, *given)
        both = tf.matmul(gates, w, transpose_b=True)
        dw += tf.matmul(tf.concat([x[t], h], 1), gates, transpose_a=True)
        dx = tf.tensor_scatter_nd_update(dx, tf.reshape(t, [1, 1]), both[tf.newaxis, :, :inputs])
        more = (*holes, tf.reduce_sum(gates, 0))
        added = (old + new for old, new in zip(sums, more, strict=True))
        results = (t - 1, dx, dcs, both[:, inputs:], dw, *added)
        for result, shape in zip(results, shapes, strict=True):
            result.set_shape(shape)
        return results

    zeros = (tf.zeros_like(v) for v in (x, cs_prev, h_prev, w, wci, wci, wci, weights[4]))
    start = (limit - 1, *zeros)
    shapes = tuple(v.shape for v in start)
    return tf.while_loop(lambda t, *_: t >= 0, step, start, shape_invariants=shapes)[1:]


@composition("GRUBlockCellGrad")
def gru_cell_grad(tf: Any, call: Call, x: Any, h: Any, *rest: Any) -> Any:
    """Gradients of a step: of the input and the state before, the candidate, both gates."""
    w_ru, w_c, _, _, r, u, c, grad = rest
    inputs = tf.shape(x)[1]
    dc = grad * (1 - u) * (1 - c * c)
    du = grad * (h - c) * u * (1 - u)
    through = tf.matmul(dc, w_c, transpose_b=True)
    dhr = through[:, inputs:]
    gates = tf.concat([dhr * h * r * (1 - r), du], 1)
    both = tf.matmul(gates, w_ru, transpose_b=True)
    dx = both[:, :inputs] + through[:, :inputs]
    return dx, both[:, inputs:] + dhr * r + grad * u, dc, gates
