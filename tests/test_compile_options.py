# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Passes that can be left out: what each does is gone from the IR, and results stay."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import iree_explore as ie
from iree_explore import cli, pipeline
from iree_explore.context import SWITCHES, CompileOptions, make_context
from iree_explore.frontend import import_source
from iree_explore.module import CompiledModule

PROGRAM = """
ml_program.global private @w(#ml_program.extern : tensor<3x3x32x32xf32>) : tensor<3x3x32x32xf32>
ml_program.global private @d(#ml_program.extern : tensor<32x512xf32>) : tensor<32x512xf32>
func.func @main(%x: tensor<1x16x16x32xf32>) -> tensor<256x512xf32> {
  %w = ml_program.global_load @w : tensor<3x3x32x32xf32>
  %d = ml_program.global_load @d : tensor<32x512xf32>
  %c = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {pad = [[1, 1], [1, 1]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x16x16x32xf32>, tensor<3x3x32x32xf32>) -> tensor<1x16x16x32xf32>
  %q = stablehlo.reshape %c : (tensor<1x16x16x32xf32>) -> tensor<256x32xf32>
  %s = stablehlo.dot_general %q, %q, contracting_dims = [1] x [1] : (tensor<256x32xf32>, tensor<256x32xf32>) -> tensor<256x256xf32>
  %least = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %m = stablehlo.reduce(%s init: %least) applies stablehlo.maximum across dimensions = [1] : (tensor<256x256xf32>, tensor<f32>) -> tensor<256xf32>
  %mb = stablehlo.broadcast_in_dim %m, dims = [0] : (tensor<256xf32>) -> tensor<256x256xf32>
  %l = stablehlo.subtract %s, %mb : tensor<256x256xf32>
  %e = stablehlo.exponential %l : tensor<256x256xf32>
  %t = stablehlo.reduce(%e init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<256x256xf32>, tensor<f32>) -> tensor<256xf32>
  %tb = stablehlo.broadcast_in_dim %t, dims = [0] : (tensor<256xf32>) -> tensor<256x256xf32>
  %p = stablehlo.divide %e, %tb : tensor<256x256xf32>
  %a = stablehlo.dot_general %p, %q, contracting_dims = [1] x [0] : (tensor<256x256xf32>, tensor<256x32xf32>) -> tensor<256x32xf32>
  %r = stablehlo.dot_general %a, %d, contracting_dims = [1] x [0] : (tensor<256x32xf32>, tensor<32x512xf32>) -> tensor<256x512xf32>
  return %r : tensor<256x512xf32>
}"""  # noqa: E501

MARKS = {
    "convert_conv2d_to_winograd": "winograd.input_transform",
    "convert_attention_to_online_attention": "iree_linalg_ext.online_attention",
    "opt_data_tiling": "#iree_codegen.panels",
}
"""By switch, what its pass leaves in the IR."""


def compiled(options: CompileOptions, x: np.ndarray) -> tuple[str, np.ndarray]:
    """The IR after executable-configurations, and the result."""
    random = np.random.default_rng(0)
    ctx = make_context(options)
    module = import_source(PROGRAM, ctx)
    ctx.parameters.add("model", "w", random.normal(size=(3, 3, 32, 32)).astype(np.float32) / 17)
    ctx.parameters.add("model", "d", random.normal(size=(32, 512)).astype(np.float32))
    pipeline.run(module, ctx, stop="executable-configurations")
    text = str(module)
    pipeline.run(module, ctx, start="executable-targets")
    made = CompiledModule.from_compilation(module, ctx, "llvm-cpu", "local-sync")
    return text, np.asarray(made.main(x))


def test_a_pass_that_is_switched_off_changes_the_program_and_not_its_results():
    x = np.random.default_rng(1).normal(size=(1, 16, 16, 32)).astype(np.float32)
    text, wanted = compiled(CompileOptions(), x)
    assert {*MARKS, "place_dispatches"} == set(SWITCHES)  # which CPUs have no use for
    assert all(mark in text for mark in MARKS.values())
    for name, mark in MARKS.items():
        text, got = compiled(replace(CompileOptions(), **dict.fromkeys([name], False)), x)
        assert mark not in text, name
        assert all(other in text for other in MARKS.values() if other != mark), name
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())


def test_a_recording_says_what_was_switched_off(tmp_path: Path):
    source = "func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> { return %x : tensor<4xf32> }"
    session = ie.explore(source, options=CompileOptions(opt_data_tiling=False)).wait()
    assert session.recording.options == {"opt_data_tiling": False}
    assert any("opt_data_tiling" in note for note in session.recording.notes)
    path = tmp_path / "off.iexplore"
    session.save(path)
    assert ie.load_recording(path).options == {"opt_data_tiling": False}


@pytest.mark.parametrize("command", [["opt", "x.mlir"], ["compile", "x.mlir", "-o", "x.iexm"]])
def test_the_command_line_has_the_switches(command: list[str]):
    parsed = cli._parser().parse_args([*command, "--no-convert-conv2d-to-winograd"])
    assert cli._compile_options(parsed).switched_off() == ("convert_conv2d_to_winograd",)


def test_options_are_a_mapping_too():
    source = "func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> { return %x : tensor<4xf32> }"
    x = np.arange(4, dtype=np.float32)
    module = ie.compile(source, device="local-sync", options={"opt_data_tiling": False})
    np.testing.assert_array_equal(np.asarray(module.main(x)), x)
    session = ie.explore(source, options={"opt_data_tiling": False}).wait()
    assert session.recording.options == {"opt_data_tiling": False}


@pytest.mark.parametrize("function", [ie.compile, ie.explore])
def test_options_that_do_not_fit_are_all_listed(function: Any):
    given = {"opt_data_tilling": False, "cache": "no", "targets": ("llvm-cpu",), 7: 1}
    with pytest.raises(ie.ModelError, match="IX204") as raised:
        function("", options=given)
    text = str(raised.value)
    assert "no option 'opt_data_tilling'; did you mean opt_data_tiling?" in text
    assert "cache is 'no', which is no bool" in text
    assert "no option 'targets'" in text and "no option 7" in text
    with pytest.raises(ie.ModelError, match=r"IX204.*not list"):
        function("", options=["cache"])


def test_compiling_for_cpus_loads_no_code_of_gpus():
    program = """
import sys
import iree_explore as ie
ie.compile("func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {"
           "%y = stablehlo.add %x, %x : tensor<4xf32> return %y : tensor<4xf32> }",
           device="local-sync", options={"cache": False})
print(sorted(name for name in sys.modules if name.startswith("iree_explore.targets.spirv.passes")))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
