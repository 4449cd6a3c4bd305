# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a driver made of SPIR-V, kept on disk: one file a device and version of its driver.

The file is a checksum and the driver's own bytes. One that does not match is removed and the
driver compiles again; it is written beside its place and renamed when the device is closed. Where
it is: `llvm_cpu/cache.py` (IREE_EXPLORE_CACHE_DIR), folder `vulkan`.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from iree_explore.errors import InternalError, ModelError
from iree_explore.targets.llvm_cpu.cache import folder
from iree_explore.targets.vulkan.loader import PhysicalDevice, call
from iree_explore.targets.vulkan.structs import struct

_MAGIC = b"IXVKPC1\0"
_OVERHEAD = len(_MAGIC) + 32
LIMIT_BYTES = 256 * 1024 * 1024
"""Bytes of one device's file; a bigger cache is not written."""


class PipelineCache:
    """A `VkPipelineCache`, begun with what the file of `physical` has; `found` are its bytes."""

    def __init__(self, create: Callable[..., int], physical: PhysicalDevice) -> None:
        self.path = folder() / "vulkan" / f"{physical.identity.hex()}.bin"
        self._name = physical.name
        self._saved = self.found = read(self.path)
        try:
            self.handle = create("vkCreatePipelineCache", _info(self.found), None)
        except (ModelError, InternalError):  # the driver refuses what another build of it made
            self._saved = self.found = b""
            remove(self.path)
            self.handle = create("vkCreatePipelineCache", _info(b""), None)

    def save(self, device: int) -> None:
        """Writes what the driver has now, if it has changed. A folder that cannot be written is no
        error: the next process compiles again."""
        size = (ctypes.c_size_t * 1)()
        call("vkGetPipelineCacheData", device, self.handle, size, None, device=self._name)
        data = (ctypes.c_char * max(size[0], 1))()
        call("vkGetPipelineCacheData", device, self.handle, size, data, device=self._name)
        content = data.raw[: size[0]]
        if content == self._saved or len(content) > LIMIT_BYTES:
            return
        with contextlib.suppress(OSError):
            write(self.path, content)
            self._saved = content


def _info(data: bytes):
    if not data:
        return struct("PipelineCacheCreateInfo")
    return struct("PipelineCacheCreateInfo", initialDataSize=len(data), pInitialData=data)


def read(path: Path) -> bytes:
    """What was written; nothing if there is no file, or a broken one, which is removed."""
    try:
        data = path.read_bytes()
    except OSError:
        return b""
    content = data[_OVERHEAD:]
    if data[:_OVERHEAD] == _MAGIC + hashlib.sha256(content).digest():
        return content
    remove(path)
    return b""


def write(path: Path, content: bytes) -> None:
    """Puts `content` and its checksum in the file at once; raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_MAGIC + hashlib.sha256(content).digest() + content)
        os.replace(name, path)
    except OSError:
        remove(Path(name))
        raise


def remove(path: Path) -> None:
    """Removes a file, if it is there and may be removed."""
    with contextlib.suppress(OSError):
        path.unlink()
