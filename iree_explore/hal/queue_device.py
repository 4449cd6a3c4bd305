# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A device with one queue: what GPUs' drivers share.

Submissions run in the order in which they were made, each after all of the earlier ones, and have
values that grow: waiting for an execution is waiting for its value. What an execution uses is kept
until then. A lost device fails all that is in flight and what is asked of it later; a forked child
may not use what its parent opened. Next: `targets/vulkan/driver.py`, `targets/webgpu/driver.py`.
"""

from __future__ import annotations

import atexit
import os
import threading
from abc import abstractmethod
from collections import deque
from collections.abc import Sequence

from iree_explore.errors import Error, InternalError, ModelError
from iree_explore.hal.command_buffer import Binding, CommandBuffer, Copy, Dispatch, Fill
from iree_explore.hal.runtime import (
    Buffer,
    Device,
    DeviceInfo,
    DispatchTiming,
    Executable,
    Fence,
    Profile,
)


class Queued:
    """Something in a queue: `value` is what the queue reaches when it is done."""

    value: int = 0

    def finish(self, error: Error | None = None) -> None:
        """Called when the device is done with it, or lost."""
        raise InternalError("IX305", f"{type(self).__name__} does not say what it does at its end")


class Execution(Queued):
    """A command buffer in a queue. Subclasses read times and give back what they used."""

    def __init__(self, device: QueueDevice, bindings: Sequence[Buffer], signal: Fence | None,
                 profile: Profile | None) -> None:  # fmt: skip
        self.device = device
        self.error: Error | None = None
        self._kept: object = tuple(bindings)
        self._signal = signal
        self._profile = profile
        self._lock = threading.Lock()
        self._finished = False

    def wait(self, timeout_s: float | None = None) -> bool:
        """True when the device is done with it, False if the time is up; KeyboardInterrupt leaves
        it running, as a GPU cannot be interrupted."""
        if not self._finished:
            if not self.device.wait_for(self.value, timeout_s):
                return False
            self.finish()
        return True

    def finish(self, error: Error | None = None) -> None:
        """Once, when the device is done or lost: reads the times, signals, gives back what it used.
        A second thread waits until the first one has."""
        with self._lock:
            if self._finished:
                return
            if error is None and self._profile is not None:
                try:
                    timings = list(self._timings())  # the device gives its memory back now
                    self._profile.note(lambda: timings)
                except Error as failure:
                    error = failure
            self.error = error
            self._finished = True
            self._kept = ()
        if error is None:
            self._give_back()
        if self._signal is None:
            return
        if error is not None:
            self._signal.fail(error)
        else:
            self._signal.signal()

    @abstractmethod
    def _timings(self) -> Sequence[DispatchTiming]:
        """The commands of a profiled execution, each with its own times."""

    @abstractmethod
    def _give_back(self) -> None:
        """What it used is not used any more."""


class QueueDevice(Device):
    """A device with one queue. Any thread may call it."""

    def __init__(self, info: DeviceInfo) -> None:
        self.info = info
        self._inflight: deque[Queued] = deque()
        self._lock = threading.Lock()
        self._lost: Error | None = None
        self._closed = False
        self._process = os.getpid()
        atexit.register(self.close)
        os.register_at_fork(after_in_child=self._forget)

    @property
    def usable(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._lost is None and not self._closed and self._process == os.getpid()

    @abstractmethod
    def _forget(self) -> None:
        """In a forked child the driver's threads do not exist: nothing of the device is called."""

    @abstractmethod
    def close(self) -> None:
        """Waits for all work and frees memory. Whatever is asked of the device afterwards is an
        `InternalError` IX305."""

    def check_usable(self) -> None:
        """Raises what is wrong with the device: lost, closed, or the parent process's."""
        if self._lost is not None:
            raise self._lost
        if self._process != os.getpid():
            raise InternalError(
                "IX207", f"{self.info.name} was opened before the process forked",
                hint="open the device, and load the module, in the child",
            )  # fmt: skip
        if self._closed:
            raise InternalError("IX305", f"{self.info.name} is closed")

    @abstractmethod
    def _started(
        self,
        command_buffer: CommandBuffer,
        bindings: Sequence[Buffer],
        signal: Fence | None,
        profile: Profile | None,
    ) -> Execution:
        """Submits an execution."""

    @abstractmethod
    def _submit(self, work: Queued) -> None:
        """Hands work to the queue: gives it its value and puts it into `_inflight`."""

    @abstractmethod
    def _reached(self) -> int:
        """The value that the queue has reached; raises what went wrong."""

    @abstractmethod
    def _wait(self, value: int, timeout_s: float | None) -> bool:
        """Waits until the queue has reached a value; False if the time is up."""

    @staticmethod
    def _is_loss(error: Error) -> bool:
        """Whether an error means that the device is lost: both APIs' results are named alike."""
        return "DEVICE_LOST" in (error.because or "")

    def _settle(self) -> None:
        """Called on a lost device before what is in flight fails: what runs uses its memory."""

    def queue_execute(
        self,
        command_buffer: CommandBuffer,
        bindings: Sequence[Buffer],
        wait: Fence | None = None,
        signal: Fence | None = None,
        profile: Profile | None = None,
    ) -> None:
        if wait is not None and not self._is_submitted(wait):
            wait.wait()
        signal = signal or Fence.create()
        signal.expect(self._started(command_buffer, bindings, signal, profile))

    def execute(
        self,
        command_buffer: CommandBuffer,
        bindings: Sequence[Buffer],
        profile: Profile | None = None,
    ) -> None:
        """Without a fence: only this thread waits."""
        submission = self._started(command_buffer, bindings, None, profile)
        submission.wait()
        if submission.error is not None:
            raise submission.error

    def _is_submitted(self, fence: Fence) -> bool:
        """Whether the work that signals `fence` is in this device's queue: what is submitted now
        comes after it."""
        return all(
            isinstance(work := semaphore.work(value), Execution) and work.device is self
            for semaphore, value in fence.points
        )

    def submit(self, work: Queued) -> None:
        """Hands work to the queue, which keeps it until it is done."""
        try:
            self._submit(work)
        except Error as error:
            with self._lock:
                if work in self._inflight:
                    self._inflight.remove(work)
            raise self.failed(error) from error
        if len(self._inflight) > 16:
            self.retire()

    def retire(self) -> None:
        """Finishes what the device is done with."""
        try:
            reached = self._reached()
        except Error as error:
            raise self.failed(error) from error
        done = []
        with self._lock:
            while self._inflight and self._inflight[0].value <= reached:
                done.append(self._inflight.popleft())
        for work in done:
            work.finish()

    def wait_for(self, value: int, timeout_s: float | None) -> bool:
        """Waits until the queue is done with a submission; False if the time is up."""
        try:
            return self._wait(value, timeout_s)
        except Error as error:
            raise self.failed(error) from error

    def failed(self, error: Error) -> Error:
        """What to raise for a failure; if the device is lost, everything in flight fails too."""
        if not self._is_loss(error):
            return error
        if self._lost is None:
            self._lost = ModelError(
                "IX410", f"{self.info.name}: the device is lost", because=f"{error.what}: a kernel "
                "ran past the driver's time limit, or the driver failed",
                hint="load the module again, which opens the device anew; use a smaller batch",
            )  # fmt: skip
        self._settle()
        with self._lock:
            unfinished = list(self._inflight)
            self._inflight.clear()
        for work in unfinished:
            work.finish(self._lost)
        return self._lost


