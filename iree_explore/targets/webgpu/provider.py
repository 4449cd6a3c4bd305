# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Implementations of WebGPU for Python, and the adapters that they find.

All have the API of wgpu-py: `wgpudawn` is Dawn, as in Chrome, `wgpu` is wgpu-native, a second
opinion. Dawn looks for drivers as Vulkan's loader does; where that names no driver of a GPU, the
software driver that Chromium brings (SwiftShader) is added for it: Mesa's before 25 lacks what Dawn
needs. What fails is a `ModelError` IX403 or IX410 that says what to install or change.
"""

from __future__ import annotations

import functools
import importlib
import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iree_explore.errors import ModelError
from iree_explore.targets.vulkan.drivers import keep_apart

PROVIDERS = {"wgpudawn": "Dawn", "wgpu": "wgpu-native"}
"""Packages by the name that `provider=` takes, and what is in them. The first is the default."""
DEFAULT = next(iter(PROVIDERS))
_REMEDY = {"wgpudawn": "pip install 'iree_explore[webgpu]'", "wgpu": "pip install wgpu"}
_VARIABLES = ("VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES")
_SOFTWARE = (
    "/usr/lib/chromium/vk_swiftshader_icd.json",
    "/usr/lib/chromium-browser/vk_swiftshader_icd.json",
    "/opt/google/chrome/vk_swiftshader_icd.json",
)
NO_ADAPTER = (
    "install the GPU's driver for Vulkan; on a CPU chromium (its SwiftShader) or Mesa 25's "
    "mesa-vulkan-drivers: Mesa's earlier ones lack what Dawn needs"
)


@dataclass(frozen=True)
class Adapter:
    """One adapter of a provider, the `number`th: what it is, its limits (WebGPU's names with
    dashes), what it can do besides."""

    number: int
    name: str
    kind: str
    limits: dict[str, int]
    features: frozenset[str]


@dataclass(frozen=True)
class Provider:
    """A package that implements WebGPU: `api` is its module."""

    package: str
    api: Any
    adapters: tuple[Adapter, ...]

    def select(self, name: str = "") -> Adapter:
        """The first adapter whose name contains `name`, GPUs before CPUs, or the one of that
        number; raises IX403."""
        if name.isdecimal():
            found = self.adapters[int(name) :][:1]
        else:
            found = tuple(a for a in self.adapters if name.lower() in a.name.lower())
        if found:
            return min(found, key=lambda adapter: adapter.kind == "CPU")
        known = [f"{n}: {a.name} ({a.kind})" for n, a in enumerate(self.adapters)]
        raise ModelError(
            "IX403",
            f"no WebGPU adapter {name!r}" if name else "there is no WebGPU adapter here",
            because="\n".join(known) or f"{PROVIDERS[self.package]} finds none",
            hint="ask for one of these" if known else NO_ADAPTER,
        )

    def handle(self, adapter: Adapter) -> Any:
        """The adapter itself, which makes one device; the next device is another one's."""
        return self.api.gpu.enumerate_adapters_sync()[adapter.number]

    @contextmanager
    def guarded(self, what: str) -> Iterator[None]:
        """What WebGPU refuses inside is a `ModelError` IX410: `what` names device and deed."""
        try:
            yield
        except self.api.GPUOutOfMemoryError as error:
            raise ModelError("IX410", what, because=f"OUT_OF_MEMORY: {error}") from error
        except self.api.GPUError as error:
            if "is lost" in str(error):
                raise ModelError("IX410", what, because=f"DEVICE_LOST: {error}") from error
            raise ModelError(
                "IX410", what, because=str(error),
                hint="use another device of ie.devices(); if it is a kernel of ours, report it",
            ) from error  # fmt: skip

    def wait(self, device: Any, promise: Any, timeout_s: float | None) -> bool:
        """Waits until a promise is kept; False if the time is up. Raises RuntimeError if it is
        broken."""
        if timeout_s is None:
            promise.sync_wait()
            return True
        end = time.monotonic() + timeout_s
        while promise._state == "pending":
            device._poll()
            if promise._state == "pending":
                if time.monotonic() >= end:
                    return False
                time.sleep(min(0.0005, timeout_s))
        promise.sync_wait()
        return True


def provider(package: str = DEFAULT) -> Provider:
    """A provider with the adapters that it finds, looked for once in a process; raises `ModelError`
    IX402 (no such provider) or IX403 (its package is missing)."""
    check_package(package)
    with _lock:
        return _found(package)


def check_package(package: str) -> None:
    """Raises `ModelError` IX402 unless it is a provider's."""
    if package not in PROVIDERS:
        raise ModelError(
            "IX402", f"device option provider={package}", because="there is no such provider",
            hint="one of: " + ", ".join(f"{p} ({name})" for p, name in PROVIDERS.items()),
        )  # fmt: skip


_lock = threading.Lock()


@functools.cache
def _found(package: str) -> Provider:
    try:
        api = importlib.import_module(package)
    except ImportError as error:
        raise ModelError(
            "IX403", f"the package {package} ({PROVIDERS[package]}) is not installed",
            because=str(error), hint=_REMEDY[package],
        ) from error  # fmt: skip
    with _software_added(), _said_to_log():
        keep_apart()
        found = api.gpu.enumerate_adapters_sync()
    return Provider(
        package, api, tuple(_describe(package, n, adapter) for n, adapter in enumerate(found))
    )


@contextmanager
def _said_to_log() -> Iterator[None]:
    """What native libraries print about adapters that they pass over goes to the log: whoever
    lists devices has not asked for it."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            said.seek(0)
            text = said.read().decode(errors="replace").strip()
            if text:
                logging.getLogger(__name__).info("while listing adapters: %s", text)


@contextmanager
def _software_added() -> Iterator[None]:
    """Adds Chromium's SwiftShader to the drivers that Vulkan's loader looks for, unless the
    environment says which ones to take."""
    software = next((path for path in _SOFTWARE if Path(path).exists()), None)
    if software is None or any(name in os.environ for name in _VARIABLES):
        yield
        return
    os.environ["VK_ADD_DRIVER_FILES"] = software
    try:
        yield
    finally:
        del os.environ["VK_ADD_DRIVER_FILES"]


def _describe(package: str, number: int, adapter: Any) -> Adapter:
    info = adapter.info
    name = f"{info['device']}, {PROVIDERS[package]} on {info['backend_type']}"
    return Adapter(number, name, str(info["adapter_type"]), dict(adapter.limits),
                   frozenset(adapter.features))  # fmt: skip
