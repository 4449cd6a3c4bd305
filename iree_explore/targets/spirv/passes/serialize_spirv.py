# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The bytes of an executable's `spirv.module`s, beside the variant as a `hal.executable.binary`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from xdsl.dialects.builtin import IntAttr, ModuleOp, StringAttr
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore.context import CompilerContext
from iree_explore.errors import GapError
from iree_explore.hal.dialect import (
    ExecutableExportOp,
    ExecutableObjectAttr,
    ExecutableOp,
    ExecutableVariantOp,
)
from iree_explore.hal.host_ops import ExecutableBinaryOp
from iree_explore.observer import Artifact
from iree_explore.provenance import op_id, rewriting
from iree_explore.targets.spirv import ops as spirv
from iree_explore.targets.spirv.executable import Entry, Variant, pack
from iree_explore.targets.spirv.listing import Listing, listing
from iree_explore.targets.spirv.passes.convert_to_spirv import LACKING
from iree_explore.targets.spirv.serialize import serialize
from iree_explore.targets.spirv.verify import PROFILES, Profile
from iree_explore.targets.wgsl.printer import print_wgsl


class SerializeSPIRV(ModulePass):
    """Puts the modules of an executable, serialized, into one object: `hal.executable.binary`
    beside the variant. The modules stay.

    Before:
    ```mlir
    spirv.module Logical GLSL450 requires #spirv.vce<v1.3, [Shader], []> {
      spirv.func @entry() "None" {
        spirv.Return
      }
      "spirv.EntryPoint"() <{execution_model = #spirv.execution_model<GLCompute>, fn = @entry, interface = []}> : () -> ()
      "spirv.ExecutionMode"() <{fn = @entry, execution_mode = #spirv.execution_mode<LocalSize>, values = [64 : i32, 1 : i32, 1 : i32]}> : () -> ()
    }
    ```

    After:
    ```mlir
    builtin.module {
      spirv.module Logical GLSL450 requires #spirv.vce<v1.3, [Shader], []> {
        spirv.func @entry() "None" {
          spirv.Return
        }
        "spirv.EntryPoint"() <{execution_model = #spirv.execution_model<GLCompute>, fn = @entry, interface = []}> : () -> ()
        "spirv.ExecutionMode"() <{fn = @entry, execution_mode = #spirv.execution_mode<LocalSize>, values = [64 : i32, 1 : i32, 1 : i32]}> : () -> ()
      }
    }
    ```
    """  # noqa: E501

    name = "executable-targets-serialize-spirv"

    def apply(self, ctx: CompilerContext, module: ModuleOp) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        variant = module.parent_op()
        if not isinstance(variant, ExecutableVariantOp):
            return
        entries = [_entry(export, module) for export in _exports(variant)]
        data = pack(entries)
        digest = hashlib.sha256(data).hexdigest()
        ctx.objects[digest] = data
        binary = ExecutableBinaryOp(
            variant.target.backend.data.replace("-", "_"),
            variant.target.format.data,
            ExecutableObjectAttr(StringAttr(digest), IntAttr(len(data))),
        )
        with rewriting(ctx, "SerializeSPIRV", variant, at=InsertPoint.after(variant)) as rewriter:
            rewriter.insert(binary)
        if ctx.options.keep_assembly:
            for artifact in artifacts(variant, module, entries):
                ctx.observer.artifact(artifact)


def artifacts(
    variant: ExecutableVariantOp, module: ModuleOp, entries: Sequence[Entry]
) -> Iterator[Artifact]:
    """Disassembly and WGSL of an executable's kernels, each in the profile that most devices have,
    joined to the ops they are from. A kernel that WGSL cannot say has the reason instead."""
    executable = variant.parent_op()
    name = executable.sym_name.data if isinstance(executable, ExecutableOp) else ""
    text, shaders = Listing(), Listing()
    for entry in entries:
        code = entry.variants[0]
        text.add(f"; {entry.name}, profile {code.profile}", *listing(code.code))
        inner = next(
            op
            for op in module.body.block.ops
            if isinstance(op, spirv.ModuleOp)
            and entry_name(op) == entry.name
            and profile_of(op).name == code.profile
        )
        try:
            shader = print_wgsl(inner)
        except GapError as error:
            shaders.add(f"// {entry.name} has no WGSL: {error.because}", "", [])
        else:
            ids = [op_id(op) if op is not None else 0 for op in shader.ops]
            shaders.add(f"// {entry.name}", shader.text, ids)
    yield Artifact(name, "spirv", text.text, text.line_ops)
    yield Artifact(name, "wgsl", shaders.text, shaders.line_ops)


def _exports(variant: ExecutableVariantOp) -> list[ExecutableExportOp]:
    """By ordinal."""
    found = [op for op in variant.body.block.ops if isinstance(op, ExecutableExportOp)]
    return sorted(found, key=lambda op: op.ordinal.value.data)


def _entry(export: ExecutableExportOp, module: ModuleOp) -> Entry:
    name = export.sym_name.data
    variants: list[Variant] = []
    lacking: dict[str, str] = {}
    size = (1, 1, 1)
    for inner in module.body.block.ops:
        if not isinstance(inner, spirv.ModuleOp) or entry_name(inner) != name:
            continue
        assert inner.vce_triple is not None
        names = tuple(capability.data for capability in inner.vce_triple.capabilities)
        profile = profile_of(inner)
        matrices = any("CooperativeMatrix" in capability for capability in names)
        title = COOPERATIVE if matrices else profile.name
        variants.append(Variant(title, names, serialize(inner, op_id)))
        size = size if matrices else workgroup_size(inner)
        for key, reason in inner.attributes.items():
            if key.startswith(LACKING) and isinstance(reason, StringAttr):
                lacking[key.removeprefix(LACKING)] = reason.data
    layout = export.layout
    return Entry(name, len(layout.bindings), layout.constants.data, size, tuple(variants), lacking)


COOPERATIVE = "cooperative matrices"
"""The variant of the native profile that is taken before the others by devices that have them."""


def profile_of(module: spirv.ModuleOp) -> Profile:
    """The profile whose version of SPIR-V a module is written in."""
    assert module.vce_triple is not None
    version = module.vce_triple.version.data
    return next(profile for profile in PROFILES.values() if profile.version == version)


def entry_name(module: spirv.ModuleOp) -> str:
    """The function that a module's host calls."""
    points = [op for op in module.body.block.ops if isinstance(op, spirv.EntryPointOp)]
    return points[0].fn.string_value()  # pyright: ignore[reportAttributeAccessIssue]


def workgroup_size(module: spirv.ModuleOp) -> tuple[int, int, int]:
    """Invocations of a workgroup, as the module's execution mode says."""
    modes = [op for op in module.body.block.ops if isinstance(op, spirv.ExecutionModeOp)]
    x, y, z = (size.value.data for size in modes[0].values)  # pyright: ignore
    return x, y, z
