# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whole compiled modules on disk: a model compiled before is loaded without lowering it again.

The one idea: an entry is found by what was imported (every op, type and attribute of it), by the
options, the CPU and the compiler's own code; it then says which weights were read to compute
others (batch normalisation folded into a convolution, for one) and is used only if those are the
same bytes. So it can never be seen, but for the time: same program, same code, same weights.

Only `ie.compile` uses it, since nobody records there; programs that compile quickly are not kept
(their kernels are, by targets/llvm_cpu/cache.py). One file an entry, with a checksum: a damaged one
is removed and made again. The least recently used go when the folder exceeds `LIMIT_BYTES`.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import struct
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, ModuleOp
from xdsl.ir import Attribute, Block, Operation, SSAValue

from iree_explore.context import CompilerContext, Parameters
from iree_explore.elements import from_name
from iree_explore.hal.runtime import ALIGNMENT, Buffer
from iree_explore.provenance import op_id
from iree_explore.targets.llvm_cpu import cache
from iree_explore.targets.llvm_cpu.cpu_info import host
from iree_explore.vm.program import Program
from iree_explore.walk import walk

WORTH_S = 0.5
"""Processor time that a compilation takes at least for its module to be kept."""
LIMIT_BYTES = 2 * 1024**3
_MAGIC = b"IXMOD\x001"
_HEADER = struct.Struct("<7sx32sQ")  # magic, checksum of what follows, bytes of JSON
_Name = tuple[str, str]


@dataclass(frozen=True)
class Key:
    """Of a program just imported: what finds its entry, and a digest of the places in the source
    that its ops come from, which some programs name (in errors of calls)."""

    name: str
    sources: str


@dataclass(frozen=True)
class Found:
    """What an entry has besides weights: the program, and object code by digest."""

    program: Program
    objects: dict[str, bytes]


def key_of(module: ModuleOp, ctx: CompilerContext) -> Key | None:
    """The key of an imported module; None if its compilation is not to be kept: without a cache,
    with the user's own passes or configurations, or if a part is compiled at its first call."""
    options = ctx.options
    own = options.preprocessing or options.passes or options.lowering_config is not None
    own = own or options.tuned
    if not options.cache or own or options.keep_assembly or ctx.unranked:
        return None
    ctx.provenance.settle(module, "import")
    digest = hashlib.sha256()
    for part in (_compiler(), repr(options), repr(host()), *_parts(module)):
        digest.update(part.encode())
        digest.update(b"\0")
    return Key(digest.hexdigest(), _sources(module, ctx))


def load(key: Key, parameters: Parameters) -> Found | None:
    """The entry of `key`, if there is one for these weights; adds the computed ones to
    `parameters`."""
    path = _path(key.name)
    try:
        with path.open("rb") as file:
            # Weights lie as devices use them: without another copy.
            data = Buffer.allocate(os.fstat(file.fileno()).st_size).memory
            data = data[: file.readinto(data.data)]
    except OSError:  # not there, or not readable: the same to us
        return None
    checked = _checked(data)
    if checked is None:
        path.unlink(missing_ok=True)
        return None
    head, parts = checked
    if head["sources"] not in ("", key.sources):
        return None
    for scope, name, digest in head["read"]:
        if (scope, name) not in parameters or _digest(parameters.get(scope, name)) != digest:
            return None
    for scope, name, dtype, shape, offset, length in head["parameters"]:
        array = parts[offset : offset + length]
        parameters.add(scope, name, array.view(from_name(dtype)).reshape(shape))
    objects = {d: parts[at : at + length].tobytes() for d, at, length in head["objects"]}
    with contextlib.suppress(OSError):  # a read-only cache is still a cache
        os.utime(path)
    return Found(head["program"], objects)


def store(key: Key, found: Found, ctx: CompilerContext, loads: Iterable[_Name]) -> None:
    """Keeps a compilation, on a thread of its own; `loads` are the weights that the program loads.

    A folder that cannot be written to keeps nothing.
    """
    parameters = ctx.parameters
    added, read = parameters.added, parameters.read
    assert added is not None and read is not None
    arrays = {n: np.asarray(parameters.get(*n), order="C") for n in loads if n in added}
    if sum(array.nbytes for array in arrays.values()) > LIMIT_BYTES // 4:
        return
    head: dict[str, Any] = {
        "program": dict(found.program),  # whoever loads it adds to it
        "sources": key.sources if _names_sources(found.program) else "",
        "read": [(*name, _digest(array)) for name, array in read.items()],
        "objects": [],
        "parameters": [],
    }
    at = 0
    parts: list[bytes | memoryview] = []
    for digest, code in found.objects.items():
        head["objects"].append((digest, at, len(code)))
        parts.append(code)
        at += _padded(len(code))
    for (scope, name), array in arrays.items():
        row = (scope, name, array.dtype.name, array.shape, at, array.nbytes)
        head["parameters"].append(row)
        parts.append(array.reshape(-1).view(np.uint8).data)
        at += _padded(array.nbytes)
    # Python waits for it at its end: what was begun is kept.
    threading.Thread(target=_write, args=(key.name, head, parts), name="module-cache").start()


