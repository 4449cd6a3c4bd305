# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Coverage`: what executing op configurations on targets came to, as frozen records and JSON.

A row is a configuration (an op, its types and attributes) with the program that was executed; a
cell is its outcome on one target: how far it got on the ladder `STEPS`, how long each step took,
the largest error against the reference, and what went wrong. `coverage_run` makes one (that is
`ie.coverage`), `coverage_text` writes it as Markdown and HTML.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from iree_explore.errors import ModelError
from iree_explore.recording.schema import key_of

SCHEMA = "iexplore-coverage/1"

STEPS = ("imported", "lowered", "compiled", "ran", "correct")
"""The ladder: parsed and verified; the `input` phase done; machine code; results; right results."""

STATES = ("ok", "wrong", "failed", "gap", "unchecked")
"""ok; results differ; an error at `Cell.step`; a configuration that its row declares as a gap; ran,
but the reference has no results to compare with."""


def ladder(target: str) -> tuple[str, ...]:
    """The steps that a target has: the reference compiles nothing and is what others are compared
    with."""
    return ("imported", "ran") if target == "reference" else STEPS


@dataclass(frozen=True)
class Cell:
    """One configuration on one target. `step` is the last one tried: where it stopped, or the end.

    `elapsed_ns` has one number for each step tried. Errors are None where nothing was compared,
    infinite where NaN, infinities, shapes or types differ. `code`, `text` and `at` (the pass) say
    what went wrong, `text` a gap's reason too.
    """

    target: str
    state: str
    step: str
    elapsed_ns: tuple[int, ...] = ()
    max_abs: float | None = None
    max_rel: float | None = None
    max_ulps: float | None = None
    code: str = ""
    text: str = ""
    at: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing is left to do: it works, or its row says why it does not."""
        return self.state in ("ok", "gap")

    def step_state(self, step: str) -> str:
        """ "ok", the cell's state if it stopped at `step`, or "" if the step was not reached."""
        steps = ladder(self.target)
        if step not in steps or self.step not in steps:
            return ""
        here, reached = steps.index(step), steps.index(self.step)
        if here < reached or (here == reached and self.state == "ok"):
            return "ok"
        return self.state if here == reached else ""


@dataclass(frozen=True)
class CoverageRow:
    """One configuration. `ops` are the op ids that have it in a session, `count` how many of the
    model's ops have it; `program` is MLIR text with the function `main`; no cells: no sample."""

    op: str
    case: str
    dtype: str
    dynamic: bool
    signature: str
    program: str
    command: str
    count: int = 1
    ops: tuple[int, ...] = ()
    cells: tuple[Cell, ...] = ()

    @property
    def label(self) -> str:
        """`stablehlo.gather windows, f32, dynamic`."""
        words = [f"{self.op} {self.case}".strip(), self.dtype, "dynamic" if self.dynamic else ""]
        return ", ".join(word for word in words if word)

    def cell(self, target: str) -> Cell | None:
        """The outcome on `target`, None if it was not executed there."""
        return next((cell for cell in self.cells if cell.target == target), None)


