# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Dispatches that the device cannot run are placed on another one, with transfers around them.

Which ones is found out by compiling them: a kernel that has what the target may lack (`_suspect`)
is lowered once more than the others. The other device is the CPU, which runs everything.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import cast

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ContainerType,
    Float64Type,
    ModuleOp,
    StringAttr,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore import provenance
from iree_explore.context import CompilerContext, make_context
from iree_explore.errors import GapError
from iree_explore.flow.util_dialect import GlobalLoadOp, GlobalOp, ParameterNamedAttr
from iree_explore.hal.types import DeviceAffinityAttr
from iree_explore.stream import dialect as stream
from iree_explore.stream.affinity import affinity_of, place
from iree_explore.stream.host import host_blocks, host_functions
from iree_explore.walk import walk

LIMITED = ("webgpu-spirv",)
"""Targets whose only profile lacks types that programs have."""
CPU = DeviceAffinityAttr(StringAttr("llvm-cpu"))
_BINDINGS = 8
"""Storage buffers of a kernel that every WebGPU device has."""


@dataclass(frozen=True)
class PlaceDispatches(ModulePass):
    """Gives dispatches that the target has no code for the affinity of the CPU, and transfers what
    they read there and what they made back.

    Before:

    ```mlir
    func.func public @f(%x: !stream.resource<*>, %n: index) -> !hal.buffer_view {
      %r = stream.tensor.export %x : !stream.resource<*>{%n} -> tensor<4xf32>
      func.return %r : !hal.buffer_view
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func public @f(%x: !stream.resource<*>, %n: index) -> !hal.buffer_view {
        %r = stream.tensor.export %x : !stream.resource<*>{%n} -> tensor<4xf32>
        func.return %r : !hal.buffer_view
      }
    }
    ```
    """

    name = "stream-place-dispatches"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        targets = context.options.targets
        if not context.options.place_dispatches or len(targets) != 1 or targets[0] not in LIMITED:
            return
        placed: dict[str, str] = {}
        for inner in op.body.block.ops:
            if isinstance(inner, stream.ExecutableOp) and _suspect(inner):
                reason = _refusal(context, inner)
                if reason is not None:
                    placed[inner.sym_name.data] = reason
                    with provenance.rewriting(context, "PlaceExecutable", inner) as rewriter:
                        place(inner, CPU)
                        rewriter.notify_op_modified(inner)
        if not placed:
            return
        constants = _Constants(context, op)
        for function in host_functions(op):
            for block in list(host_blocks(function)):
                moved: dict[SSAValue, SSAValue] = {}
                for inner in list(block.ops):
                    if (
                        isinstance(inner, stream.AsyncDispatchOp)
                        and inner.entry_point.root_reference.data in placed
                    ):
                        _place(context, inner, moved, constants, placed)
        constants.drop_unused()
        context.notes.append(_said(placed, targets[0]))


def _said(placed: dict[str, str], target: str) -> str:
    rows = "".join(f"\n  {name}: {reason}" for name, reason in placed.items())
    count = f"{len(placed)} kernel{'s' * (len(placed) > 1)}"
    return f"{count} that {target} cannot run will run on {CPU.target.data}, with transfers:{rows}"


def _suspect(op: stream.ExecutableOp) -> bool:
    """Whether kernels have something that the portable profile may lack."""
    for inner in walk(op):
        if isinstance(inner, func.FuncOp) and len(inner.function_type.inputs) > _BINDINGS:
            return True
        if inner.name.startswith(("math_ext.", "iree_linalg_ext.")):
            return True
        types = {_element(v.type) for v in (*inner.operands, *inner.results)}
        if any(isinstance(t, Float64Type) for t in types):
            return True
        if inner.name in ("math.ctlz", "math.ctpop") and i64 in types:
            return True
    return False


def _element(type_: Attribute) -> Attribute:
    while isinstance(type_, ContainerType):
        type_ = type_.get_element_type()
    return type_


def _refusal(ctx: CompilerContext, op: stream.ExecutableOp) -> str | None:
    """Why the target has no code for a kernel; None if it has."""
    from iree_explore import pipeline

    trial = make_context(replace(ctx.options, place_dispatches=False, keep_assembly=False))
    trial.cancel = ctx.cancel
    module = ModuleOp([op.clone()])
    try:
        pipeline.run(module, trial, "executable-sources", "executable-targets")
    except GapError as error:
        lines = (error.because or error.what).splitlines()
        return "; ".join(dict.fromkeys(line.rpartition(": ")[2] for line in lines))
    return None


