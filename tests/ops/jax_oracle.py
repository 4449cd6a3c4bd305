# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""JAX as the oracle: programs from `jax.jit`, XLA, and StableHLO's own interpreter, in process.

`verify` runs one program on the reference, through the input phase and on llvm-cpu, and compares.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import iree_explore as ie
from iree_explore import elements, pipeline
from iree_explore.context import make_context
from iree_explore.frontend.parser import SourceParser
from iree_explore.linalg.evaluate import evaluate_function
from iree_explore.stablehlo.reference import evaluate

from .check import assert_close

Arrays = list[np.ndarray]


def program(function: Callable[..., Any], *inputs: Any) -> str:
    """The StableHLO text that JAX makes of a function of arrays."""
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        text = jax.jit(function, keep_unused=True).lower(*inputs).as_text()
    return text.replace("func.func public @main", "func.func @main")


def run_xla(text: str, inputs: Sequence[np.ndarray]) -> Arrays:
    """Results of @main by XLA on the CPU; static shapes, every element type that NumPy holds."""
    jax = pytest.importorskip("jax")
    from jax._src import xla_bridge
    from jaxlib import _jax, xla_client

    client = xla_bridge.get_backend("cpu")
    devices = _jax.DeviceList(tuple(client.local_devices()[:1]))
    with jax.enable_x64(True):
        made = client.compile_and_load(text.encode(), devices, xla_client.CompileOptions())
        found = made.execute_sharded([jax.device_put(np.asarray(x)) for x in inputs])
    return [np.asarray(a[0]) for a in found.disassemble_into_single_device_arrays()]


def run_interpreter(text: str, inputs: Sequence[np.ndarray]) -> Arrays:
    """Results of @main by StableHLO's reference interpreter; inputs become constants."""
    pytest.importorskip("jaxlib")
    from jax._src.interpreters import mlir
    from jaxlib.mlir import ir
    from jaxlib.mlir.dialects import func, stablehlo

    with mlir.make_ir_context(), ir.Location.unknown():
        module = ir.Module.parse(text)
        main = next(o for o in module.body.operations
                    if isinstance(o, func.FuncOp) and o.name.value == "main")  # fmt: skip
        made = []
        for x, type_ in zip(inputs, main.type.inputs, strict=True):
            shape = "x".join([*map(str, x.shape), str(ir.RankedTensorType(type_).element_type)])
            dense = str(elements.from_numpy(np.asarray(x))).rpartition(" : ")[0]
            made.append(ir.Attribute.parse(f"{dense} : tensor<{shape}>"))
        results = [str(r) for r in stablehlo.eval_module(module, made)]
    return [elements.to_numpy(SourceParser(make_context(), r).parse_attribute()) for r in results]  # pyright: ignore


def run_reference(text: str, inputs: Sequence[np.ndarray]) -> Arrays:
    module = SourceParser(make_context(), text).parse_module()
    return evaluate(module, "main", inputs)


def run_input(text: str, inputs: Sequence[np.ndarray]) -> Arrays:
    """Results of the input phase's output, evaluated."""
    ctx = make_context()
    module = SourceParser(ctx, text).parse_module()
    pipeline.run(module, ctx, "input", "input")
    signless = [x.view(f"i{x.itemsize}") if x.dtype.kind == "u" else x for x in inputs]
    return evaluate_function(module, "main", signless, ctx.parameters)


def run_llvm_cpu(text: str, inputs: Sequence[np.ndarray]) -> Arrays:
    results = ie.compile(text, target="llvm-cpu", device="local-sync").main(*inputs)
    return [np.asarray(r) for r in (results if isinstance(results, tuple) else (results,))]


TARGETS: dict[str, Callable[[str, Sequence[np.ndarray]], Arrays]] = {
    "reference": run_reference,
    "input": run_input,
    "llvm-cpu": run_llvm_cpu,
}


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
            if mine.dtype.kind == "i" and other.dtype.kind == "u":
                mine = mine.view(other.dtype)
            assert mine.shape == other.shape and mine.dtype == other.dtype, f"{target}\n{text}"
            narrow = other.dtype.kind in "fV" and other.dtype.itemsize < 4
            try:
                assert_close(mine, other, 2e-2 if narrow else tolerance)
            except AssertionError as error:
                raise AssertionError(f"{target}: {error}\n{text}") from error


def unknown_sizes(text: str) -> str:
    """The program with `?` for every size of the types of @main's arguments and results.

    Only for programs of one op, whose types are the function's.
    """
    return re.sub(
        r"(?<!> : )tensor<([\dx]+)x(\w+)>",
        lambda m: f"tensor<{'?x' * (m[1].count('x') + 1)}{m[2]}>",
        text,
    )
