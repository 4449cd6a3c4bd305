# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`IREEModule`: what IREE compiled, run by its own runtime in a child process, called like ours.

Calls go to `worker.py`. Dispatch times are those of IREE's profiler (`--device_profiling_mode`) in
a second child, `iree-benchmark-module`, with the same inputs: its end-to-end times are not used,
since profiling costs.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp

from iree_explore.context import CompilerContext
from iree_explore.errors import GapError, ModelError
from iree_explore.hal.runtime import Profile
from iree_explore.module import CompiledModule, DispatchSamples, Measurement
from iree_explore.targets.iree import tools
from iree_explore.targets.iree.emit import SCOPE
from iree_explore.targets.reference.backend import ReferenceBackend

_MODES = {"vulkan": "dispatch-events", "cuda": "dispatch-events", "hip": "dispatch-events"}
_CLOCKS = {
    "host_dispatch_event": "IREE profiler, host clock",
    "dispatch_event": "IREE profiler, device timestamp",
}
START_S = 120.0


class Runtime:
    """The child that runs one module. Calls wait for each other; a dead child is IX421."""

    def __init__(
        self, binary: bytes, weights: Sequence[tuple[str, np.ndarray]], target: str, driver: str
    ) -> None:
        tools.require(target, "runtime")
        self._target, self._driver = target, driver
        self._lock = threading.Lock()
        shared = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.folder = Path(tempfile.mkdtemp(prefix="iree-run-", dir=shared))
        self._end = weakref.finalize(self, shutil.rmtree, str(self.folder), True)
        (self.folder / "module.vmfb").write_bytes(binary)
        rows, at = [], 0
        with open(self.folder / "weights.bin", "wb") as file:
            for key, array in weights:
                data = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
                data.tofile(file)
                rows.append((key, at, at + data.size))
                at += data.size
        (self.folder / "weights.json").write_text(json.dumps(rows))
        self._errors = open(self.folder / "stderr", "wb")  # noqa: SIM115 - as long as the child
        worker = Path(__file__).with_name("worker.py")
        self._child = subprocess.Popen(
            [sys.executable, str(worker), str(self.folder), driver],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
        )  # fmt: skip
        self._kill = weakref.finalize(self, _end, self._child)
        self._read(START_S)

    def call(
        self, name: str, inputs: Sequence[Any], repetitions: int = 1
    ) -> tuple[list[np.ndarray], list[int]]:
        """Results of a function, and the wall time of each repetition in ns."""
        with self._lock:
            self.store(inputs)
            answer = self._ask(
                {"function": name, "inputs": len(inputs), "repetitions": repetitions}
            )
            results = [np.load(self.folder / f"out_{i}.npy") for i in range(answer["results"])]
            return results, answer["ns"]

    def store(self, inputs: Sequence[Any]) -> None:
        """Writes inputs where the child reads them."""
        for i, value in enumerate(inputs):
            np.save(self.folder / f"in_{i}.npy", np.asarray(value))

    def dispatches(
        self, name: str, inputs: Sequence[Any], repetitions: int
    ) -> list[list[dict[str, Any]]]:
        """What IREE's profiler says of each dispatch, call by call; [] if it says nothing."""
        with self._lock:
            if not (self.folder / "weights.irpa").exists():
                self._ask({"archive": True})
            self.store(inputs)
            profile = self.folder / "profile.ireeprof"
            mode = _MODES.get(self._driver, "host-execution")
            ran = subprocess.run(
                [
                    tools.tool("iree-benchmark-module"), f"--module={self.folder}/module.vmfb",
                    f"--device={self._driver}", f"--function={name}",
                    f"--parameters={SCOPE}={self.folder}/weights.irpa",
                    *(f"--input=@{self.folder}/in_{i}.npy" for i in range(len(inputs))),
                    "--benchmark_repetitions=1", f"--benchmark_min_time={repetitions + 1}x",
                    f"--device_profiling_mode={mode}", f"--device_profiling_output={profile}",
                ],
                capture_output=True, check=False, timeout=600,
            )  # fmt: skip
            if ran.returncode or not profile.exists():
                raise self._failed(ran.stderr.decode("utf-8", "replace"), "iree-benchmark-module")
            listed = subprocess.run(
                [tools.tool("iree-profile"), "dispatch", "--dispatch_events", "--format=jsonl",
                 str(profile)],
                capture_output=True, check=False, timeout=600,
            )  # fmt: skip
            profile.unlink()
        events = [json.loads(line) for line in listed.stdout.splitlines() if line.startswith(b"{")]
        events = [e for e in events if e.get("type") in _CLOCKS and e.get("valid", True)]
        events.sort(key=lambda e: e.get("event_id", 0))
        each, rest = divmod(len(events), repetitions + 1)
        if not each or rest:
            return []
        calls = [events[i : i + each] for i in range(0, len(events), each)]
        return calls[1:]  # the first warms up

    def close(self) -> None:
        """Ends the child."""
        self._kill()
        self._errors.close()
        self._end()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps(request).encode() + b"\n")
            self._child.stdin.flush()
        except OSError:
            raise self._failed(self._said(), "the runtime") from None
        return self._read(None)

    def _read(self, limit_s: float | None) -> dict[str, Any]:
        assert self._child.stdout is not None
        end = None if limit_s is None else time.monotonic() + limit_s
        while not select.select([self._child.stdout], [], [], 0.05)[0]:  # sees interrupts
            if end is not None and time.monotonic() > end:
                self.close()
                raise self._failed(f"no answer after {limit_s:g} s", "the runtime")
        line = self._child.stdout.readline()
        if not line:
            raise self._failed(self._said(), "the runtime")
        answer = json.loads(line)
        if "error" in answer:
            raise self._failed(answer["error"], "the runtime")
        return answer

    def _said(self) -> str:
        status = self._child.wait()
        text = (self.folder / "stderr").read_bytes()[-4000:].decode("utf-8", "replace")
        return f"the process ended with status {status}\n{text}".strip()

    def _failed(self, said: str, who: str) -> ModelError:
        return ModelError(
            "IX421",
            f"IREE cannot run this on {self._driver}",
            at=f"{who} ({tools.PACKAGES['runtime']} {tools.version('runtime')})",
            because="\n".join(said.strip().splitlines()[-12:]),
        )


