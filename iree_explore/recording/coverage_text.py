# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Coverage` for readers: a summary for terminals, a Markdown page, an HTML table.

All three group the rows by op; types are columns where there is room. Every sign has a word.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from iree_explore.recording.coverage import STATES, Cell, Coverage, CoverageRow

SIGNS = {"ok": "✓", "part": "◐", "gap": "–", "failed": "✗", "wrong": "≠", "unchecked": "?"}
"""A sign for a state; "part" is some programs right and others not."""

WORDS = {
    "ok": "all right", "part": "some fail", "gap": "declared gap", "failed": "none works",
    "wrong": "results differ", "unchecked": "nothing to compare with",
}  # fmt: skip

MOST_FAILURES = 30
"""Failures that the plain text and the HTML list."""


def group(coverage: Coverage) -> dict[str, list[CoverageRow]]:
    """Rows by op, in their order."""
    found: dict[str, list[CoverageRow]] = {}
    for row in coverage.rows:
        found.setdefault(row.op, []).append(row)
    return found


def together(cells: Iterable[Cell]) -> str:
    """One state for several cells: theirs if they agree, "ok" and "gap" together "ok", else
    "part", or the worst if nothing works."""
    states = {cell.state for cell in cells}
    if not states:
        return ""
    if len(states) == 1:
        return states.pop()
    if states <= {"ok", "gap"}:
        return "ok"
    if "ok" in states:
        return "part"
    return next(s for s in ("failed", "wrong", "unchecked", "gap") if s in states)


def short_type(dtype: str) -> str:
    """`c64` for `complex<f32>`, `q8` for a quantised i8."""
    inner = re.fullmatch(r"complex<f(\d+)>", dtype)
    if inner:
        return f"c{2 * int(inner[1])}"
    quantized = re.match(r"!quant\.uniform<u?i(\d+)", dtype)
    return f"q{quantized[1]}" if quantized else dtype


def counts(coverage: Coverage, target: str) -> str:
    """`120 ok, 3 failed of 123`."""
    found = coverage.summary()[target]
    parts = [f"{found[state]} {state}" for state in STATES if state in found]
    return f"{', '.join(parts) or 'nothing'} of {found['total']}"


def title(coverage: Coverage) -> str:
    """One line: what was executed."""
    what = coverage.name or "all ops"
    programs = f"{len(coverage.rows)} configuration{'s' if len(coverage.rows) != 1 else ''}"
    cut = "" if coverage.complete else ", cancelled"
    return f"coverage of {what}: {programs}, {coverage.elapsed_ns / 1e9:.1f} s{cut}"


def plain_text(coverage: Coverage) -> str:
    """Totals a target and the first failures."""
    lines = [title(coverage)]
    lines += [f"  {target:<12} {counts(coverage, target)}" for target in coverage.targets]
    if coverage.missing:
        lines.append(f"  no sample: {', '.join(coverage.missing)}")
    failures = coverage.failures
    lines += [f"  {_failure_line(row, cell)}" for row, cell in failures[:MOST_FAILURES]]
    if len(failures) > MOST_FAILURES:
        lines.append(f"  ... and {len(failures) - MOST_FAILURES} more: .failures has them all")
    return "\n".join(lines)


def _failure_line(row: CoverageRow, cell: Cell) -> str:
    where = f"{cell.target} {'wrong' if cell.state == 'wrong' else f'not {cell.step}'}"
    first = cell.text.partition("\n")[0]
    return f"{row.label}: {where}: {' '.join(x for x in (cell.code, first) if x)}"


# -- Markdown


def markdown(coverage: Coverage) -> str:
    """The page: totals, a table of ops by element types for each target, and what fails, alike
    failures together."""
    lines = [f"# {'Op coverage' if not coverage.name else f'Coverage of {coverage.name}'}", ""]
    lines.append(
        "Every sign is the outcome of executing programs: "
        + ", ".join(f"{SIGNS[s]} {WORDS[s]}" for s in SIGNS)
        + ". Right is what the reference computes, up to the last places of the type."
    )
    lines += ["", "| target | " + " | ".join(STATES) + " | total |"]
    lines += ["|---" * (len(STATES) + 2) + "|"]
    for target, found in coverage.summary().items():
        numbers = " | ".join(str(found.get(state, 0)) for state in STATES)
        lines.append(f"| {target} | {numbers} | {found['total']} |")
    if coverage.missing:
        lines += ["", "No sample, so nothing is known of: " + ", ".join(
            f"`{op}`" for op in coverage.missing) + "."]  # fmt: skip
    groups = group(coverage)
    for target in coverage.targets:
        lines += ["", f"## {target}", "", *_matrix(groups, target)]
    return "\n".join([*lines, *_failures(coverage)]) + "\n"


