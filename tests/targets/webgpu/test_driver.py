# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the `webgpu` driver promises beyond `tests/hal/test_conformance.py`."""

from __future__ import annotations

import gc
import os
import sys

import numpy as np
import pytest
import wgpudawn
from xdsl.dialects.builtin import FloatAttr, f32

from iree_explore.errors import InternalError, ModelError
from iree_explore.hal.command_buffer import Binding
from iree_explore.hal.runtime import Buffer, Export, Fence, Profile
from iree_explore.targets import devices, open_device, resolve_device
from iree_explore.targets.spirv.build import Kernel
from iree_explore.targets.spirv.executable import Entry, Variant, pack
from iree_explore.targets.spirv.serialize import serialize
from iree_explore.targets.webgpu import driver, provider
from iree_explore.targets.webgpu.driver import WebGPUDriver
from iree_explore.targets.webgpu.provider import Provider
from tests.hal.kernels import load_kernels, ordinal
from tests.targets.spirv import kernels


@pytest.fixture
def device():
    """A device of the test's own."""
    opened = WebGPUDriver().create_device({})
    yield opened
    opened.close()


def record(device, slots, *steps):
    commands = device.create_command_buffer(slots)
    for number, step in enumerate(steps):
        if number:
            commands.barrier()
        step(commands)
    commands.finalize()
    return commands


