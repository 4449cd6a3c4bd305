# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the `vulkan` driver promises beyond `tests/hal/test_conformance.py`."""

from __future__ import annotations

import gc
import os
import threading
from ctypes.util import find_library
from pathlib import Path

import numpy as np
import pytest

from iree_explore.errors import Error, InternalError, ModelError
from iree_explore.hal import blocks
from iree_explore.hal.command_buffer import Binding
from iree_explore.hal.runtime import Export, Fence, Profile
from iree_explore.targets import devices, open_device, resolve_device
from iree_explore.targets.spirv.executable import Entry, Variant, pack
from iree_explore.targets.spirv.serialize import serialize
from iree_explore.targets.vulkan import driver, loader, pipeline_cache
from iree_explore.targets.vulkan.driver import VulkanDriver
from tests.hal.kernels import load_kernels, ordinal
from tests.targets.spirv import kernels
from tests.targets.vulkan.test_device import DRIVERS

# A driver that is installed but does not start fails these tests.
INSTALLED = find_library("vulkan") and any(Path(path).exists() for path in DRIVERS.values())
pytestmark = pytest.mark.skipif(not INSTALLED, reason="no Vulkan loader or driver is installed")


@pytest.fixture(params=[{}, {"staging": "1"}], ids=["unified", "staging"])
def device(request):
    """A device of the test's own."""
    opened = VulkanDriver().create_device(request.param)
    yield opened
    opened.close()


def adder(device, count, source=0):
    """`slot 1 = source + 1` for `count` numbers; the source is slot 0 or a buffer."""
    commands = device.create_command_buffer(2)
    bindings = [Binding(source, 0, 4 * count), Binding(1, 0, 4 * count)]
    commands.dispatch(load_kernels(device), ordinal("add_one"), (count, 1, 1), (), bindings)
    commands.finalize()
    return commands


def numbers(device, value, count=16):
    return device.import_array(np.full(count, value, np.int32))


