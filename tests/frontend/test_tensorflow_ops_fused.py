# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Warped images, drawn boxes, recurrent cells and other ops that stand for several, any size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.frontend.tensorflow_ops import Case, Fixed, check, f32, i32, i64

tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(3)
raw = tf.raw_ops
UNKNOWN = ("none", "all")


def floats(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


class Pixels(Fixed):
    """An image: batch and sizes may be unknown, the channels are known."""

    def shape(self, unknown: str) -> list[int | None]:
        batch, *inner, channels = self.value.shape
        sizes = [None] * len(inner) if unknown == "all" else inner
        return [batch if unknown == "none" else None, *sizes, channels]


IMAGE = RNG.uniform(size=(2, 6, 7, 3)).astype(np.float32)
X = Pixels(IMAGE)
NEAR = f32([1, 0, 0, 0, 1, 0, 0, 0])
TURNS = (NEAR + RNG.normal(size=(2, 8)) * [0.5, 0.5, 9, 0.5, 0.5, 9, 0.05, 0.05]).astype(np.float32)
BOXES = np.sort(RNG.uniform(-0.3, 1.3, (2, 12, 2, 2)), 2).reshape(2, 12, 4).astype(np.float32)


def warp(mode: str, interpolation: str) -> Callable[..., Any]:
    return lambda x, t: raw.ImageProjectiveTransformV3(
        images=x, transforms=t, output_shape=[9, 5], fill_value=3.0,
        interpolation=interpolation, fill_mode=mode,
    )  # fmt: skip


WARPS: dict[str, Case] = {
    **{
        f"{mode} {how}": (warp(mode, how), [X, Fixed(TURNS)])
        for mode in ("CONSTANT", "REFLECT", "WRAP", "NEAREST")
        for how in ("BILINEAR", "NEAREST")
    },
    "one for all": (warp("REFLECT", "BILINEAR"), [X, Fixed(TURNS[:1])]),
    "bytes": (
        lambda x, t: raw.ImageProjectiveTransformV2(
            images=x, transforms=t, output_shape=tf.shape(x)[1:3], interpolation="BILINEAR"
        ),
        [Pixels((IMAGE * 255).astype(np.uint8)), Fixed(TURNS)],
    ),
    "boxes": (lambda x, b: raw.DrawBoundingBoxes(images=x, boxes=b), [X, Pixels(BOXES)]),
    "any channels": (lambda x, b: raw.DrawBoundingBoxes(images=x, boxes=b), [IMAGE, BOXES]),
    "gray": (lambda x, b: raw.DrawBoundingBoxes(images=x[..., :1], boxes=b), [X, Pixels(BOXES)]),
    "colours": (
        lambda x, b, c: tf.image.draw_bounding_boxes(x, b, c),
        [X, Pixels(BOXES), Fixed(floats(4, 3))],
    ),
}

STEP = [floats(2, 3), floats(2, 4), floats(2, 4)]
GATES = [Fixed(x) for x in (floats(7, 16), floats(4), floats(4), floats(4), floats(16))]
NAMES = ("x", "cs_prev", "h_prev", "w", "wci", "wcf", "wco", "b")
GRU = [Fixed(x) for x in (floats(7, 8), floats(7, 4), floats(8), floats(4))]


class Steps(Fixed):
    """Only the time is unknown, unless nothing is."""

    def shape(self, unknown: str) -> list[int | None]:
        time, *rest = self.value.shape
        return [time if unknown == "none" else None, *rest]


class Rows(Fixed):
    """The batch is unknown, unless nothing is."""

    def shape(self, unknown: str) -> list[int | None]:
        return [self.value.shape[0] if unknown == "none" else None, *self.value.shape[1:]]


def lstm(kind: str, *head: str, **options: Any) -> Callable[..., Any]:
    names = (*head, *NAMES)
    return lambda *a: getattr(raw, kind)(**dict(zip(names, a, strict=True)), **options)


STATE = [Rows(x) for x in STEP]
LAYER = [Fixed(i64(6)), Steps(floats(6, 2, 3)), Fixed(STEP[1]), Fixed(STEP[2]), *GATES]
CELLS: dict[str, Case] = {
    "lstm": (lstm("LSTMBlockCell"), [*STATE, *GATES]),
    "peepholes": (lstm("LSTMBlockCell", use_peephole=True, cell_clip=0.5), [*STATE, *GATES]),
    "layer": (lstm("BlockLSTM", "seq_len_max"), LAYER),
    "layer 2": (lstm("BlockLSTMV2", "seq_len_max", use_peephole=True), LAYER),
    "short": (
        lambda *a: [lstm("BlockLSTM", "seq_len_max")(*a)[n][:4] for n in (1, 6)],
        [Fixed(i64(4)), *LAYER[1:]],
    ),
    "gru": (
        lambda *a: raw.GRUBlockCell(
            **dict(zip(("x", "h_prev", "w_ru", "w_c", "b_ru", "b_c"), a, strict=True))
        ),
        [STATE[0], STATE[1], *GRU],
    ),
}


def lstm_step_grad(peephole: bool) -> Callable[..., Any]:
    """All that the gradient of a step returns."""

    def body(*a: Any) -> Any:
        given = dict(zip(NAMES, a, strict=True))
        i, cs, f, o, ci, co, h = raw.LSTMBlockCell(use_peephole=peephole, **given)
        return raw.LSTMBlockCellGrad(
            **given, i=i, cs=cs, f=f, o=o, ci=ci, co=co, cs_grad=tf.cos(cs), h_grad=tf.cos(h * 3),
            use_peephole=peephole,
        )  # fmt: skip

    return body


def lstm_grad(kind: str, **options: Any) -> Callable[..., Any]:
    """Gradients of a layer by all that it is made of."""

    def body(*a: Any) -> Any:
        found = lstm(kind, "seq_len_max", **options)(*a)
        return tf.gradients([tf.sin(found[1]), tf.cos(found[6])], list(a[1:]))

    return body


def gru_grad(*a: Any) -> Any:
    """All that the gradient of a step returns."""
    given = dict(zip(("x", "h_prev", "w_ru", "w_c", "b_ru", "b_c"), a, strict=True))
    r, u, c, h = raw.GRUBlockCell(**given)
    return raw.GRUBlockCellGrad(**given, r=r, u=u, c=c, d_h=tf.cos(h * 3))


CELLS |= {
    "lstm grad": (lstm_step_grad(False), [*STATE, *GATES]),
    "peepholes grad": (lstm_step_grad(True), [*STATE, *GATES]),
    "layer grad": (lstm_grad("BlockLSTM", use_peephole=True), LAYER),
    "layer 2 grad": (lstm_grad("BlockLSTMV2"), LAYER),
    "short grad": (
        lambda *a: lstm_grad("BlockLSTMV2", use_peephole=True)(*a),
        [Fixed(i64(4)), *LAYER[1:]],
    ),
    "gru grad": (gru_grad, [STATE[0], STATE[1], *GRU]),
}

WINDOW = {"ksize": [1, 2, 2, 1], "strides": [1, 2, 1, 1], "padding": "SAME"}
KERNEL = Fixed(floats(3, 3, 3, 4))
G = Pixels(floats(*IMAGE.shape))
ONE = Pixels(IMAGE[:1])
"""TensorFlow's padded convolutions give every image of a batch the first one's result."""
PADS = [[0, 0], [1, 2], [2, 1], [0, 0]]


def placed(twice: bool, within: bool) -> Callable[..., Any]:
    """Gradients by the places of the greatest elements."""

    def body(x: Any) -> Any:
        y, places = raw.MaxPoolWithArgmax(input=x, include_batch_in_index=within, **WINDOW)
        kind = raw.MaxPoolGradGradWithArgmax if twice else raw.MaxPoolGradWithArgmax
        grad = tf.cos(x) if twice else tf.cos(y)
        return kind(input=x, grad=grad, argmax=places, include_batch_in_index=within, **WINDOW)

    return body


# Second gradients are arguments: TensorFlow overwrites those that nobody else uses with 0.
OTHERS: dict[str, Case] = {
    **{  # TensorFlow infers a wrong rank if more than the batch is unknown
        f"volumes {padding}": (
            lambda x, padding=padding: raw.ExtractVolumePatches(
                input=x, ksizes=[1, 2, 3, 2, 1], strides=[1, 1, 2, 1, 1], padding=padding
            ),
            [Rows(floats(2, 4, 5, 6, 2))],
        )
        for padding in ("SAME", "VALID")
    },
    "pad and convolve": (
        lambda x, k: raw.FusedPadConv2D(
            input=x,
            paddings=PADS,
            filter=k,
            mode="SYMMETRIC",
            strides=[1, 2, 1, 1],
            padding="VALID",
        ),
        [ONE, KERNEL],
    ),
    "resize, pad and convolve": (
        lambda x, k: raw.FusedResizeAndPadConv2D(
            input=x,
            size=[9, 8],
            paddings=PADS,
            filter=k,
            mode="REFLECT",
            strides=[1, 1, 1, 1],
            padding="VALID",
            resize_align_corners=True,
        ),
        [ONE, KERNEL],
    ),
    **{f"places {w}": (placed(False, w), [X]) for w in (False, True)},
    **{
        f"twice {padding} {steps}": (
            lambda x, g, padding=padding, steps=steps: raw.MaxPoolGradGrad(
                orig_input=x,
                grad=g,
                ksize=[1, 2, 3, 1],
                strides=steps,
                padding=padding,
                orig_output=raw.MaxPool(
                    input=x, ksize=[1, 2, 3, 1], strides=steps, padding=padding
                ),
            ),
            [X, G],
        )
        for padding in ("SAME", "VALID")
        for steps in ([1, 1, 1, 1], [1, 2, 2, 1])
    },
    "twice 3D": (
        lambda x, g: raw.MaxPool3DGradGrad(
            orig_input=x,
            grad=g,
            ksize=[1, 2, 2, 2, 1],
            strides=[1] * 5,
            padding="SAME",
            orig_output=raw.MaxPool3D(
                input=x, ksize=[1, 2, 2, 2, 1], strides=[1] * 5, padding="SAME"
            ),
        ),
        [Rows(floats(2, 4, 5, 6, 2)), Rows(floats(2, 4, 5, 6, 2))],
    ),
    "twice V2": (
        lambda x, g: raw.MaxPoolGradGradV2(
            orig_input=x,
            grad=g,
            ksize=[1, 2, 2, 1],
            strides=[1, 2, 2, 1],
            padding="SAME",
            orig_output=tf.nn.max_pool2d(x, 2, 2, "SAME"),
        ),
        [X, G],
    ),
    "softplus": (lambda x: tf.gradients(tf.nn.softplus(x), x), [floats(3, 4)]),
    "reciprocal": (lambda x: tf.gradients(tf.math.reciprocal(x), x), [floats(3, 4)]),
    "inverse": (lambda x, g: raw.InvGrad(y=x, dy=g), [floats(3, 4), floats(3, 4)]),
    "response": (lambda x: tf.gradients(tf.nn.lrn(x, 2, 1.0, 0.3, 0.6), x), [X]),
    "product": (
        lambda x, y: raw.BatchMatMulV3(x=x, y=y, Tout=tf.float32, adj_y=True),
        [floats(2, 3, 4), floats(2, 5, 4)],
    ),
    "old product": (lambda x, y: raw.BatchMatMul(x=x, y=y), [floats(2, 3, 4), floats(2, 4, 5)]),
    **{
        f"inplace {kind}": (
            lambda x, i, v, kind=kind: getattr(raw, f"Inplace{kind}")(x=x + 0.0, i=i, v=v),
            [floats(4, 3), i32([2, 0]), floats(2, 3)],
        )
        for kind in ("Add", "Sub", "Update")
    },
    "added": (
        lambda x, i, v: raw.ScatterNdNonAliasingAdd(input=x, indices=i, updates=v),
        [floats(4, 3), Fixed(i32([[2], [0]])), floats(2, 3)],
    ),
    "copies": (lambda x: raw.DeepCopy(x=raw.Snapshot(input=x)) * 2.0, [floats(3, 4)]),
    "checked": (lambda x: raw.CheckNumericsV2(tensor=x, message="bad") * 2.0, [floats(3, 4)]),
}


@pytest.mark.parametrize("unknown", UNKNOWN)
@pytest.mark.parametrize("family", ["warps", "cells", "others"])
def test_ops_equal_tensorflow(family: str, unknown: str) -> None:
    cases = {"warps": WARPS, "cells": CELLS, "others": OTHERS}[family]
    check(cases, unknown, rtol=2e-5, atol=1e-5)