def trim(limit_bytes: int) -> None:
    """Removes the least recently used entries until the rest fits into `limit_bytes`."""
    entries = []
    for path in _folder().glob("*"):
        try:
            status = path.stat()
        except OSError:  # removed by another process meanwhile
            continue
        entries.append((status.st_mtime_ns, status.st_size, path))
    total = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries):
        if total <= limit_bytes:
            break
        path.unlink(missing_ok=True)
        total -= size


def _padded(nbytes: int) -> int:
    return -(-nbytes // ALIGNMENT) * ALIGNMENT


def _write(name: str, head: dict[str, Any], parts: list[bytes | memoryview]) -> None:
    text = json.dumps(head).encode()
    length = _padded(_HEADER.size + len(text)) - _HEADER.size
    chunks: list[bytes | memoryview] = [text.ljust(length)]
    for part in parts:
        chunks += [part, bytes(-len(part) % ALIGNMENT)]
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    path = _path(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(_HEADER.pack(_MAGIC, digest.digest(), length))
            for chunk in chunks:
                file.write(chunk)
        os.replace(temporary, path)
    except OSError:  # full or read-only: compiling goes on without a cache
        return
    trim(LIMIT_BYTES)


def _checked(data: np.ndarray) -> tuple[dict[str, Any], np.ndarray] | None:
    """The head of an entry and what follows it; None if it is damaged."""
    if len(data) < _HEADER.size:
        return None
    magic, checksum, length = _HEADER.unpack_from(data.data)
    body = data[_HEADER.size :]
    if magic != _MAGIC or hashlib.sha256(body.data).digest() != checksum:
        return None
    return json.loads(body[:length].tobytes()), body[length:]


def _names_sources(program: Program) -> bool:
    """Whether calls of the program may name places of the source, in errors or names of sizes."""
    values = [v for e in program["exports"] for v in (*e["arguments"], *e["results"])]
    return (
        "util.assert" in program["imports"]
        or any(e["constraints"] for e in program["exports"])
        or any("dims" in v or "check" in v for v in values)
    )


def _parts(module: ModuleOp) -> list[str]:
    """Texts that two modules have in common only if they are equal, but for locations."""
    values: dict[SSAValue, int] = {}
    blocks: dict[Block, int] = {}
    texts: dict[int, str] = {}
    parts: list[str] = []

    def text(attribute: Attribute) -> str:
        found = texts.get(id(attribute))
        if found is None:
            found = texts[id(attribute)] = _text(attribute)
        return found

    def visit(op: Operation) -> None:
        operands = [values.setdefault(v, len(values)) for v in op.operands]
        successors = [blocks.setdefault(b, len(blocks)) for b in op.successors]
        results = [(values.setdefault(v, len(values)), text(v.type)) for v in op.results]
        attributes = [[(k, text(a)) for k, a in d.items()] for d in (op.properties, op.attributes)]
        for entries in attributes:
            entries.sort()
        parts.append(f"{op.name}{operands}{successors}{results}{attributes}{len(op.regions)}")
        for region in op.regions:
            for block in region.blocks:
                number = blocks.setdefault(block, len(blocks))
                types = [(values.setdefault(a, len(values)), text(a.type)) for a in block.args]
                parts.append(f"^{number}{types}")
                for inner in block.ops:
                    visit(inner)
            parts.append("}")

    visit(module)
    return parts


def _text(attribute: Attribute) -> str:
    if isinstance(attribute, DenseIntOrFPElementsAttr):  # often large
        return f"dense {attribute.type} {hashlib.sha256(attribute.data.data).hexdigest()}"
    return str(attribute)


def _sources(module: ModuleOp, ctx: CompilerContext) -> str:
    origins = ctx.provenance.origins
    digest = hashlib.sha256(repr(ctx.provenance.sources).encode())
    digest.update(repr([sorted(origins[op_id(op)].sources) for op in walk(module)]).encode())
    return digest.hexdigest()


@functools.cache
def _compiler() -> str:
    """What the compiler is: its own code, by size and times of each file (reading it all would take
    as long as loading a module; no change leaves `st_ctime` as it was), and the versions of what
    it uses."""
    digest = hashlib.sha256()
    folders = [str(Path(__file__).parent)]
    files: list[tuple[str, int, int, int]] = []
    for folder in folders:
        for entry in os.scandir(folder):
            if entry.is_dir():
                folders.append(entry.path)
            elif entry.name.endswith(".py"):
                status = entry.stat()
                times = status.st_mtime_ns, status.st_ctime_ns
                files.append((entry.path, status.st_size, *times))
    digest.update(repr(sorted(files)).encode())
    used = [f"{name} {version(name)}" for name in ("xdsl", "llvmlite", "numpy")]
    return f"{digest.hexdigest()} {' '.join(used)}"


def _digest(array: np.ndarray) -> str:
    """Of dtype, shape and elements."""
    digest = hashlib.sha256(f"{array.dtype.name}{array.shape}".encode())
    digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _folder() -> Path:
    return cache.folder() / "modules"


def _path(name: str) -> Path:
    return _folder() / name
