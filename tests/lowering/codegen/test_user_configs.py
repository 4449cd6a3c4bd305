# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lowering configurations that the user gives: obeyed to the machine code, or refused at once."""

from __future__ import annotations

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.codegen.dialect import CompilationInfoAttr, TranslationInfoAttr
from iree_explore.codegen.user_configs import UserConfig, parse_config
from iree_explore.context import make_context

PRODUCT = """
func.func public @main(%a: tensor<96x40xf32>, %b: tensor<40x64xf32>) -> tensor<96x64xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<96x40xf32>, tensor<40x64xf32>) -> tensor<96x64xf32>
  %1 = stablehlo.tanh %0 : tensor<96x64xf32>
  return %1 : tensor<96x64xf32>
}
"""  # noqa: E501

STEPS = {
    "plain loops": {"tile_sizes": [[0, 0, 0]], "pipeline": "CPUDefault"},
    "workgroups": {"tile_sizes": [[40, 24, 0]], "pipeline": "CPUDefault"},
    "vectors": {"tile_sizes": [[40, 64, 0], [1, 16, 0]], "enable_packing": False},
    "registers": {"tile_sizes": [[40, 64, 0], [6, 32, 0]], "enable_packing": False},
    "panels": {"tile_sizes": [[40, 32, 0], [6, 32, 0]]},
}


@pytest.fixture(scope="module")
def arrays():
    generator = np.random.default_rng(3)
    return [generator.random(s, np.float32) for s in ((96, 40), (40, 64))]


@pytest.mark.parametrize("step", STEPS)
def test_every_step_of_a_product_computes_it(step, arrays):
    module = ie.compile(PRODUCT, lowering_config={"main_dispatch_0": STEPS[step]})
    wanted = np.tanh(arrays[0] @ arrays[1])
    np.testing.assert_allclose(module.main(*arrays), wanted, rtol=1e-5)


ROWS = """
func.func public @main(%a: tensor<?x45xf32>, %w: tensor<45x37xf32>) -> (tensor<?x37xf32>, tensor<45x?xf32>) {
  %0 = stablehlo.dot_general %a, %w, contracting_dims = [1] x [0] : (tensor<?x45xf32>, tensor<45x37xf32>) -> tensor<?x37xf32>
  %1 = stablehlo.transpose %a, dims = [1, 0] : (tensor<?x45xf32>) -> tensor<45x?xf32>
  return %0, %1 : tensor<?x37xf32>, tensor<45x?xf32>
}
"""  # noqa: E501


@pytest.mark.parametrize(
    ("product", "copy"),
    [
        ([[5, 48, 0], [13, 16, 0]], [[1, 3]]),
        ({"tile_sizes": [[3, 17, 0]], "pipeline": "CPUDefault"}, [[64, 0]]),
        (
            {"tile_sizes": [[0, 0, 0], [3, 48, 0]], "enable_packing": False},
            {"pipeline": "CPUDefault"},
        ),
    ],
)
def test_tiles_that_divide_nothing_compute_the_same(product, copy):
    config = {"main_dispatch_0": product, "main_dispatch_1": copy}
    a, w = (np.random.default_rng(2).random(s, np.float32) for s in ((41, 45), (45, 37)))
    found, turned = ie.compile(ROWS, device="local-sync", lowering_config=config).main(a, w)
    np.testing.assert_allclose(found, a @ w, rtol=1e-5)
    np.testing.assert_array_equal(turned, a.T)


def test_a_configuration_reaches_code_and_workgroups():
    config = {"*matmul*": STEPS["workgroups"]}
    session = ie.explore(PRODUCT, lowering_config=config).wait()
    text = session.stages["executable-configurations"].text
    assert "#iree_codegen.lowering_config<tile_sizes = [[40, 24, 0]]>" in text
    assert "translation_info<pipeline = CPUDefault>" in text
    targets = session.stages["executable-targets"].text
    assert "vector<" not in targets, "CPUDefault has scalars only"
    (dispatch,) = session.run(repetitions=1).dispatches
    assert dispatch.workgroups == (3, 3, 1)


