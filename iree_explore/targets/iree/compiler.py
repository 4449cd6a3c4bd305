# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Compilation`: `iree-compile` as a child, and what it prints told to a listener as it goes.

The child may crash, hang or print gigabytes: it is killed when the caller cancels or the time is
over, stopped (SIGSTOP) while more than `BACKLOG` bytes of its dumps wait to be read, and its crash
is a `Failure` like any other. Nothing of IREE is loaded into this process.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from xdsl.dialects.builtin import ModuleOp

from iree_explore.context import Cancelled, CompilerContext
from iree_explore.errors import Error, GapError
from iree_explore.targets.iree import tools
from iree_explore.targets.iree.dumps import Dump, Tree
from iree_explore.targets.iree.emit import SCOPE
from iree_explore.targets.iree.failure import Failure, failure_of

PHASES: dict[str, str] = {
    "input": "Input dialects become linalg and the other core dialects.",
    "abi": "The program's functions get the calling convention of the runtime.",
    "preprocessing": "Devices are assigned; passes that users ask for.",
    "global-optimization": "The whole program: constants, transposes, layouts.",
    "dispatch-creation": "Dispatch regions are formed and fused.",
    "flow": "Regions become executables and dispatches.",
    "stream": "Asynchronous execution, resources and their lifetimes.",
    "executable-sources": "Executables by target, with their interfaces.",
    "executable-configurations": "How each executable is lowered: tiles, vectors, workgroups.",
    "executable-targets": "Code generation of each executable.",
    "hal": "Devices, command buffers and executables.",
    "vm": "The host program.",
}
"""IREE's phases (`--compile-to`), in order."""

BACKLOG = 256 << 20
SLICE_S = 0.1
_ENDED = re.compile(r"path=\S*?\.\d+\.([a-z\-]+)\.mlir")
_FLAGS = {
    "llvm-cpu": (
        "--iree-hal-target-device=local",
        "--iree-hal-local-target-device-backends=llvm-cpu",
        "--iree-llvmcpu-target-cpu=host",
    ),
    "vmvx": ("--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=vmvx"),
    "vulkan-spirv": ("--iree-hal-target-device=vulkan",),
}
_KINDS = {
    ".codegen.ll": "llvm-ir",
    ".optimized.ll": "llvm-ir-optimized",
    ".s": "assembly",
    ".spirv.mlir": "spirv",
    ".spvasm": "spirv",
    ".ptx": "ptx",
}
LONGEST_ARTIFACT = 4 << 20


class Listener(Protocol):
    """What is told of a compilation, from the thread that runs it."""

    def dumped(self, dump: Dump) -> None: ...

    def phase_ended(self, phase: str) -> None: ...

    def artifact(self, name: str, kind: str, text: str) -> None: ...


@dataclass(frozen=True)
class Outcome:
    """`binary` is the module, None if there is a `failure`; `elapsed_s` is
    wall time, reading included; `cpu_s` and `peak_nbytes` are the child's own. `phase` is the one
    that it ended in."""

    binary: bytes | None
    failure: Failure | None
    phase: str
    elapsed_s: float
    cpu_s: float
    peak_nbytes: int


def compile_text(
    text: str,
    backend: str,
    listener: Listener | None = None,
    cancel: threading.Event | None = None,
    limit_s: float = 1800.0,
) -> Outcome:
    """Compiles MLIR text for an IREE target backend ("llvm-cpu", "vulkan-spirv", ...).

    With a listener every pass is printed and told. Raises `Cancelled` if `cancel` is set, and
    `ModelError` IX403 if IREE is not installed.
    """
    program = tools.tool("iree-compile")
    with tempfile.TemporaryDirectory(prefix="iree-") as name:
        return _Child(program, Path(name), backend, listener, cancel, limit_s).run(text)


