# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels of the `spirv` dialect run on every Vulkan device that is here: lavapipe, SwiftShader."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from iree_explore.errors import ModelError
from iree_explore.targets.spirv.serialize import serialize
from iree_explore.targets.vulkan import loader
from iree_explore.targets.vulkan.device import Device, Dispatch
from iree_explore.targets.vulkan.loader import Instance
from tests.targets.spirv import kernels

DRIVERS = {
    "llvmpipe": "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json",
    "swiftshader": "/usr/lib/chromium/vk_swiftshader_icd.json",
}


@contextmanager
def opened(name: str) -> Iterator[Device]:
    """The only device of a driver; skips where that is missing."""
    path = DRIVERS[name]
    if not Path(path).exists():
        pytest.skip(f"no Vulkan driver {path}")
    if find_library("vulkan") is None:
        pytest.skip("no Vulkan loader")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VK_ICD_FILENAMES", path)
        instance = Instance()
    device = Device(instance, instance.select(name))
    yield device
    device.close()
    instance.close()


@pytest.fixture(scope="module", params=DRIVERS)
def device(request: Any) -> Iterator[Device]:
    with opened(request.param) as found:
        yield found


def run(device: Device, module, arrays, constants: bytes, workgroups: int) -> list[np.ndarray]:
    """The arrays after one dispatch."""
    name = next(op.sym_name.data for op in module.ops if op.name == "spirv.func")
    pipeline = device.load(serialize(module), name, len(arrays), len(constants))
    buffers = [device.allocate(array.nbytes) for array in arrays]
    for buffer, array in zip(buffers, arrays, strict=True):
        buffer.array[:] = array.view(np.uint8).reshape(-1)
    commands = device.record(
        [Dispatch(pipeline, tuple(buffers), constants, (workgroups, 1, 1))], timestamps=True
    )
    assert device.wait(device.submit(commands), 30)
    assert all(elapsed >= 0 for elapsed in device.elapsed_ns(commands))
    results = [b.array.copy().view(a.dtype) for b, a in zip(buffers, arrays, strict=True)]
    for buffer in buffers:
        device.free(buffer)
    return results


def test_saxpy_is_right(device: Device) -> None:
    x, y = np.arange(1000, dtype=np.float32), np.ones(1000, np.float32)
    _, got = run(device, kernels.saxpy(), [x, y], struct.pack("<If", 1000, 2.5), 16)
    np.testing.assert_array_equal(got, np.float32(2.5) * x + y)