def test_the_id_of_the_op_names_a_dispatch():
    session = ie.explore(PRODUCT).wait()
    ops = session.stages["executable-configurations"].ops
    (root,) = [op for op in ops if "lowering_config" in op.text and op.name == "linalg.matmul"]
    again = ie.explore(PRODUCT, lowering_config={root.op: [[8, 16, 0], [8, 16, 0]]}).wait()
    assert "[[8, 16, 0], [8, 16, 0]]" in again.stages["executable-configurations"].text


def test_packing_is_a_switch():
    def copies(config):
        session = ie.explore(PRODUCT, lowering_config={"*": config}).wait()
        return "PackOperand" in {
            session.recording.strings[event.pattern] for event in session.recording.events
        }

    assert copies(STEPS["panels"])
    assert not copies({**STEPS["panels"], "enable_packing": False})


def test_all_that_does_not_fit_is_one_error():
    configs = {
        "nothing_like_it": [[1]],
        "*tanh*": {"tile_size": [[1]]},
        "main_dispatch_0": [[8, 16, 8], [8, 20, 1]],
        7777: "#iree_codegen.lowering_config<tile_sizes = [[4]",
        "*matmul*": {"pipeline": "CPUMagic", "tile_sizes": [[0, -3, 0]]},
    }
    with pytest.raises(ie.ModelError) as raised:
        ie.compile(PRODUCT, lowering_config=configs)
    assert raised.value.code == "IX211"
    text = str(raised.value)
    for part in (
        "nothing_like_it: no dispatch has this name",
        "'tile_size' is none of tile_sizes, pipeline, enable_packing",
        "level 0 cuts loop 2, which workgroups cannot share: 0",
        "does not parse",
        "not -3",
        "main_dispatch_0_matmul_96x64x40_f32 (op ",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ([[8, 8]], "level 0 has 2 sizes for the 3 loops 96x64x40"),
        ([[8, 16, 0], [8, 16, 0], [1, 1, 1]], "3 levels of tile sizes"),
        ([[0, 0, 0], [96, 64, 0]], "64 are the most"),
        ([[0, 0, 0], [104, 16, 0]], "104 of the 96 iterations of loop 0"),
        ({"pipeline": "CPUMagic"}, "here it is one of CPUDoubleTilingExpert, CPUDefault"),
        ({"pipeline": "CPUDefault", "tile_sizes": [[0, 0, 0], [8, 16, 0]]}, "2 levels"),
        ({"enable_packing": 1}, "not True or False"),
        ("#iree_codegen.translation_info<pipeline = None, {fast}>", "fast: the switches are"),
        ("tensor<4xf32>", "is neither #iree_codegen.lowering_config"),
        (8, "is no configuration"),
        ([], "not a list of lists"),
    ],
)
def test_a_configuration_that_does_not_fit_says_why(config, reason):
    with pytest.raises(ie.ModelError) as raised:
        ie.compile(PRODUCT, lowering_config={"*": config})
    assert reason in str(raised.value)


def test_attributes_are_read_as_they_are_printed():
    text = (
        "#iree_codegen.compilation_info<lowering_config = #iree_codegen.lowering_config<"
        "tile_sizes = [[8, 0], [2, 16]]>, translation_info = #iree_codegen.translation_info<"
        "pipeline = CPUDoubleTilingExpert, {enable_packing = false}>>"
    )
    found = parse_config(text, make_context())
    switches = (("enable_packing", False),)
    assert found == UserConfig(((8, 0), (2, 16)), "CPUDoubleTilingExpert", switches)
    info = TranslationInfoAttr.of("CPUDoubleTilingExpert", enable_packing=False)
    assert str(CompilationInfoAttr(found.config(None), info)) == text  # pyright: ignore