class IREEBackend(ReferenceBackend):
    """The functions that our import declares, called in the child."""

    def __init__(self, module: ModuleOp, ctx: CompilerContext, runtime: Runtime) -> None:
        super().__init__(module, ctx)
        self.runtime = runtime

    def call(self, name: str, inputs: Sequence[Any]) -> list[Any]:
        """Results of a function."""
        return list(self.runtime.call(name, inputs)[0])

    def direct(self, name: str) -> Callable[[Sequence[Any]], list[Any] | None]:
        """No call is: every one goes to another process."""
        return lambda _: None

    def profile(self, name: str, inputs: Sequence[Any]) -> tuple[list[Any], Profile]:
        """One call; `IREEModule.profile` has the dispatches."""
        return self.call(name, inputs), Profile()

    def declared(self) -> dict[str, tuple[np.dtype, tuple[int | None, ...]]]:
        """The variables are in the other process: none can be read from here."""
        return {}


class IREEModule(CompiledModule):
    """A program that IREE compiled, on one of its devices ("iree:local-task")."""

    _backend: IREEBackend

    def profile(
        self, name: str, inputs: Sequence[Any], repetitions: int = 20, warmup: int = 1
    ) -> Measurement:
        """Whole calls by the clock of the process that runs them, without a profiler; dispatches
        by IREE's own profiler in another run of as many calls."""
        function = self[name]
        arrays = function.check(function.flatten(inputs))
        runtime = self._backend.runtime
        _, first = runtime.call(name, arrays)
        _, times = runtime.call(name, arrays, max(1, repetitions) + max(0, warmup - 1))
        calls = runtime.dispatches(name, arrays, max(1, repetitions))
        dispatches = tuple(
            DispatchSamples(
                event["key"],
                f"executable {event['executable_id']}",
                tuple(event["workgroup_count"]),
                tuple(_duration(call[i]) for call in calls),
                _CLOCKS[event["type"]],
            )
            for i, event in enumerate(calls[0] if calls else ())
            if all(call[i]["key"] == event["key"] for call in calls)
        )
        return Measurement(
            name, self.target, self.device, repetitions, first[0], tuple(times[-repetitions:]),
            dispatches, "clock of IREE's process",
        )  # fmt: skip

    def save(self, path: str | os.PathLike[str]) -> None:
        """Only ours have a file format: raises `GapError` IX203."""
        raise GapError(
            "IX203", f"{path}: modules of {self.target} cannot be saved",
            hint="binary has the bytes that IREE wrote (.vmfb)",
        )  # fmt: skip

    @property
    def binary(self) -> bytes:
        """The module as IREE wrote it (`.vmfb`); its weights are parameters of scope "model"."""
        return (self._backend.runtime.folder / "module.vmfb").read_bytes()

    def close(self) -> None:
        """Ends the child process."""
        self._backend.runtime.close()


def load(
    module: ModuleOp, ctx: CompilerContext, binary: bytes, target: str, device: str
) -> IREEModule:
    """What IREE made of an imported module, on a device ("iree:local-task")."""
    from iree_explore.targets.iree.compiler import weights_of

    weights = weights_of(module, ctx)
    runtime = Runtime(binary, weights, target, device.removeprefix("iree:"))
    backend = IREEBackend(module, ctx, runtime)
    return IREEModule(backend, backend.functions(), target, device)


def _duration(event: dict[str, Any]) -> int:
    return int(event.get("duration_ns", 0))


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