def _matrix(groups: dict[str, list[CoverageRow]], target: str) -> list[str]:
    types = list(dict.fromkeys(row.dtype for rows in groups.values() for row in rows))
    types.sort(key=_order)
    lines = ["| op | " + " | ".join(short_type(t) for t in types) + " |"]
    lines.append("|---" + "|:-:" * len(types) + "|")
    for op, rows in groups.items():
        signs = []
        for dtype in types:
            cells = [c for r in rows if r.dtype == dtype and (c := r.cell(target)) is not None]
            state = together(cells)
            signs.append(SIGNS[state] if state else "")
        lines.append(f"| `{op}` | " + " | ".join(signs) + " |")
    return lines


def read_signs(page: str) -> dict[str, dict[tuple[str, str], str]]:
    """What a page that `markdown` wrote says: target -> (op, short type) -> state."""
    states = {sign: state for state, sign in SIGNS.items()}
    found: dict[str, dict[tuple[str, str], str]] = {}
    for part in page.split("\n## ")[1:]:
        target, _, text = part.partition("\n")
        head, *rows = [line for line in text.splitlines() if line.startswith("| ")] or [""]
        types = [each.strip() for each in head.split("|")[2:-1]]
        if not head.startswith("| op |") or "target" in types:
            continue
        table = found.setdefault(target, {})
        for row in rows:
            op, *signs = [each.strip() for each in row.split("|")[1:-1]]
            table.update(
                {(op.strip("`"), t): states[s] for t, s in zip(types, signs, strict=True) if s}
            )
    return found


def replaced(page: str, coverage: Coverage) -> str:
    """A page that `markdown` wrote with what `coverage` found of its targets; what the page says of
    others stays, for all targets take long to execute at once."""
    head, totals, sections, failures = _parts(markdown(coverage))
    _, old_totals, old_sections, old_failures = _parts(page)
    totals, sections = {**old_totals, **totals}, {**old_sections, **sections}
    kept = [line for line in old_failures if line.split(" | ")[1] not in coverage.targets]
    parts = ["\n".join([head, *totals.values()]), *sections.values()]
    if failures or kept:
        parts.append("\n".join([*_FAILURES_HEAD, *kept, *failures]))
    return "\n\n".join(parts) + "\n"


def _parts(page: str) -> tuple[str, dict[str, str], dict[str, str], list[str]]:
    """Text up to the totals, totals and tables by target, and the lines of failures."""
    first, *rest = page.split("\n## ")
    head, _, table = first.partition("\n| target |")
    names, rule, *rows = f"| target |{table}".strip().splitlines()
    totals = {line.split(" | ")[0].removeprefix("| "): line for line in rows if line[:1] == "|"}
    sections = {part.partition("\n")[0]: f"## {part.rstrip()}" for part in rest}
    failures = sections.pop(_FAILURES_HEAD[0].removeprefix("## "), "").splitlines()
    lines = [line for line in failures if line.startswith("| `")]
    missing = [line for line in rows if line and line[:1] != "|"]
    return (
        "\n".join([head, *(f"{line}\n" for line in missing), names, rule]),
        totals,
        sections,
        lines,
    )


_BETTER = ("failed", "wrong", "unchecked", "part", "gap", "ok")


def worse(page: str, coverage: Coverage) -> list[str]:
    """Where `coverage` found less than `page` says: what was right and is not any more."""
    problems = []
    for target, table in read_signs(page).items():
        cells: dict[tuple[str, str], list[Cell]] = {}
        for row in coverage.rows:
            cell = row.cell(target)
            if cell is not None:
                cells.setdefault((row.op, short_type(row.dtype)), []).append(cell)
        for key, some in cells.items():
            said, here = table.get(key, ""), together(some)
            if said and _BETTER.index(here) < _BETTER.index(said):
                problems.append(f"{target}: {key[0]} {key[1]} is {here}, the page says {said}")
    return problems


