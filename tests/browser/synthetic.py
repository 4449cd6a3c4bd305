# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Recordings made by hand, of any size: what the browser tests and the latency benchmark show.

`recording(layers)` is a stack of dense layers from StableHLO to machine code, as the JSON object of
docs/recording.md. Nothing here compiles anything; real recordings are tested in test_lab.py.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

PHASES = (
    ("import", "StableHLO and globals as the source framework gave them."),
    ("input", "Shapes refined, StableHLO lowered to linalg on tensors."),
    ("abi", "Exported functions wrapped: buffer views, dynamic dimensions."),
    ("global-optimization", "Constants folded and hoisted, transposes moved or elided."),
    ("dispatch-creation", "Fused dispatch regions."),
    ("flow", "Outlined, deduplicated executables and the dispatches between them."),
    ("executable-targets", "Each executable translated to machine code."),
    ("hal", "Devices, executables, command buffers and semaphores."),
)
TENSOR = "tensor<1x64xf32>"
WEIGHT = "tensor<64x64xf32>"
COLUMNS = (
    "op birth death name text parent region block order operands types symbol"  # docs/recording.md
).split()


@dataclass
class _Op:
    version: int
    name: str
    text: str
    parent: int
    order: float
    operands: str
    types: str
    symbol: str


@dataclass
class Builder:
    """Ops that live, and the columns of what has been recorded of them."""

    strings: dict[str, int] = field(default_factory=dict)
    type_lists: dict[str, int] = field(default_factory=dict)
    sets: dict[tuple[int, ...], int] = field(default_factory=dict)
    live: dict[int, _Op] = field(default_factory=dict)
    columns: dict[str, list[Any]] = field(default_factory=lambda: {key: [] for key in COLUMNS})
    origins: dict[str, list[int]] = field(
        default_factory=lambda: {key: [] for key in ("op", "ancestors", "sources", "reason")}
    )
    sources_of: dict[int, tuple[int, ...]] = field(default_factory=dict)
    sources: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    step: int = 0
    next_id: int = 1

    def string(self, text: str) -> int:
        return self.strings.setdefault(text, len(self.strings))

    def set(self, *ids: int) -> int:
        return self.sets.setdefault(tuple(sorted(set(ids))), len(self.sets))

    def create(
        self,
        name: str,
        text: str,
        parent: int,
        operands: str = "",
        types: str = TENSOR,
        symbol: str = "",
        order: float | None = None,
        ancestors: tuple[int, ...] = (),
        reason: str = "import",
        source: int | None = None,
    ) -> int:
        """A new op; `#` in `text` stands for its id."""
        number = self.next_id
        self.next_id += 1
        own = {source} if source is not None else set()
        for ancestor in ancestors:
            own |= set(self.sources_of.get(ancestor, ()))
        self.sources_of[number] = tuple(sorted(own))
        self.origins["op"].append(number)
        self.origins["ancestors"].append(self.set(*ancestors))
        self.origins["sources"].append(self.set(*own))
        self.origins["reason"].append(self.string(reason))
        place = number if order is None else order
        op = _Op(-1, name, text.replace("#", str(number)), parent, place, operands, types, symbol)
        self._version(number, op)
        return number

    def delete(self, number: int) -> None:
        for child in [i for i, op in self.live.items() if op.parent == number]:
            self.delete(child)
        self.columns["death"][self.live.pop(number).version] = self.step

    def change(self, number: int, **changes: Any) -> None:
        old = self.live[number]
        self.columns["death"][old.version] = self.step
        self._version(number, _Op(**{**old.__dict__, **changes}))

    def event(self, pattern: str, matched: Any = (), created: Any = (), deleted: Any = ()) -> None:
        self.events.append(
            {
                "step": self.step,
                "pattern": self.string(pattern),
                "file": self.string("iree_explore/passes/example.py"),
                "line": 41,
                "matched": self.set(*matched),
                "created": self.set(*created),
                "modified": self.set(),
                "deleted": self.set(*deleted),
            }
        )

    def end(
        self,
        phase: int,
        name: str | None,
        why: str = "",
        ms: float = 1.0,
        scope: str = "",
        changed: bool = True,
        error: dict[str, str] | None = None,
    ) -> None:
        first = self.steps[-1]["events"][1] if self.steps else 0
        self.steps.append(
            {
                "phase": phase,
                "pass": name,
                "scope": scope,
                "why": why,
                "elapsedNs": int(ms * 1e6),
                "changed": changed,
                "error": error,
                "events": [first, len(self.events)],
            }
        )
        self.step += 1

    def _version(self, number: int, op: _Op) -> None:
        op.version = len(self.columns["op"])
        row = {
            "op": number,
            "birth": self.step,
            "death": -1,
            "name": self.string(op.name),
            "text": self.string(op.text),
            "parent": op.parent,
            "region": 0,
            "block": 0,
            "order": op.order,
            "operands": op.operands,
            "types": self.type_lists.setdefault(op.types, len(self.type_lists)),
            "symbol": self.string(op.symbol),
        }
        for key, value in row.items():
            self.columns[key].append(value)
        self.live[number] = op


