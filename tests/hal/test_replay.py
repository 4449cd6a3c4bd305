# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The third call of equal shapes is one submission, and nobody can tell but by its time."""

from __future__ import annotations

import threading
import weakref

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.hal.command_buffer import CommandBuffer
from iree_explore.hal.runtime import Buffer
from iree_explore.vm import replay

POWERS = """
func.func @main(%x: tensor<?x8xf32>, %m: tensor<8x8xf32>) -> (tensor<?x8xf32>, tensor<8x8xf32>) {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %n = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?x8xf32>) -> tensor<i32>
  %r:2 = stablehlo.while(%i = %zero, %y = %x) : tensor<i32>, tensor<?x8xf32>
  cond {
    %more = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %more : tensor<i1>
  } do {
    %next = stablehlo.add %i, %one : tensor<i32>
    %z = stablehlo.dot_general %y, %m, contracting_dims = [1] x [0]
        : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
    %w = stablehlo.tanh %z : tensor<?x8xf32>
    stablehlo.return %next, %w : tensor<i32>, tensor<?x8xf32>
  }
  return %r#1, %m : tensor<?x8xf32>, tensor<8x8xf32>
}
"""
"""As many steps as there are rows; the matrix is handed through."""

UNTIL = """
func.func @main(%x: tensor<4xf32>, %limit: tensor<f32>) -> tensor<4xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %r = stablehlo.while(%y = %x) : tensor<4xf32>
  cond {
    %sum = stablehlo.reduce(%y init: %zero) applies stablehlo.add across dimensions = [0]
        : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
    %more = stablehlo.compare LT, %sum, %limit : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %more : tensor<i1>
  } do {
    %z = stablehlo.add %y, %y : tensor<4xf32>
    stablehlo.return %z : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}
"""
"""Data decides how often."""


@pytest.fixture(scope="module", params=["local-sync", "local-task"])
def powers(request):
    return ie.compile(POWERS, device=request.param)


def expected(x: np.ndarray, m: np.ndarray) -> np.ndarray:
    for _ in range(len(x)):
        x = np.tanh(x @ m)
    return x


def sample(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    shapes = ((rows, 8), (8, 8))
    x, m = (random.uniform(-0.4, 0.4, s).astype(np.float32) for s in shapes)  # errors shrink
    return x, m


def test_calls_are_equal_whether_interpreted_traced_or_replayed(powers):
    kept = []
    for call in range(5):
        for rows in (3, 1, 12):
            x, m = sample(rows, 10 * call + rows)
            y, same = powers.main(x, m)
            np.testing.assert_allclose(y, expected(x, m), rtol=1e-4, atol=1e-5)
            np.testing.assert_array_equal(same, m)
            kept.append((y, expected(x, m)))
    for y, wanted in kept:  # no call writes to what an earlier one returned
        np.testing.assert_allclose(y, wanted, rtol=1e-4, atol=1e-5)


def test_a_loop_is_one_submission(powers, monkeypatch):
    x, m = sample(7, 0)
    for _ in range(3):
        powers.main(x, m)
    device = powers._backend.device
    tables: list[int] = []
    checked = CommandBuffer.check_table

    def counted(commands: CommandBuffer, bindings: list[Buffer]) -> None:
        tables.append(len(commands.commands))
        checked(commands, bindings)

    monkeypatch.setattr(CommandBuffer, "check_table", counted)
    measured = powers.profile("main", [x, m], 1)
    assert len(tables) == 1  # of the call with times: those of others fit as the last one's did
    assert len(measured.dispatches) == tables[0] >= 7
    assert device is powers._backend.device


def test_threads_replay_the_same_function(powers):
    wrong: list[int] = []

    def calls(seed: int) -> None:
        for i in range(20):
            x, m = sample(1 + (seed + i) % 4, seed * 100 + i)
            if not np.allclose(powers.main(x, m)[0], expected(x, m), 1e-4, 1e-5):
                wrong.append(i)

    threads = [threading.Thread(target=calls, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("segments", [replay.SEGMENTS, 3])
def test_what_data_decides_is_decided_in_every_call(segments, monkeypatch):
    monkeypatch.setattr(replay, "SEGMENTS", segments)
    module = ie.compile(UNTIL, device="local-sync")
    for limit in (3, 100, 1000, 3, 100, 7, 1000, 5000, 3, 5000):
        y = module.main(np.ones(4, np.float32), np.float32(limit))
        turns = max(0, int(np.ceil(np.log2(limit / 4))))
        np.testing.assert_array_equal(y, np.full(4, 2.0**turns, np.float32))


def test_long_traces_are_interpreted(powers, monkeypatch):
    monkeypatch.setattr(replay, "COMMANDS", 10)
    x, m = sample(21, 1)
    for _ in range(4):
        np.testing.assert_allclose(powers.main(x, m)[0], expected(x, m), rtol=1e-4, atol=1e-5)


def test_buffers_of_a_trace_share_bytes_unless_they_live_together():
    buffers = [Buffer.allocate(n) for n in (64, 100, 200, 64, 1000)]
    commands = CommandBuffer(2)
    pairs: list[list[int | Buffer]] = [[0, 1], [1, 2], [2, 3], [3, 4]]
    executions = [(commands, pair) for pair in pairs]
    sizes = {i: b.nbytes for i, b in enumerate(buffers)}
    places, size = replay._packed(executions, sizes, (), 64)
    lives = {0: (0, 0), 1: (0, 1), 2: (1, 2), 3: (2, 3), 4: (3, 3)}
    for a, (first, last) in lives.items():
        for b, (begin, end) in lives.items():
            if a < b and first <= end and begin <= last:
                over = places[a] + buffers[a].nbytes > places[b]
                assert not (over and places[b] + buffers[b].nbytes > places[a])
    assert size <= 64 + 1024 and all(p % 64 == 0 for p in places.values())


def test_zeros_of_both_signs_are_two_keys():
    assert replay.key_of([0.0, 1]) != replay.key_of([-0.0, 1])
    assert replay.key_of([float("nan")]) == replay.key_of([float("nan")])


def test_results_of_the_traced_call_are_not_kept():
    module = ie.compile(POWERS, device="local-sync")
    x, m = sample(2, 0)
    for _ in range(3):
        y, _ = module.main(x, m)
        memory = weakref.ref(y.base if isinstance(y.base, np.ndarray) else y)
        assert memory() is not None
        del y
        assert memory() is None
