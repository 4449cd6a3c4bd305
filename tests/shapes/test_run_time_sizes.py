# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sizes that turn out not to fit while a call runs are typed errors, never wrong results."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import iree_explore as ie
from tests.lowering.phases import run_phase


def _grown(x: Any, y: Any) -> Any:
    shapes = (tf.TensorShape([]), tf.TensorShape([None]))
    step: Callable[..., Any] = lambda i, a: (i + 1, a + y)  # noqa: E731
    return tf.while_loop(lambda i, a: i < 3, step, (0, x), shape_invariants=shapes)[1]


PROGRAMS: dict[str, tuple[Callable[..., Any], tuple[int, ...], tuple[int, ...]]] = {
    "broadcast": (lambda x, y: x + y, (3,), (4,)),
    "in a branch": (
        lambda x, y: tf.cond(tf.reduce_sum(x) > 0, lambda: x + y, lambda: x * 2.0),
        (3,),
        (4,),
    ),
    "product in a branch": (
        lambda x, y: tf.cond(
            tf.reduce_sum(x) > 0, lambda: tf.matmul(x, y), lambda: tf.zeros_like(x)
        ),
        (3, 5),
        (4000, 3),
    ),
    "in a loop": (_grown, (3,), (40000,)),
    "kept elements": (
        lambda x, y: tf.boolean_mask(x, x > 0) + tf.boolean_mask(y, y > 0),
        (3,),
        (4000,),
    ),
    "kept rows beside others": (
        lambda x, y: tf.concat([tf.boolean_mask(x, x[:, 0] > 0), y], 1),
        (3, 2),
        (5, 2),
    ),
}


@pytest.mark.parametrize("target", ["llvm-cpu", "reference"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_what_does_not_fit_is_an_error(name: str, target: str) -> None:
    program, *shapes = PROGRAMS[name]
    specs = [tf.TensorSpec([None] * len(s)) for s in shapes]
    function = tf.function(program, input_signature=specs)
    given = [np.ones(s, np.float32) for s in shapes]
    with pytest.raises(tf.errors.InvalidArgumentError):
        function(*given)
    main = ie.compile(function, target=target, device=None).main
    with pytest.raises(ie.ModelError) as raised:
        main(*given)
    assert raised.value.code in ("IX302", "IX307"), raised.value
    fits = [np.ones([3] * len(s), np.float32) for s in shapes]
    np.testing.assert_allclose(main(*fits), np.asarray(function(*fits)))


def test_sizes_of_one_symbol_are_checked_once() -> None:
    """What the signature says is compared before the call; the program does not ask again."""
    text = """func.func @main(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
      %0 = stablehlo.add %a, %b : tensor<?xf32>
      %1 = stablehlo.multiply %0, %b : tensor<?xf32>
      return %1 : tensor<?xf32>
    }"""
    assert "util.assert" not in run_phase(text, "import", stop="input")
    module = ie.compile(text, target="llvm-cpu")
    with pytest.raises(ie.ModelError, match="IX302"):
        module.main(np.ones(3, np.float32), np.ones(4, np.float32))
