# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow's XLA as the oracle: runs static StableHLO text in this process."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def run_xla(text: str, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Results of @main; `text` is a module of static StableHLO, its types are the results'."""
    import tensorflow as tf
    from tensorflow.compiler.mlir.stablehlo import stablehlo
    from tensorflow.compiler.tf2xla.python import xla

    artifact = stablehlo.serialize_portable_artifact_str(text, stablehlo.get_current_version())
    shapes, dtypes = _result_types(text)

    @tf.function(jit_compile=True)
    def call(*arguments: tf.Tensor) -> list[tf.Tensor]:
        return xla.call_module(
            list(arguments), version=9, module=artifact, Tout=dtypes, Sout=shapes,
            platforms=["CPU"],
        )  # fmt: skip

    return [np.asarray(x) for x in call(*(tf.constant(np.array(x)) for x in inputs))]


def _result_types(text: str) -> tuple[list[tuple[int, ...]], list]:
    from xdsl.dialects import func

    from iree_explore import elements
    from iree_explore.context import make_context
    from iree_explore.frontend.parser import SourceParser

    module = SourceParser(make_context(), text).parse_module()
    main = next(op for op in module.ops if isinstance(op, func.FuncOp))
    types = list(main.function_type.outputs)
    shapes = [t.get_shape() for t in types]
    return shapes, [np.dtype(elements.dtype_of(t.element_type)) for t in types]


def run_jax(text: str, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Results of @main by JAX's XLA: knows every element type (f6 but for arithmetic) and CHLO."""
    import jax
    from jax._src.interpreters.mlir import make_ir_context
    from jax._src.lib import xla_client
    from jaxlib.mlir import ir

    device = jax.devices("cpu")[0]
    with make_ir_context(), jax.enable_x64(True):
        module = ir.Module.parse(text)
        options = xla_client.CompileOptions()
        devices = xla_client.DeviceList((device,))
        program = device.client.compile_and_load(module, devices, options)
        return [np.array(x) for x in program.execute([jax.device_put(x, device) for x in inputs])]