def recording(layers: int = 6, fail: bool = False, runs: int = 1) -> dict[str, Any]:
    """A model of `layers` dense layers, about 12 ops each; with `fail` the flow phase stops it."""
    b = Builder()
    b.string("")
    module = b.create("builtin.module", "builtin.module \x010\x03\x02", 0, types="")
    main = b.create(
        "func.func",
        f"func.func public @main(%b2_0: {TENSOR}) -> {TENSOR} \x010\x03\x02",
        module,
        types="",
        symbol="main",
    )
    value, rows = "b2_0", []
    for i in range(layers):
        value, row = _dense(b, main, i, value)
        rows.append(row)
    final = b.create("func.return", f"func.return %{value} : {TENSOR}", main, value, "", order=1e9)
    b.end(0, None)
    rows = _lower(b, main, rows, final)
    b.end(1, "input-canonicalize", "folds what became constant", 0.4, changed=False)
    b.end(2, "abi-convert-streamable-ops", "the host reads no tensor here", 0.2, changed=False)
    b.end(3, "global-optimization-hoist", "moves constants out of the function", 1.1, changed=False)
    _fuse(b, main, rows)
    if fail:
        text = "IX203 linalg.generic: no dispatch for an op\n  at pass    flow-outline"
        b.end(
            5,
            "flow-outline-dispatch-regions",
            "each region becomes an executable",
            2.0,
            error={"code": "IX203", "text": text},
        )
        return _finish(b, "failed", [], [])
    dispatches = _outline(b, module, rows)
    b.end(5, "flow-deduplicate-executables", "equal kernels are compiled once", 0.8, changed=False)
    artifacts = _translate(b, dispatches)
    b.end(7, "hal-memoize-command-buffers", "one recording serves every call", 1.7, changed=False)
    return _finish(b, "done", artifacts, [_run(dispatches, k) for k in range(runs)])


def weights(count: int) -> dict[str, Any]:
    """A module of globals only."""
    b = Builder()
    b.string("")
    module = b.create("builtin.module", "builtin.module \x010\x03\x02", 0, types="")
    for i in range(count):
        b.create(
            "ml_program.global",
            f"ml_program.global private @w_{i} : {WEIGHT}",
            module,
            types="",
            symbol=f"w_{i}",
        )
    b.end(0, None)
    return _finish(b, "done", [], [])


