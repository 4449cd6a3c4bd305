# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Steps of optimizers that TensorFlow's own passes leave: `ResourceApply*`, `ResourceSparseApply*`.

`frontend/tensorflow/variables.py` makes an op of them that takes the variables' values and gives
the new ones. A rule says what happens to them, elementwise; its parameters are the operands in
order, the variables first. The sparse ops apply the same rule to some rows; where a row is named
twice, the second time sees what the first one left. Formulas: the documentation of `tf.raw_ops`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition

VARIABLES = frozenset(
    "var m v vhat accum accum_update linear mg ms mom gradient_accumulator "
    "gradient_squared_accumulator".split()
)
"""Parameters of rules that are variables."""

Rule = Callable[..., tuple[Any, ...]]


def _ada_max(tf, call, var, m, v, beta1_power, lr, beta1, beta2, epsilon, grad):
    m = m + (grad - m) * (1 - beta1)
    v = tf.maximum(beta2 * v, tf.abs(grad))
    return var - lr / (1 - beta1_power) * (m / (v + epsilon)), m, v


def _adadelta(tf, call, var, accum, accum_update, lr, rho, epsilon, grad):
    accum = accum * rho + grad * grad * (1 - rho)
    step = tf.sqrt(accum_update + epsilon) * tf.math.rsqrt(accum + epsilon) * grad
    return var - step * lr, accum, accum_update * rho + step * step * (1 - rho)


def _adagrad(tf, call, var, accum, lr, grad):
    accum = accum + grad * grad if call.flag("update_slots", True) else accum
    return var - lr * grad * tf.math.rsqrt(accum), accum


def _adagrad_v2(tf, call, var, accum, lr, epsilon, grad):
    accum = accum + grad * grad if call.flag("update_slots", True) else accum
    return var - lr * grad / (tf.sqrt(accum) + epsilon), accum


def _adagrad_da(tf, call, var, gradient_accumulator, gradient_squared_accumulator, grad, lr, l1, l2,
                global_step):  # fmt: skip
    total = gradient_accumulator + grad
    squares = gradient_squared_accumulator + grad * grad
    step = tf.cast(global_step, var.dtype)
    kept = tf.sign(total) * tf.maximum(tf.abs(total) - l1 * step, 0)
    return -lr * kept / (l2 * lr * step + tf.sqrt(squares)), total, squares


def _amsgrad(tf, call, var, m, v, vhat, beta1_power, beta2_power, lr, beta1, beta2, epsilon, grad):
    m = m + (grad - m) * (1 - beta1)
    v = v + (grad * grad - v) * (1 - beta2)
    vhat = tf.maximum(vhat, v)
    rate = lr * tf.sqrt(1 - beta2_power) / (1 - beta1_power)
    return var - m * rate / (tf.sqrt(vhat) + epsilon), m, v, vhat


def _add_sign(tf, call, var, m, lr, alpha, sign_decay, beta, grad):
    m = m * beta + grad * (1 - beta)
    return var - lr * (alpha + sign_decay * tf.sign(grad) * tf.sign(m)) * grad, m


def _power_sign(tf, call, var, m, lr, logbase, sign_decay, beta, grad):
    m = m * beta + grad * (1 - beta)
    return var - lr * tf.exp(logbase * sign_decay * tf.sign(grad) * tf.sign(m)) * grad, m


def _shrunk(tf, value, rate, l1, l2):
    """The proximal step: towards zero by `l1`, scaled by `l2`."""
    return tf.sign(value) * tf.maximum(tf.abs(value) - rate * l1, 0) / (1 + l2 * rate)


def _proximal_descent(tf, call, var, alpha, l1, l2, grad):
    return (_shrunk(tf, var - alpha * grad, alpha, l1, l2),)


def _proximal_adagrad(tf, call, var, accum, lr, l1, l2, grad):
    accum = accum + grad * grad
    rate = lr * tf.math.rsqrt(accum)
    return _shrunk(tf, var - grad * rate, rate, l1, l2), accum


def _rms_prop(tf, call, var, ms, mom, lr, rho, momentum, epsilon, grad):
    ms = ms * rho + grad * grad * (1 - rho)
    mom = mom * momentum + tf.math.rsqrt(ms + epsilon) * lr * grad
    return var - mom, ms, mom


def _centered_rms_prop(tf, call, var, mg, ms, mom, lr, rho, momentum, epsilon, grad):
    ms = ms * rho + grad * grad * (1 - rho)
    mg = mg * rho + grad * (1 - rho)
    mom = mom * momentum + tf.math.rsqrt(ms + epsilon - mg * mg) * lr * grad
    return var - mom, mg, ms, mom


def _momentum(tf, call, var, accum, lr, grad, momentum):
    accum = accum * momentum + grad
    step = grad * lr + accum * momentum * lr if call.flag("use_nesterov") else accum * lr
    return var - step, accum


