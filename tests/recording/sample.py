# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A small compilation for tests of the recording and the front end: real IR, passes of its own.

Two dense layers go through generalisation, fusion, outlining and a pass on one executable, with a
measured run made up. `python -m tests.recording.sample OUT.iexplore` writes it for the front end.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

from xdsl.dialects import arith
from xdsl.dialects.builtin import AffineMapAttr, ModuleOp, StringAttr, SymbolRefAttr
from xdsl.dialects.linalg.attrs import IteratorType, IteratorTypeAttr
from xdsl.dialects.linalg.ops import AddOp, GenericOp, MaxOp, YieldOp
from xdsl.ir import Block, Operation, Region
from xdsl.ir.affine import AffineMap
from xdsl.parser import Parser
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from iree_explore import pipeline
from iree_explore.context import CompilerContext, make_context
from iree_explore.errors import Error, GapError
from iree_explore.flow.dialect import DispatchOp
from iree_explore.observer import Artifact
from iree_explore.phase import PassLine
from iree_explore.pipeline import PHASES
from iree_explore.provenance import Source, apply_patterns, op_id, rewriting
from iree_explore.recording import save
from iree_explore.recording.model import ModelSource, Recording, Run, RunDispatch
from iree_explore.recording.recorder import Recorder

SOURCE = """
builtin.module {
  func.func public @main(%x: tensor<4x8xf32>, %w: tensor<8x2xf32>, %b: tensor<4x2xf32>) -> tensor<4x2xf32> {
    %zero = arith.constant dense<0.0> : tensor<4x2xf32>
    %empty = tensor.empty() : tensor<4x2xf32>
    %0 = linalg.matmul ins(%x, %w : tensor<4x8xf32>, tensor<8x2xf32>) outs(%zero : tensor<4x2xf32>) -> tensor<4x2xf32>
    %1 = linalg.add ins(%0, %b : tensor<4x2xf32>, tensor<4x2xf32>) outs(%empty : tensor<4x2xf32>) -> tensor<4x2xf32>
    %2 = linalg.max ins(%1, %zero : tensor<4x2xf32>, tensor<4x2xf32>) outs(%empty : tensor<4x2xf32>) -> tensor<4x2xf32>
    func.return %2 : tensor<4x2xf32>
  }
}
"""  # noqa: E501

EXECUTABLE = """
hal.executable @main_dispatch_0 {
  hal.executable.variant @embedded_elf_x86_64 target(<"llvm-cpu", "embedded-elf-x86_64", {}>) {
    builtin.module {
      func.func @main_dispatch_0_matmul_4x2x8_f32(%a: f32, %b: f32, %c: f32) -> f32 {
        %p = arith.mulf %a, %b : f32
        %s = arith.addf %p, %c : f32
        func.return %s : f32
      }
    }
  }
}
"""

LAYERS = {
    "linalg.matmul": Source("dense/MatMul", "model.py", 12, "MatMul"),
    "linalg.add": Source("dense/BiasAdd", "model.py", 12, "BiasAdd"),
    "linalg.max": Source("dense/Relu", "model.py", 13, "Relu"),
}


class GeneralizeElementwise(RewritePattern):
    """A named elementwise op becomes a linalg.generic."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: AddOp | MaxOp, rewriter: PatternRewriter) -> None:
        scalar = arith.AddfOp if isinstance(op, AddOp) else arith.MaximumfOp
        element = op.results[0].type.element_type  # pyright: ignore[reportAttributeAccessIssue]
        block = Block(arg_types=[element] * 3)
        result = scalar(block.args[0], block.args[1])
        block.add_ops([result, YieldOp(result)])
        rewriter.replace(op, _generic(op.inputs, op.outputs, block))


class FuseElementwise(RewritePattern):
    """A generic whose first input is another generic's only use becomes one generic."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: GenericOp, rewriter: PatternRewriter) -> None:
        producer = op.inputs[0].owner
        if not isinstance(producer, GenericOp):
            return
        element = op.results[0].type.element_type  # pyright: ignore[reportAttributeAccessIssue]
        block = Block(arg_types=[element] * 4)
        first, second = producer.body.block.first_op, op.body.block.first_op
        assert first is not None and second is not None
        inner = first.clone()
        inner.operands = [block.args[0], block.args[1]]
        outer = second.clone()
        outer.operands = [inner.results[0], block.args[2]]
        block.add_ops([inner, outer, YieldOp(outer)])
        inputs = [*producer.inputs, op.inputs[1]]
        rewriter.replace(op, _generic(inputs, op.outputs, block))
        rewriter.erase(producer)


def _generic(inputs, outputs, block: Block) -> GenericOp:
    identity = AffineMapAttr(AffineMap.identity(2))
    kinds = [IteratorTypeAttr(IteratorType.PARALLEL)] * 2
    maps = [identity] * (len(inputs) + len(outputs))
    return GenericOp(inputs, outputs, Region(block), maps, kinds, [outputs[0].type])


@dataclass(frozen=True)
class Generalize(ModulePass):
    """Turns named elementwise ops into linalg.generic.

    Before:
    ```mlir
    %2 = linalg.add ins(%0, %1 : tensor<2xf32>, tensor<2xf32>) outs(%1 : tensor<2xf32>)
    ```
    After:
    ```mlir
    %2 = linalg.generic {...} ins(%0, %1 : tensor<2xf32>, tensor<2xf32>) outs(%1 : tensor<2xf32>)
    ```
    """

    name = "input-generalize"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:
        apply_patterns(ctx, op, GeneralizeElementwise())


@dataclass(frozen=True)
class Nothing(ModulePass):
    """Finds nothing to do."""

    name = "global-optimization-nothing"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:
        pass


