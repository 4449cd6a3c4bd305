# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What every HAL driver promises; each test is one promise."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from iree_explore.errors import Error, InternalError
from iree_explore.hal.command_buffer import Binding
from iree_explore.hal.runtime import Buffer, Fence, Profile, Semaphore
from tests.hal.kernels import load_kernels, ordinal


@pytest.fixture
def kernels(device):
    return load_kernels(device)


def record(device, slots, *steps):
    command_buffer = device.create_command_buffer(slots)
    for step in steps:
        step(command_buffer)
    command_buffer.finalize()
    return command_buffer


def run(device, command_buffer, bindings=(), profile=None):
    fence = Fence.create()
    device.queue_execute(command_buffer, list(bindings), None, fence, profile)
    assert fence.wait()


def dispatch(kernels, name, workgroups=(1, 1, 1), constants=(), bindings=()):
    return lambda c: c.dispatch(kernels, ordinal(name), workgroups, constants, bindings)


def zeros(device, count):
    return device.import_array(np.zeros(count, np.int32))


def i32(buffer):
    return buffer.memory[: buffer.nbytes].view(np.int32)


@pytest.mark.parametrize("workgroups", [(1, 1, 1), (7, 1, 1), (3, 5, 2), (1, 1, 9), (1000, 3, 1)])
def test_dispatch_reaches_every_workgroup_once(device, kernels, workgroups):
    total = int(np.prod(workgroups))
    buffer = zeros(device, total)
    binding = Binding(0, 0, buffer.nbytes)
    commands = record(device, 1, dispatch(kernels, "count_workgroups", workgroups, (), [binding]))
    run(device, commands, [buffer])
    assert (i32(buffer) == 1).all()


@pytest.mark.parametrize("workgroups", [(0, 1, 1), (4, 0, 2)])
def test_empty_grid_runs_nothing(device, kernels, workgroups):
    buffer = zeros(device, 4)
    step = dispatch(kernels, "count_workgroups", workgroups, (), [Binding(0, 0, 16)])
    run(device, record(device, 1, step), [buffer])
    assert (i32(buffer) == 0).all()


def test_empty_command_buffer_completes(device):
    run(device, record(device, 0))


def test_constants_and_lengths_arrive(device, kernels):
    first = device.alignment // 4
    buffer = zeros(device, first + 16)
    bindings = [Binding(0, device.alignment, 20)]
    step = dispatch(kernels, "write_constants", (1, 1, 1), (7, 0xFFFFFFFE), bindings)
    run(device, record(device, 1, step), [buffer])
    assert i32(buffer)[first : first + 5].tolist() == [7, -2, 2, 1, 20]
    assert not i32(buffer)[:first].any() and not i32(buffer)[first + 5 :].any()


def test_barriers_order_dispatches(device, kernels):
    count = 257
    a, b = zeros(device, count), zeros(device, count)
    grid, first, second = (count, 1, 1), Binding(0, 0, 4 * count), Binding(1, 0, 4 * count)
    there = dispatch(kernels, "add_one", grid, (), [first, second])
    back = dispatch(kernels, "add_one", grid, (), [second, first])
    steps = [
        s for _ in range(50) for s in (there, lambda c: c.barrier(), back, lambda c: c.barrier())
    ]
    run(device, record(device, 2, *steps), [a, b])
    assert (i32(a) == 100).all()
    assert (i32(b) == 99).all()