def _dense(b: Builder, main: int, i: int, value: str) -> tuple[str, list[int]]:
    source = len(b.sources)
    b.sources.append(
        {
            "layer": f"digits/dense_{i}",
            "file": "/home/user/model.py",
            "line": 10 + i,
            "op": "MatMul",
        }
    )
    weight = b.create(
        "ml_program.global_load",
        f"%# = ml_program.global_load @dense_{i}.w : tensor<64x64xf32>",
        main,
        types="tensor<64x64xf32>",
        source=source,
    )
    dot = b.create(
        "stablehlo.dot_general",
        f"%# = stablehlo.dot_general %{value}, %{weight}, contracting_dims = [1] x [0] "
        f": ({TENSOR}, {WEIGHT}) -> {TENSOR}",
        main,
        f"{value} {weight}",
        source=source,
    )
    one = b.create(
        "stablehlo.constant", f"%# = stablehlo.constant dense<0.0> : {TENSOR}", main, source=source
    )
    relu = b.create(
        "stablehlo.maximum",
        f"%# = stablehlo.maximum %{dot}, %{one} : {TENSOR}",
        main,
        f"{dot} {one}",
        source=source,
    )
    return str(relu), [weight, dot, one, relu]


def _lower(b: Builder, main: int, rows: list[list[int]], final: int) -> list[list[int]]:
    lowered, value = [], "b2_0"
    for weight, dot, one, relu in rows:
        at = b.live[dot].order
        new = b.create(
            "linalg.matmul",
            f"%# = linalg.matmul ins(%{value}, %{weight} : {TENSOR}, {WEIGHT}) "
            f"outs(%{one} : {TENSOR}) -> {TENSOR}",
            main,
            f"{value} {weight} {one}",
            order=at,
            ancestors=(dot,),
            reason="LowerDotGeneral",
        )
        b.delete(dot)
        b.event("LowerDotGeneral", (dot,), (new,), (dot,))
        number = b.next_id
        generic = b.create(
            "linalg.generic",
            f'%# = linalg.generic {{iterator_types = ["parallel", "parallel"]}} '
            f"ins(%{new} : {TENSOR}) outs(%{one} : {TENSOR}) "
            f"\x010\x03^bb0(%b{number}_0: f32, %b{number}_1: f32):\x02 -> {TENSOR}",
            main,
            f"{new} {one}",
            order=b.live[relu].order,
            ancestors=(relu,),
            reason="LowerMaximum",
        )
        zero = b.create(
            "arith.constant",
            "%# = arith.constant 0.0 : f32",
            generic,
            types="f32",
            ancestors=(relu,),
            reason="LowerMaximum",
        )
        top = b.create(
            "arith.maximumf",
            f"%# = arith.maximumf %b{generic}_0, %{zero} : f32",
            generic,
            f"b{generic}_0 {zero}",
            "f32",
            ancestors=(relu,),
            reason="LowerMaximum",
        )
        end = b.create(
            "linalg.yield",
            f"linalg.yield %{top} : f32",
            generic,
            str(top),
            "",
            ancestors=(relu,),
            reason="LowerMaximum",
        )
        b.delete(relu)
        b.event("LowerMaximum", (relu,), (generic, zero, top, end), (relu,))
        b.change(one, name="arith.constant", text=f"%{one} = arith.constant dense<0.0> : {TENSOR}")
        value = str(generic)
        lowered.append([weight, new, one, generic])
    b.change(final, text=f"func.return %{value} : {TENSOR}", operands=value)
    b.end(1, "input-lower-to-linalg", "every StableHLO op has a linalg form", 7.5)
    return lowered


def _fuse(b: Builder, main: int, rows: list[list[int]]) -> None:
    for row in rows:
        _weight, dot, _one, generic = row
        region = b.create(
            "flow.dispatch.region",
            f"%# = flow.dispatch.region -> ({TENSOR}) \x010\x03\x02",
            main,
            order=b.live[dot].order,
            ancestors=(dot, generic),
            reason="FormDispatchRegion",
        )
        b.change(dot, parent=region)
        b.change(generic, parent=region)
        b.create(
            "flow.return",
            f"flow.return %{generic} : {TENSOR}",
            region,
            str(generic),
            "",
            order=1e6,
            ancestors=(generic,),
            reason="FormDispatchRegion",
        )
        b.event("FormDispatchRegion", (dot, generic), (region,))
        row.append(region)
    b.end(4, "dispatch-creation-form-dispatch-regions", "fuses what reads the same tile", 3.6)


