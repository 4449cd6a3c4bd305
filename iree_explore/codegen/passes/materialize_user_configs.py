# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Replaces estimated lowering configurations by those that the user gave, or that `ie.tune` found.

It runs once on the whole program, so that one error lists everything that does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.func import FuncOp
from xdsl.passes import ModulePass

from iree_explore.codegen import tuning_cache
from iree_explore.codegen.dialect import (
    COMPILATION_INFO,
    LoweringConfigAttr,
    TranslationInfoAttr,
    translation_info_of,
)
from iree_explore.codegen.distribution import configured_root
from iree_explore.codegen.passes.select_lowering_strategy import Configurable, set_configuration
from iree_explore.codegen.target import cpu_of, vector_target
from iree_explore.codegen.user_configs import UserConfig, matches, parse_config, problems
from iree_explore.context import CompilerContext
from iree_explore.errors import ModelError
from iree_explore.hal.dialect import ExecutableOp, ExecutableVariantOp
from iree_explore.provenance import op_id, rewriting


@dataclass(frozen=True)
class MaterializeUserConfigs(ModulePass):
    """Sets what the options, the cache of tuned kernels or a `compilation_info` on the op say.

    Before:

    ```mlir
    func.func @entry() attributes {translation_info = #iree_codegen.translation_info<pipeline = CPULoweringDefault>} {
      %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<64xf32>>
      %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : !iree_tensor_ext.dispatch.tensor<writeonly:tensor<64xf32>>
      %2 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0], sizes = [64], strides = [1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<64xf32>> -> tensor<64xf32>
      %3 = tensor.empty() : tensor<64xf32>
      %4 = linalg.exp ins(%2 : tensor<64xf32>) outs(%3 : tensor<64xf32>) attrs = {compilation_info = #iree_codegen.compilation_info<lowering_config = #iree_codegen.lowering_config<tile_sizes = [[16]]>, translation_info = #iree_codegen.translation_info<pipeline = CPUDefault>>, lowering_config = #iree_codegen.lowering_config<tile_sizes = [[0]]>} -> tensor<64xf32>
      iree_tensor_ext.dispatch.tensor.store %4, %1, offsets = [0], sizes = [64], strides = [1] : tensor<64xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<64xf32>>
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @entry() attributes {translation_info = #iree_codegen.translation_info<pipeline = CPUDefault>} {
        %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<64xf32>>
        %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : !iree_tensor_ext.dispatch.tensor<writeonly:tensor<64xf32>>
        %2 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0], sizes = [64], strides = [1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<64xf32>> -> tensor<64xf32>
        %3 = tensor.empty() : tensor<64xf32>
        %4 = linalg.exp ins(%2 : tensor<64xf32>) outs(%3 : tensor<64xf32>) attrs =  {lowering_config = #iree_codegen.lowering_config<tile_sizes = [[16]]>} -> tensor<64xf32>
        iree_tensor_ext.dispatch.tensor.store %4, %1, offsets = [0], sizes = [64], strides = [1] : tensor<64xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<64xf32>>
        func.return
      }
    }
    ```
    """  # noqa: E501

    name = "executable-configurations-materialize-user-configs"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        work = _Work(context)
        for executable, module, func in entry_points(op):
            work.look_at(executable, module, func)
        work.finish()


def entry_points(module: ModuleOp) -> Iterator[tuple[str, ModuleOp, FuncOp]]:
    """(executable, inner module, entry function) of a program; those of a module on its own."""
    for op in module.body.block.ops:
        if isinstance(op, FuncOp) and configured_root(op) is not None:
            yield "", module, op
        elif isinstance(op, ExecutableOp):
            for variant in op.body.block.ops:
                if not isinstance(variant, ExecutableVariantOp):
                    continue
                for inner in variant.body.block.ops:
                    if isinstance(inner, ModuleOp):
                        found = (f for f in inner.body.block.ops if isinstance(f, FuncOp))
                        yield from ((op.sym_name.data, inner, func) for func in found)


