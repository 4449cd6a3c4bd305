# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How tests run a program of ours: each target takes MLIR text and arrays, and returns arrays.

`reference` is the definition of every op, `input` evaluates the linalg that the input phase makes,
`llvm-cpu` compiles and runs. `verify` compares what they return with what `oracle.py` knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import TensorType

import iree_explore as ie
from iree_explore import elements, pipeline
from iree_explore.context import make_context
from iree_explore.frontend.parser import SourceParser
from iree_explore.linalg.evaluate import evaluate_function
from iree_explore.stablehlo.check_dialect import Expectation
from iree_explore.stablehlo.reference import evaluate

Arrays = list[np.ndarray]


def run_reference(text: str, inputs: Sequence[np.ndarray]) -> Arrays:
    return evaluate(SourceParser(make_context(), text).parse_module(), "main", inputs)


def run_input(text: str, inputs: Sequence[np.ndarray]) -> Arrays:
    """Results of the input phase's output, evaluated; complex ones are pairs there."""
    ctx = make_context()
    module = SourceParser(ctx, text).parse_module()
    main = next(f for f in module.ops if isinstance(f, func.FuncOp) and f.sym_name.data == "main")
    declared = [t for t in main.function_type.outputs if isinstance(t, TensorType)]
    pipeline.run(module, ctx, "import", "input")
    signless = [elements.signless(np.asarray(x)) for x in inputs]
    found = evaluate_function(module, "main", signless, ctx.parameters)
    return [
        x.view(dtype) if elements.is_unsigned(dtype := elements.dtype_of(t.element_type)) else x
        for x, t in zip(found, declared, strict=True)
    ]


def run_llvm_cpu(text: str, inputs: Sequence[np.ndarray]) -> Arrays:
    return run(text, *inputs, target="llvm-cpu")


TARGETS: dict[str, Callable[[str, Sequence[np.ndarray]], Arrays]] = {
    "reference": run_reference,
    "input": run_input,
    "llvm-cpu": run_llvm_cpu,
}


def run(text: str, *inputs: Any, target: str) -> Arrays:
    """What @main returns, compiled for a target of `ie.compile`."""
    return returned(ie.compile(text, target=target).main(*inputs))


def returned(results: Any) -> Arrays:
    """What a call of a compiled function returned, as a list of arrays."""
    return [np.asarray(r) for r in (results if isinstance(results, tuple) else (results,))]


def verify(
    text: str,
    inputs: Sequence[np.ndarray],
    want: Sequence[np.ndarray],
    targets: Sequence[str] = tuple(TARGETS),
    tolerance: float = 1e-5,
) -> None:
    """Asserts that every target gives `want`: shapes, dtypes and values."""
    for target in targets:
        got = TARGETS[target](text, inputs)
        for mine, other in zip(got, want, strict=True):
            narrow = other.dtype.kind in "fV" and other.dtype.itemsize < 4
            try:
                assert_close(mine, other, 2e-2 if narrow else tolerance)
            except AssertionError as error:
                raise AssertionError(f"{target}: {error}\n{text}") from error


def assert_close(got: np.ndarray, want: np.ndarray, atol: float = 1e-6) -> None:
    """The same shape and dtype, and close in the precision of the dtype."""
    wrong = Expectation("almost_eq", atol).compare(got, want)
    assert wrong is None, wrong


def unknown_sizes(text: str) -> str:
    """The program with `?` for every size of the types of @main's arguments and results.

    Only for programs of one op, whose types are the function's.
    """
    return re.sub(
        r"(?<!> : )tensor<([\dx]+)x(\w+)>",
        lambda m: f"tensor<{'?x' * (m[1].count('x') + 1)}{m[2]}>",
        text,
    )
