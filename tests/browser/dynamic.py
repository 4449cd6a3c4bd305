# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A recording of a dynamic model made by hand: every kind of thing that the shapes view shows.

`main(x: [batch, seq, 64], m: [batch, seq])` masks x, multiplies it by weights and keeps the rows
that are above zero; how many only the data tells. `conflict` adds a reshape that cannot be.
"""

from __future__ import annotations

from typing import Any

from .synthetic import Builder, _finish

X, M, Y, KEPT = "tensor<?x?x64xf32>", "tensor<?x?xf32>", "tensor<?x?x32xf32>", "tensor<?x32xf32>"
ENTRY = "main_dispatch_{}_matmul"


class _Shapes:
    """The key `shapes`, with everything interned."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.lists: list[list[int]] = []
        self.versions: dict[str, list[int]] = {"version": [], "list": []}

    def size(self, text: str) -> int:
        if text == "?":
            return -1
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text)

    def list(self, *texts: str) -> int:
        sizes = [self.size(text) for text in texts]
        if sizes not in self.lists:
            self.lists.append(sizes)
        return self.lists.index(sizes)

    def of(self, version: int, *texts: str) -> None:
        self.versions["version"].append(version)
        self.versions["list"].append(self.list(*texts))


def _symbol(name: str, dimension: int, **more: Any) -> dict[str, Any]:
    return {
        "function": 0, "name": name, "kind": "input", "argument": "x", "dimension": dimension,
        "low": 0, "high": -1, "divisor": 1, "sample": -1, "op": 0,
        "place": f"dimension {dimension} of argument x", "solved": -1, **more,
    }  # fmt: skip


def recording(conflict: bool = False) -> dict[str, Any]:
    """The JSON object of docs/recording.md."""
    b, shapes = Builder(), _Shapes()
    b.string("")
    module = b.create("builtin.module", "builtin.module \x010\x03\x02", 0, types="")
    main = b.create(
        "func.func", f"func.func public @main(%b2_0: {X}, %b2_1: {M}) -> {KEPT} \x010\x03\x02",
        module, types="", symbol="main",
    )  # fmt: skip

    def op(name: str, rest: str, operands: str, types: str, *sizes: str, **more: Any) -> int:
        made = b.create(name, f"%# = {name} {rest}", main, operands, types, **more)
        if sizes:
            shapes.of(b.live[made].version, *sizes)
        return made

    size = op("tensor.dim", f"%b2_0, 1 : {X}", "b2_0", "index", "seq")
    weight = op("stablehlo.constant", "dense<1.0> : tensor<64x32xf32>", "", "tensor<64x32xf32>")
    mask = op("stablehlo.broadcast_in_dim", f"%b2_1, dims = [0, 1] : ({M}) -> {X}", "b2_1", X,
              "batch", "seq")  # fmt: skip
    times = op("stablehlo.multiply", f"%b2_0, %{mask} : {X}", f"b2_0 {mask}", X, "batch", "seq")
    dot = op("stablehlo.dot_general",
             f"%{times}, %{weight}, contracting_dims = [2] x [0] : ({X}, tensor<64x32xf32>) -> {Y}",
             f"{times} {weight}", Y, "batch", "seq")  # fmt: skip
    half = op("stablehlo.slice", f"%{dot} [0:?, 0:?:2, 0:32] : ({Y}) -> {Y}", str(dot), Y,
              "batch", "ceildiv(seq, 2)")  # fmt: skip
    kept = op("stablehlo.custom_call", f"@keep(%{half}) : ({Y}) -> {KEPT}", str(half), KEPT, "n")
    bad = 0
    if conflict:
        bad = op(
            "stablehlo.reshape", f"%{dot} : ({Y}) -> tensor<7x5xf32>", str(dot), "tensor<7x5xf32>"
        )
    b.create("func.return", f"func.return %{kept} : {KEPT}", main, str(kept), "", order=1e9)
    b.end(0, None)
    dispatches: list[dict[str, Any]] = []
    allocations: list[dict[str, Any]] = []
    if conflict:
        text = "IX110 stablehlo.reshape: 32*batch*seq == 35 cannot hold"
        b.end(
            1,
            "input-infer-shapes",
            "sizes of all values",
            1.0,
            error={"code": "IX110", "text": text},
        )
    else:
        b.end(1, "input-infer-shapes", "sizes of all values", 1.0, changed=False)
        _lower(b, shapes, main, (mask, times, dot, half, kept), dispatches, allocations)
    made = _finish(b, "failed" if conflict else "done", [], [])
    made["shapes"] = _key(shapes, (size, weight, mask, times, dot, half, kept), bad)
    made["shapes"] |= {"dispatches": dispatches, "allocations": allocations}
    made["name"] = "masked"
    return made


