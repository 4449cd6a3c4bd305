# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Target backends and HAL drivers: two tables, one line each.

A target says what compiles, a driver where it runs. Nothing is imported before it is asked for;
what cannot run here is a `DeviceInfo` with a reason. To add one see docs/adding_a_target.md.
"""

from __future__ import annotations

import functools
import importlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iree_explore.errors import ModelError
from iree_explore.hal.runtime import Device, DeviceInfo, Driver

if TYPE_CHECKING:
    from iree_explore.context import CompileOptions
    from iree_explore.hal.dialect import ExecutableTargetAttr

__all__ = ["DRIVERS", "IREE", "TARGETS", "DeviceInfo", "Target", "check_target", "default_device",
           "devices", "executable_target", "open_device", "prepare", "resolve_device",
           "runs_elsewhere"]  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A target backend: `formats` of its executables, its `drivers` best first, and the phase after
    which its compilation stops ("vm" unless it runs something earlier)."""

    name: str
    summary: str
    drivers: tuple[str, ...]
    formats: tuple[str, ...] = ()
    describe: str = ""
    """"module:function" from compile options to the `hal.executable.target` attribute."""
    prepare: str = ""
    """"module:function" that starts what compiling for the target needs, without waiting for it."""
    stop: str = "vm"
    passes: str = ""
    """The target whose passes it shares, if it has none of its own."""
    min_buffer_offset_alignment: int = 64
    """Bytes: what offsets of bindings have to be multiples of on any of its devices."""


TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target(
            "llvm-cpu",
            "LLVM IR to machine code, by llvmlite.",
            ("local-task", "local-sync"),
            ("embedded-elf-x86_64", "embedded-elf-aarch64", "embedded-elf-riscv64"),
            "iree_explore.targets.llvm_cpu.target:executable_target",
            "iree_explore.targets.llvm_cpu.target:prepare",
        ),
        Target(
            "vulkan-spirv",
            "SPIR-V for Vulkan, by our own dialect and serializer.",
            ("vulkan",),
            ("vulkan-spirv-fb",),
            "iree_explore.targets.spirv.target:executable_target",
            min_buffer_offset_alignment=256,
        ),
        Target(
            "webgpu-spirv",
            "SPIR-V of the portable profile, for WebGPU.",
            ("webgpu", "browser"),
            ("webgpu-spirv-fb",),
            "iree_explore.targets.spirv.target:webgpu_target",
            min_buffer_offset_alignment=256,
            passes="vulkan-spirv",
        ),
        Target(
            "reference",
            "Each StableHLO op evaluated in NumPy: the definition of what is right.",
            ("reference",),
            stop="import",
        ),
    )
}

DRIVERS: dict[str, str] = {
    "local-sync": "iree_explore.targets.llvm_cpu.driver:LocalSyncDriver",
    "local-task": "iree_explore.targets.llvm_cpu.driver:LocalTaskDriver",
    "vulkan": "iree_explore.targets.vulkan.driver:VulkanDriver",
    "webgpu": "iree_explore.targets.webgpu.driver:WebGPUDriver",
    "browser": "iree_explore.targets.wgsl.driver:BrowserDriver",
}
"""Driver name -> "module:Driver class"."""

_REFERENCE = DeviceInfo("reference", "reference", "NumPy on the calling thread")
_ABSENT: tuple[DeviceInfo, ...] = tuple(
    DeviceInfo(driver, target, name, False, f"this version has no {lacking}")
    for driver, target, name, lacking in (("cuda", "cuda", "NVIDIA GPUs", "target backend cuda"),)
)


IREE = "iree:"
"""Begins the names of targets and devices of the real IREE (extra `iree`)."""


@functools.cache
def _iree(name: str) -> Target:
    """Target `iree:<backend>`: ours stops after the import, the rest is IREE's."""
    backend = name.removeprefix(IREE)
    gpus = {"vulkan-spirv": "vulkan", "cuda": "cuda", "rocm": "hip"}
    drivers = (gpus[backend],) if backend in gpus else ("local-task", "local-sync")
    return Target(
        name,
        f"The real IREE's target backend {backend}.",
        tuple(IREE + driver for driver in drivers),
        stop="import",
    )


def _iree_devices() -> list[DeviceInfo]:
    from iree_explore.targets.iree import tools

    reason = tools.missing("compiler", "runtime")
    if reason:
        reason += ': pip install "iree_explore[iree]"'
    rows = [DeviceInfo(f"{IREE}{driver}", f"{IREE}llvm-cpu", f"CPU, by IREE's {driver}", not reason,
                       reason) for driver in ("local-task", "local-sync")]  # fmt: skip
    seen = _driver("vulkan").query()
    usable = next((info for info in seen if info.available), None)
    reason = reason or ("" if usable else next((i.reason for i in seen), "no Vulkan driver"))
    name = f"{usable.name}, by IREE" if usable else "Vulkan, by IREE"
    rows.append(DeviceInfo(f"{IREE}vulkan", f"{IREE}vulkan-spirv", name, not reason, reason))
    return rows


