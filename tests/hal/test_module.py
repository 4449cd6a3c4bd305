# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Host programs end to end: results, calls that do not fit, variables, threads, profiles."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from iree_explore.errors import Error, ModelError
from iree_explore.hal.runtime import Buffer
from tests.hal.conftest import AVAILABLE
from tests.hal.programs import IMPORT, add, compile_flow, double, export, main

CPU = [d for d in AVAILABLE if d.startswith("local-")]
CHAIN = main(IMPORT, double("%a", "%x"), double("%b", "%a"), add("%c", "%b", "%a"), export("%c"))
COUNTER = """
util.global private mutable @total = #flow.parameter.named<"model"::"total"> : tensor<4xf32>
func.func public @main(%v: !hal.buffer_view) -> !hal.buffer_view {
  %n = arith.constant 4 : index
  %x = hal.tensor.import %v : !hal.buffer_view -> tensor<4xf32>
  %t = util.global.load @total : tensor<4xf32>
  %s = flow.dispatch @add::@add[%n](%t, %x, %n) : (tensor<4xf32>, tensor<4xf32>, index)
    -> (tensor<4xf32>)
  util.global.store %s, @total : tensor<4xf32>
  %r = hal.tensor.export %s : tensor<4xf32> -> !hal.buffer_view
  func.return %r : !hal.buffer_view
}
"""


def floats(*values):
    return np.array(values, np.float32)


@pytest.mark.parametrize("device", CPU)
def test_chain_of_dispatches_for_several_sizes(device):
    module = compile_flow(CHAIN, device)
    for size in (0, 1, 3, 4, 5, 1000, 3):
        x = np.arange(size, dtype=np.float32)
        np.testing.assert_array_equal(module.main(x), 6 * x)


def test_command_buffers_are_recorded_once_per_size_and_bounded(monkeypatch):
    monkeypatch.setattr("iree_explore.vm.hal_module.MEMOIZED", 32)
    module = compile_flow(CHAIN)
    memoized = module._backend._hal._memoized
    for size in (1, 2, 1, 2):
        module.main(np.zeros(size, np.float32))
    (cache,) = memoized.values()
    assert len(cache) == 2
    for size in range(100):
        module.main(np.zeros(size, np.float32))
    assert len(cache) == 32


