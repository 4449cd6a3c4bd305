# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Recordings as bytes and files: gzip-compressed JSON, written atomically, read with suspicion.

Nothing in a file is executed or unpickled; what a file may make this process allocate is bounded.
"""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import zlib
from pathlib import Path
from typing import Any

from iree_explore.errors import ModelError
from iree_explore.recording.model import SCHEMA, Recording
from iree_explore.recording.schema import SchemaError, decode, encode

MAX_FILE_NBYTES = 256 << 20
MAX_JSON_NBYTES = 1 << 30


def to_bytes(recording: Recording, level: int = 6) -> bytes:
    """The file form of `recording`; equal recordings give equal bytes."""
    return compress(encode(recording), level)


def compress(data: Any, level: int = 6) -> bytes:
    """JSON data, gzip-compressed, without a time stamp."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return gzip.compress(text.encode("utf-8", "surrogatepass"), level, mtime=0)


def from_bytes(data: bytes, where: str = "the data") -> Recording:
    """The recording in `data`; raises `ModelError` IX501 (not one, or damaged) or IX503."""
    try:
        text = _inflate(data)
        parsed = json.loads(text, parse_constant=_no_constant)
    except (ValueError, zlib.error, RecursionError, EOFError) as raised:
        raise _unreadable(where, raised) from raised
    schema = parsed.get("schema") if isinstance(parsed, dict) else None
    if isinstance(schema, str) and schema.startswith("iexplore/") and schema != SCHEMA:
        raise ModelError(
            "IX503", f"{where} has schema {schema[:40]!r}; this version reads {SCHEMA!r}"
        )
    try:
        return decode(parsed)
    except (SchemaError, RecursionError) as raised:
        raise _unreadable(where, raised) from raised


def save(recording: Recording, path: str | os.PathLike[str]) -> Path:
    """Writes a temporary file beside it and renames that, so readers see all or nothing."""
    return write_atomically(path, to_bytes(recording))


def load(path: str | os.PathLike[str]) -> Recording:
    """Reads a file that `save` wrote; raises `ModelError` IX501, IX503 or IX504."""
    path = Path(path)
    try:
        nbytes = path.stat().st_size
        if nbytes > MAX_FILE_NBYTES:
            raise ModelError("IX501", f"{path} has {nbytes} bytes, too many for a recording")
        data = path.read_bytes()
    except OSError as raised:
        raise ModelError("IX504", f"{path}: {raised.strerror or raised}") from raised
    return from_bytes(data, str(path))


def write_atomically(path: str | os.PathLike[str], data: bytes) -> Path:
    """`data` in a file at `path`: complete, or not there."""
    path = Path(path)
    handle, temporary = tempfile.mkstemp(prefix=path.name, suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    return path


def _inflate(data: bytes) -> str:
    if data[:2] != b"\x1f\x8b":
        raise ValueError("it does not start like a gzip file")
    stream = zlib.decompressobj(wbits=31)
    raw = stream.decompress(data, MAX_JSON_NBYTES)
    if stream.unconsumed_tail:
        raise ValueError("it is larger than a recording can be")
    if not stream.eof:
        raise ValueError("it is truncated")
    return raw.decode("utf-8", "surrogatepass")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _unreadable(where: str, raised: BaseException) -> ModelError:
    reason = str(raised)[:200] or type(raised).__name__
    return ModelError("IX501", f"{where} is not a recording, or a damaged one", because=reason)
