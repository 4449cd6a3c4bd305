# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every op's dynamic programs: the symbolic shape at the inputs' sizes is that of the results."""

import numpy as np
import pytest
from xdsl.dialects.builtin import TensorType
from xdsl.dialects.func import FuncOp

from iree_explore.context import Parameters, make_context
from iree_explore.frontend.mlir import import_mlir
from iree_explore.recording import coverage_inputs
from iree_explore.shapes.functions import infer_function
from iree_explore.stablehlo.reference import Reference
from iree_explore.stablehlo.samples import SAMPLES

DYNAMIC = [
    pytest.param(sample, id=f"{sample.op}-{sample.case}" if sample.case else sample.op)
    for rows in SAMPLES.values()
    for sample in rows
    if True in sample.variants
]


def bound(shapes, block, arrays):
    """Sizes of the symbols of arguments, which are plain symbols here."""
    found = {}
    for argument, array in zip(block.args, arrays, strict=True):
        for size, n in zip(shapes.dims(argument), array.shape, strict=True):
            if size.symbol is not None:
                assert found.setdefault(size.symbol, n) == n
            else:
                assert size.constant in (None, n)
    return found


@pytest.mark.parametrize("sample", DYNAMIC)
def test_symbolic_shapes_are_those_of_the_results(sample):
    program = sample.program(sample.types[0], dynamic=True)
    ctx = make_context()
    module = import_mlir(program.text, ctx)
    arrays = [
        coverage_inputs.make(a.shape, a.element, a.values, number)
        for number, a in enumerate(program.arguments)
    ]
    results = Reference(module, Parameters()).call("main", arrays)
    main = next(
        o for o in module.body.block.ops if isinstance(o, FuncOp) and o.sym_name.data == "main"
    )
    shapes = infer_function(main, ctx.provenance)
    facts = shapes.facts
    assert not facts.conflicts
    sizes = bound(shapes, main.body.block, arrays)
    for equation in facts.unsolved:
        if sizes.keys() >= equation.left.symbols() | equation.right.symbols():
            assert equation.left.value(sizes) == equation.right.value(sizes), equation
    for value, result in zip(main.body.block.last_op.operands, results, strict=True):
        assert isinstance(value.type, TensorType)
        for size, n in zip(shapes.dims(value), np.shape(result), strict=True):
            if facts.data.isdisjoint(size.symbols()):
                assert size.value(sizes) == n, size
            else:
                assert size.symbol is not None, f"{size} of data is a symbol"
                low, high = facts.bounds(size)
                assert low <= n and (high is None or n <= high)
                limit = facts.limits.get(size.symbol)
                assert limit is None or n <= limit.value(sizes)