class QueueCommandBuffer(CommandBuffer):
    """Commands of a device whose grids and bindings have limits."""

    def __init__(
        self,
        device: QueueDevice,
        binding_capacity: int,
        most_workgroups: Sequence[int],
        longest_binding: int,
    ) -> None:
        super().__init__(binding_capacity)
        self._info, self._alignment = device.info, device.alignment
        self._most_workgroups, self._longest_binding = tuple(most_workgroups), longest_binding

    def dispatch(
        self,
        executable: Executable,
        ordinal: int,
        workgroups: Sequence[int],
        constants: Sequence[int],
        bindings: Sequence[Binding],
    ) -> None:
        """Records a grid; raises `ModelError` IX410 where it exceeds the device's limits."""
        super().dispatch(executable, ordinal, workgroups, constants, bindings)
        most, longest = self._most_workgroups, max((b.length for b in bindings), default=0)
        because = ""
        if any(n > limit for n, limit in zip(workgroups, most, strict=True)):
            because = f"it has {tuple(workgroups)} workgroups, the device runs at most {most}"
        elif longest > self._longest_binding:
            because = (
                f"it has a binding of {longest} bytes, the device binds at most "
                f"{self._longest_binding}"
            )
        if because:
            name = f"{executable.name}::{executable.exports[ordinal].name}"
            raise ModelError(
                "IX410", f"{self._info.name}: cannot run {name}", because=because,
                hint="use a smaller batch, or a device that allows more",
            )  # fmt: skip
        for binding in bindings:
            if binding.offset % self._alignment:
                raise InternalError(
                    "IX305",
                    f"a binding at byte {binding.offset}: offsets of {self._info.name} are "
                    f"multiples of {self._alignment}",
                )


def name_of(command: Dispatch | Fill | Copy) -> tuple[str, str, tuple[int, int, int]]:
    """Executable, entry and workgroups of a command, as a profile names it."""
    if isinstance(command, Dispatch):
        export = command.executable.exports[command.ordinal]
        return command.executable.name, export.name, command.workgroups
    return "builtin", "fill" if isinstance(command, Fill) else "copy", (1, 1, 1)
