# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls like earlier ones take a shorter way (`vm/direct.py`), and only their time tells."""

from __future__ import annotations

import signal
import threading
import time

import ml_dtypes
import numpy as np
import pytest

import iree_explore as ie
from iree_explore.errors import InternalError, ModelError
from iree_explore.hal.command_buffer import Binding
from iree_explore.hal.runtime import Buffer
from iree_explore.targets import open_device
from tests.hal.kernels import load_kernels, ordinal

CHAIN = """
func.func @main(%x: tensor<?x8xf32>, %m: tensor<8x8xf32>) -> (tensor<?x8xf32>, tensor<8x8xf32>) {
  %z = stablehlo.dot_general %x, %m, contracting_dims = [1] x [0]
      : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %w = stablehlo.tanh %z : tensor<?x8xf32>
  %y = stablehlo.dot_general %w, %m, contracting_dims = [1] x [0]
      : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %n = stablehlo.negate %m : tensor<8x8xf32>
  return %y, %n : tensor<?x8xf32>, tensor<8x8xf32>
}
"""
TYPES = """
func.func @main(
    %a: tensor<3xcomplex<f32>>, %b: tensor<3xui8>, %c: tensor<3xbf16>, %d: tensor<0xf32>
) -> (tensor<3xcomplex<f32>>, tensor<3xui8>, tensor<3xbf16>, tensor<3xi1>, tensor<0xf32>) {
  %0 = stablehlo.add %a, %a : tensor<3xcomplex<f32>>
  %1 = stablehlo.add %b, %b : tensor<3xui8>
  %2 = stablehlo.add %c, %c : tensor<3xbf16>
  %3 = stablehlo.compare LT, %1, %b : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xi1>
  return %0, %1, %2, %3, %d
      : tensor<3xcomplex<f32>>, tensor<3xui8>, tensor<3xbf16>, tensor<3xi1>, tensor<0xf32>
}
"""
DEVICES = ["local-sync", "local-task", "local-task?task_topology_group_count=4&jitter=3"]


def expected(x: np.ndarray, m: np.ndarray) -> np.ndarray:
    return np.tanh(x @ m) @ m


def sample(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return tuple(random.uniform(-1, 1, s).astype(np.float32) for s in ((rows, 8), (8, 8)))  # type: ignore


def is_direct(function: ie.module.Function, values: list[np.ndarray]) -> bool:
    return function._direct(values) is not None


@pytest.fixture(scope="module", params=DEVICES)
def chain(request):
    module = ie.compile(CHAIN, device=request.param)
    for rows in (5, 700):
        for _ in range(3):
            module.main(*sample(rows, 0))
    return module


@pytest.mark.parametrize("rows", [5, 700])
def test_results_are_right_and_stay_the_callers(chain, rows):
    kept = []
    for seed in range(6):
        x, m = sample(rows, seed)
        assert is_direct(chain.main, [x, m])
        kept.append((*chain.main(x, m), x, m))
    for y, n, x, m in kept:
        np.testing.assert_allclose(y, expected(x, m), 1e-4, 1e-5)
        np.testing.assert_array_equal(n, -m)
        y[...] = n[...] = 0  # nobody else has them


def test_unusual_arguments_take_the_long_way(chain):
    x, m = sample(5, 1)
    wide = np.zeros((5, 16), np.float32)
    wide[:, ::2] = x
    odd = np.zeros(41, np.float32)[1:].reshape(5, 8)
    odd[...] = x
    fixed = x.copy()
    fixed.flags.writeable = False
    for value in (
        wide[:, ::2],
        odd,
        fixed,
        x.tolist(),
        x.astype(">f4").astype("f4"),
        np.asfortranarray(x),
    ):
        np.testing.assert_allclose(chain.main(value, m)[0], expected(x, m), 1e-4, 1e-5)
    assert is_direct(chain.main, [fixed, m])
    assert not is_direct(chain.main, [odd, m])
    np.testing.assert_allclose(chain.main(arg1=m, arg0=x)[0], expected(x, m), 1e-4, 1e-5)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda x, m: (x,), "IX301"),
        (lambda x, m: (x, m, m), "IX301"),
        (lambda x, m: (x, m[:7]), "IX302"),
        (lambda x, m: (x[0], m), "IX302"),
        (lambda x, m: (x.astype(np.float64), m), "IX303"),
    ],
)
def test_wrong_arguments_are_refused_as_ever(chain, change, code):
    with pytest.raises(ModelError) as caught:
        chain.main(*change(*sample(5, 0)))
    assert caught.value.code == code