@dataclass(frozen=True, repr=False)
class Coverage:
    """All rows. `name` is the model's, "" for the op table; `complete` is False if cancelled."""

    name: str
    created: str
    compiler: str
    targets: tuple[str, ...]
    rows: tuple[CoverageRow, ...]
    elapsed_ns: int = 0
    complete: bool = True
    missing: tuple[str, ...] = field(default=())
    """Ops of the table that have no sample, so nothing is known of them."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def failures(self) -> tuple[tuple[CoverageRow, Cell], ...]:
        """Every cell that is neither right nor a declared gap."""
        return tuple((row, cell) for row in self.rows for cell in row.cells if not cell.good)

    @property
    def ok(self) -> bool:
        """Whether everything was executed and nothing fails but declared gaps."""
        return self.complete and not self.failures and not self.missing

    @property
    def exit_code(self) -> int:
        """0 if `ok`, else 1: for CI."""
        return 0 if self.ok else 1

    def filter(
        self,
        op: str | None = None,
        *,
        dtype: str | Iterable[str] | None = None,
        target: str | Iterable[str] | None = None,
        state: str | Iterable[str] | None = None,
        dynamic: bool | None = None,
    ) -> Coverage:
        """The rows for which all given conditions hold: `op` is a regular expression on
        "op case"; a row has a state if one of its cells (of `target`, if given) has it."""
        dtypes, states, targets = _set(dtype), _set(state), _set(target)
        pattern = re.compile(op) if op is not None else None
        rows = []
        for row in self.rows:
            cells = tuple(c for c in row.cells if targets is None or c.target in targets)
            if pattern is not None and not pattern.search(f"{row.op} {row.case}".strip()):
                continue
            if dtypes is not None and row.dtype not in dtypes:
                continue
            if dynamic is not None and row.dynamic != dynamic:
                continue
            if states is not None and not any(c.state in states for c in cells):
                continue
            rows.append(replace(row, cells=cells))
        kept = tuple(t for t in self.targets if targets is None or t in targets)
        missing = tuple(m for m in self.missing if pattern is None or pattern.search(m))
        return replace(self, rows=tuple(rows), targets=kept, missing=missing)

    def summary(self) -> dict[str, dict[str, int]]:
        """Target -> state -> number of cells, with "total"."""
        found = {}
        for target in self.targets:
            counts = Counter(c.state for row in self.rows for c in row.cells if c.target == target)
            found[target] = {
                **{state: counts[state] for state in STATES if counts[state]},
                "total": sum(counts.values()),
            }
        return found

    def to_json(self, path: str | Path | None = None) -> str:
        """The records as JSON text (`SCHEMA`); also written to `path` if given."""
        text = json.dumps(encode(self), separators=(",", ":"), allow_nan=False)
        if path is not None:
            from iree_explore.recording.files import write_atomically

            write_atomically(path, text.encode())
        return text

    @staticmethod
    def from_json(text: str | bytes) -> Coverage:
        """The opposite of `to_json`; raises `ModelError` IX501 or IX503."""
        return decode(text)

    def to_markdown(self, path: str | Path | None = None) -> str:
        """A page: totals, one line an op with a sign for each type, then every failure."""
        from iree_explore.recording.coverage_text import markdown

        text = markdown(self)
        if path is not None:
            from iree_explore.recording.files import write_atomically

            write_atomically(path, text.encode())
        return text

    def __repr__(self) -> str:
        from iree_explore.recording.coverage_text import plain_text

        return plain_text(self)

    def _repr_html_(self) -> str:
        from iree_explore.recording.coverage_text import html_table

        return html_table(self)


def _set(value: str | Iterable[str] | None) -> set[str] | None:
    return None if value is None else {value} if isinstance(value, str) else set(value)


# -- JSON


def encode(coverage: Coverage) -> dict[str, Any]:
    """`coverage` as JSON data; programs repeat a lot, gzip makes little of that."""
    data: dict[str, Any] = {"schema": SCHEMA, "steps": list(STEPS)}
    for each in fields(Coverage):
        if each.name != "rows":
            data[key_of(each.name)] = getattr(coverage, each.name)
    data["rows"] = [_encode_row(row) for row in coverage.rows]
    return data


def _encode_row(row: CoverageRow) -> dict[str, Any]:
    data = {key_of(f.name): getattr(row, f.name) for f in fields(CoverageRow) if f.name != "cells"}
    data["cells"] = [encode_cell(cell) for cell in row.cells]
    return data


def encode_cell(cell: Cell) -> dict[str, Any]:
    """One cell; infinite errors are the text "inf"."""
    data = {key_of(f.name): getattr(cell, f.name) for f in fields(Cell)}
    for key in ("maxAbs", "maxRel", "maxUlps"):
        if data[key] is not None and not math.isfinite(data[key]):
            data[key] = "inf"
    return data


_CELL_TYPES: dict[str, type | tuple[type, ...]] = {
    "target": str, "state": str, "step": str, "elapsedNs": list, "code": str, "text": str,
    "at": str, "maxAbs": (int, float, str, type(None)), "maxRel": (int, float, str, type(None)),
    "maxUlps": (int, float, str, type(None)),
}  # fmt: skip
_ROW_TYPES: dict[str, type | tuple[type, ...]] = {
    "op": str, "case": str, "dtype": str, "dynamic": bool, "signature": str, "program": str,
    "command": str, "count": int, "ops": list, "cells": list,
}  # fmt: skip
_TYPES: dict[str, type | tuple[type, ...]] = {
    "name": str, "created": str, "compiler": str, "targets": list, "rows": list, "elapsedNs": int,
    "complete": bool, "missing": list,
}  # fmt: skip


def decode(text: str | bytes) -> Coverage:
    """Records from JSON text; raises `ModelError` IX501 (no coverage) or IX503 (other schema)."""
    try:
        data = json.loads(text)
    except ValueError as raised:
        raise _unreadable(str(raised)) from raised
    if not isinstance(data, dict) or not isinstance(data.get("schema"), str):
        raise _unreadable("it has no schema")
    if data["schema"] != SCHEMA:
        raise ModelError("IX503", f"the coverage is of schema {data['schema'][:40]!r}, "
                                  f"this version reads {SCHEMA!r}")  # fmt: skip
    top = _take(data, _TYPES)
    top["targets"] = tuple(_texts(top["targets"]))
    top["missing"] = tuple(_texts(top["missing"]))
    top["rows"] = tuple(_decode_row(row) for row in top["rows"])
    return Coverage(**top)


def _decode_row(data: Any) -> CoverageRow:
    row = _take(data, _ROW_TYPES)
    row["ops"] = tuple(_numbers(row["ops"]))
    row["cells"] = tuple(decode_cell(cell) for cell in row["cells"])
    return CoverageRow(**row)


def decode_cell(data: Any) -> Cell:
    """One cell from JSON data; raises `ModelError` IX501."""
    cell = _take(data, _CELL_TYPES)
    if cell["state"] not in STATES or cell["step"] not in STEPS:
        raise _unreadable(f"a cell is {cell['state'][:20]!r} at {cell['step'][:20]!r}")
    cell["elapsed_ns"] = tuple(_numbers(cell["elapsed_ns"]))
    for key in ("max_abs", "max_rel", "max_ulps"):
        if isinstance(cell[key], str):
            if cell[key] != "inf":
                raise _unreadable(f"{key} is {cell[key][:20]!r}")
            cell[key] = math.inf
    return Cell(**cell)


def _take(data: Any, types: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise _unreadable("a record is not an object")
    found = {}
    for key, kind in types.items():
        value = data.get(key)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise _unreadable(f"{key} is {str(value)[:40]!r}")
        found[re.sub("[A-Z]", lambda m: "_" + m[0].lower(), key)] = value
    return found


def _texts(values: Sequence[Any]) -> Sequence[str]:
    if any(type(value) is not str for value in values):
        raise _unreadable("a list of texts has something else")
    return values


def _numbers(values: Sequence[Any]) -> Sequence[int]:
    if any(type(value) is not int for value in values):
        raise _unreadable("a list of numbers has something else")
    return values


def _unreadable(why: str) -> ModelError:
    return ModelError("IX501", "not a coverage file, or a damaged one", because=why)
