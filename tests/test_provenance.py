# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Op ids: kept by clones, descended through rewrites, followed back to the model."""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp, i32
from xdsl.parser import Parser
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from iree_explore.context import CompilerContext, make_context
from iree_explore.observer import Observer, Rewrite
from iree_explore.provenance import Source, apply_patterns, op_id, rewriting

TEXT = """
func.func @f(%a: i32) -> i32 {
  %0 = arith.addi %a, %a : i32 loc("layer_1")
  %1 = arith.muli %0, %a : i32 loc("model.py":7:3)
  func.return %1 : i32
}
"""


class Events(Observer):
    def __init__(self) -> None:
        self.events: list[Rewrite] = []

    def rewritten(self, event: Rewrite) -> None:
        self.events.append(event)


class FuseMulOfAdd(RewritePattern):
    """(a + a) * a becomes two new ops; the add is consumed too."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.MuliOp, rewriter: PatternRewriter) -> None:
        add = op.lhs.owner
        if not isinstance(add, arith.AddiOp):
            return
        square = arith.SubiOp(op.rhs, op.rhs)
        twice = arith.SubiOp(square.result, square.result)
        rewriter.replace(op, [square, twice])
        rewriter.erase(add)


def parsed(observer: Observer | None = None) -> tuple[CompilerContext, ModuleOp]:
    ctx = make_context(observer=observer)
    module = Parser(ctx, TEXT).parse_module()
    ctx.provenance.settle(module, "import")
    return ctx, module


def ops(module: ModuleOp, kind: type) -> list:
    return [op for op in module.walk() if isinstance(op, kind)]


def test_every_op_has_its_own_id_after_import():
    _, module = parsed()
    ids = [op_id(op) for op in module.walk()]
    assert all(ids) and len(set(ids)) == len(ids)


def test_clone_keeps_ids():
    _, module = parsed()
    assert [op_id(o) for o in module.walk()] == [op_id(o) for o in module.clone().walk()]


def test_parsed_locations_become_sources():
    ctx, module = parsed()
    (add,), (mul,) = ops(module, arith.AddiOp), ops(module, arith.MuliOp)
    assert ctx.provenance.sources_of(add) == [Source(layer="layer_1")]
    assert ctx.provenance.sources_of(mul) == [Source(file="model.py", line=7)]


def test_fused_ops_descend_from_all_ops_the_pattern_consumed():
    events = Events()
    ctx, module = parsed(events)
    consumed = {op_id(op) for op in module.walk() if op.name in ("arith.addi", "arith.muli")}
    assert apply_patterns(ctx, module, FuseMulOfAdd())
    for sub in ops(module, arith.SubiOp):
        assert ctx.provenance.origins[op_id(sub)].ancestors == consumed
        assert [s.layer or s.file for s in ctx.provenance.sources_of(sub)] == [
            "model.py",
            "layer_1",
        ]
    (event,) = events.events
    assert event.pattern == "FuseMulOfAdd" and event.file.endswith("test_provenance.py")
    assert set(event.matched) == set(event.deleted) == consumed
    assert len(event.created) == 2


def test_rewriting_reports_what_a_pass_does_by_hand():
    events = Events()
    ctx, module = parsed(events)
    (add,) = ops(module, arith.AddiOp)
    number = op_id(add)
    with rewriting(ctx, "ByHand", add) as rewriter:
        new = arith.SubiOp(add.lhs, add.rhs)
        rewriter.replace(add, new)
    assert ctx.provenance.origins[op_id(new)].ancestors == {number}
    assert events.events[-1].deleted == (number,)


def test_settle_splits_an_id_that_was_cloned_inside_the_module():
    ctx, module = parsed()
    (add,) = ops(module, arith.AddiOp)
    twin = add.clone()
    block = add.parent_block()
    assert block is not None
    block.insert_op_after(twin, add)
    assert ctx.provenance.settle(module, "some-pass") == 0
    assert op_id(twin) != op_id(add)
    assert ctx.provenance.origins[op_id(twin)].ancestors == {op_id(add)}


def test_settle_counts_ops_made_without_derivation():
    ctx, module = parsed()
    (add,) = ops(module, arith.AddiOp)
    block = add.parent_block()
    assert block is not None
    block.insert_op_before(arith.ConstantOp.from_int_and_width(1, i32), add)
    assert ctx.provenance.settle(module, "some-pass") == 1
