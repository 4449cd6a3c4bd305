# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Live modules after each phase, kept cheaply: only top-level ops that a phase changed are cloned.

A snapshot belongs to the compilation and is never handed out: `module` builds a fresh one from it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable

from xdsl.dialects.builtin import LocationAttr, ModuleOp
from xdsl.ir import Attribute, Operation

from iree_explore.provenance import op_id


class Snapshot:
    """The top-level ops of one module, shared with other snapshots where they are the same; or
    the `whole` module, if its top level is no plain list of ops."""

    def __init__(
        self,
        ops: tuple[Operation, ...],
        attributes: dict[str, Attribute],
        location: LocationAttr,
        whole: ModuleOp | None = None,
        properties: dict[str, Attribute] | None = None,
    ) -> None:
        self._ops = ops
        self._attributes = attributes
        self._properties = properties or {}
        self._location = location
        self._whole = whole

    def module(self) -> ModuleOp:
        """A new module with ops of its own: changing it changes nothing else."""
        if self._whole is not None:
            return self._whole.clone()
        module = ModuleOp([op.clone() for op in self._ops], dict(self._attributes))
        module.properties.update(self._properties)
        module.location = self._location
        return module


class Snapshots:
    """Takes snapshots of one module; remembers the clone of each top-level op by its id."""

    def __init__(self) -> None:
        self._clones: dict[int, Operation] = {}

    def take(self, module: ModuleOp, changed: Iterable[int]) -> Snapshot:
        """The module as it is. `changed` are the ids of top-level ops that differ from the last
        time, or have something inside them that does."""
        for number in changed:
            self._clones.pop(number, None)
        enabled = gc.isenabled()
        gc.disable()  # cloning makes many objects and no garbage: twice as fast without
        try:
            blocks = module.body.blocks
            block = blocks.first
            if block is None or len(blocks) > 1 or any(op.operands for op in block.ops):
                return Snapshot((), {}, module.location, module.clone())
            clones: dict[int, Operation] = {}
            for op in block.ops:
                number = op_id(op)
                clones[number] = self._clones.get(number) or op.clone()
            self._clones = clones
        finally:
            if enabled:
                gc.enable()
        return Snapshot(
            tuple(clones.values()), dict(module.attributes), module.location,
            properties=dict(module.properties),
        )  # fmt: skip
