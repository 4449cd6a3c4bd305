# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Hand-written programs through preprocessing ... flow: every phase computes the same."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from iree_explore import pipeline
from iree_explore.flow.dialect import DispatchOp, ExecutableOp
from iree_explore.linalg.evaluate import Evaluator
from iree_explore.provenance import op_id
from tests.linalg.programs import PROGRAMS, Program, load

PHASES = ("preprocessing", "global-optimization", "dispatch-creation", "flow")


def lower(program: Program) -> ModuleOp:
    return pipeline.run(program.module, program.ctx, "preprocessing", "flow")


def dispatches(module: ModuleOp) -> list[str]:
    """Entry points in the order that the host runs them."""
    return [
        o.entry_point.nested_references.data[0].data
        for o in module.walk()
        if isinstance(o, DispatchOp)
    ]


def executables(module: ModuleOp) -> list[ExecutableOp]:
    return [o for o in module.body.block.ops if isinstance(o, ExecutableOp)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_phase_computes_the_same(name: str):
    program = load(name)
    expected = program.run()
    for phase in PHASES:
        pipeline.run(program.module, program.ctx, phase, phase)
        for got, want in zip(program.run(), expected, strict=True):
            np.testing.assert_allclose(got, want, rtol=2e-5, atol=1e-5, err_msg=phase)


@pytest.mark.parametrize(
    "name,count",
    [("mlp", 3), ("cnn", 4), ("residual", 2), ("attention", 4), ("slices", 4), ("nchw", 5)],
)
def test_work_is_in_few_dispatches(name: str, count: int):
    assert len(dispatches(lower(load(name)))) == count


def test_names_tell_root_and_shape():
    assert dispatches(lower(load("cnn"))) == [
        "main_dispatch_0_pad_Dx10x10x1xf32",
        "main_dispatch_1_conv_2d_nhwc_hwcf_Dx8x8x8x3x3x1_f32",
        "main_dispatch_2_reduction_Dx4x4x8x2x2_f32",
        "main_dispatch_3_matmul_Dx10x128_f32",
    ]


def test_every_op_descends_from_the_program():
    program = load("residual")
    program.ctx.provenance.settle(program.module, "import")
    imported = {op_id(o) for o in program.module.walk()}
    lower(program)
    origins = program.ctx.provenance.origins

    def reaches(number: int) -> bool:
        pending, seen = [number], set()
        while pending:
            current = pending.pop()
            if current in imported:
                return True
            if current not in seen:
                seen.add(current)
                pending.extend(origins[current].ancestors)
        return False

    lost = [o.name for o in program.module.walk() if not reaches(op_id(o))]
    assert lost == []


def test_equal_dispatches_share_an_executable():
    layer = """
      %e{i} = tensor.empty() : tensor<4x8xf32>
      %f{i} = linalg.fill ins(%z : f32) outs(%e{i} : tensor<4x8xf32>) -> tensor<4x8xf32>
      %w{i} = util.global.load @w{i} : tensor<8x8xf32>
      %x{i} = linalg.matmul ins(%{before}, %w{i} : tensor<4x8xf32>, tensor<8x8xf32>)
          outs(%f{i} : tensor<4x8xf32>) -> tensor<4x8xf32>
    """
    weights = "\n".join(
        f'util.global private @w{i} = #flow.parameter.named<"model"::"w{i}"> : tensor<8x8xf32>'
        for i in range(3)
    )
    layers = "".join(layer.format(i=i, before="x" if i == 0 else f"x{i - 1}") for i in range(3))
    program = Program(
        f"""{weights}
        func.func public @main(%view: !hal.buffer_view) -> !hal.buffer_view {{
          %z = arith.constant 0.0 : f32
          %x = hal.tensor.import %view : !hal.buffer_view -> tensor<4x8xf32>
          {layers}
          %out = hal.tensor.export %x2 : tensor<4x8xf32> -> !hal.buffer_view
          func.return %out : !hal.buffer_view
        }}""",
        [(4, 8)],
    )
    expected = program.run()
    module = lower(program)
    assert len(executables(module)) == 1
    assert len(dispatches(module)) == 3
    np.testing.assert_allclose(program.run()[0], expected[0], rtol=1e-6)


def test_host_code_is_free_of_tensor_computation():
    module = lower(load("slices"))
    host = next(o for o in module.body.block.ops if o.name == "func.func")
    names = {o.name.partition(".")[0] for o in host.walk()}
    assert names <= {"func", "arith", "util", "flow", "hal"}


@pytest.mark.parametrize("name", PROGRAMS)
def test_examples_are_what_the_phases_print(name: str):
    """The examples that later phases are written against; UPDATE_EXAMPLES=1 writes them."""
    path = Path(__file__).parent / "examples" / f"{name}_dynamic.mlir"
    text = str(lower(load(name))).strip() + "\n"
    if os.environ.get("UPDATE_EXAMPLES"):
        path.write_text(text)
    assert text == path.read_text()


def test_mutable_globals_keep_their_order():
    program = Program(
        """
        util.global private mutable @total = dense<0.0> : tensor<4xf32>
        func.func public @main(%view: !hal.buffer_view) -> (!hal.buffer_view, !hal.buffer_view) {
          %x = hal.tensor.import %view : !hal.buffer_view -> tensor<4xf32>
          %e = tensor.empty() : tensor<4xf32>
          %before = util.global.load @total : tensor<4xf32>
          %sum = linalg.add ins(%before, %x : tensor<4xf32>, tensor<4xf32>)
                            outs(%e : tensor<4xf32>) -> tensor<4xf32>
          util.global.store %sum, @total : tensor<4xf32>
          %after = util.global.load @total : tensor<4xf32>
          %twice = linalg.add ins(%after, %after : tensor<4xf32>, tensor<4xf32>)
                              outs(%e : tensor<4xf32>) -> tensor<4xf32>
          %a = hal.tensor.export %before : tensor<4xf32> -> !hal.buffer_view
          %b = hal.tensor.export %twice : tensor<4xf32> -> !hal.buffer_view
          func.return %a, %b : !hal.buffer_view, !hal.buffer_view
        }""",
        [(4,)],
    )
    lower(program)
    evaluator = Evaluator(program.module, program.ctx.parameters)
    (x,) = program.inputs
    for call in range(3):
        before, twice = evaluator.call("main", [x])
        np.testing.assert_allclose(before, call * x, rtol=1e-6)
        np.testing.assert_allclose(twice, 2 * (call + 1) * x, rtol=1e-6)


def test_nothing_is_made_without_a_reason():
    """Every pass derives what it makes from what it replaces."""
    for name in PROGRAMS:
        program = load(name)
        ctx = program.ctx
        ctx.provenance.settle(program.module, "import")
        for phase in pipeline.PHASES:
            if phase.name not in PHASES:
                continue
            for line in phase.passes:
                line.load()().apply(ctx, program.module)
                assert ctx.provenance.settle(program.module, line.name) == 0, (name, line.path)
