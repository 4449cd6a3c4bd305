# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`local-task` runs a command buffer as a graph: random graphs, threads, forks, interrupts.

The devices of these tests have more threads than cores and yield and sleep at random points
(`jitter`), which finds in a second what a quiet machine shows in a month.
"""

from __future__ import annotations

import functools
import itertools
import os
import random
import signal
import threading
import time
from collections.abc import Collection, Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iree_explore.errors import InternalError, ModelError
from iree_explore.hal.command_buffer import Binding
from iree_explore.hal.runtime import Device, Export, Fence, Profile
from iree_explore.targets import open_device, resolve_device
from iree_explore.targets.llvm_cpu.task_graph import Access, predecessors
from tests.hal.kernels import load_kernels, object_code, ordinal

BLOCK = 16
MIX = r"""
; binding 2 [i] = binding 0 [i] * 31 + binding 1 [i] * 17 + constant 0 + i for 16 i of a workgroup
define i32 @mix(ptr %e, ptr %d, ptr %w) {
entry:
  %bp = getelementptr i8, ptr %d, i64 32
  %bs = load ptr, ptr %bp
  %a = load ptr, ptr %bs
  %b1 = getelementptr i8, ptr %bs, i64 8
  %b = load ptr, ptr %b1
  %c2 = getelementptr i8, ptr %bs, i64 16
  %c = load ptr, ptr %c2
  %kp = getelementptr i8, ptr %d, i64 24
  %k = load ptr, ptr %kp
  %n = load i32, ptr %k
  %id = load i32, ptr %w
  %begin = mul i32 %id, 16
  %end = add i32 %begin, 16
  br label %loop
loop:
  %i = phi i32 [ %begin, %entry ], [ %i1, %loop ]
  %i64 = zext i32 %i to i64
  %ap = getelementptr i32, ptr %a, i64 %i64
  %av = load i32, ptr %ap
  %bip = getelementptr i32, ptr %b, i64 %i64
  %bv = load i32, ptr %bip
  %x = mul i32 %av, 31
  %y = mul i32 %bv, 17
  %xy = add i32 %x, %y
  %z = add i32 %xy, %n
  %v = add i32 %z, %i
  %cp = getelementptr i32, ptr %c, i64 %i64
  store i32 %v, ptr %cp
  %i1 = add i32 %i, 1
  %more = icmp ult i32 %i1, %end
  br i1 %more, label %loop, label %out
out:
  ret i32 0
}
"""
MIX_EXPORT = Export("mix", 1, 3, 0, 0b011)
REGIONS = 12
REGION_WORDS = 16 * BLOCK


@functools.cache
def mix_code() -> bytes:
    return object_code(MIX)


def record_random_graph(device: Device, seed: int):
    """Commands that mix random regions of one slab into others, and what the slab holds after."""
    generator = random.Random(seed)
    kernel = device.load_executable("mix", "embedded-elf-x86_64", mix_code(), [MIX_EXPORT], ["mix"])
    commands = device.create_command_buffer(1)
    slab = np.arange(REGIONS * REGION_WORDS, dtype=np.uint32).reshape(REGIONS, REGION_WORDS)
    start = slab.copy()
    ramp = np.arange(REGION_WORDS, dtype=np.uint32)

    def region(index: int, blocks: int) -> Binding:
        return Binding(0, 4 * index * REGION_WORDS, 4 * blocks * BLOCK)

    used: set[int] = set()
    for _ in range(generator.randrange(20, 60)):
        a, b, c = generator.sample(range(REGIONS), 3)
        if c in used or {a, b} & used or generator.random() < 0.3:
            commands.barrier()
            used = set()
        blocks = generator.choice([1, 1, 2, 16])
        constant = generator.randrange(1 << 32)
        commands.dispatch(
            kernel, 0, (blocks, 1, 1), [constant], [region(r, blocks) for r in (a, b, c)]
        )
        used |= {a, b, c}
        n = blocks * BLOCK
        with np.errstate(over="ignore"):
            mixed = slab[a, :n] * np.uint32(31) + slab[b, :n] * np.uint32(17)
            slab[c, :n] = mixed + np.uint32(constant) + ramp[:n]
    commands.finalize()
    return commands, start, slab


def execute(device: Device, commands, buffers, profile: Profile | None = None) -> None:
    fence = Fence.create()
    device.queue_execute(commands, buffers, None, fence, profile)
    assert fence.wait(60), "a deadlock: 60 s are over"


@pytest.mark.parametrize(
    ("threads", "schedule"), [(1, "graph"), (2, "graph"), (3, "serial"), (5, "graph"), (8, "graph")]
)
def test_random_graphs_are_bit_identical_for_any_threads_and_timing(threads, schedule):
    device = open_device(
        f"local-task?task_topology_group_count={threads}&schedule={schedule}&jitter={threads}"
    )
    for seed in range(8):
        commands, start, wanted = record_random_graph(device, seed)
        for _ in range(3):
            buffer = device.import_array(start.copy())
            execute(device, commands, [buffer])
            np.testing.assert_array_equal(buffer.view(np.dtype(np.uint32), wanted.shape), wanted)
    device.close()


def test_many_threads_execute_one_recording_under_jitter():
    device = open_device("local-task?task_topology_group_count=4&jitter=99")
    commands, start, wanted = record_random_graph(device, 1000)
    wrong = []

    def run() -> None:
        for _ in range(20):
            buffer = device.import_array(start.copy())
            execute(device, commands, [buffer])
            if not np.array_equal(buffer.view(np.dtype(np.uint32), wanted.shape), wanted):
                wrong.append(threading.get_ident())

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a deadlock"
    assert not wrong
    device.close()


def test_slots_that_share_memory_are_ordered_as_one():
    """A slot written and a slot read may be the same buffer: barriers order them, then."""
    device = open_device("local-task?task_topology_group_count=4&jitter=5")
    kernel = device.load_executable("mix", "embedded-elf-x86_64", mix_code(), [MIX_EXPORT], ["mix"])
    commands = device.create_command_buffer(3)
    n = 4 * REGION_WORDS
    for source, target in ((0, 1), (2, 0), (0, 1)):
        part = [Binding(slot, 0, n) for slot in (source, source, target)]
        commands.dispatch(kernel, 0, (16, 1, 1), [1], part)
        commands.barrier()
    commands.finalize()
    found = set()
    for _ in range(30):
        shared = device.import_array(np.zeros(REGION_WORDS, np.uint32))
        other = device.import_array(np.zeros(REGION_WORDS, np.uint32))
        execute(device, commands, [other, shared, shared])  # slots 1 and 2 are one buffer
        found.add(shared.view(np.dtype(np.uint32), (REGION_WORDS,)).tobytes())
    assert len(found) == 1
    device.close()


def test_predecessors_are_what_overlaps_and_writes():
    def access(memory: int, begin: int, end: int, writes: bool) -> Access:
        return Access(memory, begin, end, writes)

    accesses = [
        [access(0, 0, 64, True)],  # 0
        [access(0, 64, 128, True)],  # 1
        [access(0, 0, 64, False), access(1, 0, 64, True)],  # 2 reads 0
        [access(0, 64, 128, False), access(1, 64, 128, True)],  # 3 reads 1
        [access(0, 0, 128, True)],  # 4 writes over what 2 and 3 read
        [access(1, 0, 128, False)],  # 5 reads 2 and 3
    ]
    assert predecessors(accesses, [0, 0, 1, 1, 2, 2]) == [[], [], [0], [1], [0, 1, 2, 3], [2, 3]]
    assert predecessors(accesses, [0] * 6) == [[]] * 6  # no barrier, no order


_RANGE = st.tuples(st.integers(0, 1), st.integers(0, 9), st.integers(0, 6), st.booleans())


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.lists(_RANGE, max_size=3)), max_size=14))
def test_predecessors_order_all_that_overlaps_and_writes(commands):
    """By definition: all pairs. What waits for what is the same, through others or directly."""
    waves = list(itertools.accumulate((barrier for barrier, _ in commands), initial=0))[1:]
    accesses = [[Access(m, b, b + n, w) for m, b, n, w in mine] for _, mine in commands]

    def conflict(one: int, other: int) -> bool:
        return any(
            a.memory == b.memory and a.begin < b.end and b.begin < a.end and (a.writes or b.writes)
            for a in accesses[one]
            for b in accesses[other]
            if a.begin < a.end and b.begin < b.end
        )

    count = range(len(commands))
    direct = [{i for i in range(j) if waves[i] < waves[j] and conflict(i, j)} for j in count]
    found = predecessors(accesses, waves)
    assert all(waves[i] < waves[j] for j in count for i in found[j])
    assert [reached >= direct[j] for j, reached in enumerate(_closed(found))] == [True] * len(count)
    if not any(waves[i] == waves[j] and conflict(i, j) for j in count for i in range(j)):
        assert _closed(found) == _closed(direct)
        assert all(direct[j] >= set(mine) for j, mine in enumerate(found))


def _closed(before: Sequence[Collection[int]]) -> list[set[int]]:
    """All that each waits for, through others too."""
    closed: list[set[int]] = []
    for mine in before:
        closed.append(set(mine).union(*(closed[i] for i in mine)))
    return closed


def test_predecessors_of_many_commands_take_a_second_at_most():
    """As a long loop leaves them: slices of tensors, read and written in turn."""
    count = 3000
    accesses = [
        [Access(0, 64 * i, 64 * i + 64, False), Access(1, 0, 64 * count, False),
         Access(2, 64 * i, 64 * i + 64, True), Access(3, 0, 64, bool(i % 2))]
        for i in range(count)
    ]  # fmt: skip
    begin = time.thread_time()
    found = predecessors(accesses, range(count))
    assert time.thread_time() - begin < 1
    assert found[1] == [0] and found[2] == [1]


def test_a_chain_of_single_workgroups_stays_on_one_thread():
    """Its next dispatch goes to whoever ended the last one: nobody is woken, nothing is shared."""
    device = open_device("local-task?task_topology_group_count=3&task_worker_spin_us=0")
    kernels = load_kernels(device)
    commands = device.create_command_buffer(1)
    for _ in range(50):
        commands.dispatch(kernels, ordinal("count_workgroups"), (1, 1, 1), (), [Binding(0, 0, 4)])
        commands.barrier()
    commands.finalize()
    buffer = device.import_array(np.zeros(16, np.uint32))
    execute(device, commands, [buffer])  # starts the threads
    buffer.view(np.dtype(np.uint32), (16,))[0] = 0
    end = time.monotonic() + 60
    while device._pool.asleep < 2:
        assert time.monotonic() < end, "the threads never sleep"
        time.sleep(0.001)
    profile = Profile()
    execute(device, commands, [buffer], profile)
    assert len({span.worker for timing in profile.timings for span in timing.spans}) == 1
    assert buffer.view(np.dtype(np.uint32), (16,))[0] == 50
    device.close()


def test_independent_dispatches_overlap_and_spans_say_where():
    device = open_device("local-task?task_topology_group_count=2")
    kernels = load_kernels(device)
    commands = device.create_command_buffer(0)
    for _ in range(4):
        commands.dispatch(kernels, ordinal("spin"), (1, 1, 1), (20_000,), ())
    commands.finalize()
    profile = Profile()
    execute(device, commands, [], profile)
    spans = [span for timing in profile.timings for span in timing.spans]
    assert len(spans) == 4
    assert {span.worker for span in spans} == {0, 1}
    events = sorted((t, d) for s in spans for t, d in ((s.start_ns, 1), (s.end_ns, -1)))
    running = np.cumsum([d for _, d in events])
    assert max(running) == 2


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Interrupts are seen: a job of the background is started with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
def test_an_interrupt_ends_a_long_dispatch_and_the_device_goes_on():
    """In the middle of a chunk, too: what is left of it is cancelled with the rest."""
    import _thread

    device = open_device("local-task?task_topology_group_count=2")
    kernels = load_kernels(device)
    commands = device.create_command_buffer(0)
    commands.dispatch(kernels, ordinal("spin"), (1_000_000, 1, 1), (1000,), ())
    commands.finalize()
    fence = Fence.create()
    sent = []

    def interrupt() -> None:
        sent.append(time.monotonic())
        _thread.interrupt_main()

    threading.Timer(0.2, interrupt).start()
    device.queue_execute(commands, [], None, fence)
    with pytest.raises(KeyboardInterrupt):
        fence.wait()
    assert time.monotonic() - sent[0] < 10  # 0.1 on a quiet machine; it would run for minutes
    again, start, wanted = record_random_graph(device, 3)
    buffer = device.import_array(start.copy())
    execute(device, again, [buffer])
    np.testing.assert_array_equal(buffer.view(np.dtype(np.uint32), wanted.shape), wanted)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_runs_and_refuses_what_its_parent_began():
    device = open_device("local-task?task_topology_group_count=2")
    commands, start, wanted = record_random_graph(device, 4)
    execute(device, commands, [device.import_array(start.copy())])
    kernels = load_kernels(device)
    long = device.create_command_buffer(0)
    long.dispatch(kernels, ordinal("spin"), (64, 1, 1), (2000,), ())
    long.finalize()
    begun = Fence.create()
    device.queue_execute(long, [], None, begun)
    child = os.fork()
    if not child:
        code = 1
        try:
            buffer = device.import_array(start.copy())
            execute(device, commands, [buffer])
            same = np.array_equal(buffer.view(np.dtype(np.uint32), wanted.shape), wanted)
            try:
                begun.wait()
            except InternalError as error:
                code = 0 if same and error.code == "IX207" else 2
        finally:
            os._exit(code)
    assert begun.wait(60)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_threads_that_load_the_loop_at_once_share_it(monkeypatch):
    """Whoever is late must not replace, and free, what others already run in."""
    from iree_explore.targets.llvm_cpu import worker_loop

    monkeypatch.setattr(worker_loop, "_loop", None)
    barrier, found = threading.Barrier(4), []

    def load() -> None:
        barrier.wait()
        found.append(worker_loop.native_loop())

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(loop) for loop in found}) == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("local-task?threads=4", "no option 'threads'"),
        ("local-task?task_topology_group_count=0", "not between"),
        ("local-task?task_topology_group_count=x", "invalid literal"),
        ("local-task?schedule=fast", "graph"),
        ("local-task?schedule", "key=value"),
        ("local-sync?schedule=serial", "it has guard"),
        ("reference?guard=1", "no options"),
        ("local-task?task_topology_cpu_ids=4096", "core 4096"),
    ],
)
def test_wrong_options_are_refused_by_name(name, says):
    with pytest.raises(ModelError, match=says) as caught:
        resolve_device("reference" if name.startswith("reference") else "llvm-cpu", name)
    assert caught.value.code == "IX402"


def test_threads_are_pinned_to_the_cores_asked_for():
    core = min(os.sched_getaffinity(0))
    name = f"local-task?task_topology_group_count=2&task_topology_cpu_ids={core}"
    device = open_device(name)
    commands, start, _ = record_random_graph(device, 5)
    execute(device, commands, [device.import_array(start.copy())])
    (thread,) = device._pool._threads
    assert os.sched_getaffinity(thread.native_id) == {core}
    device.close()