def _keras_momentum(tf, call, var, accum, lr, grad, momentum):
    accum = accum * momentum - grad * lr
    step = accum * momentum - grad * lr if call.flag("use_nesterov") else accum
    return var + step, accum


def _ftrl(tf, call, var, accum, linear, grad, lr, l1, l2, lr_power):
    return _ftrl_v2(tf, call, var, accum, linear, grad, lr, l1, l2, None, lr_power)


def _ftrl_v2(tf, call, var, accum, linear, grad, lr, l1, l2, l2_shrinkage, lr_power):
    more = accum + grad * grad
    shrunk = grad if l2_shrinkage is None else grad + 2 * l2_shrinkage * var
    old, new = tf.pow(accum, -lr_power), tf.pow(more, -lr_power)
    if call.flag("multiply_linear_by_lr"):
        linear = linear + shrunk * lr - (new - old) * var
        bound, scale = l1 * lr, new + 2 * l2 * lr
    else:
        linear = linear + shrunk - (new - old) / lr * var
        bound, scale = l1, new / lr + 2 * l2
    clipped = tf.maximum(tf.minimum(linear, bound), -bound)
    return (clipped - linear) / scale, more, linear


DENSE: dict[str, Rule] = {
    "AdaMax": _ada_max,
    "Adadelta": _adadelta,
    "Adagrad": _adagrad,
    "AdagradDA": _adagrad_da,
    "AdagradV2": _adagrad_v2,
    "AdamWithAmsgrad": _amsgrad,
    "AddSign": _add_sign,
    "PowerSign": _power_sign,
    "ProximalGradientDescent": _proximal_descent,
}
SPARSE: dict[str, Rule] = {
    "Adadelta": _adadelta,
    "Adagrad": _adagrad,
    "AdagradDA": _adagrad_da,
    "AdagradV2": _adagrad_v2,
    "CenteredRMSProp": _centered_rms_prop,
    "Ftrl": _ftrl,
    "FtrlV2": _ftrl_v2,
    "KerasMomentum": _keras_momentum,
    "Momentum": _momentum,
    "ProximalAdagrad": _proximal_adagrad,
    "ProximalGradientDescent": _proximal_descent,
    "RMSProp": _rms_prop,
}


def _parameters(rule: Rule) -> list[str]:
    """Names of the operands of the dense op."""
    return list(inspect.signature(rule).parameters)[2:]


def _apply(tf: Any, call: Call, *operands: Any) -> Any:
    """A step on whole variables."""
    return list(DENSE[call.name.removeprefix("Apply")](tf, call, *operands))


def _sparse_apply(tf: Any, call: Call, *operands: Any) -> Any:
    """A step on the rows that `indices` names: in rounds, of which each takes a row once."""
    rule = SPARSE[call.name.removeprefix("SparseApply")]
    names = _parameters(rule)
    count = len(VARIABLES & set(names))
    place = names.index("grad")
    state, grad, indices = list(operands[:count]), operands[place], operands[place + 1]
    rest = [*operands[count:place], *operands[place + 2 :]]
    size = tf.shape(indices)[0]
    order = tf.argsort(indices, stable=True)
    rows, grad = tf.gather(indices, order), tf.gather(grad, order)
    places = tf.range(size)
    begins = tf.concat([tf.ones([1], tf.bool), rows[1:] != rows[:-1]], 0)[:size]
    group = tf.cumsum(tf.cast(begins, tf.int32)) - 1
    first = tf.math.unsorted_segment_min(places, group, size)
    turn = places - tf.gather(first, group)
    nowhere = tf.cast(tf.shape(state[0])[0], rows.dtype)
    inner = [1] * (grad.shape.rank - 1)

    def body(k: Any, *values: Any) -> list[Any]:
        taken = [tf.gather(v, tf.clip_by_value(rows, 0, nowhere - 1)) for v in values]
        new = rule(tf, call, *taken, *rest[: place - count], grad, *rest[place - count :])
        chosen = tf.equal(turn, k)
        target = tf.where(chosen, rows, nowhere)[:, tf.newaxis]
        mine = tf.reshape(chosen, tf.concat([[size], inner], 0))
        kept = [tf.where(mine, n, t) for n, t in zip(new, taken, strict=True)]
        return [
            k + 1,
            *(tf.tensor_scatter_nd_update(v, target, n) for v, n in zip(values, kept, strict=True)),
        ]

    last = tf.reduce_max(turn)
    return list(tf.while_loop(lambda k, *_: k <= last, body, [tf.constant(0), *state])[1:])


composition(*(f"Apply{name}" for name in DENSE))(_apply)
composition(*(f"SparseApply{name}" for name in SPARSE))(_sparse_apply)
