#!/usr/bin/env python3
# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the generated pages under docs/: passes.md from PHASES, ops.md from the op table, errors/
from CODES, accuracy.md from what benchmarks/elementary_functions.py measured, api.md,
command_line.md and targets.md from the code (reference_pages.py), lessons/ from the notebooks
(lesson_pages.py); beside docs/, the front end's record types (record_types.py). With `--check`,
writes nothing and fails if a page is not up to date.

op-coverage.md takes minutes, so it is executed with `--coverage` only; otherwise only its list of
ops and types is checked. `--coverage --check` executes and fails where the page says too much.
`--targets` names those to execute (llvm-cpu,...): the page keeps what it says of others."""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

import lesson_pages  # noqa: E402
import record_types  # noqa: E402
import reference_pages  # noqa: E402

from iree_explore.errors import CODES  # noqa: E402
from iree_explore.examples import pass_doc  # noqa: E402
from iree_explore.pipeline import PHASES  # noqa: E402
from iree_explore.stablehlo.accuracy import ELEMENTS, FUNCTIONS  # noqa: E402
from iree_explore.stablehlo.custom_calls import targets  # noqa: E402
from iree_explore.stablehlo.table import FAMILIES, TABLE  # noqa: E402

NOTE = "<!-- Written by scripts/generate_docs.py: do not edit. -->\n"
FAMILY_TITLES = {
    "IX1": "Sources and imports",
    "IX2": "Compilation",
    "IX3": "Calls",
    "IX4": "Targets and devices",
    "IX5": "Files",
    "IX6": "The explorer",
}


def main() -> int:
    if "--coverage" in sys.argv[1:]:
        return coverage()
    pages = {
        "passes.md": passes(),
        "ops.md": ops(),
        "accuracy.md": accuracy(),
        "api.md": f"{NOTE}\n{reference_pages.api()}",
        "command_line.md": f"{NOTE}\n{reference_pages.command_line()}",
        "targets.md": f"{NOTE}\n{reference_pages.targets()}",
        **errors(),
        **lesson_pages.pages(NOTE),
        "../widgets/src/records.ts": record_types.page(),
    }
    check = "--check" in sys.argv[1:]
    stale = []
    for name, text in pages.items():
        path = ROOT / "docs" / name
        if path.exists() and path.read_text() == text:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    known = {ROOT / "docs" / name for name in pages}
    old = [p for folder in ("errors", "lessons") for p in (ROOT / "docs" / folder).rglob("*.*")]
    for path in old:
        if path not in known:
            stale.append(str(path.relative_to(ROOT / "docs")))
            if not check:
                path.unlink()
    if not coverage_lists_everything():
        stale.append("op-coverage.md")
    if check and stale:
        print("out of date: " + ", ".join(f"docs/{name}" for name in stale))
        print("run: python scripts/generate_docs.py (op-coverage.md: with --coverage)")
        return 1
    return 0


def coverage() -> int:
    """Executes every op and writes the page, or compares it with the page."""
    from iree_explore.recording import coverage_text
    from iree_explore.recording.coverage_run import coverage as execute

    path = ROOT / "docs" / "op-coverage.md"
    targets = sys.argv[sys.argv.index("--targets") + 1].split(",") if "--targets" in sys.argv else [
        *coverage_text.read_signs(path.read_text())
    ]  # fmt: skip
    found = execute(
        targets=targets, progress=lambda done, total, row: print(f"\r{done}/{total}", end="")
    )
    print()
    if "--check" not in sys.argv[1:]:
        path.write_text(f"{NOTE}\n{coverage_text.replaced(path.read_text(), found)}")
        return 0
    worse = coverage_text.worse(path.read_text(), found)
    print("\n".join(worse))
    return 1 if worse else 0


def coverage_lists_everything() -> bool:
    """Whether op-coverage.md has a line for every op with a sign for each of its types."""
    from iree_explore.recording import coverage_text
    from iree_explore.stablehlo.samples import SAMPLES

    wanted = {
        (op, coverage_text.short_type(element))
        for op, samples in SAMPLES.items()
        for sample in samples
        for element in sample.types
    }
    path = ROOT / "docs" / "op-coverage.md"
    signs = coverage_text.read_signs(path.read_text()) if path.exists() else {}
    return bool(signs) and all(set(table) == wanted for table in signs.values())


def passes() -> str:
    """Phases in order, their passes with reason, sentence and example."""
    lines = [NOTE, "# Phases and passes", "", "| phase | what it leaves behind |", "|---|---|"]
    lines += [f"| [`{phase.name}`](#{phase.name}) | {phase.summary} |" for phase in PHASES]
    for phase in PHASES:
        lines += ["", f"## {phase.name}", "", phase.summary]
        for line in phase.passes:
            doc = pass_doc(line.load())
            where = "each executable" if line.scope == "executable" else "the module"
            lines += ["", f"### {line.name}", "", doc.summary, ""]
            lines += [f"*Why here:* {line.why}. *Runs on:* {where}."]
            if doc.details:
                lines += ["", doc.details]
            if doc.before:
                lines += ["", "Before:", "", "```mlir", doc.before, "```"]
                lines += ["", "After:", "", "```mlir", doc.after, "```"]
    return "\n".join(lines) + "\n"


def ops() -> str:
    """The op table: one line a row."""
    lines = [
        NOTE,
        "# StableHLO and CHLO ops",
        "",
        f"{len(TABLE)} ops. *Lowering* is `linalg` where the op has a rule of its own, `scalar`"
        " where it maps over elements, empty where another pass takes it or only NumPy does.",
    ]
    for family in FAMILIES:
        lines += [
            "",
            f"## {family.__name__.rpartition('.')[2]}",
            "",
            "| op | what it does | lowering | gaps |",
        ]
        lines += ["|---|---|---|---|"]
        for row in family.ROWS:
            text = (inspect.getdoc(row.op) or "").strip().splitlines()
            sentence = text[0].replace("|", "\\|") if text else ""
            lowering = "linalg" if row.lower else "decomposed" if row.decompose else ""
            gaps = "; ".join(gap.summary for gap in row.gaps if gap.summary)
            lines.append(f"| `{row.name}` | {sentence} | {lowering} | {gaps} |")
    lines += ["", "## Custom calls", "", "Targets of `stablehlo.custom_call` that are known:", ""]
    lines.append(", ".join(f"`{target}`" for target in targets()) + ".")
    return "\n".join(lines) + "\n"


def errors() -> dict[str, str]:
    """A page for each code, and their index."""
    pages = {}
    index = [NOTE, "# Errors", "", "Every error of iree_explore has one of these codes."]
    family = ""
    for code in CODES.values():
        if code.code[:3] != family:
            family = code.code[:3]
            index += ["", f"## {FAMILY_TITLES[family]}", "", "| code | error |", "|---|---|"]
        index.append(f"| [{code.code}]({code.code}.md) | {code.title} |")
        pages[f"errors/{code.code}.md"] = (
            f"{NOTE}\n# {code.code}: {code.title}\n\n{code.help}\n\n[All errors](README.md)\n"
        )
    pages["errors/README.md"] = "\n".join(index) + "\n"
    return pages


def accuracy() -> str:
    """Errors of elementary functions by element type, from the benchmark's results."""
    path = ROOT / "benchmarks" / "results" / "elementary_functions.json"
    results = json.loads(path.read_text())
    lines = [
        NOTE,
        "# Accuracy of elementary functions",
        "",
        "Errors in units in the last place (ULP) of the exact result, subnormal arguments and"
        " results included; at most 0.5 is correctly rounded. *bound* is what"
        " `iree_explore/stablehlo/accuracy.py` promises for llvm-cpu and tests check; the rest is"
        " measured by `benchmarks/elementary_functions.py`: all numbers of f16 and bf16 (pairs at"
        " random), samples of f32 and f64 that are dense near poles, zeros and thresholds. XLA is"
        f" JAX {results['about']['jax']} on the same CPU and arguments, subnormal numbers left out"
        " because it takes them for 0. Of functions marked *x < 0* errors are in units of"
        " max(\\|result\\|, 1): between two poles they have a zero that no f64 is near enough to.",
    ]
    for element in ELEMENTS:
        lines += [
            "",
            f"## {element}",
            "",
            "| function | bound | llvm-cpu, largest | mean | largest at | reference | XLA |",
            "|---|---|---|---|---|---|---|",
        ]
        for function in FUNCTIONS:
            found = results["functions"][function.name][element]
            cpu = found["llvm-cpu"]
            place = ", ".join(f"{x:.6g}" for x in cpu["at"])
            lines.append(
                f"| {function.name} | {function.bound(element):g} | {cpu['max']:g} |"
                f" {cpu['mean']:g} | {place} | {found['reference']['max']:g} |"
                f" {found['xla']['max']:g} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