def _order(dtype: str) -> tuple[int, int, str]:
    kinds = ("i1", "i", "ui", "f", "bf", "complex", "!quant")
    kind = max((k for k in kinds if dtype.startswith(k)), key=len, default="")
    digits = re.search(r"\d+", dtype)
    rank = {"i1": 0, "i": 1, "ui": 2, "f": 3, "bf": 3, "complex": 4, "!quant": 5}.get(kind, 6)
    if kind == "i1" and dtype != "i1":
        rank = 1
    return rank, int(digits[0]) if digits else 0, dtype


_FAILURES_HEAD = (
    "## What does not work", "", "`?` marks programs with unknown sizes.", "",
    "| op | target | stops at | why | configurations |", "|---|---|---|---|---|",
)  # fmt: skip


def _failures(coverage: Coverage) -> list[str]:
    """A section for failures and gaps: alike ones in one line, with what has them."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for row in coverage.rows:
        for cell in row.cells:
            if cell.state == "ok":
                continue
            text = cell.text.partition("\n")[0]
            if cell.state == "wrong":
                text = "results differ"
            key = (cell.target, cell.state, cell.step, cell.code, text, row.op)
            kind = short_type(row.dtype) + (" `?`" if row.dynamic else "")
            alike.setdefault(key, []).append(f"{row.case} {kind}".strip())
    if not alike:
        return []
    lines = ["", *_FAILURES_HEAD]
    for (target, state, step, code, text, op), found in alike.items():
        why = " ".join(x for x in (code, text) if x).replace("|", "\\|")
        shown = ", ".join(dict.fromkeys(found))
        where = f"{step} ({state})" if state != "failed" else step
        lines.append(f"| `{op}` | {target} | {where} | {why[:240]} | {shown} |")
    return lines


# -- HTML

_STYLE = (
    "border-collapse:collapse;font:12px/1.5 sans-serif",
    "text-align:left;padding:2px 8px;border-bottom:1px solid #8884",
)
_COLOURS = {
    "ok": "#1a7335", "part": "#8a5a00", "gap": "#566070", "failed": "#b3261e",
    "wrong": "#b3261e", "unchecked": "#8a5a00",
}  # fmt: skip


def html_table(coverage: Coverage) -> str:
    """A table of ops, one column a target, failures below; stands alone, no script."""
    heads = ["op", "configurations", *coverage.targets]
    out = [
        f'<div class="iexplore-static"><p>{_escape(title(coverage))}</p>',
        f'<table style="{_STYLE[0]}"><caption style="text-align:left">'
        + _escape("; ".join(f"{t}: {counts(coverage, t)}" for t in coverage.targets))
        + "</caption><thead><tr>",
        *(f'<th scope="col" style="{_STYLE[1]}">{_escape(head)}</th>' for head in heads),
        "</tr></thead><tbody>",
    ]
    for op, rows in group(coverage).items():
        out.append(
            f'<tr><th scope="row" style="{_STYLE[1]};font-weight:400"><code>{_escape(op)}</code>'
            f'</th><td style="{_STYLE[1]}">{len(rows)}</td>'
        )
        for target in coverage.targets:
            cells = [c for r in rows if (c := r.cell(target)) is not None]
            out.append(_html_cell(cells))
        out.append("</tr>")
    out.append("</tbody></table>")
    out.extend(_html_failures(coverage))
    return "".join([*out, "</div>"])


def _html_cell(cells: Sequence[Cell]) -> str:
    state = together(cells)
    if not state:
        return f'<td style="{_STYLE[1]}">not executed</td>'
    good = sum(cell.good for cell in cells)
    words = f"{SIGNS[state]} {good}/{len(cells)}" + ("" if state == "ok" else f" {WORDS[state]}")
    return f'<td style="{_STYLE[1]};color:{_COLOURS[state]}">{_escape(words)}</td>'


def _html_failures(coverage: Coverage) -> Iterable[str]:
    failures = coverage.failures
    if not failures:
        return
    yield f"<details><summary>{len(failures)} failures</summary><ul>"
    for row, cell in failures[:MOST_FAILURES]:
        yield (
            f"<li>{_escape(_failure_line(row, cell))}"
            f"<pre>{_escape(row.program)}{_escape(row.command)}</pre></li>"
        )
    yield "</ul>"
    if len(failures) > MOST_FAILURES:
        yield f"<p>and {len(failures) - MOST_FAILURES} more</p>"
    yield "</details>"


def _escape(text: str) -> str:
    return html.escape(text).replace("\n", "&#10;")