def _outline(b: Builder, module: int, rows: list[list[int]]) -> list[tuple[int, int, str]]:
    found, value = [], "b2_0"
    for i, (weight, dot, one, generic, region) in enumerate(rows):
        entry = f"main_dispatch_{i}_matmul_1x64x64_f32"
        executable = b.create(
            "flow.executable",
            f"flow.executable private @main_dispatch_{i} \x010\x03\x02",
            module,
            types="",
            symbol=f"main_dispatch_{i}",
            order=0.5 + i * 1e-4,
            ancestors=(region,),
            reason="OutlineDispatchRegion",
        )
        b.create(
            "flow.executable.export",
            f"flow.executable.export public @{entry}",
            executable,
            types="",
            symbol=entry,
            ancestors=(region,),
            reason="OutlineDispatchRegion",
        )
        body = b.create(
            "func.func",
            f"func.func @{entry}(%b#_0: {TENSOR}) \x010\x03\x02",
            executable,
            types="",
            symbol=entry,
            ancestors=(region,),
            reason="OutlineDispatchRegion",
        )
        for op in (dot, generic):
            b.change(op, parent=body)
        call = b.create(
            "flow.dispatch",
            f"%# = flow.dispatch @main_dispatch_{i}::@{entry}(%{value}, %{weight}) "
            f": ({TENSOR}, {WEIGHT}) -> {TENSOR}",
            b.live[region].parent,
            f"{value} {weight}",
            order=b.live[region].order,
            ancestors=(region,),
            reason="OutlineDispatchRegion",
        )
        b.delete(region)
        b.delete(one)
        b.event("OutlineDispatchRegion", (region,), (executable, body, call), (region, one))
        value = str(call)
        found.append((call, executable, entry))
    final = next(i for i, op in b.live.items() if op.name == "func.return")
    b.change(final, text=f"func.return %{value} : {TENSOR}", operands=value)
    b.end(5, "flow-outline-dispatch-regions", "each region becomes an executable", 4.2)
    return found


def _translate(b: Builder, dispatches: list[tuple[int, int, str]]) -> list[dict[str, Any]]:
    artifacts = []
    for i, (_call, executable, entry) in enumerate(dispatches):
        body = next(
            n for n, op in b.live.items() if op.parent == executable and op.name == "func.func"
        )
        olds = [n for n, op in b.live.items() if op.parent == body]
        news = []
        for old in olds:
            news.append(
                b.create(
                    "llvm.intr.fmuladd",
                    "%# = llvm.intr.fmuladd : vector<8xf32>",
                    body,
                    types="vector<8xf32>",
                    ancestors=(old,),
                    reason="ConvertToLLVM",
                )
            )
            b.delete(old)
        b.event("ConvertToLLVM", tuple(olds), tuple(news), tuple(olds))
        b.end(
            6,
            "executable-targets-convert-to-llvm",
            "LLVM IR can be emitted from it",
            5.0 + i % 7,
            scope=f"main_dispatch_{i}",
        )
        if i < 8:
            lines = [f"define i32 @{entry}(ptr %0) {{"]
            lines += [f"  %{k} = call <8 x float> @llvm.fmuladd.v8f32(ptr %0)" for k in (1, 2)]
            lines += ["  ret i32 0", "}"]
            flat = [x for k, op in enumerate(news) for x in (2 + k, op)]
            artifacts.append(
                {
                    "executable": f"main_dispatch_{i}",
                    "kind": "llvm-ir",
                    "text": "\n".join(lines),
                    "lineOps": flat,
                }
            )
            assembly = (
                f"{entry}:\n\t.cfi_startproc\n\tvmovups (%rdi), %ymm0\n"
                "\tvfmadd231ps %ymm1, %ymm2, %ymm0\n\tretq"
            )
            artifacts.append(
                {
                    "executable": f"main_dispatch_{i}",
                    "kind": "assembly",
                    "text": assembly,
                    "lineOps": [3, news[0], 4, news[-1], 5, 0],
                }
            )
    return artifacts