@dataclass(frozen=True)
class Fuse(ModulePass):
    """Fuses elementwise producers into their consumers."""

    name = "dispatch-creation-fuse"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:
        apply_patterns(ctx, op, FuseElementwise())


@dataclass(frozen=True)
class Outline(ModulePass):
    """Adds an executable for the matmul and dispatches it."""

    name = "flow-outline"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:
        matmul = next(o for o in op.walk() if o.name == "linalg.matmul")
        executable = Parser(ctx, EXECUTABLE).parse_op()
        with rewriting(ctx, "OutlineDispatch", matmul, at=op.body.block) as rewriter:
            rewriter.insert(executable)
        name = SymbolRefAttr("main_dispatch_0", ["main_dispatch_0_matmul_4x2x8_f32"])
        made = DispatchOp.build(
            operands=[[], matmul.operands[:2], [], []],
            result_types=[matmul.result_types],
            properties={"entry_point": name},
        )
        with rewriting(ctx, "ReplaceByDispatch", matmul) as rewriter:
            rewriter.replace(matmul, made)


@dataclass(frozen=True)
class Configure(ModulePass):
    """Chooses tile sizes."""

    name = "executable-configurations-choose-tile-sizes"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:
        root = next(o for o in op.walk() if o.name == "arith.mulf")
        with rewriting(ctx, "ChooseTileSizes", root) as rewriter:
            root.attributes["lowering_config"] = StringAttr("tile_sizes = [[4, 2], [4, 2, 8]]")
            rewriter.notify_op_modified(root)


@dataclass(frozen=True)
class Fails(ModulePass):
    """Stops with an error after changing something."""

    name = "hal-fails"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:
        first: Operation = next(o for o in op.walk() if o.name == "func.func")
        first.attributes["half_done"] = StringAttr("yes")
        raise GapError("IX203", "flow.dispatch: no lowering in this example")


PASSES: dict[str, list[tuple[type[ModulePass], str]]] = {
    "input": [(Generalize, "one form for fusion to match")],
    "global-optimization": [(Nothing, "shows a step without changes")],
    "dispatch-creation": [(Fuse, "one loop instead of two")],
    "flow": [(Outline, "device code apart from host code")],
    "executable-configurations": [(Configure, "sizes that fit the registers")],
}


@dataclass(frozen=True)
class _Line(PassLine):
    cls: type[ModulePass] = Nothing

    def load(self) -> type[ModulePass]:
        return self.cls


def compile_sample(fail: bool = False) -> tuple[Recorder, CompilerContext, ModuleOp]:
    """Runs the passes above under a recorder; with `fail` the last pass raises and is recorded."""
    recorder = Recorder("mlp", ModelSource("mlir", SOURCE), ("llvm-cpu",))
    ctx = make_context(observer=recorder)
    module = Parser(ctx, SOURCE).parse_module()
    for op in module.walk():
        source = LAYERS.get(op.name)
        ctx.provenance.assign(op, (), () if source is None else (ctx.provenance.source(source),))
    recorder.compile_started(ctx, module)
    plan = {**PASSES, "hal": [(Fails, "shows a failure")]} if fail else PASSES
    try:
        for phase in PHASES:
            recorder.phase_started(phase, module)
            for cls, why in plan.get(phase.name, ()):
                scoped = phase.name.startswith("executable-")
                line = _Line(cls.__name__, why, "executable" if scoped else "module", cls=cls)
                for scope, target in list(pipeline._scopes(line.scope, module)):
                    pipeline.run_pass(cls(), ctx, phase, line, scope, target)
            recorder.phase_ended(phase, module)
    except Error as error:
        recorder.stopped(error)
        return recorder, ctx, module
    mul = next(o for o in module.walk() if o.name == "arith.mulf")
    add = [o for o in module.walk() if o.name == "arith.addf"][-1]
    text = "main_dispatch_0:\n\tpush\trbp\n\tmulss\txmm0, xmm1\n\taddss\txmm0, xmm2\n\tret\n"
    recorder.artifact(
        Artifact("main_dispatch_0", "assembly", text, ((2, 0), (3, op_id(mul)), (4, op_id(add))))
    )
    recorder.finished()
    return recorder, ctx, module


def sample(fail: bool = False, run: bool = True) -> Recording:
    """The recording of `compile_sample`, with fixed times and a run of 5 repetitions made up."""
    recorder, _, module = compile_sample(fail)
    recording = recorder.recording()
    steps = tuple(replace(s, elapsed_ns=1000 * (i + 1)) for i, s in enumerate(recording.steps))
    recording = replace(recording, steps=steps, created="2026-01-01T00:00:00+00:00")
    if not fail and recording.errors:
        raise AssertionError(recording.errors[0].text)
    if fail or not run:
        return recording
    dispatch = next(o for o in module.walk() if o.name == "flow.dispatch")
    one = RunDispatch(
        "main_dispatch_0_matmul_4x2x8_f32", "main_dispatch_0", (op_id(dispatch),), (1, 1, 1),
        (900, 1000, 1100, 1050, 950), "host clock",
    )  # fmt: skip
    two = replace(one, name="main_dispatch_1_elementwise_4x2_f32", executable="main_dispatch_1",
                  op_ids=(), samples_ns=(400, 420, 410, 400, 430))  # fmt: skip
    made_up = Run(
        "llvm-cpu", "local-task", "main", "2026-01-01T00:00:01+00:00", 1, 5, 25_000,
        (1500, 1600, 1700, 1550, 1580), "host clock", ("4x8xf32", "8x2xf32", "4x2xf32"), (one, two),
    )  # fmt: skip
    return replace(recording, runs=(made_up,))


if __name__ == "__main__":
    save(sample("--fail" in sys.argv), sys.argv[1])