def test_threads_call_at_once(chain):
    wrong = []

    def calls(seed: int) -> None:
        for i in range(60):
            rows = (5, 700)[i % 2]
            x, m = sample(rows, seed * 100 + i)
            if not np.allclose(chain.main(x, m)[0], expected(x, m), 1e-4, 1e-5):
                wrong.append((seed, i))

    threads = [threading.Thread(target=calls, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a deadlock"
    assert not wrong


def test_every_element_type_arrives():
    module = ie.compile(TYPES, device="local-sync")
    a = np.array([1 + 2j, -3j, 4], np.complex64)
    b = np.array([1, 200, 255], np.uint8)
    c = np.array([1, 2, 3], ml_dtypes.bfloat16)
    d = np.zeros(0, np.float32)
    for call in range(5):
        assert is_direct(module.main, [a, b, c, d]) == (call > 2)
        found = module.main(a, b, c, d)
        for got, wanted in zip(found, (2 * a, b + b, np.add(c, c), b + b < b, d), strict=True):
            assert got.dtype == wanted.dtype
            np.testing.assert_array_equal(got, wanted)


def test_calls_are_profiled_and_guarded_the_long_way(chain):
    x, m = sample(700, 0)
    chain.main(x, m)
    assert len(chain.profile("main", [x, m], 2).dispatches) >= 2
    np.testing.assert_allclose(chain.main(x, m)[0], expected(x, m), 1e-4, 1e-5)
    guarded = ie.compile(CHAIN, device="local-sync?guard=1")
    for _ in range(4):
        np.testing.assert_allclose(guarded.main(x, m)[0], expected(x, m), 1e-4, 1e-5)
    assert not is_direct(guarded.main, [x, m])


def submitter(device, name, workgroups, constants=(), slots=0):
    commands = device.create_command_buffer(slots)
    bindings = [Binding(i, 0, 4) for i in range(slots)]
    commands.dispatch(load_kernels(device), ordinal(name), workgroups, constants, bindings)
    commands.finalize()
    submit = device.submitter(commands, range(slots))
    assert submit is not None
    return submit


@pytest.mark.parametrize("device", ["local-sync", "local-task"])
def test_a_kernel_that_fails_is_named(device):
    submit = submitter(open_device(device), "fail_at", (8, 1, 1), (5, 42))
    for _ in range(2):
        with pytest.raises(InternalError, match=r"dispatch 0 \(kernels::fail_at\).*status 42"):
            submit(())


def test_memory_that_the_caller_shares_is_not_written_directly():
    device = open_device("local-sync")
    commands = device.create_command_buffer(1)
    kernels, whole = load_kernels(device), [Binding(0, 0, 64)]
    commands.dispatch(kernels, ordinal("count_workgroups"), (16, 1, 1), (), whole)
    commands.finalize()
    assert device.submitter(commands, ()) is None
    submit = device.submitter(commands, (0,))
    assert submit is not None
    buffer = Buffer.allocate(64)
    buffer.memory[:] = 0
    submit((buffer.address,))
    assert (buffer.memory.view(np.int32) == 1).all()


@pytest.mark.parametrize("device", ["local-sync", "local-task?task_topology_group_count=2"])
def test_an_interrupt_ends_a_direct_call_and_the_next_one_is_right(device):
    import _thread

    opened = open_device(device)
    submit = submitter(opened, "spin", (1_000_000, 1, 1), (1000,))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        sent = []
        threading.Timer(
            0.2, lambda: (sent.append(time.monotonic()), _thread.interrupt_main())
        ).start()
        with pytest.raises(KeyboardInterrupt):
            submit(())
        assert time.monotonic() - sent[0] < 10  # 0.1 on a quiet machine; it would run for minutes
    finally:
        signal.signal(signal.SIGINT, before)
    counted = submitter(opened, "count_workgroups", (1, 1, 1), slots=1)
    buffer = Buffer.allocate(4)
    buffer.memory[:] = 0
    counted((buffer.address,))
    assert buffer.memory.view(np.int32)[0] == 1
