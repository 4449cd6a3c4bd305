# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Who knows what a program computes, all by way of JAX and in this process: XLA, and StableHLO's
interpreter, which runs what XLA leaves open (order of updates, say) as the specification has it.

They take StableHLO text of static shapes; `program` makes some of a JAX function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from iree_explore import elements
from iree_explore.context import make_context
from iree_explore.frontend.parser import SourceParser

Arrays = list[np.ndarray]
XLA_OPTIMIZATION = 0
"""LLVM's level in XLA: programs run once, and compile in half the time."""


def program(function: Callable[..., Any], *inputs: Any) -> str:
    """The StableHLO text that JAX makes of a function of arrays."""
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        text = jax.jit(function, keep_unused=True).lower(*inputs).as_text()
    return text.replace("func.func public @main", "func.func @main")


def run_xla(text: str, inputs: Sequence[np.ndarray]) -> Arrays:
    """Results of @main by XLA on the CPU: StableHLO and CHLO, every element type (of f6, moves)."""
    jax = pytest.importorskip("jax")
    from jax._src.interpreters.mlir import make_ir_context
    from jaxlib import xla_client
    from jaxlib.mlir import ir

    device = jax.devices("cpu")[0]
    options = xla_client.CompileOptions()
    options.executable_build_options.debug_options.xla_backend_optimization_level = XLA_OPTIMIZATION
    with make_ir_context(), jax.enable_x64(True):
        devices = xla_client.DeviceList((device,))
        made = device.client.compile_and_load(ir.Module.parse(text), devices, options)
        return [np.array(x) for x in made.execute([jax.device_put(x, device) for x in inputs])]


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
