# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The bytes of an executable of SPIR-V: modules by entry point and profile.

    magic "IXSPIRV1" | u32 length of the header | header, JSON | the modules, each at 4 bytes

An executable is read with `unpack`, which checks what it reads; `Entry.variants` has the richest
profile last. A profile that cannot have a kernel is in `Entry.lacking` with the reason.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from iree_explore.errors import ModelError

FORMAT = "vulkan-spirv-fb"
FORMATS = (FORMAT, "webgpu-spirv-fb")
"""The same container; one for WebGPU has portable variants only."""
_MAGIC = b"IXSPIRV1"


@dataclass(frozen=True)
class Variant:
    """One module: its profile, what a device must be capable of, the SPIR-V words as bytes."""

    profile: str
    capabilities: tuple[str, ...]
    code: bytes


@dataclass(frozen=True)
class Entry:
    """One kernel: its name, what it is bound to, invocations of a workgroup, and its variants."""

    name: str
    bindings: int
    constants: int
    workgroup_size: tuple[int, int, int]
    variants: tuple[Variant, ...]
    lacking: dict[str, str] = field(default_factory=dict)


def pack(entries: Sequence[Entry]) -> bytes:
    """The bytes of an executable."""
    codes: list[bytes] = []
    rows: list[dict[str, Any]] = []
    offset = 0
    for entry in entries:
        variants = []
        for variant in entry.variants:
            place = {"offset": offset, "nbytes": len(variant.code)}
            named = {"profile": variant.profile, "capabilities": list(variant.capabilities)}
            variants.append({**named, **place})
            codes.append(variant.code)
            offset += len(variant.code)
        rows.append({
            "name": entry.name, "bindings": entry.bindings, "constants": entry.constants,
            "workgroup_size": list(entry.workgroup_size), "variants": variants,
            "lacking": entry.lacking,
        })  # fmt: skip
    header = json.dumps({"entries": rows}, sort_keys=True).encode()
    header += b" " * (-len(header) % 4)
    return b"".join([_MAGIC, struct.pack("<I", len(header)), header, *codes])


def unpack(data: bytes) -> list[Entry]:
    """What `pack` was given; raises `ModelError` IX506 for any other bytes."""
    begin = len(_MAGIC) + 4
    if len(data) < begin or not data.startswith(_MAGIC):
        raise ModelError("IX506", f"{len(data)} bytes are no {FORMAT} executable")
    length = struct.unpack_from("<I", data, len(_MAGIC))[0]
    codes = data[begin + length :]
    try:
        rows = json.loads(data[begin : begin + length])["entries"]
        return [_entry(row, codes) for row in rows]
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            "IX506", f"the header of a {FORMAT} executable is damaged", because=str(error)
        ) from error


def _entry(row: dict[str, Any], codes: bytes) -> Entry:
    variants = []
    for found in row["variants"]:
        offset, nbytes = int(found["offset"]), int(found["nbytes"])
        if offset < 0 or nbytes < 20 or offset % 4 or offset + nbytes > len(codes):
            raise ValueError(f"{nbytes} bytes at {offset} of {len(codes)}")
        capabilities = tuple(str(name) for name in found["capabilities"])
        code = codes[offset : offset + nbytes]
        variants.append(Variant(str(found["profile"]), capabilities, code))
    x, y, z = (int(size) for size in row["workgroup_size"])
    lacking = {str(profile): str(reason) for profile, reason in row["lacking"].items()}
    return Entry(
        str(row["name"]), int(row["bindings"]), int(row["constants"]), (x, y, z),
        tuple(variants), lacking,
    )  # fmt: skip