@pytest.mark.parametrize("imports", [("tensorflow", ""), ("", "tensorflow")])
def test_mesas_driver_works_beside_tensorflow(imports: tuple[str, str]) -> None:
    """Whose LLVM is another; in a process of its own, as it used to crash."""
    if not Path(DRIVERS["llvmpipe"]).exists():
        pytest.skip("no Vulkan driver llvmpipe")
    pytest.importorskip("tensorflow")
    before, after = (f"import {name}" if name else "" for name in imports)
    program = f"""
{before}
from tests.targets.vulkan import test_device as tests
with tests.opened("llvmpipe") as device:
    {after}
    tests.test_saxpy_is_right(device)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-2000:]


def test_loops_conditions_and_workgroup_memory_are_right(device: Device) -> None:
    x = np.arange(256, dtype=np.float32)
    _, got = run(device, kernels.workgroup_sum(), [x, np.zeros(2, np.float32)],
                 struct.pack("<I", 256), 2)  # fmt: skip
    assert got.tolist() == [x[4:].sum(), x[64:].sum()]


def test_switches_and_mathematics_are_right(device: Device) -> None:
    x = np.linspace(-4, 4, 16, dtype=np.float32)
    _, got = run(device, kernels.switched(), [x, np.zeros(16, np.float32)], b"", 2)
    wanted = np.maximum(x, np.float32(1.5))
    wanted[0::4], wanted[2::4] = -x[0::4], np.sqrt(np.abs(x[2::4]))
    np.testing.assert_allclose(got, wanted, rtol=1e-6)


def test_local_variables_and_nested_loops_are_right(device: Device) -> None:
    [got] = run(device, kernels.locals_and_calls(), [np.zeros(8, np.int32)], b"", 1)
    wanted = []
    for i in range(8):
        total, mixed = 0, i
        for j in range(4):
            for m in range(j, 4):
                total += m
                mixed ^= total
        wanted.append((mixed % 4) * i + total)
    assert got.tolist() == wanted


def test_one_recording_is_submitted_many_times(device: Device) -> None:
    pipeline = device.load(serialize(kernels.saxpy()), "saxpy", 2, 8)
    x, y = device.allocate(256), device.allocate(256)
    x.array.view(np.float32)[:], y.array.view(np.float32)[:] = 1, 0
    dispatch = Dispatch(pipeline, (x, y), struct.pack("<If", 64, 1.0), (1, 1, 1))
    commands = device.record([dispatch, dispatch])
    values = [device.submit(commands) for _ in range(3)]
    assert values == sorted(values)
    assert device.wait(values[-1], 30)
    assert set(y.array.view(np.float32)) == {6.0}


def test_native_kernels_run_or_are_refused_by_name(device: Device) -> None:
    i = np.arange(64)
    arrays = [i.astype(np.float16), i.astype(np.float64), i.astype(np.int8), i.astype(np.int16),
              i.astype(np.int64), np.zeros(1, np.float32)]  # fmt: skip
    module = kernels.native_types()
    assert module.vce_triple is not None
    names = [name.data for name in module.vce_triple.capabilities]
    if lacking := device.physical.lacking(names):
        with pytest.raises(ModelError, match=", ".join(lacking)) as caught:
            run(device, module, arrays, b"", 1)
        assert caught.value.code == "IX410"
        return
    _, double, _, short, long, _ = run(device, module, arrays, b"", 1)
    np.testing.assert_array_equal(double, i * 0.1)
    assert short.tolist() == (i * -3).tolist()
    assert long.tolist() == (i - (1 << 40)).tolist()


def test_cooperative_matrices_run_or_are_refused_by_name(device: Device) -> None:
    a = np.eye(16, dtype=np.float16) * 2
    b = np.arange(256).reshape(16, 16).astype(np.float16)
    arrays = [a, b, np.ones((16, 16), np.float32)]
    if "cooperativeMatrix" in device.physical.features:
        *_, got = run(device, kernels.cooperative(), arrays, b"", 1)
        np.testing.assert_array_equal(got.reshape(16, 16), 2 * b.astype(np.float32) + 1)
    else:
        with pytest.raises(ModelError, match="CooperativeMatrixKHR"):
            run(device, kernels.cooperative(), arrays, b"", 1)


def test_a_buffer_beyond_the_device_is_a_typed_error(device: Device) -> None:
    with pytest.raises(ModelError, match="no buffer has") as caught:
        device.allocate(1 << 45)
    assert caught.value.code == "IX410"


def test_wrong_bindings_are_a_typed_error(device: Device) -> None:
    pipeline = device.load(serialize(kernels.saxpy()), "saxpy", 2, 8)
    with pytest.raises(ModelError, match="gets 0 buffers"):
        device.record([Dispatch(pipeline, (), b"", (1, 1, 1))])


def test_a_wait_ends_when_its_time_is_up(device: Device) -> None:
    assert device.wait(1 << 40, 0.01) is False


def test_an_unknown_device_lists_those_there_are(device: Device) -> None:
    with pytest.raises(ModelError, match="usable") as caught:
        device.instance.select("no such device")
    assert caught.value.code == "IX403"


def test_without_a_driver_the_error_says_what_to_install(monkeypatch) -> None:
    try:
        loader.library()
    except ModelError as error:
        pytest.skip(error.what)
    monkeypatch.setenv("VK_ICD_FILENAMES", "/nowhere/icd.json")
    with pytest.raises(ModelError, match="mesa-vulkan-drivers") as caught:
        Instance().select()
    assert caught.value.code == "IX403"


def test_without_a_loader_the_error_says_what_to_install(monkeypatch) -> None:
    def missing(name: str, mode: int = 0) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(loader.ctypes, "CDLL", missing)
    loader.library.cache_clear()
    with pytest.raises(ModelError, match="libvulkan1") as caught:
        Instance()
    assert caught.value.code == "IX403"
    loader.library.cache_clear()