@pytest.mark.parametrize("device", CPU)
def test_calls_from_many_threads(device):
    module = compile_flow(CHAIN, device)
    wrong = []

    def call(seed):
        for i in range(100):
            x = np.full(seed + 1, i, np.float32)
            if not (module.main(x) == 6 * x).all():
                wrong.append(seed)

    threads = [threading.Thread(target=call, args=(s,)) for s in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_loop_with_readback_on_the_host():
    # doubles until element 0 is at least 100
    body = """%zero = arith.constant 0 : index
    %limit = arith.constant 100.0 : f32
    %y = scf.while (%c = %x) : (tensor<?xf32>) -> tensor<?xf32> {
      %e = flow.tensor.load %c{%n}[%zero] : tensor<?xf32> -> f32
      %less = arith.cmpf olt, %e, %limit : f32
      scf.condition(%less) %c : tensor<?xf32>
    } do {
    ^bb0(%d: tensor<?xf32>):
    """
    text = main(IMPORT, body, double("%f", "%d"), "scf.yield %f : tensor<?xf32>\n}", export("%y"))
    module = compile_flow(text)
    np.testing.assert_array_equal(module.main(floats(3, 1)), floats(192, 64))
    unchanged = floats(200, 1)
    result = module.main(unchanged)
    np.testing.assert_array_equal(result, unchanged)
    assert not np.shares_memory(result, unchanged)


def test_conditional_chooses_a_branch():
    body = """%zero = arith.constant 0 : index
    %limit = arith.constant 0.0 : f32
    %e = flow.tensor.load %x{%n}[%zero] : tensor<?xf32> -> f32
    %p = arith.cmpf ogt, %e, %limit : f32
    %y = scf.if %p -> (tensor<?xf32>) {
    """
    text = main(IMPORT, body, double("%f", "%x"), """scf.yield %f : tensor<?xf32>
    } else {
      scf.yield %x : tensor<?xf32>
    }""", export("%y"))  # fmt: skip
    module = compile_flow(text)
    np.testing.assert_array_equal(module.main(floats(1, 2)), floats(2, 4))
    np.testing.assert_array_equal(module.main(floats(-1, 2)), floats(-1, 2))


def test_counted_loop():
    body = """%lb = arith.constant 0 : index
    %ub = arith.constant 5 : index
    %step = arith.constant 1 : index
    %y = scf.for %i = %lb to %ub step %step iter_args(%c = %x) -> (tensor<?xf32>) {
    """
    text = main(IMPORT, body, double("%f", "%c"), "scf.yield %f : tensor<?xf32>\n}", export("%y"))
    np.testing.assert_array_equal(compile_flow(text).main(floats(1, 2)), floats(32, 64))


def test_splat_and_clone():
    body = """%one = arith.constant 1.5 : f32
    %s = flow.tensor.splat %one : f32 -> tensor<?xf32>{%n}
    %k = flow.tensor.clone %x{%n} : tensor<?xf32> -> tensor<?xf32>"""
    text = main(IMPORT, body, add("%c", "%s", "%k"), export("%c"))
    np.testing.assert_array_equal(compile_flow(text).main(floats(1, 2)), floats(2.5, 3.5))


def test_weights_are_read_and_never_written():
    weights = floats(1, 2, 3, 4)
    text = """
    util.global private @w = #flow.parameter.named<"model"::"w"> : tensor<4xf32>
    func.func public @main(%v: !hal.buffer_view) -> (!hal.buffer_view, !hal.buffer_view) {
      %n = arith.constant 4 : index
      %x = hal.tensor.import %v : !hal.buffer_view -> tensor<4xf32>
      %w = util.global.load @w : tensor<4xf32>
      %s = flow.dispatch @add::@add[%n](%w, %x, %n) : (tensor<4xf32>, tensor<4xf32>, index)
        -> (tensor<4xf32>)
      %r = hal.tensor.export %s : tensor<4xf32> -> !hal.buffer_view
      %q = hal.tensor.export %w : tensor<4xf32> -> !hal.buffer_view
      func.return %r, %q : !hal.buffer_view, !hal.buffer_view
    }"""
    module = compile_flow(text, parameters={"w": weights})
    total, copy = module.main(floats(1, 1, 1, 1))
    np.testing.assert_array_equal(total, weights + 1)
    copy[:] = 0
    np.testing.assert_array_equal(module.main(floats(0, 0, 0, 0))[0], weights)


@pytest.mark.parametrize("device", CPU)
def test_mutable_globals_are_ordered(device):
    module = compile_flow(COUNTER, device, {"total": np.zeros(4, np.float32)})
    one = np.ones(4, np.float32)
    threads = [
        threading.Thread(target=lambda: [module.main(one) for _ in range(50)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(module.variables["total"], 200 * one)
    module.variables["total"] = 5 * one
    result = module.main(one)
    np.testing.assert_array_equal(result, 6 * one)
    result[:] = 0  # the caller's copy: the variable keeps its value
    np.testing.assert_array_equal(module.variables["total"], 6 * one)
    with pytest.raises(ModelError, match="variable total has shape"):
        module.variables["total"] = np.ones(5, np.float32)
    with pytest.raises(ModelError, match="no variable 'other'"):
        module.variables["other"] = one


def test_caller_may_change_an_array_after_the_call():
    module = compile_flow(COUNTER, parameters={"total": np.zeros(4, np.float32)})
    aligned = Buffer.allocate(16).memory.view(np.float32)
    aligned[:] = 1
    module.main(aligned)
    aligned[:] = 100
    np.testing.assert_array_equal(module.variables["total"], np.ones(4))


@pytest.mark.parametrize(
    ("inputs", "code", "message"),
    [
        ((), "IX301", "main takes 1 inputs, got 0"),
        ((floats(1), floats(1)), "IX301", "main takes 1 inputs, got 2"),
        ((np.zeros((2, 2), np.float32),), "IX302", "arg0 has 1 dimensions, got shape"),
        ((np.zeros(2),), "IX303", "arg0 is float32, got float64"),
        ((["a"],), "IX303", "arg0 is float32, got a list that cannot be converted"),
    ],
)
def test_inputs_that_do_not_fit(inputs, code, message):
    module = compile_flow(CHAIN)
    with pytest.raises(ModelError, match=message) as info:
        module.main(*inputs)
    assert info.value.code == code


def test_wrong_size_of_a_static_dimension():
    module = compile_flow(COUNTER, parameters={"total": np.zeros(4, np.float32)})
    with pytest.raises(ModelError, match="arg0 has size 4 in dimension 0, got shape"):
        module.main(np.zeros(5, np.float32))


def test_lists_and_numbers_are_converted():
    assert compile_flow(CHAIN).main([1, 2]).tolist() == [6, 12]


def test_unknown_function_lists_those_that_exist():
    module = compile_flow(CHAIN)
    with pytest.raises(ModelError, match="no exported function 'other'") as info:
        module["other"]
    assert info.value.code == "IX304" and "main" in str(info.value)
    with pytest.raises(AttributeError, match="there are: main"):
        module.other  # noqa: B018


@pytest.mark.parametrize(
    ("device", "code"), [("gpu", "IX402"), ("vulkan", "IX403"), ("reference", "IX403")]
)
def test_unknown_and_unfit_devices(device, code):
    with pytest.raises(ModelError) as info:
        compile_flow(CHAIN, device)
    assert info.value.code == code


@pytest.mark.parametrize("device", CPU)
def test_kernel_error_names_the_dispatch_and_leaves_the_module_usable(device):
    body = """%y = flow.dispatch @fail::@fail[%n](%x, %n){%n} result_dims {%n}
      : (tensor<?xf32>, index) -> (tensor<?xf32>)"""
    module = compile_flow(main(IMPORT, double("%a", "%x"), body, export("%y")), device)
    for _ in range(3):
        with pytest.raises(Error, match=r"dispatch 1 \(fail::fail\) failed: status 7"):
            module.main(floats(1))


def test_profile_times_every_dispatch():
    module = compile_flow(CHAIN)
    measured = module.profile("main", [np.zeros(10, np.float32)], repetitions=4)
    assert [d.name for d in measured.dispatches] == ["double", "double", "add"]
    assert {d.workgroups for d in measured.dispatches} == {(3, 1, 1)}
    assert all(len(d.samples_ns) == 4 and min(d.samples_ns) >= 0 for d in measured.dispatches)
    assert len(measured.total_ns) == 4 and measured.device == "local-sync"
    assert len(measured.profiled_ns) == 4  # beside the calls that users make
    parts = zip(measured.profiled_ns, measured.busy_ns, measured.between_ns, strict=True)
    assert all(busy + between <= whole for whole, busy, between in parts)


def test_forked_child_computes_with_workers_of_its_own():
    code = """
import os, sys
import numpy as np
from tests.hal.test_module import CHAIN
from tests.hal.programs import compile_flow
module = compile_flow(CHAIN, "local-task")
x = np.arange(1000, dtype=np.float32)
assert (module.main(x) == 6 * x).all()
child = os.fork()
if child == 0:
    fine = all((module.main(x) == 6 * x).all() for _ in range(20))
    os._exit(0 if fine else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert (module.main(x) == 6 * x).all()
print("both")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=os.getcwd()
    )
    assert done.stdout.strip() == "both", done.stderr


def test_interrupt_is_seen_while_kernels_run():
    code = """
import _thread, signal, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in jobs of the background
from tests.hal.kernels import load_kernels, ordinal
from iree_explore.hal.runtime import Fence
from iree_explore.targets import open_device
device = open_device("local-task")
kernels = load_kernels(device)
commands = device.create_command_buffer(0)
commands.dispatch(kernels, ordinal("spin"), (100000, 1, 1), (1000,), ())
commands.finalize()
fence = Fence.create()
device.queue_execute(commands, [], None, fence)
threading.Timer(0.3, _thread.interrupt_main).start()
begin = time.monotonic()
try:
    fence.wait()
except KeyboardInterrupt:
    print("interrupted", time.monotonic() - begin < 5)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=os.getcwd()
    )
    assert done.stdout.strip() == "interrupted True", done.stderr
