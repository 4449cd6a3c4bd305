# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What IREE prints is read as ops, files of passes in their order, and ops keep their ids."""

from __future__ import annotations

import random
from pathlib import Path

from xdsl.dialects.builtin import ModuleOp

from iree_explore.context import make_context
from iree_explore.recording.foreign import ForeignTracker
from iree_explore.recording.foreign_recorder import ForeignRecorder
from iree_explore.recording.recorder import Recorder
from iree_explore.targets.iree.dumps import Dump, Tree
from iree_explore.targets.iree.failure import blamed, failure_of
from iree_explore.targets.iree.parse import Node, Parser

MODULE = """#loc1 = loc("op":5:0)
#loc2 = loc(callsite(#loc1 at #loc3))
#map = affine_map<(d0) -> (d0)>
module @m {
  func.func @main(%arg0: tensor<4xf32> loc("op":2:0)) -> tensor<4xf32> {
    %cst = arith.constant 1.000000e+00 : f32 loc(unknown)
    %0:2 = scf.if %cst -> (f32, f32) {
      scf.yield %cst, %cst : f32, f32 loc(#loc1)
    } else {
      scf.yield %cst, %cst : f32, f32 loc(#loc1)
    } loc(#loc2)
    %1 = linalg.generic {indexing_maps = [#map, #map]} ins(%arg0 : tensor<4xf32>) outs(%arg0 : tensor<4xf32>) {
    ^bb0(%in: f32 loc("op":2:0), %out: f32 loc("op":5:0)):
      %2 = arith.addf %in, %0#1 : f32 loc(fused["op":6:0, "op":7:0])
      linalg.yield %2 : f32 loc(#loc1)
    } -> tensor<4xf32> loc(#loc1)
    %results, %timepoint = stream.cmd.parameter.load on(#hal.device.affinity<@d>) {
      %a::%b[%c] : !stream.resource<constant>{%d},
      %a::%e[%c] : !stream.resource<constant>{%d}
    } => !stream.timepoint loc(unknown)
    return %1 : tensor<4xf32> loc(#loc1)
  } loc(#loc3)
} loc(#loc)
#loc = loc("op":1:0)
#loc3 = loc("op":3:0)
"""  # noqa: E501 - as it is printed


def named(root: Node, name: str) -> Node:
    return next(op for op in root.walk() if op.name == name)


def tracker() -> tuple[ForeignTracker, list[str], dict[int, frozenset[int]]]:
    strings: list[str] = []
    origins: dict[int, frozenset[int]] = {}

    def assign(ancestors: frozenset[int], reason: str) -> int:
        number = 100 + len(origins)
        origins[number] = ancestors
        return number

    def intern(text: str) -> int:
        if text not in strings:
            strings.append(text)
        return strings.index(text)

    return ForeignTracker(assign, intern, lambda types: 0), strings, origins


def test_regions_results_locations_and_aliases() -> None:
    root = Parser().parse(MODULE)
    names = [op.name for op in root.walk()]
    assert names == [
        "builtin.module", "func.func", "arith.constant", "scf.if", "scf.yield", "scf.yield",
        "linalg.generic", "arith.addf", "linalg.yield", "stream.cmd.parameter.load", "func.return",
    ]  # fmt: skip
    assert (root.symbol, named(root, "func.func").symbol) == ("m", "main")
    generic = named(root, "linalg.generic")
    assert generic.types == ("tensor<4xf32>",) and generic.ours == {5}
    assert "affine_map<(d0) -> (d0)>" in generic.text and " loc(" not in generic.text
    assert named(root, "arith.addf").ours == {6, 7}
    branch = named(root, "scf.if")
    assert (branch.ours, branch.types, len(branch.regions)) == ({5}, ("f32", "f32"), 2)
    load = named(root, "stream.cmd.parameter.load")
    assert load.text.count("\n") == 3 and not load.regions and load.count == 2


def test_ops_that_stay_the_same_keep_their_ids_whatever_their_names() -> None:
    found, strings, origins = tracker()
    found.update(("builtin_module_m",), Parser().parse(MODULE), "first")
    again = MODULE.replace("%cst", "%c9").replace("%arg0", "%arg7").replace("#map", "#map3")
    assert not found.update(("builtin_module_m",), Parser().parse(again), "nothing")
    count = len(origins)
    other = again.replace("arith.addf %in, %0#1", "arith.mulf %in, %0#1")
    change = found.update(("builtin_module_m",), Parser().parse(other), "multiply")
    assert len(origins) == count + 1, "one new op, its user is a new version"
    texts = [strings[v.record[2]] for v in change.births]
    assert [t.split()[2 if "=" in t else 0] for t in texts] == ["arith.mulf", "linalg.yield"]
    old = next(v.record[0] for v in change.deaths if "addf" in strings[v.record[2]])
    assert origins[max(origins)] == {old}, "it descends from what was there"