@dataclass
class _Work:
    """One run of the pass: what was given, what it was for, what is wrong."""

    ctx: CompilerContext
    wrong: list[str] = field(default_factory=list)
    given: dict[str | int, UserConfig] = field(default_factory=dict)
    used: set[str | int] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    chosen: list[tuple[ModuleOp, Configurable, LoweringConfigAttr, TranslationInfoAttr]] = field(
        default_factory=list
    )
    tuned: int = 0
    kept: int = 0
    damaged: int = 0

    def __post_init__(self) -> None:
        for key, value in (self.ctx.options.lowering_config or {}).items():
            if not isinstance(key, str | int):
                self.wrong.append(f"{key!r}: a dispatch is named by a text or the id of its op")
                continue
            try:
                self.given[key] = parse_config(value, self.ctx)
            except ValueError as raised:
                self.wrong.append(f"{key}: {raised}")
                self.given[key] = UserConfig()

    def look_at(self, executable: str, module: ModuleOp, func: FuncOp) -> None:
        """Finds the configuration of one entry point, if there is one."""
        entry = func.sym_name.data
        configured, info = configured_root(func), translation_info_of(func)
        if configured is None or info is None:
            self.names.append(f"{entry} (nothing to configure)")
            return
        root, default = configured
        self.names.append(f"{entry} (op {op_id(root)})")
        ranks = {key: matches(key, executable, entry, op_id(root)) for key in self.given}
        fitting = [key for key, rank in ranks.items() if rank]
        self.used.update(fitting)
        source: str | int = entry
        if fitting:
            source = max(fitting, key=lambda key: ranks[key])
            config = self.given[source]
        elif COMPILATION_INFO in root.attributes:
            try:
                config = parse_config(root.attributes[COMPILATION_INFO], self.ctx)
            except ValueError as raised:
                self.wrong.append(f"{entry}: {raised}")
                return
            with rewriting(self.ctx, "SetLoweringConfig", root) as rewriter:
                del root.attributes[COMPILATION_INFO]
                rewriter.notify_op_modified(root)
        elif self.ctx.options.tuned:
            config = self._tuned(module, func)
        else:
            return
        found = Configurable.of(func) if config is not None else None
        if config is None or found is None:
            return
        told = problems(config, found, info, vector_target(module))
        where = f"{source}, {entry}" if source != entry else entry
        self.wrong += [f"{where}: {text}" for text in told]
        if not told:
            self.chosen.append((module, found, config.config(default), config.info(info)))

    def _tuned(self, module: ModuleOp, func: FuncOp) -> UserConfig | None:
        try:
            winner = tuning_cache.read(tuning_cache.kernel_key(func, cpu_of(module)))
        except tuning_cache.DamagedEntry:
            self.damaged += 1
            return None
        if winner is None:
            return None
        self.tuned += winner.config is not None
        self.kept += winner.config is None
        return winner.config

    def finish(self) -> None:
        """Applies everything, or raises `ModelError` IX211 with all that does not fit."""
        unused = [key for key in self.given if key not in self.used]
        self.wrong += [f"{key}: no dispatch has this name" for key in unused]
        if self.wrong:
            count = len(self.wrong)
            raise ModelError(
                "IX211",
                f"lowering_config: {count} problem{'s' if count > 1 else ''}",
                because="\n".join(self.wrong),
                hint="the dispatches are\n" + "\n".join(self.names),
            )
        for module, found, config, info in self.chosen:
            set_configuration(self.ctx, module, found, config, info)
        if self.ctx.options.tuned:
            known = self.tuned + self.kept
            self.ctx.notes.append(
                f"tuned: {self.tuned} of {len(self.names)} dispatches have a measured "
                f"configuration, for {self.kept} the estimated one was best, "
                f"{len(self.names) - known} were never measured"
            )
        if self.damaged:
            self.ctx.notes.append(
                f"tuned: {self.damaged} damaged entries of the cache were removed; run ie.tune "
                "again to measure those dispatches"
            )