def check_target(name: str) -> Target:
    """The target backend; raises `ModelError` IX401 that lists those that exist."""
    if name.startswith(IREE) and len(name) > len(IREE):
        return _iree(name)
    if name not in TARGETS:
        raise ModelError(
            "IX401",
            f"unknown target backend {name!r}",
            hint="one of: "
            + ", ".join(f"{t.name} ({t.summary})" for t in TARGETS.values())
            + ", iree:<backend> (the real IREE)",
        )
    return TARGETS[name]


def executable_target(name: str, options: CompileOptions) -> ExecutableTargetAttr:
    """What the executables of target `name` are for; raises IX401 if it has none."""
    target = check_target(name)
    if not target.describe:
        raise ModelError("IX401", f"target backend {name!r} makes no executables")
    module, _, function = target.describe.partition(":")
    return getattr(importlib.import_module(module), function)(options)


def prepare(options: CompileOptions) -> None:
    """Starts what compiling for the targets of `options` needs, while the program is lowered."""
    for name in options.targets:
        module, _, function = check_target(name).prepare.partition(":")
        if function:
            getattr(importlib.import_module(module), function)()


def devices() -> list[DeviceInfo]:
    """What can run here and, for the rest, why it can't."""
    ours = [info for name in DRIVERS for info in _driver(name).query()]
    return [*ours, _REFERENCE, *_ABSENT, *_iree_devices()]


def _devices_of(driver: str) -> list[DeviceInfo]:
    """Those of one driver: the others are not asked, which takes longer than a small compilation
    where they load libraries."""
    if driver in DRIVERS:
        return _driver(driver).query()
    others = _iree_devices() if driver.startswith(IREE) else (_REFERENCE, *_ABSENT)
    return [info for info in others if info.driver == driver]


def default_device(target: str) -> str:
    """Name of the target's first available driver; raises IX403 if there is none."""
    infos = [i for driver in check_target(target).drivers for i in _devices_of(driver)]
    for info in infos:
        if info.available:
            return info.driver
    raise ModelError(
        "IX403",
        f"no device runs {target} here",
        because="\n".join(f"{i.driver}: {i.reason}" for i in infos),
    )


def resolve_device(target: str, name: str | None) -> str:
    """`name` checked (None: the default); raises IX402 (unknown) or IX403 (not available).

    Options of a driver follow its name: `local-task?task_topology_group_count=4&schedule=serial`.
    """
    if name is None:
        return default_device(target)
    asked, (name, _, options) = name, name.partition("?")
    infos = _devices_of(name)
    if not infos:
        known = dict.fromkeys(i.driver for i in devices())
        raise ModelError("IX402", f"unknown device {name!r}", hint="one of: " + ", ".join(known))
    if not runs_elsewhere(name) and not any(i.available for i in infos):
        raise ModelError("IX403", f"device {name!r} is not available", because=infos[0].reason)
    if name not in check_target(target).drivers:
        raise ModelError(
            "IX403",
            f"device {name!r} does not run what {target} makes",
            hint="one of: " + ", ".join(check_target(target).drivers),
        )
    if options:
        if name not in DRIVERS:
            raise ModelError("IX402", f"device {name!r} has no options, got {options!r}")
        _driver(name).check_options(_options(options))
    return asked


def runs_elsewhere(driver: str) -> bool:
    """Whether a driver is for what runs where Python is not."""
    return driver in DRIVERS and _driver(driver).elsewhere


_devices: dict[str, Device] = {}
_devices_lock = threading.Lock()


def open_device(name: str) -> Device:
    """The one device of a driver and its options in this process; `name` is a key of `DRIVERS`,
    then `?key=value&...`. Raises `ModelError` IX402 for options that the driver does not know."""
    with _devices_lock:
        found = _devices.get(name)
        if found is None or not found.usable:
            driver, _, options = name.partition("?")
            found = _devices[name] = _driver(driver).create_device(_options(options))
        return found


def _options(text: str) -> dict[str, str]:
    """`key=value&...` of a device's name."""
    found = {}
    for part in filter(None, text.split("&")):
        key, equals, value = part.partition("=")
        if not equals or not key or key in found:
            raise ModelError("IX402", f"device option {part!r}", hint="write each once: key=value")
        found[key] = value
    return found


@functools.cache
def _driver(name: str) -> Driver:
    module, _, cls = DRIVERS[name].partition(":")
    return getattr(importlib.import_module(module), cls)()
