# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs notebooks in a real Jupyter kernel, exercises included, and saves what they show.

    python -m tests.notebooks.runner --save [NAME ...]

An exercise is a code cell with the tag "exercise", whose metadata has a `wrong` answer, a code cell
with the tag "check" and a Markdown cell with the solution in a fold. Its check runs three times:
unanswered, with the wrong answer, with the solution; after that it is unanswered again, so what
follows is run as a reader runs it who skips exercises.

What is saved is what can be seen without running anything: text, HTML without scripts, SVG.
"""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from iree_explore.lessons import OPEN, RIGHT, WRONG

FOLDER = Path(__file__).parents[2] / "notebooks"

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

SAVED_TYPES = ("text/plain", "text/html", "image/svg+xml")
"""The rest needs a kernel or scripts."""

MOST_BYTES = 200_000
"""How large a notebook with its outputs may be."""

MOST_LINES = 16
"""How many lines of each phase are saved."""

_ONCE_ONLY = {
    re.compile(r"[^\s(]*/ipykernel_\d+/\d+\.py"): "cell",  # what a kernel calls a cell
    re.compile(r"/tmp/tmp\w+"): "folder",
}
"""Names that are others each time."""

_SOLUTION = re.compile(r"<details>.*?```python\n(.*?)\n```\s*</details>", re.DOTALL)


@dataclass(frozen=True)
class Exercise:
    """One exercise: its cell, the cell that checks it, a wrong answer and the solution."""

    cell: Any
    check: Any
    wrong: str
    solution: str


def tagged(cell: Any, tag: str) -> bool:
    """Whether a cell has a tag."""
    return tag in cell.metadata.get("tags", ())


def exercises(notebook: Any) -> list[Exercise]:
    """The exercises of a notebook; one that is not complete fails."""
    found = []
    for index, cell in enumerate(notebook.cells):
        if not tagged(cell, "exercise"):
            continue
        check, solution = notebook.cells[index + 1 : index + 3]
        assert tagged(check, "check"), f"no check after {cell.source}"
        match = _SOLUTION.search(solution.source)
        assert match, f"no solution after {check.source}"
        found.append(Exercise(cell, check, cell.metadata["wrong"], match[1]))
    return found


def digest(notebook: Any) -> str:
    """Of everything that outputs depend on."""
    text = "\0".join(c.source for c in notebook.cells if c.cell_type == "code")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def execute(path: Path) -> Any:
    """The notebook with what it shows when it is run from top to bottom; exercises are tried
    between, and their marks are asserted."""
    notebook = nbformat.read(path, as_version=4)
    tried = {each.check.id: each for each in exercises(notebook)}
    runs = nbformat.v4.new_notebook(metadata=notebook.metadata)
    extra: list[tuple[str, Any]] = []
    for cell in notebook.cells:
        runs.cells.append(cell)
        exercise = tried.get(cell.id)
        if exercise is None:
            continue
        for mark, answer in ((WRONG, exercise.wrong), (RIGHT, exercise.solution)):
            again = new_code_cell(cell.source)
            extra.append((mark, again))
            runs.cells += [new_code_cell(answer), again]
        runs.cells.append(new_code_cell(exercise.cell.source))
    NotebookClient(runs, timeout=600, kernel_name="python3").execute(cwd=str(path.parent))
    for mark, cell in [*((OPEN, each.check) for each in tried.values()), *extra]:
        said = "".join(output.get("text", "") for output in cell.outputs)
        assert said.startswith(mark), f"expected {mark} of {cell.source!r}: {said}"
    return notebook


def shortened(page: str) -> str:
    """The static copy of an explorer with the first lines of each phase."""

    def cut(match: re.Match[str]) -> str:
        lines = match[2].split("&#10;")
        if len(lines) <= MOST_LINES:
            return match[0]
        text = "&#10;".join(lines[:MOST_LINES])
        return f"{match[1]}{text}&#10;// ... {len(lines) - MOST_LINES} more lines</pre>"

    return re.sub(r"(<pre style=[^>]*>)(.*?)</pre>", cut, page, flags=re.DOTALL)


def kept(notebook: Any) -> Any:
    """The notebook as it is saved: outputs that need neither scripts nor a kernel."""
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02}"
        for output in cell.get("outputs", []):
            for texts, kind in (
                (output, "text"),
                *((output.get("data", {}), k) for k in SAVED_TYPES),
            ):
                for pattern, name in _ONCE_ONLY.items():
                    if kind in texts:
                        texts[kind] = pattern.sub(name, texts[kind])
        if cell.cell_type != "code":
            continue
        cell.execution_count = None
        cell.metadata.pop("execution", None)
        outputs = []
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                continue
            if output.output_type == "execute_result":
                output.execution_count = None
            if "data" in output:
                output["data"] = {k: output.data[k] for k in SAVED_TYPES if k in output.data}
                if "text/html" in output.data:
                    output["data"]["text/html"] = shortened(output.data["text/html"])
                output["metadata"] = {}
                output.get("transient", {}).clear()
            if outputs and output.output_type == outputs[-1].output_type == "stream":
                outputs[-1].text += output.text
                continue
            outputs.append(output)
        cell.outputs = outputs
    notebook.metadata.pop("widgets", None)
    notebook.metadata["iree_explore"] = {"outputs_of": digest(notebook)}
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3",
    }  # fmt: skip
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def main() -> None:
    """Executes and saves all notebooks, or those named."""
    names = [argument for argument in sys.argv[1:] if argument != "--save"]
    for path in NOTEBOOKS:
        if names and path.stem not in names:
            continue
        notebook = kept(execute(path))
        text = nbformat.writes(notebook)
        print(f"{path.stem}: {len(text) / 1e3:.0f} kB")
        if "--save" in sys.argv[1:]:
            path.write_text(text + "\n")


if __name__ == "__main__":
    main()