ROOFLINE = {
    "threads": 2, "flops32": 200 * 10**9, "flops64": 100 * 10**9, "measured": "2026-01-01",
    "copies": [512 << 10, 150 * 10**9, 128 << 20, 40 * 10**9],
}  # fmt: skip


def _run(dispatches: list[tuple[int, int, str]], k: int) -> dict[str, Any]:
    samples = [
        [int(2000 + 900 * (i % 5) + 37 * ((s * 7 + i + k) % 11)) for s in range(20)]
        for i in range(len(dispatches))
    ]
    totals = [sum(row[s] for row in samples) + 1500 + 10 * s for s in range(20)]
    return {
        "target": "llvm-cpu",
        "device": "local-task",
        "function": "main",
        "started": "2026-01-01T00:00:00Z",
        "warmup": 2,
        "repetitions": 20,
        "firstNs": totals[0] * 3,
        "totalNs": totals,
        "clock": "host clock",
        "inputs": ["1x64xf32"],
        "error": None,
        "roofline": ROOFLINE,
        "dispatches": [
            {
                "name": entry,
                "executable": f"main_dispatch_{i}",
                "ops": [call],
                "workgroups": [4, 1, 1],
                "samplesNs": samples[i],
                "clock": "host clock",
                "flops": 0 if i == 1 else 60_000 * (i + 1),
                "nbytes": 4_000,
                "element": "f32",
            }
            for i, (call, _executable, entry) in enumerate(dispatches)
        ],
    }


def _finish(b: Builder, state: str, artifacts: list[Any], runs: list[Any]) -> dict[str, Any]:
    phases = []
    for i, (name, summary) in enumerate(PHASES):
        own = [k for k, step in enumerate(b.steps) if step["phase"] == i]
        reached = bool(own) and not (state == "failed" and b.steps[own[-1]]["error"])
        phases.append(
            {
                "name": name,
                "summary": summary,
                "first": own[0] if own else -1,
                "state": "done" if reached else "failed" if own else "pending",
                "step": own[-1] if own else -1,
                "passes": [
                    {"name": b.steps[k]["pass"], "why": b.steps[k]["why"], "scope": "module"}
                    for k in own
                    if b.steps[k]["pass"]
                ],
            }
        )
    strings = list(b.strings)
    types = [[b.string(t)] if t else [] for t in b.type_lists]
    error = b.steps[-1]["error"]
    return {
        "schema": "iexplore/1",
        "name": "digits",
        "created": "2026-01-01T00:00:00Z",
        "compiler": "synthetic",
        "state": state,
        "source": {"kind": "keras", "text": None},
        "targets": ["llvm-cpu"],
        "devices": [
            {
                "target": "llvm-cpu",
                "driver": "local-task",
                "device": "local-task",
                "available": True,
                "name": "local-task (2 workers)",
                "reason": "",
            },
            {
                "target": "vulkan-spirv",
                "driver": "vulkan",
                "device": "vulkan",
                "available": False,
                "name": "vulkan",
                "reason": "libvulkan.so.1 is not installed",
            },
        ],
        "strings": list(b.strings) or strings,
        "typeLists": types,
        "sets": [list(s) for s in b.sets],
        "phases": phases,
        "steps": b.steps,
        "versions": b.columns,
        "origins": b.origins,
        "sources": b.sources,
        "events": b.events,
        "artifacts": artifacts,
        "runs": runs,
        "errors": [{**error, "step": len(b.steps) - 1}] if error else [],
        "opDocs": {"linalg.matmul": "Matrix multiplication of two tensors into an output."},
        "passDocs": {
            "input-lower-to-linalg": {
                "doc": "Lowers StableHLO to linalg on tensors.",
                "file": "iree_explore/stablehlo/passes/x.py",
                "line": 12,
                "before": "%0 = stablehlo.maximum %a, %b : tensor<4xf32>",
                "after": "%0 = linalg.generic ins(%a, %b : tensor<4xf32>, tensor<4xf32>)",
            }
        },
    }


def packed(data: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps(data).encode(), 4)