class _Child:
    def __init__(
        self,
        program: str,
        folder: Path,
        backend: str,
        listener: Listener | None,
        cancel: threading.Event | None,
        limit_s: float,
    ) -> None:
        self._program, self._folder, self._backend = program, folder, backend
        self._listener, self._cancel, self._limit_s = listener, cancel, limit_s
        self._tree = Tree(folder / "passes")
        self._phase = 0
        self._peak = 0
        self._cpu_s = 0.0

    def run(self, text: str) -> Outcome:
        folder = self._folder
        (folder / "input.mlir").write_text(text)
        begin = time.monotonic()
        with open(folder / "stderr", "wb") as errors:
            child = subprocess.Popen(
                [self._program, "input.mlir", "-o", "module.vmfb", *self._flags()],
                cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
            )  # fmt: skip
        try:
            late = self._follow(child, begin)
        finally:
            if child.poll() is None:
                child.kill()
            child.wait()
        if self._listener is not None:
            self._tell(ended=True)
        said = (folder / "stderr").read_bytes()[-(1 << 20) :].decode("utf-8", "replace")
        failure = failure_of(child.returncode, said)
        if late:
            failure = Failure(f"the compiler was not done after {self._limit_s:g} s")
        binary = None
        if failure is None:
            binary = (folder / "module.vmfb").read_bytes()
            self._tell_artifacts()
        names = list(PHASES)
        phase = names[min(self._phase, len(names) - 1)]
        return Outcome(binary, failure, phase, time.monotonic() - begin, self._cpu_s, self._peak)

    def _flags(self) -> list[str]:
        flags = ["--iree-input-type=stablehlo"]
        flags += _FLAGS.get(self._backend, (f"--iree-hal-target-backends={self._backend}",))
        if self._listener is not None:
            flags += [
                "--mlir-print-ir-after-all", "--mlir-print-ir-tree-dir=passes",
                "--mlir-print-debuginfo", "--mlir-elide-elementsattrs-if-larger=16",
                "--mlir-elide-resource-strings-if-larger=64", "--dump-compilation-phases-to=phases",
                "--iree-hal-dump-executable-intermediates-to=code",
            ]  # fmt: skip
        return flags

    def _follow(self, child: subprocess.Popen[bytes], begin: float) -> bool:
        """Until the child ends; True if it took too long."""
        while True:
            done, status, used = os.wait4(child.pid, os.WNOHANG)
            if done:
                child.returncode = os.waitstatus_to_exitcode(status)
                self._cpu_s = used.ru_utime + used.ru_stime
                return False
            self._peak = max(self._peak, _peak_of(child.pid))
            time.sleep(SLICE_S)
            self._check_cancelled()
            if time.monotonic() - begin > self._limit_s:
                return True
            if self._listener is not None:
                held = self._tree.waiting() > BACKLOG
                if held:
                    os.kill(child.pid, signal.SIGSTOP)
                try:
                    self._tell(ended=False)
                finally:
                    if held:
                        os.kill(child.pid, signal.SIGCONT)

    def _check_cancelled(self) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled("IX207", "IREE's compilation was cancelled")

    def _tell(self, ended: bool) -> None:
        assert self._listener is not None
        for dump in self._tree.take(ended):
            self._check_cancelled()
            if dump.name == "iree-util-dump-module":
                match = _ENDED.search(dump.title)
                if match and match[1] in PHASES:
                    self._phase = list(PHASES).index(match[1]) + 1
                    self._listener.phase_ended(match[1])
            else:
                self._listener.dumped(dump)

    def _tell_artifacts(self) -> None:
        if self._listener is None:
            return
        for path in sorted((self._folder / "code").glob("*")):
            for ending, kind in _KINDS.items():
                if path.name.endswith(ending):
                    size = path.stat().st_size
                    text = path.read_bytes()[:LONGEST_ARTIFACT].decode("utf-8", "replace")
                    if size > LONGEST_ARTIFACT:
                        text += f"\n; {size - LONGEST_ARTIFACT} bytes more\n"
                    self._listener.artifact(path.name[: -len(ending)], kind, text)


def _peak_of(pid: int) -> int:
    """Bytes that a running process had at most, as Linux says; 0 elsewhere. (What it says of an
    ended one counts what its parent had when it was started.)"""
    try:
        match = re.search(rb"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_bytes())
    except OSError:
        return 0
    return int(match[1]) * 1024 if match else 0


def weights_of(module: ModuleOp, ctx: CompilerContext) -> list[tuple[str, np.ndarray]]:
    """The parameters that `iree_text` names, by key."""
    return [(key, ctx.parameters.get(scope, key)) for scope, key in ctx.parameters
            if scope == SCOPE]  # fmt: skip


def error_of(outcome: Outcome, target: str, ctx: CompilerContext, ops: Sequence[int]) -> Error:
    """IREE's failure as one of ours: the phase, the pass and the model's ops that it is about."""
    failure = outcome.failure
    assert failure is not None
    layers = []
    for op in ops:
        for source in ctx.provenance.sources_of(op):
            layers.append(f"{source.layer or source.op} ({source.file}:{source.line})"
                          if source.file else source.layer or source.op)  # fmt: skip
    layers = [*dict.fromkeys(filter(None, layers))]
    most = 6
    rest = [f"and {len(layers) - most} more"] if len(layers) > most else []
    place = f"{failure.pass_name or 'a pass'} (phase {outcome.phase} of {target})"
    rewriting = failure.op_name and f"while rewriting {failure.op_name} ({failure.pattern})"
    return GapError(
        "IX420",
        f"{target}: {failure.what}",
        model="\n".join([*layers[:most], *rest]) or None,
        at=place,
        because="\n".join(filter(None, (rewriting, failure.detail))) or None,
    )