def i32(buffer):
    return buffer.view(np.dtype(np.int32), (buffer.nbytes // 4,))


def result(monkeypatch, name, code):
    """Has Vulkan's function `name` end with `code`."""
    monkeypatch.setitem(loader.library(), name, lambda *_: code)


def test_devices_are_listed_with_their_names_and_can_be_chosen():
    names = [info.name for info in devices() if info.driver == "vulkan" and info.available]
    assert names and all("Vulkan 1." in name for name in names)
    chosen = open_device(f"vulkan?device={names[-1].split(' (')[0]}")
    assert chosen.info.name == names[-1]
    assert open_device("vulkan?device=0").info.name == names[0]
    with pytest.raises(ModelError, match="no Vulkan device '99'"):
        open_device("vulkan?device=99")
    with pytest.raises(ModelError, match="no Vulkan device 'abacus'") as caught:
        open_device("vulkan?device=abacus")
    assert caught.value.code == "IX403" and names[0].split(" (")[0] in str(caught.value)


def test_without_a_driver_the_list_says_what_to_install(monkeypatch):
    monkeypatch.setenv("VK_ICD_FILENAMES", "/nowhere/icd.json")
    [info] = VulkanDriver().query()
    assert not info.available and "mesa-vulkan-drivers" in info.reason
    with pytest.raises(ModelError) as caught:
        resolve_device("llvm-cpu", "vulkan")
    assert caught.value.code == "IX403"


@pytest.mark.parametrize("options", ["speed=1", "staging=yes", "validation=2"])
def test_wrong_options_are_refused(options):
    with pytest.raises(ModelError) as caught:
        open_device(f"vulkan?{options}")
    assert caught.value.code == "IX402"


def test_validation_runs_or_says_what_to_install():
    try:
        opened = VulkanDriver().create_device({"validation": "1"})
    except ModelError as error:
        assert error.code == "IX403" and "vulkan-validationlayers" in str(error)
    else:
        source, target = numbers(opened, 4), numbers(opened, 0)
        opened.execute(adder(opened, 16), [source, target])
        assert (i32(target) == 5).all()
        opened.close()


def test_weights_are_bound_directly_and_kept(device):
    commands = adder(device, 16, numbers(device, 41))
    gc.collect()
    target = numbers(device, 0)
    device.execute(commands, [numbers(device, 7), target])
    assert (i32(target) == 42).all()


def test_the_same_table_is_submitted_without_recording_again(device, monkeypatch):
    commands = adder(device, 16)
    tables = [[numbers(device, i), numbers(device, 0)] for i in range(2)]
    recorded = []
    begin = loader.library()["vkBeginCommandBuffer"]
    monkeypatch.setitem(
        loader.library(), "vkBeginCommandBuffer", lambda *a: recorded.append(a) or begin(*a)
    )
    for _ in range(5):
        device.execute(commands, tables[0])
    assert len(recorded) == 1
    device.execute(commands, tables[1])
    assert len(recorded) == (1 if device.logical.updates_after_bind else 2)
    assert (i32(tables[0][1]) == 1).all() and (i32(tables[1][1]) == 2).all()


def test_arrays_of_many_chunks_arrive_and_come_back(device, monkeypatch):
    monkeypatch.setattr(driver, "CHUNK_BYTES", 1000)
    array = np.arange(10_007, dtype=np.int32)
    buffer = device.import_array(array)
    np.testing.assert_array_equal(i32(buffer), array)
    np.testing.assert_array_equal(buffer.view(array.dtype, (300,), 4 * 9000), array[9000:9300])


def test_fills_and_copies_follow_their_slots(device):
    commands = device.create_command_buffer(2)
    commands.fill(Binding(0, 0, 64), bytes(range(8)))
    commands.barrier()
    commands.copy(Binding(0, 0, 64), Binding(1, 0, 64))
    commands.finalize()
    for _ in range(3):
        source, target = numbers(device, 0), numbers(device, 0)
        device.execute(commands, [source, target])
        assert target.view(np.dtype(np.uint8), (64,)).tobytes() == bytes(range(8)) * 8


def test_executions_follow_each_other_without_the_host_waiting(device, monkeypatch):
    a, b = numbers(device, 0), numbers(device, 0)
    waited = []
    wait = device.wait_for
    monkeypatch.setattr(device, "wait_for", lambda *what: waited.append(what) or wait(*what))
    commands = adder(device, 16)
    fence = None
    for step in range(60):
        following = Fence.create()
        device.queue_execute(commands, [(a, b), (b, a)][step % 2], fence, following)
        fence = following
    assert fence is not None and not waited
    assert fence.wait(30)
    assert (i32(a) == 60).all()


def test_an_executable_of_another_format_is_refused(device):
    with pytest.raises(ModelError, match="vulkan-spirv-fb") as caught:
        device.load_executable("model", "embedded-elf-x86_64", b"", (), ())
    assert caught.value.code == "IX410"


def test_grids_and_bindings_beyond_the_device_are_refused(device):
    executable, commands = load_kernels(device), device.create_command_buffer(1)
    most = device.logical.physical.limits.maxComputeWorkGroupCount[0]
    if most < (1 << 32) - 1:
        with pytest.raises(ModelError, match=f"{most + 1}, 1, 1") as caught:
            commands.dispatch(executable, ordinal("spin"), (most + 1, 1, 1), (1,), ())
        assert caught.value.code == "IX410"
    most = device.logical.physical.limits.maxStorageBufferRange
    with pytest.raises(ModelError, match=f"at most {most}"):
        commands.dispatch(
            executable, ordinal("count_workgroups"), (1, 1, 1), (), [Binding(0, 0, most + 4)]
        )


def test_buffers_of_another_device_are_refused(device):
    other = open_device("local-sync").import_array(np.zeros(16, np.int32))
    with pytest.raises(InternalError, match="is not one of"):
        device.execute(adder(device, 16), [other, numbers(device, 0)])


def test_too_much_memory_is_a_typed_error_that_names_the_device(device):
    with pytest.raises(ModelError, match="no memory for") as caught:
        device.allocate(1 << 50, "external")
    assert caught.value.code == "IX410" and device.logical.name in str(caught.value)
    assert numbers(device, 3).nbytes == 64


def test_idle_memory_is_freed_before_memory_runs_out(device, monkeypatch):
    device.allocate(20_000, "external")
    gc.collect()
    allocate, calls = loader.library()["vkAllocateMemory"], []

    def once(*arguments):
        calls.append(arguments)
        return -2 if len(calls) == 1 else allocate(*arguments)

    monkeypatch.setitem(loader.library(), "vkAllocateMemory", once)
    freed, free = [], loader.library()["vkFreeMemory"]
    monkeypatch.setitem(loader.library(), "vkFreeMemory", lambda *a: freed.append(a) or free(*a))
    assert device.allocate(700_000, "external").nbytes == 700_000
    assert len(calls) == 2 and freed


def test_memory_is_used_again(device):
    serial = device.allocate(5000, "external").allocation.block.serial
    gc.collect()
    assert device.allocate(4999, "external").allocation.block.serial == serial
    assert [blocks.size_class(n) for n in (0, 256, 257, 1000, 5000)] == [256, 256, 320, 1024, 5120]


@pytest.mark.parametrize("function", ["vkQueueSubmit", "vkWaitSemaphores"])
def test_a_lost_device_fails_what_is_in_flight_and_is_opened_anew(device, monkeypatch, function):
    commands, table = adder(device, 16), [numbers(device, 1), numbers(device, 0)]
    first = Fence.create()
    device.queue_execute(commands, table, None, first)
    with monkeypatch.context() as patch:
        result(patch, function, -4)
        with pytest.raises(ModelError, match="the device is lost") as caught:
            device.execute(commands, table)
    assert caught.value.code == "IX410" and device.logical.name in str(caught.value)
    with pytest.raises(ModelError, match="the device is lost"):
        first.wait()
    with pytest.raises(ModelError, match="the device is lost"):
        device.allocate(4, "transient")
    assert not device.usable


def test_an_unusable_device_is_not_handed_out_again():
    first = open_device("vulkan?staging=0")
    assert open_device("vulkan?staging=0") is first
    first.close()
    assert open_device("vulkan?staging=0") is not first


def test_results_outlive_the_device():
    device = VulkanDriver().create_device({})
    target = numbers(device, 0)
    device.execute(adder(device, 16), [numbers(device, 1), target])
    array = i32(target)
    del target
    device.close()
    device.close()
    gc.collect()
    assert (array == 2).all()
    with pytest.raises(InternalError, match="is closed"):
        device.import_array(array)
    del array
    gc.collect()
    assert device.logical.handle == 0


def test_a_profile_has_the_times_of_the_devices_clock(device):
    commands, profile = adder(device, 16), Profile()
    device.execute(commands, [numbers(device, 1), numbers(device, 0)], profile)
    [timing] = profile.timings
    assert timing.clock == "device timestamp" and timing.start_ns <= timing.end_ns
    assert (timing.executable, timing.entry, timing.workgroups) == (
        "kernels",
        "add_one",
        (16, 1, 1),
    )


def test_two_threads_upload_run_and_read(device):
    commands, wrong = adder(device, 64), []

    def work(seed):
        try:
            for i in range(40):
                target = numbers(device, 0, 64)
                device.execute(commands, [numbers(device, seed + i, 64), target])
                if not (i32(target) == seed + i + 1).all():
                    wrong.append((seed, i))
        except Error as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(1000 * n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_broken_pipeline_cache_is_noticed_and_built_again(monkeypatch, tmp_path):
    monkeypatch.setenv("IREE_EXPLORE_CACHE_DIR", str(tmp_path))

    def use() -> bytes:
        device = VulkanDriver().create_device({})
        found = device.logical.cache.found
        target = numbers(device, 0)
        device.execute(adder(device, 16), [numbers(device, 1), target])
        assert (i32(target) == 2).all()
        device.close()
        return found

    assert not use()
    [file] = (tmp_path / "vulkan").glob("*.bin")
    good = pipeline_cache.read(file)
    assert use() == good
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert not use()
    assert pipeline_cache.read(file)
    pipeline_cache.write(file, b"not what a driver writes")  # the checksum is right
    use()
    assert pipeline_cache.read(file)


def test_a_forked_child_is_told_to_open_the_device_itself():
    device = open_device("vulkan")
    commands, table = adder(device, 16), [numbers(device, 1), numbers(device, 0)]
    child = os.fork()
    if not child:
        code = 1
        try:
            device.execute(commands, table)
        except InternalError as error:
            code = 0 if error.code == "IX207" and not device.usable else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    device.execute(commands, table)
    assert (i32(table[1]) == 2).all()


def loaded(device, *variants, constants=0):
    """An executable with one entry of these variants, loaded."""
    entry = Entry("saxpy", 2, 2, (64, 1, 1), variants, {"browser": "no such thing"})
    exports = [Export("saxpy", constants or 2, 2)]
    return device.load_executable("one", "vulkan-spirv-fb", pack([entry]), exports, ["saxpy"])


def too_wide(code):
    """SPIR-V whose workgroups have a million invocations."""
    words = np.frombuffer(code, np.uint32).copy()
    [place] = [i for i in range(5, len(words) - 5) if words[i] == 6 << 16 | 16]
    words[place + 3] = 1 << 20
    return Variant("native", (), words.tobytes())


def test_the_richest_variant_that_the_device_runs_is_taken(device):
    code = serialize(kernels.saxpy())
    assert loaded(device, Variant("portable", ("Shader",), code), too_wide(code)).entries[0]
    with pytest.raises(ModelError, match="native: its workgroups have") as caught:
        loaded(device, too_wide(code))
    assert caught.value.code == "IX410" and "browser: no such thing" in str(caught.value)


def test_more_constants_than_the_device_takes_are_refused(device):
    limit = device.logical.physical.limits.maxPushConstantsSize
    with pytest.raises(ModelError, match=f"at most {limit}"):
        loaded(device, Variant("portable", (), serialize(kernels.saxpy())), constants=1000)


def test_damaged_executables_are_typed_errors(device):
    for data in (b"", b"IXSPIRV1\xff\xff\xff\xff", serialize(kernels.saxpy())):
        with pytest.raises(ModelError) as caught:
            device.load_executable("broken", "vulkan-spirv-fb", data, (), ())
        assert caught.value.code == "IX506"
