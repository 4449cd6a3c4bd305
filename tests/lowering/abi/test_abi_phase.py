# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The abi phase: what callers see of exported functions."""

from __future__ import annotations

from tests.lowering.phases import lines, run_phase


def test_private_functions_keep_their_tensors():
    text = run_phase(
        """func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
          func.return %x : tensor<4xf32>
        }""",
        "abi",
    )
    assert "!hal.buffer_view" not in text


def test_every_dynamic_dimension_is_asked_for_once():
    text = run_phase(
        """func.func @f(%x: tensor<?x3x?xf32>) -> tensor<?x3x?xf32> {
          func.return %x : tensor<?x3x?xf32>
        }""",
        "abi",
    )
    assert len(lines(text, "hal.buffer_view.dim")) == 2
    assert len(lines(text, "tensor.dim")) == 2


def test_names_are_unique_and_types_kept_as_declared():
    text = run_phase(
        """func.func @f(%x: tensor<2xi8> {iree.abi.name = "x", iree.abi.type = tensor<2xui8>},
                        %y: tensor<2xi8> {iree.abi.name = "x"}) -> tensor<2xi8> {
          func.return %x : tensor<2xi8>
        }""",
        "abi",
    )
    assert (
        'iree.abi.declaration = "sync func @f(%x: tensor<2xui8>, %x_: tensor<2xi8>)'
        ' -> (%output0: tensor<2xi8>)"' in text
    )


def test_numbers_are_passed_as_they_are():
    text = run_phase(
        """func.func @f(%n: i32, %x: tensor<2xf32>) -> (tensor<2xf32>, i32) {
          func.return %x, %n : tensor<2xf32>, i32
        }""",
        "abi",
    )
    assert "@f(%n: i32" in text and len(lines(text, "hal.tensor.import")) == 1
