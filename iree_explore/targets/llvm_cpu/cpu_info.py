# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What code generation must know of a CPU: LLVM's name and features, vectors, caches.

`host()` describes this machine; `describe(cpu, features, triple)` any other, so that kernels for a
CPU that is not here can be emitted. `configure.py` takes tile sizes from it, `translate.py` the
function attributes.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path

import llvmlite.binding as llvm

_KIB = 1024


@dataclass(frozen=True)
class CPUInfo:
    """`name` and `features` in LLVM's spelling ("znver4", "+avx2,-xop,..."), the `triple`, bytes of
    a native vector register, how many of them there are, and cache sizes in bytes (per core; `l3`
    is shared)."""

    name: str
    features: str
    native_vector_bytes: int
    vector_registers: int
    l1: int
    l2: int
    l3: int = 0
    cores: int = 1
    triple: str = "x86_64-unknown-linux-gnu"

    @property
    def arch(self) -> str:
        """First part of the triple: "x86_64", "aarch64", "riscv64"."""
        return self.triple.partition("-")[0]

    def has(self, feature: str) -> bool:
        """Whether `feature` ("avx512f") is switched on by name."""
        return f"+{feature}" in self.features.split(",")

    def supports(self, feature: str) -> bool:
        """Whether the CPU has `feature`, by name or because every CPU of its name has it."""
        return self.has(feature) or (
            feature in _implied(self.name) and f"-{feature}" not in self.features.split(",")
        )

    @property
    def converts_half(self) -> bool:
        """Whether f16 is converted by instructions: on x86 that is F16C."""
        x86 = self.arch in ("x86_64", "i686")
        return not x86 or self.has("f16c") or "f16c" in _implied(self.name)


@functools.cache
def host() -> CPUInfo:
    """This machine."""
    triple = llvm.get_process_triple()
    features = llvm.get_host_cpu_features().flatten()
    caches = _linux_caches()
    return describe(
        llvm.get_host_cpu_name(),
        features,
        triple,
        l1=caches.get(1, 32 * _KIB),
        l2=caches.get(2, 512 * _KIB),
        l3=caches.get(3, 0),
        cores=available_cores(),
    )


def describe(
    name: str,
    features: str,
    triple: str,
    *,
    l1: int = 32 * _KIB,
    l2: int = 512 * _KIB,
    l3: int = 0,
    cores: int = 1,
) -> CPUInfo:
    """A CPU by LLVM's names; vector sizes follow from features (named, or implied by `name`)."""
    on = {f[1:] for f in features.split(",") if f.startswith("+")} | _implied(name)
    arch = triple.partition("-")[0]
    if arch in ("aarch64", "arm64"):
        vector_bytes, registers = 16, 32
    elif arch in ("x86_64", "i686"):
        if "avx512f" in on:
            vector_bytes, registers = 64, 32
        elif "avx" in on:
            vector_bytes, registers = 32, 16
        else:
            vector_bytes, registers = 16, 16
    else:  # fixed-length vectors of 16 bytes are what every other target can legalise
        vector_bytes, registers = 16, 32
    return CPUInfo(name, features, vector_bytes, registers, l1, l2, l3, cores, triple)


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _implied(name: str) -> frozenset[str]:
    """Vector features that come with a CPU name of x86's levels and the common server cores."""
    if name in ("x86-64-v4", "skylake-avx512", "cascadelake", "icelake-server", "sapphirerapids",
                "znver4", "znver5"):  # fmt: skip
        wide = {"sse4.1", "avx", "avx2", "f16c", "fma", "avx512f", "avx512bw", "avx512vl"}
        if name not in ("x86-64-v4", "skylake-avx512"):
            wide.add("avx512vnni")
        if name in ("sapphirerapids", "znver4", "znver5"):
            wide.add("avx512bf16")
        return frozenset(wide)
    if name in ("x86-64-v3", "haswell", "broadwell", "skylake", "znver1", "znver2", "znver3"):
        return frozenset({"sse4.1", "avx", "avx2", "f16c", "fma"})
    if name == "x86-64-v2":
        return frozenset({"sse4.1"})
    if name in ("neoverse-n1", "neoverse-v1", "neoverse-n2", "neoverse-v2", "apple-m1"):
        return frozenset({"dotprod"})
    return frozenset()


def _linux_caches() -> dict[int, int]:
    """Data cache bytes by level of the first core, from sysfs; empty where there is none."""
    sizes: dict[int, int] = {}
    for index in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"):
        try:
            level = int((index / "level").read_text())
            kind = (index / "type").read_text().strip()
            size = (index / "size").read_text().strip()
        except (OSError, ValueError):  # containers may hide parts of sysfs
            continue
        if kind in ("Data", "Unified") and size.endswith("K"):
            sizes[level] = int(size[:-1]) * _KIB
    return sizes
