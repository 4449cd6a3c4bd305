# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A small program that keeps something between its dispatches, compiled and run twice."""

from __future__ import annotations

import functools

import iree_explore as ie
from iree_explore.recording.model import Recording

MLP = """
func.func public @main(%x: tensor<4x8xf32>) -> tensor<4x3xf32> {
  %w = stablehlo.constant dense<0.5> : tensor<8x16xf32>
  %v = stablehlo.constant dense<0.25> : tensor<16x3xf32>
  %0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0]
      : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
  %1 = stablehlo.tanh %0 : tensor<4x16xf32>
  %2 = stablehlo.dot_general %1, %v, contracting_dims = [1] x [0]
      : (tensor<4x16xf32>, tensor<16x3xf32>) -> tensor<4x3xf32>
  return %2 : tensor<4x3xf32>
}
"""


@functools.cache
def session() -> ie.Session:
    """The session, with a run on each CPU driver."""
    made = ie.explore(MLP, name="mlp").wait()
    made.run("local-sync", repetitions=5)
    made.run("local-task", repetitions=5)
    return made


def recording() -> Recording:
    return session().recording