def test_part_of_the_module_is_replaced() -> None:
    found, strings, _ = tracker()
    found.update(("builtin_module_m",), Parser().parse(MODULE), "first")
    inner = 'func.func @main() {\n  "x.y"() : () -> () loc("op":5:0)\n} loc("op":3:0)\n'
    change = found.update(("builtin_module_m", "func_func_main"), Parser().parse(inner), "inner")
    root = found.root
    assert root is not None and [op.name for op in root.walk()][1:] == ["func.func", "x.y"]
    assert len(change.deaths) == 10 and len(change.births) == 2
    assert '"x.y"() : () -> ()' in strings[change.births[1].record[2]]
    assert not found.update(("builtin_module_m", "absent", "op"), Parser().parse(inner), "lost")


INITIALIZERS = """module @m {
  util.initializer {
    util.return loc("op":5:0)
  } loc("op":5:0)
  util.initializer {
    util.return loc("op":6:0)
  } loc("op":6:0)
  util.func @f() {
    util.return loc("op":7:0)
  } loc("op":7:0)
}
"""


def test_which_of_several_ops_without_a_symbol_was_printed_is_not_guessed() -> None:
    def steps(nested: list[str]) -> list[tuple[str, str]]:
        recorder = Recorder()
        recorder.compile_started(make_context(), ModuleOp([]))
        told = ForeignRecorder(recorder, "iree:llvm-cpu", {"flow": ""}, lambda: None)
        top = ("builtin_module_m",)
        told.dumped(Dump(top, (1,), "first", "", INITIALIZERS))
        for i, text in enumerate(nested):
            scope = (*top, "util_initializer_no-symbol-name")
            told.dumped(Dump(scope, (1, i), "cse", "", text))
        told.dumped(Dump((*top, "util_func_f"), (1, 0), "cse", "", "util.func @f() {\n}\n"))
        told.finished()
        return [(s.pass_name, s.scope) for s in recorder.recording().steps[1:]]

    torn = "util.initializer {\n  util.re"
    assert steps([]) == steps([torn]) == steps([torn, torn]) == [("first", ""), ("cse", "f")]
    one, _, rest = INITIALIZERS.partition("  util.initializer {")
    found, _, _ = tracker()
    scope = ("builtin_module_m", "util_initializer_no-symbol-name", "util_return_no-symbol-name")
    found.update(scope[:1], Parser().parse(INITIALIZERS), "first")
    assert found.ambiguous(scope) and not found.ambiguous((*scope[:1], "util_func_f"))
    alone = one + rest[rest.index("  util.initializer {") :]
    found.update(scope[:1], Parser().parse(alone), "second")
    assert not found.ambiguous(scope)


def test_text_that_is_cut_or_mangled_is_read_too() -> None:
    generator = random.Random(0)
    for _ in range(300):
        text = list(MODULE)
        for _ in range(generator.randrange(1, 30)):
            at = generator.randrange(len(text))
            text[at : at + generator.randrange(4)] = generator.choice(
                ["", "{", "}", "(", "\n", "%"]
            )
        cut = "".join(text)[: generator.randrange(len(text))]
        found, _, _ = tracker()
        found.update(("builtin_module_m",), Parser().parse(MODULE), "first")
        found.update(("builtin_module_m",), Parser().parse(cut), "second")


def test_files_are_taken_in_order_when_they_are_complete(tmp_path: Path) -> None:
    def write(path: str) -> None:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            "// -----// IR Dump After CSEPass: cse{a=1} //----- //\nmodule {\n} loc(#l)\n"
        )

    for path in ("m/9_a.mlir", "m/10_b.mlir", "m/e_x/10_0_c.mlir", "m/e_y/10_0_c.mlir",
                 "m/e_x/f/10_0_0_d.mlir", "m/e_x/10_1_e.mlir"):  # fmt: skip
        write(path)
    tree = Tree(tmp_path)
    assert tree.waiting() == 6 * 73
    first = [(d.number, d.name) for d in tree.take()]
    assert first == [((9,), "a"), ((10,), "b"), ((10, 0), "c"), ((10, 0, 0), "d")]
    rest = list(tree.take(ended=True))
    assert [(d.number, d.scope[1:]) for d in rest] == [((10, 0), ("e_y",)), ((10, 1), ("e_x",))]
    assert rest[0].title == "CSEPass: cse{a=1}" and rest[0].text.startswith("module {")
    assert not tree.waiting()


def test_failures_say_which_ops_they_are_about() -> None:
    said = "op:12:0: error: failed to legalize operation\nop:12:0: note: see\n"
    failure = failure_of(1, said)
    assert failure is not None and (failure.ops, failure.crashed) == ((12,), False)
    assert failure.what == "failed to legalize operation"
    stack = """Stack dump:
 #7 0x00007f0b067b36a5 mlir::iree_compiler::(anonymous namespace)::IfConversion::matchAndRewrite(mlir::scf::IfOp, int) const a.cpp:0:0
#18 0x00007f0b066df000 mlir::iree_compiler::IREE::Stream::(anonymous namespace)::ConvertToStreamPass::runOnOperation() C.cpp:0:0
"""  # noqa: E501
    failure = failure_of(-11, stack)
    assert failure is not None and failure.crashed and "SIGSEGV" in failure.what
    assert (failure.pass_name, failure.op_name) == ("ConvertToStreamPass", "scf.if")
    assert blamed(failure, Parser().parse(MODULE)) == (5,)
    assert failure_of(0, "") is None
