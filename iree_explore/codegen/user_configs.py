# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lowering configurations that a user writes: how they are spelled, and whether they fit.

    ie.compile(model, lowering_config={
        "main_dispatch_0": [[64, 32, 0], [8, 32, 0]],                       # tile_sizes
        "*matmul*": {"tile_sizes": [[64, 64, 0]], "pipeline": "CPUDefault"},
        "main_dispatch_3_conv*": {"enable_packing": False},
        51: "#iree_codegen.lowering_config<tile_sizes = [[16384]]>",        # the id of its op
    })

Keys name an executable, an entry point or the op that carries `lowering_config`; `*` stands for any
characters. What is left out stays as estimated. `passes/materialize_user_configs.py` applies them.
"""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Attribute
from xdsl.parser import Parser
from xdsl.utils.exceptions import ParseError, VerifyException

from iree_explore.codegen.dialect import (
    SCALAR,
    CompilationInfoAttr,
    LoweringConfigAttr,
    TranslationInfoAttr,
)
from iree_explore.codegen.passes.select_lowering_strategy import Configurable
from iree_explore.codegen.plan import VectorTarget, choose_vector
from iree_explore.codegen.reduction_tiles import cuttable
from iree_explore.codegen.structured import Structured, is_contraction, structured
from iree_explore.codegen.target import cpu_of
from iree_explore.codegen.words import dot_of
from iree_explore.context import CompilerContext
from iree_explore.targets.llvm_cpu.dot_instructions import kinds

MOST_ACCUMULATORS = 64
"""Vectors of a register block: twice what any CPU has registers for."""

SWITCHES = ("enable_packing",)
"""What of a pipeline can be switched off."""

Tiles = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class UserConfig:
    """What a user wants of one dispatch; None and absent switches stay as estimated."""

    tile_sizes: Tiles | None = None
    pipeline: str | None = None
    switches: tuple[tuple[str, bool], ...] = ()

    def config(self, default: LoweringConfigAttr) -> LoweringConfigAttr:
        """The attribute of the root op."""
        return default if self.tile_sizes is None else LoweringConfigAttr.of(self.tile_sizes)

    def info(self, default: TranslationInfoAttr) -> TranslationInfoAttr:
        """The attribute of the entry function."""
        off = {name: False for name in default.configuration.data if not default.enabled(name)}
        off |= {name: value for name, value in self.switches}
        pipeline = self.pipeline or default.pipeline.data
        return TranslationInfoAttr.of(pipeline, **{n: v for n, v in off.items() if not v})


def parse_config(value: Any, ctx: CompilerContext) -> UserConfig:
    """A configuration in any of the spellings above; raises `ValueError` with what is wrong."""
    if isinstance(value, UserConfig):
        return value
    if isinstance(value, str):
        try:
            value = Parser(ctx, value).parse_attribute()
        except (ParseError, VerifyException) as raised:
            lines = str(raised).strip().splitlines()
            raise ValueError(f"{value!r} does not parse: {lines[-1].strip()}") from raised
    if isinstance(value, Attribute):
        return _of_attribute(value)
    if isinstance(value, Mapping):
        return _of_mapping(value)
    if isinstance(value, Sequence):
        return UserConfig(_tiles(value))
    raise ValueError(f"{value!r} is no configuration: tile sizes, a mapping or MLIR text is")


def _of_attribute(value: Attribute) -> UserConfig:
    if isinstance(value, CompilationInfoAttr):
        sizes = _of_attribute(value.lowering_config).tile_sizes
        info = _of_attribute(value.translation_info)
        return UserConfig(sizes, info.pipeline, info.switches)
    if isinstance(value, LoweringConfigAttr):
        return UserConfig(tuple(tuple(n.data for n in level) for level in value.tile_sizes))
    if isinstance(value, TranslationInfoAttr):
        names = value.configuration.data
        unknown = [name for name in names if name not in SWITCHES]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: the switches are {', '.join(SWITCHES)}")
        switches = tuple((name, value.enabled(name)) for name in names)
        return UserConfig(None, value.pipeline.data, switches)
    raise ValueError(
        f"{value} is neither #iree_codegen.lowering_config nor .translation_info nor "
        ".compilation_info"
    )


def _of_mapping(value: Mapping[Any, Any]) -> UserConfig:
    keys = ("tile_sizes", "pipeline", *SWITCHES)
    wrong = [f"{key!r} is none of {', '.join(keys)}" for key in value if key not in keys]
    sizes = None
    try:
        sizes = None if value.get("tile_sizes") is None else _tiles(value["tile_sizes"])
    except ValueError as raised:
        wrong.append(str(raised))
    pipeline = value.get("pipeline")
    if pipeline is not None and not isinstance(pipeline, str):
        wrong.append(f"pipeline is {pipeline!r}, not a name")
    switches = [(name, value[name]) for name in SWITCHES if name in value]
    wrong += [f"{name} is {on!r}, not True or False" for name, on in switches
              if not isinstance(on, bool)]  # fmt: skip
    if wrong:
        raise ValueError("; ".join(wrong))
    return UserConfig(sizes, pipeline, tuple(switches))


def _tiles(value: Any) -> Tiles:
    levels = [] if isinstance(value, str) or not isinstance(value, Sequence) else list(value)
    if not levels or any(isinstance(x, str) or not isinstance(x, Sequence) for x in levels):
        raise ValueError(f"tile_sizes is {value!r}, not a list of lists of sizes")
    wrong = [n for level in levels for n in level if type(n) is not int or n < 0]
    if wrong:
        text = ", ".join(map(repr, wrong))
        raise ValueError(f"tile sizes are positive, or 0 for a loop that is not tiled; not {text}")
    return tuple(tuple(level) for level in levels)


def problems(
    config: UserConfig, found: Configurable, default: TranslationInfoAttr, target: VectorTarget
) -> list[str]:
    """Why `config` cannot be obeyed by the dispatch `found`; nothing if it can."""
    view = structured(found.root.op)
    wrong: list[str] = []
    pipelines = dict.fromkeys((default.pipeline.data, SCALAR))
    if config.pipeline is not None and config.pipeline not in pipelines:
        wrong.append(f"pipeline {config.pipeline}: here it is one of {', '.join(pipelines)}")
    if view is None or not is_contraction(view):
        wrong += [f"{name} is for products and convolutions" for name, _ in config.switches]
    if config.tile_sizes is not None:
        scalar = (config.pipeline or default.pipeline.data) == SCALAR
        wrong += _wrong_tiles(config.tile_sizes, found, scalar, target)
    return wrong


def _wrong_tiles(
    tiles: Tiles, found: Configurable, scalar: bool, target: VectorTarget
) -> list[str]:
    view, extents = structured(found.root.op), found.extents
    loops = "x".join("?" if n is None else str(n) for n in extents)
    most = 1 if scalar or view is None else 2
    wrong: list[str] = []
    if len(tiles) > most:
        levels = "level 0, workgroups" if most == 1 else "levels 0, workgroups, and 1, registers"
        wrong.append(f"{len(tiles)} levels of tile sizes: here there are {levels}")
    for number, level in enumerate(tiles[:most]):
        if len(level) != len(extents):
            wrong.append(f"level {number} has {len(level)} sizes for the {len(extents)} loops "
                         f"{loops} of {found.root.op.name}")  # fmt: skip
            continue
        for loop, size in enumerate(level):
            if size and number == 0 and not found.distributable[loop]:
                wrong.append(f"level 0 cuts loop {loop}, which workgroups cannot share: 0")
            elif size and number == 1 and view is not None and not view.parallel[loop]:
                wrong += _wrong_reduction(view, loop, size, found)
        if number == 1 and view is not None and not wrong:
            wrong += _wrong_block(level, found, target)
    return wrong


def _wrong_reduction(view: Structured, loop: int, size: int, found: Configurable) -> list[str]:
    """Level 1 of a reduction: what an instruction of the CPU takes, if one fits; otherwise how many
    iterations go over all columns before the next ones."""
    module = found.func.parent_op()
    assert isinstance(module, ModuleOp)
    dot = dot_of(view, found.extents, kinds(cpu_of(module)))
    if dot is None and is_contraction(view) and cuttable(view, loop):
        return []
    if dot is None or dot.loop != loop:
        return [f"level 1 tiles loop {loop}, a reduction: 0"]
    if size == dot.group:
        return []
    return [f"level 1 takes {size} iterations of loop {loop}, a reduction: the instruction for it "
            f"takes {dot.group}; 0 is to do without"]  # fmt: skip


def _wrong_block(level: tuple[int, ...], found: Configurable, target: VectorTarget) -> list[str]:
    """Level 1: whole vectors of the vector loop, and no more than a CPU may have registers for."""
    view = structured(found.root.op)
    assert view is not None
    vector, lanes = choose_vector(view, found.extents, target)
    if is_contraction(view) and view.output_maps[0].results:
        last = sorted(view.output_maps[0].results[-1].used_dims())
        vector = last[0] if len(last) == 1 else vector
    wrong: list[str] = []
    blocks = list(level)
    for loop, (size, extent) in enumerate(zip(level, found.extents, strict=True)):
        if not size or not view.parallel[loop]:
            blocks[loop] = 0
            continue
        unit = lanes if loop == vector else 1
        if size % unit:
            wrong.append(f"level 1 has {size} of loop {loop}, no multiple of {lanes} lanes")
        blocks[loop] = -(-size // unit)
        if extent is not None and size > -(-extent // unit) * unit:
            wrong.append(f"level 1 has {size} of the {extent} iterations of loop {loop}")
    vectors = math.prod(n for n in blocks if n)
    if vectors > MOST_ACCUMULATORS:
        wrong.append(f"level 1 is {vectors} vectors; {MOST_ACCUMULATORS} are the most")
    return wrong


def matches(key: str | int, executable: str, entry: str, op: int) -> int:
    """How closely `key` names a dispatch: 0 not at all, 1 by pattern, 2 its executable, 3 its entry
    point, 4 its op."""
    if isinstance(key, int):
        return 4 if key == op else 0
    if key == entry:
        return 3
    if key == executable:
        return 2
    pattern = "*" in key and (
        fnmatch.fnmatchcase(entry, key) or fnmatch.fnmatchcase(executable, key)
    )
    return int(pattern)
