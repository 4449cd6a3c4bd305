# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a compilation made is free once it ends: many of them need no more memory than a few."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from xdsl.ir import Operation

import iree_explore as ie
from iree_explore import context
from iree_explore.api import compiled_program
from iree_explore.context import CompileOptions, make_context
from iree_explore.frontend import import_source
from iree_explore.module import CompiledModule
from iree_explore.module_file import parameters_of
from iree_explore.widgets.static_html import summary


def compiled(rows: int) -> None:
    text = f"""func.func public @main(%a: tensor<{rows}x3xf32>) -> tensor<{rows}x3xf32> {{
      %0 = stablehlo.abs %a : tensor<{rows}x3xf32>
      return %0 : tensor<{rows}x3xf32>
    }}"""
    given = np.full((rows, 3), -1, np.float32)
    assert (ie.compile(text, device="local-task").main(given) == 1).all()


def operations() -> int:
    # Not isinstance: it asks proxies for what they stand for, and ABCs remember every "no".
    return sum(Operation in type(thing).__mro__ for thing in gc.get_objects())


def test_two_hundred_compilations_leave_no_operations():
    assert gc.isenabled()
    for rows in range(1, 11):
        compiled(rows)
    gc.collect()
    before, most = len(gc.get_objects()), 0
    ops = operations()
    for rows in range(11, 211):
        compiled(rows)
        if not rows % 20:
            most = max(most, operations())
    assert gc.isenabled()
    assert most - ops < 2000  # without a collection asked for: two or three compilations' ops
    gc.collect()
    assert operations() - ops < 20
    assert len(gc.get_objects()) - before < 20_000  # tables of attributes and signatures fill


def test_the_slab_of_transients_is_reported():
    text = """
    func.func @main(%x: tensor<SIZEx96xf32>, %y: tensor<96x96xf32>) -> tensor<SIZEx96xf32> {
      %0 = stablehlo.dot %x, %y : (tensor<SIZEx96xf32>, tensor<96x96xf32>) -> tensor<SIZEx96xf32>
      %1 = stablehlo.dot %0, %y : (tensor<SIZEx96xf32>, tensor<96x96xf32>) -> tensor<SIZEx96xf32>
      return %1 : tensor<SIZEx96xf32>
    }"""
    session = ie.explore(text.replace("SIZE", "64")).wait()
    statistics = session.statistics
    assert statistics.transient_nbytes == {"main": 64 * 96 * 4}
    assert statistics.executables == 1 and statistics.code_nbytes > 0
    assert "main: 24,576 bytes of transients" in str(statistics)
    assert "24,576 bytes of transients" in summary(session.recording)
    dynamic = ie.explore(text.replace("SIZE", "?")).wait()
    assert dynamic.statistics.transient_nbytes == {"main": None}
    assert "depend on the call" in summary(dynamic.recording)


def test_a_module_keeps_the_weights_that_it_loads_and_no_others():
    """`hoisted` ones were computed from others, here from all of the model's."""
    text = """
    ml_program.global private @w(#ml_program.extern : tensor<64x64xf32>) : tensor<64x64xf32>
    func.func @main() -> tensor<64x64xf32> {
      %w = ml_program.global_load_const @w : tensor<64x64xf32>
      %0 = stablehlo.add %w, %w : tensor<64x64xf32>
      return %0 : tensor<64x64xf32>
    }"""
    ctx = make_context(CompileOptions(targets=("llvm-cpu",)))
    module = import_source(text, ctx)
    ctx.parameters.add("model", "w", np.ones((64, 64), np.float32))
    ctx.parameters.add("model", "other", np.ones((64, 64), np.float32))
    program, objects = compiled_program(module, ctx)
    made = CompiledModule.of_program(program, objects, ctx, "llvm-cpu", "local-sync")
    kept = made._backend.parameters.__self__  # pyright: ignore[reportAttributeAccessIssue]
    assert list(kept) == parameters_of(program) and ("model", "other") not in kept
    assert (made.main() == 2).all()


def _collections() -> int:
    return gc.get_stats()[2]["collections"]


def test_large_compilations_leave_their_garbage_to_a_later_collection(
    monkeypatch: pytest.MonkeyPatch,
):
    gc.collect()
    monkeypatch.setattr(context, "_FEW", 1000)
    left = [0, _collections()]
    monkeypatch.setattr(context, "_left", left)
    with context.collector_paused():
        rings: list[list[object]] = [[] for _ in range(5000)]
        for ring in rings:
            ring.append(ring)
        del rings, ring
    assert gc.isenabled() and left[0] >= 5000
    assert (
        sum(type(thing) is list and any(t is thing for t in thing) for thing in gc.get_objects())
        >= 5000
    )
    monkeypatch.setattr(context, "_MOST_GARBAGE", 4000)
    done = _collections()
    with context.collector_paused():
        assert _collections() == done + 1
