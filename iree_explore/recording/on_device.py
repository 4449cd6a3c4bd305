# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The finished kernels dispatch by dispatch: the host program on NumPy, dispatches on the device.

The host program is that of `executable-configurations`, the last one whose submissions are ops; its
memory is the host's, and each dispatch gets copies of its bindings and gives back what it wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from xdsl.dialects.builtin import SymbolRefAttr

from iree_explore.errors import GapError
from iree_explore.hal.command_buffer import Binding
from iree_explore.hal.runtime import BufferView, Executable
from iree_explore.recording.watched import Watched
from iree_explore.stream.evaluate import words_of

if TYPE_CHECKING:
    from iree_explore.vm.instance import VMInstance


class OnDevice(Watched):
    """Evaluates a program whose kernels run on a device."""

    def __init__(self, *args: Any, instance: Callable[[], VMInstance]) -> None:
        self._instance = instance()
        self._entries: dict[str, tuple[Executable, int]] = {}
        super().__init__(*args)

    def dispatch(
        self, entry: SymbolRefAttr, workload: Sequence[int], scalars: Sequence[Any],
        bindings: Sequence[np.ndarray], kinds: str,
    ) -> None:  # fmt: skip
        executable = self.device_code[entry.root_reference.data]
        export = self._chosen(executable, entry.nested_references.data[-1].data, workload)
        code, ordinal = self._entry(export.sym_name.data)
        device = self._instance.device_of(code)
        buffers = [device.import_array(np.array(memory)) for memory in bindings]
        words = np.concatenate([np.empty(0, np.uint32), *map(words_of, scalars)])
        commands = device.create_command_buffer(0)
        commands.dispatch(
            code, ordinal, self._count(export, workload), [int(word) for word in words],
            [Binding(b, 0, m.nbytes) for b, m in zip(buffers, bindings, strict=True)],
        )  # fmt: skip
        commands.finalize()
        device.execute(commands, [])
        for index in self.outputs(entry):
            memory = bindings[index]
            view = BufferView(buffers[index], memory.shape, memory.dtype)
            memory[...] = view.to_numpy()

    def _entry(self, name: str) -> tuple[Executable, int]:
        """The loaded code of an entry point and its ordinal."""
        if not self._entries:
            for executable in self._instance.executables():
                for ordinal, export in enumerate(executable.exports):
                    self._entries[export.name] = executable, ordinal
        found = self._entries.get(name)
        if found is None:
            raise GapError("IX203", f"@{name} is not among the kernels that were loaded")
        return found