def _key(shapes: _Shapes, ops: tuple[int, ...], bad: int) -> dict[str, Any]:
    """All of the key `shapes` but what lowering adds; `bad` is the op that contradicts, 0: none."""
    size, weight, mask, times, dot, half, kept = ops
    names = shapes.size
    steps = [
        (size, "forward", [], ""), (weight, "forward", [("64", "32")], ""),
        (mask, "forward", [("rows", "cols", "64")], ""),
        (times, "forward", [("batch", "seq", "64")], "rows == batch, cols == seq"),
        (mask, "backward", [("batch", "seq", "64")], ""),
        (dot, "forward", [("batch", "seq", "32")], ""),
        (half, "forward", [("batch", "ceildiv(seq, 2)", "32")], ""),
        (kept, "forward", [("n", "32")], "n <= batch*ceildiv(seq, 2)"),
    ]  # fmt: skip
    propagation = [
        {"function": 0, "op": at, "direction": way, "learnt": learnt,
         "lists": [shapes.list(*sizes) for sizes in lists]}
        for at, way, lists, learnt in steps
    ]  # fmt: skip
    symbols = [
        _symbol("batch", 0, low=1, high=64, divisor=8, sample=8),
        _symbol("seq", 1, sample=128),
        _symbol("rows", 0, argument="m", place="dimension 0 of argument m", solved=names("batch")),
        _symbol("cols", 1, argument="m", place="dimension 1 of argument m", solved=names("seq")),
        _symbol("n", -1, kind="data", argument="", op=kept, sample=20,
                place="stablehlo.custom_call in layer keep"),
    ]  # fmt: skip
    equations = [
        {"function": 0, "left": names("mod(seq, 4)"), "right": names("0"), "op": half,
         "place": "stablehlo.slice in layer half"},
    ]  # fmt: skip
    arguments = [
        {"function": 0, "name": "x", "type": X, "list": shapes.list("batch", "seq")},
        {"function": 0, "name": "m", "type": M, "list": shapes.list("batch", "seq")},
    ]
    text = (
        "stablehlo.reshape in layer flat: 32*batch*seq == 35 cannot hold; "
        "stablehlo.dot_general in layer dense makes 32*batch*seq elements"
    )
    return {
        "functions": ["main"], "symbols": symbols, "lists": shapes.lists,
        "versions": shapes.versions, "arguments": arguments, "propagation": propagation,
        "equations": equations,
        "conflicts": [{"function": 0, "ops": [bad, dot], "text": text}] if bad else [],
        "sizes": {"function": [0] * len(shapes.texts), "text": shapes.texts},
    }  # fmt: skip


def _lower(
    b: Builder,
    shapes: _Shapes,
    main: int,
    ops: tuple[int, int, int, int, int],
    dispatches: list[dict[str, Any]],
    allocations: list[dict[str, Any]],
) -> None:
    """Two dispatches for the five ops, then resources in bytes."""
    mask, times, dot, half, kept = ops
    first = b.create(
        "flow.dispatch",
        f"%# = flow.dispatch @e0::@{ENTRY.format(0)}(%b2_0, %b2_1) : ({X}, {M}) -> {Y}",
        main, "b2_0 b2_1", Y, order=b.live[mask].order, ancestors=(mask, times, dot),
        reason="OutlineDispatch",
    )  # fmt: skip
    second = b.create(
        "flow.dispatch",
        f"%# = flow.dispatch @e1::@{ENTRY.format(1)}(%{first}) : ({Y}) -> {KEPT}",
        main, str(first), KEPT, order=b.live[half].order, ancestors=(half, kept),
        reason="OutlineDispatch",
    )  # fmt: skip
    for number in ops:
        b.delete(number)
    shapes.of(b.live[first].version, "batch", "seq")
    shapes.of(b.live[second].version, "n")
    last = max(b.live, key=lambda i: b.live[i].order)
    b.change(last, text=f"func.return %{second} : {KEPT}", operands=str(second))
    b.end(5, "flow-outline-dispatch-regions", "each region becomes an executable", 2.0)
    resource = "!stream.resource<transient>"
    slab = b.create("stream.resource.alloca", "%#, %t = stream.resource.alloca uninitialized : "
                    f"{resource}{{%b2_1}} => !stream.timepoint", main, "", resource,
                    order=0.5, ancestors=(first,), reason="ScheduleAllocation")  # fmt: skip
    shapes.of(b.live[slab].version, "128*batch*seq")
    b.end(7, "hal-memoize-command-buffers", "one recording serves every call", 1.7)
    size = shapes.size
    dispatches += [
        {"op": first, "function": 0, "name": ENTRY.format(0), "flops": size("4096*batch*seq"),
         "bytes": size("388*batch*seq + 8192"),
         "workgroups": [size("ceildiv(seq, 32)"), size("batch"), size("1")]},
        {"op": second, "function": 0, "name": ENTRY.format(1), "flops": -1,
         "bytes": size("128*batch*seq + 128*n"), "workgroups": []},
    ]  # fmt: skip
    allocations += [
        {"op": slab, "function": 0, "kind": "transient", "bytes": size("128*batch*seq")},
        {"op": slab, "function": 0, "kind": "argument", "bytes": size("260*batch*seq")},
        {"op": slab, "function": 0, "kind": "result", "bytes": size("128*n")},
        {"op": slab, "function": 0, "kind": "constant", "bytes": size("8192")},
    ]  # fmt: skip