def add_one(device, source, target):
    executable, groups = load_kernels(device), (source.length // 4, 1, 1)
    return lambda c: c.dispatch(executable, ordinal("add_one"), groups, (), [source, target])


def adder(device):
    """`slot 1 = slot 0 + 1` for 16 numbers."""
    return record(device, 2, add_one(device, Binding(0, 0, 64), Binding(1, 0, 64)))


def numbers(device, value, count=16):
    return device.import_array(np.full(count, value, np.int32))


def i32(buffer):
    return buffer.view(np.dtype(np.int32), (buffer.nbytes // 4,))


def test_adapters_are_listed_with_their_names_and_can_be_chosen():
    names = [info.name for info in devices() if info.driver == "webgpu" and info.available]
    assert names and all("Dawn on Vulkan" in name for name in names)
    assert open_device("webgpu?device=0").info.name == names[0]
    chosen = open_device(f"webgpu?device={names[-1].split(',')[0]}")
    assert chosen.info.name == names[-1]
    with pytest.raises(ModelError, match="no WebGPU adapter 'abacus'") as caught:
        open_device("webgpu?device=abacus")
    assert caught.value.code == "IX403" and names[0].split(",")[0] in str(caught.value)


def test_without_an_adapter_or_the_package_the_list_says_what_to_install(monkeypatch):
    monkeypatch.setattr(driver, "provider", lambda *_: Provider("wgpudawn", wgpudawn, ()))
    [info] = WebGPUDriver().query()
    assert not info.available and "chromium" in info.reason
    with pytest.raises(ModelError, match="no WebGPU adapter"):
        WebGPUDriver().create_device({})
    monkeypatch.undo()
    provider._found.cache_clear()
    monkeypatch.setitem(sys.modules, "wgpudawn", None)
    [info] = WebGPUDriver().query()
    assert not info.available and "pip install 'iree_explore[webgpu]'" in info.reason
    with pytest.raises(ModelError) as caught:
        resolve_device("webgpu-spirv", "webgpu")
    assert caught.value.code == "IX403"
    provider._found.cache_clear()


def test_another_provider_has_the_same_interface(monkeypatch):
    monkeypatch.setitem(sys.modules, "wgpu", None)
    with pytest.raises(ModelError, match="pip install wgpu") as caught:
        open_device("webgpu?provider=wgpu")
    assert caught.value.code == "IX403"
    monkeypatch.setitem(sys.modules, "wgpu", wgpudawn)
    opened = WebGPUDriver().create_device({"provider": "wgpu"})
    target = numbers(opened, 0)
    opened.execute(adder(opened), [numbers(opened, 4), target])
    assert "wgpu-native" in opened.info.name and (i32(target) == 5).all()
    opened.close()
    provider._found.cache_clear()


@pytest.mark.parametrize(
    "options", ["speed=1", "robustness=yes", "provider=webkit", "provider=wgpu&robustness=0"]
)
def test_wrong_options_are_refused(options):
    with pytest.raises(ModelError) as caught:
        open_device(f"webgpu?{options}")
    assert caught.value.code == "IX402"


def test_checks_of_accesses_can_be_left_out():
    opened = WebGPUDriver().create_device({"robustness": "0"})
    target = numbers(opened, 0)
    opened.execute(adder(opened), [numbers(opened, 4), target])
    assert (i32(target) == 5).all()
    opened.close()


def test_parts_of_one_buffer_are_read_and_written(device):
    """Which WebGPU refuses as such: a slab, and a call that writes where it reads."""
    slab = device.import_array(np.arange(192, dtype=np.int32))
    first, second, third = (Binding(0, 256 * n, 64) for n in range(3))
    commands = record(
        device, 1, add_one(device, first, second), add_one(device, second, third),
        add_one(device, first, first),
    )  # fmt: skip
    for turn in range(3):
        device.execute(commands, [slab])
        found = i32(slab)
        for place, more in ((0, turn + 1), (64, turn + 1), (128, turn + 2)):
            np.testing.assert_array_equal(found[place : place + 16], np.arange(16) + more)


def test_copies_inside_a_buffer_begin_at_any_byte(device):
    slab = device.import_array(np.arange(250, dtype=np.uint8))
    commands = record(
        device, 1, lambda c: c.copy(Binding(0, 3, 50), Binding(0, 101, 50)),
        lambda c: c.copy(Binding(0, 0, 64), Binding(0, 64, 64)),
    )  # fmt: skip
    device.execute(commands, [slab])
    want = np.arange(250, dtype=np.uint8)
    want[101:151] = want[3:53].copy()
    want[64:128] = want[:64].copy()
    np.testing.assert_array_equal(slab.view(np.dtype(np.uint8), (250,)), want)


def test_the_same_table_is_bound_once(device, monkeypatch):
    commands, table = adder(device), [numbers(device, 1), numbers(device, 0)]
    made = []
    bind = device.logical.handle.create_bind_group
    monkeypatch.setattr(
        device.logical.handle, "create_bind_group", lambda **k: made.append(k) or bind(**k)
    )
    for _ in range(5):
        device.execute(commands, table)
    assert len(made) == 1
    device.execute(commands, [numbers(device, 7), table[1]])
    assert len(made) == 2 and (i32(table[1]) == 8).all()


def test_too_much_memory_is_a_typed_error_that_names_the_device(device):
    with pytest.raises(ModelError, match="no memory for") as caught:
        device.allocate(1 << 50, "external")
    assert caught.value.code == "IX410" and device.logical.name in str(caught.value)
    assert numbers(device, 3).nbytes == 64


def test_grids_and_bindings_beyond_the_device_are_refused(device):
    executable, commands = load_kernels(device), device.create_command_buffer(1)
    most = device.logical.limits["max-compute-workgroups-per-dimension"]
    with pytest.raises(ModelError, match=f"{most + 1}, 1, 1"):
        commands.dispatch(executable, ordinal("spin"), (most + 1, 1, 1), (1,), ())
    most = device.logical.limits["max-storage-buffer-binding-size"]
    with pytest.raises(ModelError, match=f"at most {most}") as caught:
        commands.dispatch(
            executable, ordinal("count_workgroups"), (1, 1, 1), (), [Binding(0, 0, most + 4)]
        )
    assert caught.value.code == "IX410"


def test_buffers_of_another_device_are_refused(device):
    other = open_device("local-sync").import_array(np.zeros(16, np.int32))
    with pytest.raises(InternalError, match="is not one of"):
        device.execute(adder(device), [other, numbers(device, 0)])


def test_a_lost_device_fails_what_is_asked_and_is_opened_anew():
    lost = open_device("webgpu?robustness=1")
    commands, table = adder(lost), [numbers(lost, 1), numbers(lost, 0)]
    first = Fence.create()
    lost.queue_execute(commands, table, None, first)
    lost.logical.handle.destroy()
    for ask in (lambda: lost.execute(commands, table), lambda: lost.allocate(4, "transient")):
        with pytest.raises(ModelError, match="the device is lost") as caught:
            ask()
        assert caught.value.code == "IX410" and lost.logical.name in str(caught.value)
    with pytest.raises(ModelError, match="the device is lost"):
        first.wait()
    assert not lost.usable
    anew = open_device("webgpu?robustness=1")
    assert anew is not lost
    lost.close()
    target = numbers(anew, 0)
    anew.execute(adder(anew), [numbers(anew, 1), target])
    assert (i32(target) == 2).all()


def test_results_outlive_the_device():
    opened = WebGPUDriver().create_device({})
    target = numbers(opened, 0)
    opened.execute(adder(opened), [numbers(opened, 1), target])
    array = i32(target)
    opened.close()
    opened.close()
    gc.collect()
    assert (array == 2).all()
    with pytest.raises(InternalError, match="is closed"):
        opened.import_array(array)


@pytest.mark.parametrize("clock", ["device timestamp", "host clock"])
def test_a_profile_says_whose_clock_it_has(device, clock):
    device.logical.timestamps = clock == "device timestamp"
    profile = Profile()
    commands = record(
        device, 2, add_one(device, Binding(0, 0, 64), Binding(1, 0, 64)),
        lambda c: c.copy(Binding(1, 0, 64), Binding(0, 0, 64)), lambda c: c.fill(Binding(1, 0, 64),
        b"ab"),
    )  # fmt: skip
    device.execute(commands, [numbers(device, 1), numbers(device, 0)], profile)
    found = [(t.executable, t.entry, t.clock) for t in profile.timings]
    assert found == [("kernels", "add_one", clock), ("builtin", "copy", clock),
                     ("builtin", "fill", clock)]  # fmt: skip
    assert all(t.start_ns <= t.end_ns for t in profile.timings)


def test_a_forked_child_is_told_to_open_the_device_itself():
    parent = open_device("webgpu")
    commands, table = adder(parent), [numbers(parent, 1), numbers(parent, 0)]
    child = os.fork()
    if not child:
        code = 1
        try:
            parent.execute(commands, table)
        except InternalError as error:
            code = 0 if error.code == "IX207" and not parent.usable else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    parent.execute(commands, table)
    assert (i32(table[1]) == 2).all()


def loaded(device, code, constants=2, name="saxpy", profile="portable"):
    """An executable with one entry of one variant, loaded."""
    variant = Variant(profile, ("Shader",), code)
    entry = Entry(name, 2, 2, (64, 1, 1), (variant,), {"browser": "no such thing"})
    exports = [Export(name, constants, 2)]
    return device.load_executable("one", "webgpu-spirv-fb", pack([entry]), exports, [name])


def infinite():
    k = Kernel("saxpy", (64, 1, 1))
    target = k.buffer("target", f32, 0)
    k.store(target, 0, k.constant(FloatAttr(float("inf"), f32), f32))
    return serialize(k.finish())


def test_what_the_device_cannot_run_is_refused_by_name(device):
    code = serialize(kernels.saxpy())
    assert loaded(device, code).entries == (0,)
    cases = [
        ({"code": code, "constants": 1000}, "constants: 4000, at most 64"),
        ({"code": code, "profile": "native"}, "browser: no such thing"),
        ({"code": infinite()}, "one of its constants is an infinity"),
        ({"code": code, "name": "nobody"}, "the module's entry points are saxpy"),
    ]
    for given, message in cases:
        with pytest.raises(ModelError, match=message) as caught:
            loaded(device, **given)
        assert caught.value.code == "IX410" and device.logical.name in str(caught.value)
    with pytest.raises(ModelError, match="webgpu-spirv-fb") as caught:
        device.load_executable("model", "embedded-elf-x86_64", b"", (), ())
    for data in (b"", b"IXSPIRV1\xff\xff\xff\xff", code):
        with pytest.raises(ModelError) as caught:
            device.load_executable("broken", "webgpu-spirv-fb", data, (), ())
        assert caught.value.code == "IX506"


def test_blocks_survive_the_collection_of_a_cycle(device):
    """The collector calls the finalizers of all of a cycle, those of WebGPU's buffers, too; the
    blocks are used again."""
    for value in range(3):
        cycle: list[object] = [numbers(device, value)]
        cycle.append(cycle)
        del cycle
        gc.collect()
    assert (i32(numbers(device, 7)) == 7).all()


def test_a_buffer_of_no_bytes_may_be_anyones(device):
    empty = Buffer.allocate(0)
    target = numbers(device, 0)
    device.execute(record(device, 3, add_one(device, Binding(0, 0, 64), Binding(1, 0, 64))),
                   [numbers(device, 4), target, empty])  # fmt: skip
    assert (i32(target) == 5).all()
