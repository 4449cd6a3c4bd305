# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiled kernels on disk, by content.

The key is a digest of the LLVM IR text, the CPU and the compiler's version. The text has dense
local debug lines and no symbol names (translate.py), so a kernel keeps its key when op ids or its
number in the program change. Files are written beside their place and renamed; each carries a
checksum, and one that does not match is removed and compiled again. The least recently used go when
the folder exceeds `LIMIT_BYTES`: one write in 256, whichever process makes it, has a thread look.
Environment: IREE_EXPLORE_CACHE_DIR.
"""

from __future__ import annotations

import functools
import hashlib
import os
import struct
import sys
import tempfile
import threading
import zlib
from pathlib import Path

from iree_explore.targets.llvm_cpu.cpu_info import CPUInfo

LIMIT_BYTES = 256 * 1024 * 1024
_MAGIC = b"IXOBJ\x001"
_HEADER = struct.Struct("<7sx32sQ")  # magic, checksum of what follows, bytes of object code
_TRIM_PREFIX = "00"
"""Keys that begin so have the folder trimmed after they are written."""


def folder() -> Path:
    """Where the cache is: IREE_EXPLORE_CACHE_DIR, else the user's cache folder."""
    chosen = os.environ.get("IREE_EXPLORE_CACHE_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "iree_explore"


def key_of(ir: str, cpu: CPUInfo) -> str:
    """The key of LLVM IR text compiled for `cpu` by this version."""
    digest = hashlib.sha256()
    for part in (_compiler_version(), cpu.triple, cpu.name, cpu.features, ir):
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()


@functools.cache
def _compiler_version() -> str:
    import llvmlite
    import llvmlite.binding as llvm

    worker = Path(__file__).with_name("worker.py").read_bytes()
    version = ".".join(map(str, llvm.llvm_version_info))
    return f"llvmlite {llvmlite.__version__} LLVM {version} {zlib.crc32(worker)}"


def read(key: str, assembly: bool = False) -> tuple[bytes, str] | None:
    """Object code and assembly ("" if not kept); None if absent, damaged, or without the assembly
    that is asked for."""
    path = _path(key)
    try:
        data = path.read_bytes()
    except OSError:  # not there, or not readable: the same to us
        return None
    found = _unpack(data)
    if found is None:
        path.unlink(missing_ok=True)
        return None
    if assembly and not found[1]:
        return None
    try:
        os.utime(path)
    except OSError:  # a read-only cache is still a cache
        return found
    return found


def write(key: str, code: bytes, assembly: str = "") -> None:
    """Keeps a result; a folder that cannot be written to keeps nothing."""
    body = code + zlib.compress(assembly.encode(), 1) if assembly else code
    data = _HEADER.pack(_MAGIC, hashlib.sha256(body).digest(), len(code)) + body
    path = _path(key)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:  # full or read-only: compiling goes on without a cache
        return
    if key.startswith(_TRIM_PREFIX):
        threading.Thread(target=trim, args=(LIMIT_BYTES,), name="cache-trim", daemon=True).start()


def trim(limit_bytes: int) -> None:
    """Removes the least recently used files until the rest fits into `limit_bytes`.

    It looks at every file, which takes tenths of a second: nobody should wait for it.
    """
    entries = []
    for part in _entries(folder() / "objects"):
        for entry in _entries(part):
            try:
                status = entry.stat()
            except OSError:  # removed by another process meanwhile
                continue
            entries.append((status.st_mtime_ns, status.st_size, entry.path))
    total = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries):
        if total <= limit_bytes:
            break
        Path(path).unlink(missing_ok=True)
        total -= size


def _entries(path: str | os.PathLike[str]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as found:
            return list(found)
    except OSError:  # not a folder, or gone
        return []


def _path(key: str) -> Path:
    return folder() / "objects" / key[:2] / key[2:]


def _unpack(data: bytes) -> tuple[bytes, str] | None:
    if len(data) < _HEADER.size:
        return None
    magic, checksum, length = _HEADER.unpack_from(data)
    body = data[_HEADER.size :]
    if magic != _MAGIC or hashlib.sha256(body).digest() != checksum:
        return None
    text = zlib.decompress(body[length:]).decode() if len(body) > length else ""
    return body[:length], text
