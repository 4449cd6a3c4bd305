# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Long lines sorted by the digits of an integer key: order, stability, widths, unknown sizes."""

from __future__ import annotations

import numpy as np
import pytest

import iree_explore as ie

LENGTH = 700
KINDS = {"i8": np.int8, "ui8": np.uint8, "i16": np.int16, "ui32": np.uint32, "i64": np.int64}


def pairs(name: str, element: str, order: str, size: int | str) -> str:
    """Sorts `element`s and their places along dimension 0 of two columns."""
    first, second = f"tensor<{size}x2x{element}>", f"tensor<{size}x2xi32>"
    return f"""func.func public @{name}(%a: {first}, %b: {second}) -> ({first}, {second}) {{
      %r:2 = "stablehlo.sort"(%a, %b) <{{dimension = 0 : i64, is_stable = true}}> ({{
      ^bb0(%x: tensor<{element}>, %y: tensor<{element}>, %p: tensor<i32>, %q: tensor<i32>):
        %s = stablehlo.compare {order} : (tensor<{element}>, tensor<{element}>) -> tensor<i1>
        stablehlo.return %s : tensor<i1>
      }}) : ({first}, {second}) -> ({first}, {second})
      return %r#0, %r#1 : {first}, {second}
    }}
    """


def test_integers_of_every_width_in_both_orders_stably():
    orders = {"LT, %x, %y": 1, "GT, %x, %y": -1, "GT, %y, %x": 1}
    rng = np.random.default_rng(3)
    text, wanted = "", []
    for element, dtype in KINDS.items():
        info = np.iinfo(dtype)
        x = rng.integers(info.min, info.max, (LENGTH, 2), dtype, endpoint=True)
        x[: LENGTH // 2] %= 5  # equal keys: their order is seen in the places
        places = np.broadcast_to(np.arange(LENGTH, dtype=np.int32)[:, None], x.shape).copy()
        for order, sign in orders.items():
            for size in (LENGTH, "?"):
                text += pairs(f"f{len(wanted)}", element, order, size)
                keys = [int(v) * sign for v in x.reshape(-1)]
                exact = np.array(keys, object).reshape(x.shape)
                wanted.append((x, places, np.argsort(exact, 0, kind="stable")))
    module = ie.compile(text, target="llvm-cpu", device="local-sync")
    for number, (x, places, by) in enumerate(wanted):
        sorted_, moved = getattr(module, f"f{number}")(x, places)
        np.testing.assert_array_equal(np.asarray(moved), by)
        np.testing.assert_array_equal(np.asarray(sorted_), np.take_along_axis(x, by, 0))
    short = wanted[1][0][:9]
    result, _ = module.f1(short, wanted[1][1][:9])
    np.testing.assert_array_equal(np.asarray(result), np.sort(short, 0))


def test_floats_in_the_total_order_of_jax():
    jax = pytest.importorskip("jax")
    special = np.array([np.nan, -np.nan, 0.0, -0.0, np.inf, -np.inf, 1e-45], np.float32)
    x = np.concatenate([np.random.default_rng(1).standard_normal(500).astype(np.float32), special])
    text = jax.jit(jax.numpy.argsort).lower(x).as_text()
    module = ie.compile(text, target="llvm-cpu", device="local-sync")
    np.testing.assert_array_equal(np.asarray(module.main(x)), np.asarray(jax.numpy.argsort(x)))


@pytest.mark.parametrize("order", ["LT, %p, %q", "LT, %x, %q"])
def test_what_is_compared_must_be_the_same_of_both(order):
    """Places are a key as good as any; a value of one side and a place of the other are none."""
    text = pairs("main", "i32", order, LENGTH)
    rng = np.random.default_rng(2)
    x = rng.integers(0, LENGTH, (LENGTH, 2), np.int32)
    places = rng.permuted(np.broadcast_to(np.arange(LENGTH)[:, None], x.shape), axis=0)
    places = places.astype(np.int32)
    ours = ie.compile(text, target="llvm-cpu", device="local-sync").main(x, places)
    if order == "LT, %p, %q":
        np.testing.assert_array_equal(np.asarray(ours[1]), np.sort(places, 0))
        by = np.argsort(places, 0, kind="stable")
        np.testing.assert_array_equal(np.asarray(ours[0]), np.take_along_axis(x, by, 0))
    else:  # no order, but still a permutation
        np.testing.assert_array_equal(np.sort(np.asarray(ours[1]), 0), np.sort(places, 0))
