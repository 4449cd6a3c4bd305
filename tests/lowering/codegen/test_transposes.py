# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Transposes: square blocks in registers, and what is left where sizes are no multiples of them."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

import iree_explore as ie
from iree_explore.codegen.emitter import Emitter
from iree_explore.codegen.transposes import transpose

from .harness import check
from .programs import generic, tensor

DTYPES = {"i8": np.int8, "bf16": ml_dtypes.bfloat16, "f32": np.float32, "f64": np.float64}


@pytest.mark.parametrize("size", [2, 4, 8, 16])
@pytest.mark.parametrize("element", [8, 16, 32, 64])
def test_the_shuffles_of_a_block_transpose_it(size, element):
    from xdsl.dialects import vector
    from xdsl.dialects.builtin import IntegerType
    from xdsl.dialects.test import TestOp

    type_ = vector.VectorType(IntegerType(element), [size])
    rows = [TestOp(result_types=[type_]).results[0] for _ in range(size)]
    block = np.arange(size * size).reshape(size, size)
    values = dict(zip(rows, block, strict=True))
    em = Emitter()
    columns = transpose(em, rows)
    for op in em.take():
        assert isinstance(op, vector.ShuffleOp)
        both = np.concatenate([values[op.v1], values[op.v2]])
        values[op.result] = both[list(op.mask.get_values())]
    np.testing.assert_array_equal([values[c] for c in columns], block.T)


@pytest.mark.parametrize("shape", [(33, 50), (16, 64)])
def test_strided_inputs_of_elementwise_ops_go_through_shuffles(shape):
    n, m = shape
    t, u = tensor(n, m), tensor(m, n)
    body = "^bb0(%x: f32, %y: f32, %o: f32):\n%s = arith.addf %x, %y : f32\nlinalg.yield %s : f32"
    maps = ["(i, j) -> (j, i)", "(i, j) -> (i, j)", "(i, j) -> (i, j)"]
    op = generic(maps, "pp", [("%a", t), ("%b", u)], [("%e", u)], body)
    text = (
        f"func.func @entry(%a: {t}, %b: {u}) -> {u} {{\n%e = tensor.empty() : {u}\n"
        f"%r = {op}\nfunc.return %r : {u}\n}}"
    )
    rng = np.random.default_rng(2)
    a, b = rng.random((n, m), np.float32), rng.random((m, n), np.float32)
    assert "vector.shuffle" in str(check(text, a, b).inner)


def test_any_size_and_element_type():
    """Less than a block, blocks and a rest, known and unknown sizes, more dimensions."""
    cases = [((n, m), (1, 0)) for n, m in ((3, 5), (17, 33), (15, 40), (40, 15))]
    cases.append(((2, 33, 17, 3), (0, 3, 1, 2)))
    lines, wanted = [], []
    rng = np.random.default_rng(4)
    for shape, axes in cases:
        for element, dtype in DTYPES.items():
            x = rng.integers(-100, 100, shape).astype(dtype)
            for unknown in (False, True):
                sizes = [("?" if unknown else n) for n in shape]
                source = tensor(*sizes, element=element)
                target = tensor(*(sizes[a] for a in axes), element=element)
                lines.append(
                    f"func.func public @f{len(wanted)}(%a: {source}) -> {target} {{\n"
                    f"%r = stablehlo.transpose %a, dims = {list(axes)} : ({source}) -> {target}\n"
                    f"return %r : {target}\n}}"
                )
                wanted.append((x, x.transpose(axes)))
    module = ie.compile("\n".join(lines), target="llvm-cpu", device="local-sync")
    for number, (x, result) in enumerate(wanted):
        np.testing.assert_array_equal(np.asarray(getattr(module, f"f{number}")(x)), result)