def test_one_recording_serves_many_threads(device, kernels):
    count = 64
    bindings = [Binding(0, 0, 4 * count), Binding(1, 0, 4 * count)]
    commands = record(device, 2, dispatch(kernels, "add_one", (count, 1, 1), (), bindings))
    wrong = []

    def call(seed):
        for i in range(50):
            a = device.import_array(np.full(count, seed * 1000 + i, np.int32))
            b = zeros(device, count)
            run(device, commands, [a, b])
            if not (i32(b) == seed * 1000 + i + 1).all():
                wrong.append(seed)

    threads = [threading.Thread(target=call, args=(s,)) for s in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_more_executions_in_flight_than_slots(device, kernels):
    buffers = [zeros(device, 16) for _ in range(100)]
    step = dispatch(kernels, "count_workgroups", (16, 1, 1), (), [Binding(0, 0, 64)])
    commands = record(device, 1, step)
    fences = []
    for buffer in buffers:
        fences.append(Fence.create())
        device.queue_execute(commands, [buffer], None, fences[-1])
    for fence in reversed(fences):
        assert fence.wait()
    assert all((i32(b) == 1).all() for b in buffers)


def test_wait_fence_orders_executions(device, kernels):
    a, b = zeros(device, 16), zeros(device, 16)
    bindings = [Binding(0, 0, 64), Binding(1, 0, 64)]
    commands = record(device, 2, dispatch(kernels, "add_one", (16, 1, 1), (), bindings))
    first, second = Fence.create(), Fence.create()
    device.queue_execute(commands, [a, b], None, first)
    device.queue_execute(commands, [b, a], first, second)
    second.wait()
    assert (i32(a) == 2).all()


def test_local_memory_is_private_and_aligned(device, kernels):
    buffer = zeros(device, 300)
    step = dispatch(kernels, "use_local_memory", (300, 1, 1), (), [Binding(0, 0, 1200)])
    run(device, record(device, 1, step), [buffer])
    assert i32(buffer).tolist() == [1024 * i for i in range(300)]


def test_kernel_error_names_dispatch_and_status(device, kernels):
    fine = dispatch(kernels, "fail_at", (4, 1, 1), (100, 1))
    bad = dispatch(kernels, "fail_at", (8, 1, 1), (5, 42))
    commands = record(device, 0, fine, lambda c: c.barrier(), bad)
    fence = Fence.create()
    device.queue_execute(commands, [], None, fence)
    with pytest.raises(Error, match=r"dispatch 1 \(kernels::fail_at\) failed: status 42") as info:
        fence.wait()
    assert info.value.code == "IX305"


def test_error_skips_what_follows(device, kernels):
    buffer = zeros(device, 16)
    bad = dispatch(kernels, "fail_at", (1, 1, 1), (0, 1))
    after = dispatch(kernels, "count_workgroups", (16, 1, 1), (), [Binding(0, 0, 64)])
    fence = Fence.create()
    commands = record(device, 1, bad, lambda c: c.barrier(), after)
    device.queue_execute(commands, [buffer], None, fence)
    with pytest.raises(Error):
        fence.wait()
    assert not i32(buffer).any()


@pytest.mark.parametrize(
    "pattern", [b"\x07", b"\x01\x02", b"abcd", bytes(range(8)), bytes(range(16))]
)
def test_fill_repeats_the_pattern(device, pattern):
    buffer = device.import_array(np.zeros(200_000, np.uint8))
    commands = record(device, 1, lambda c: c.fill(Binding(0, 64, 160_000), pattern))
    run(device, commands, [buffer])
    data = buffer.memory[:200_000].tobytes()
    assert data[64:160_064] == pattern * (160_000 // len(pattern))
    assert not any(data[:64]) and not any(data[160_064:])


def test_copy_moves_exactly_the_range(device):
    source = device.import_array(np.arange(200_000, dtype=np.uint8))
    target = device.import_array(np.zeros(200_000, np.uint8))
    commands = record(
        device, 1, lambda c: c.copy(Binding(source, 64, 99_999), Binding(0, 128, 99_999))
    )
    run(device, commands, [target])
    assert (target.memory[128:100_127] == source.memory[64:100_063]).all()
    assert not target.memory[:128].any() and not target.memory[100_127:].any()


def test_copies_begin_at_any_byte(device):
    source, target = device.import_array(np.arange(200, dtype=np.uint8)), zeros(device, 200)
    commands = record(device, 1, lambda c: c.copy(Binding(source, 3, 70), Binding(0, 129, 70)))
    run(device, commands, [target])
    np.testing.assert_array_equal(target.memory[129:199], np.arange(3, 73))
    assert not target.memory[:129].any() and not target.memory[199:].any()


def test_too_small_buffer_is_refused(device, kernels):
    step = dispatch(kernels, "count_workgroups", (16, 1, 1), (), [Binding(0, 0, 64)])
    with pytest.raises(InternalError, match="slot 0 needs 64 bytes"):
        run(device, record(device, 1, step), [zeros(device, 4)])


def test_misaligned_and_foreign_bindings_are_refused(device, kernels):
    commands = device.create_command_buffer(1)
    with pytest.raises(InternalError, match="multiples of 64"):
        commands.dispatch(kernels, ordinal("count_workgroups"), (1, 1, 1), (), [Binding(0, 4, 4)])
    with pytest.raises(InternalError, match="no slot 3"):
        commands.dispatch(kernels, ordinal("count_workgroups"), (1, 1, 1), (), [Binding(3, 0, 4)])
    with pytest.raises(InternalError, match="takes 0 constants and 1 bindings"):
        commands.dispatch(kernels, ordinal("count_workgroups"), (1, 1, 1), (1,), [])


def test_profile_has_every_dispatch_in_order(device, kernels):
    """Dispatches that share bytes: without, a barrier may leave them unordered."""
    on_host = device.info.driver.startswith("local")
    clock = "host clock" if on_host else "device timestamp"
    buffer, grid = zeros(device, 3000), (1000, 3, 1)
    count = dispatch(kernels, "count_workgroups", grid, (), [Binding(0, 0, buffer.nbytes)])
    commands = record(device, 1, count, lambda c: c.barrier(), count)
    profile = Profile()
    run(device, commands, [buffer], profile)
    run(device, commands, [buffer])
    first, second = profile.timings
    assert (first.entry, first.workgroups, first.clock) == ("count_workgroups", grid, clock)
    assert 0 < first.start_ns < first.end_ns <= second.start_ns < second.end_ns
    assert (i32(buffer) == 4).all()


def test_arrays_are_imported_without_copy_when_aligned(device):
    aligned = Buffer.allocate(256).memory
    for start in (0, 16):
        imported = device.import_array(aligned[start:])
        assert imported.address == aligned.ctypes.data + start
    assert device.import_array(aligned[4:]).address % 64 == 0
    buffer = device.import_array(np.arange(10, dtype=np.int16)[1::3])
    assert buffer.memory[:6].view(np.int16).tolist() == [1, 4, 7]
    assert buffer.address % 64 == 0


def test_imported_arrays_have_what_the_caller_has(device):
    for array in (np.arange(10, dtype=np.int16)[1::3], np.zeros((0, 3), np.float32), np.arange(9)):
        imported = device.import_array(array)
        np.testing.assert_array_equal(imported.view(array.dtype, array.shape), array)
        if array.size:
            last = imported.view(array.dtype, (), array.nbytes - array.itemsize)
            assert last == array.reshape(-1)[-1]


def test_transient_memory_is_reused(device):
    first = device.allocate(12_345, "transient")
    address = first.address
    device.deallocate(first)
    assert device.allocate(12_345, "transient").address == address


def test_semaphore_waits_for_signal_from_another_thread():
    semaphore = Semaphore()
    seen = []
    semaphore.when(2, lambda: seen.append(semaphore.query()))
    threading.Timer(0.5, lambda: (semaphore.signal(1), semaphore.signal(2))).start()
    assert not semaphore.wait(2, 0.01)
    assert semaphore.wait(2, 5.0)
    time.sleep(0.01)
    assert seen == [2]
