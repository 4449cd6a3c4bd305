# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Options of the CPU drivers: what follows `?` in `device="local-task?schedule=serial&jitter=7"`.

Those that IREE has are named as its flags. Next: `driver.py`, which obeys them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from iree_explore.errors import ModelError
from iree_explore.targets.llvm_cpu.cpu_info import available_cores
from iree_explore.targets.llvm_cpu.guard import enabled_everywhere

MAX_THREADS = 256


@dataclass(frozen=True)
class TaskOptions:
    """How a CPU device runs command buffers.

    `task_topology_group_count`: threads that run workgroups, the calling one among them (0: one a
    core). `task_topology_cpu_ids`: the cores that the device's own threads are pinned to, in turn.
    `task_worker_spin_us`: how long a thread without work looks for some before it sleeps.
    `schedule`: "graph" runs what is ready, "serial" one command after the other, each spread over
    the threads (what a parallel loop in every op does). `jitter`: not 0 makes the threads yield and
    sleep at random points (the seed), for tests. `guard`: 1 runs between guard pages (`guard.py`).
    """

    task_topology_group_count: int = 0
    task_topology_cpu_ids: tuple[int, ...] = ()
    task_worker_spin_us: int = 30
    schedule: str = "graph"
    jitter: int = 0
    guard: bool = False

    @property
    def threads(self) -> int:
        """How many threads run workgroups, the calling one among them."""
        return self.task_topology_group_count or available_cores()


def parse(driver: str, options: Mapping[str, str], known: tuple[str, ...]) -> TaskOptions:
    """The options of `driver`, which has those named in `known`.

    Raises `ModelError` IX402 for others, and for values that are none.
    """
    found: dict[str, Any] = {"guard": enabled_everywhere()}
    for key, text in options.items():
        if key not in known:
            raise ModelError(
                "IX402",
                f"device {driver!r} has no option {key!r}",
                hint="it has " + ", ".join(known),
            )
        try:
            found[key] = _PARSERS[key](text)
        except ValueError as error:
            raise ModelError("IX402", f"device option {key}={text}", because=str(error)) from None
    return TaskOptions(**found)


def _number(low: int, high: int) -> Callable[[str], int]:
    def parse_number(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise ValueError(f"{value} is not between {low} and {high}")
        return value

    return parse_number


def _cores(text: str) -> tuple[int, ...]:
    if not hasattr(os, "sched_setaffinity"):
        raise ValueError(f"threads cannot be pinned to cores on {sys.platform}")
    cores = tuple(int(part) for part in text.split(","))
    allowed = os.sched_getaffinity(0)
    for core in cores:
        if core not in allowed:
            raise ValueError(f"core {core} is not one of {sorted(allowed)}")
    return cores


def _schedule(text: str) -> str:
    if text not in ("graph", "serial"):
        raise ValueError('one of "graph" and "serial"')
    return text


_PARSERS: dict[str, Callable[[str], Any]] = {
    "task_topology_group_count": _number(1, MAX_THREADS),
    "task_topology_cpu_ids": _cores,
    "task_worker_spin_us": _number(0, 1_000_000),
    "schedule": _schedule,
    "jitter": _number(0, (1 << 31) - 1),
    "guard": lambda text: bool(_number(0, 1)(text)),
}