class _Constants:
    """Weights that placed dispatches read are loaded on their device: globals of their own."""

    def __init__(self, ctx: CompilerContext, module: ModuleOp) -> None:
        self.ctx = ctx
        self.module = module
        self.globals = {o.sym_name.data: o for o in module.body.block.ops
                        if isinstance(o, GlobalOp)}  # fmt: skip
        self.copies: dict[str, str] = {}

    def twin(self, value: SSAValue) -> str | None:
        """The global on the other device with the contents of `value`; None if that is no
        weight."""
        load = value.owner
        if not isinstance(load, GlobalLoadOp):
            return None
        name = load.global_.string_value()
        found = self.globals.get(name)
        if (
            found is None
            or found.is_mutable is not None
            or not isinstance(found.initial_value, ParameterNamedAttr)
        ):
            return None
        if name not in self.copies:
            copy = found.clone()
            copy.properties["sym_name"] = StringAttr(f"{name}_{CPU.target.data.replace('-', '_')}")
            place(copy, CPU)
            with provenance.rewriting(self.ctx, "LoadConstantElsewhere", found) as rewriter:
                rewriter.insert(copy, InsertPoint.after(found))
            self.copies[name] = copy.sym_name.data
        return self.copies[name]

    def drop_unused(self) -> None:
        """Removes loads and weights that only placed dispatches had."""
        for name in self.copies:
            loads = [
                o
                for o in walk(self.module)
                if isinstance(o, GlobalLoadOp) and o.global_.string_value() == name
            ]
            for load in loads:
                if not load.result.uses:
                    with provenance.rewriting(self.ctx, "DropLoad", load) as rewriter:
                        rewriter.erase(load)
            if all(load.parent is None for load in loads):
                with provenance.rewriting(self.ctx, "DropConstant", self.globals[name]) as rewriter:
                    rewriter.erase(self.globals[name])


def _place(
    ctx: CompilerContext,
    op: stream.AsyncDispatchOp,
    moved: dict[SSAValue, SSAValue],
    constants: _Constants,
    placed: Collection[str],
) -> None:
    """Places one dispatch; `moved` are values of its block that are on the other device already."""
    overwritten = {op.resources[tie] for tie in op.tied() if tie >= 0}
    first = len(op.workload) + len(op.scalars)
    with provenance.rewriting(ctx, "PlaceDispatch", op) as rewriter:
        place(op, CPU)
        for number, value in enumerate(list(op.resources)):
            if _is_placed(value) or (value in moved and value not in overwritten):
                new = moved.get(value, value)
            elif twin := constants.twin(value):
                load = GlobalLoadOp(twin, value.type)
                rewriter.insert(load)
                new = moved[value] = load.result
            else:
                transfer = stream.AsyncTransferOp(value, "*", None, CPU)
                rewriter.insert(transfer)
                new = transfer.result
                if value not in overwritten:
                    moved[value] = new
            op.operands[first + number] = new
        rewriter.notify_op_modified(op)
    for result in op.results:
        _send_back(ctx, op, result, placed)


def _is_placed(value: SSAValue) -> bool:
    owner = value.owner
    return isinstance(owner, stream.AsyncDispatchOp) and affinity_of(owner) is not None


def _send_back(
    ctx: CompilerContext,
    op: stream.AsyncDispatchOp,
    result: SSAValue,
    placed: Collection[str],
) -> None:
    """What others than placed dispatches, readbacks and callers do with a result, they do with a
    copy of it on the module's device."""
    uses = [use for use in result.uses if not _reads_there(use.operation, placed)]
    if not uses:
        return
    transfer = stream.AsyncTransferOp(result, "*", CPU)
    with provenance.rewriting(ctx, "SendBack", op, at=InsertPoint.after(op)) as rewriter:
        rewriter.insert(transfer)
        for use in uses:
            use.operation.operands[use.index] = transfer.result


def _reads_there(user: Operation, placed: Collection[str]) -> bool:
    """Whether an op uses memory of the other device: placed dispatches and the host do."""
    if isinstance(user, stream.AsyncLoadOp):
        return True
    if isinstance(user, stream.AsyncDispatchOp):
        return user.entry_point.root_reference.data in placed
    return isinstance(user, stream.TensorExportOp) and _leaves(user)


def _leaves(export: stream.TensorExportOp) -> bool:
    return all(isinstance(use.operation, func.ReturnOp) for use in export.result.uses)
