# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Pages of docs/lessons/ from the notebooks and their saved outputs: plain Markdown and SVG files.

Text stays text, tables keep their HTML without styles, and of an explorer there is its summary and
the picture of its dispatches. Links are moved from `notebooks/` to `docs/lessons/`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

WORDS_A_MINUTE, LINES_A_MINUTE = 180, 20
"""How fast people read prose and code, about."""

MOST_LINES = 60
"""Of one output; the notebook has all of it."""

_SVG = re.compile(r"<svg .*?</svg>", re.DOTALL)
_STATIC = '<div class="iexplore-static">'


def notebooks() -> list[Path]:
    """All lessons, in order."""
    return sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def pages(note: str) -> dict[str, str]:
    """Every page by its path below docs/, and their index."""
    found: dict[str, str] = {}
    rows = []
    for path in notebooks():
        notebook = json.loads(path.read_text())
        found |= page(path.stem, notebook, note)
        rows.append(
            f"| [{title(notebook)}]({path.stem}.md) | {summary(notebook)} |"
            f" {round(minutes(notebook))} min | {exercise_count(notebook) or ''} |"
        )
    found["lessons/README.md"] = "\n".join([
        note,
        "# Lessons",
        "",
        "Notebooks to read and to run, in order; each stands alone. The pages here show what a run"
        " of the notebook showed. The explorers in them are live only in Jupyter: `make lab`, or"
        " Binder ([binder/](../../binder/README.md)).",
        "",
        "| lesson | about | to read | exercises |",
        "|---|---|---|---|",
        *rows,
        "",
    ])  # fmt: skip
    return found


def page(name: str, notebook: dict[str, Any], note: str) -> dict[str, str]:
    """One lesson's page and its pictures."""
    found: dict[str, str] = {}
    lines = [note, f"*The notebook: [{name}.ipynb](../../notebooks/{name}.ipynb).*", ""]
    for number, cell in enumerate(notebook["cells"]):
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            lines += [moved(text), ""]
            continue
        lines += ["```python", text, "```", ""]
        for output in cell["outputs"]:
            said, picture = shown(output)
            if picture:
                file = f"lessons/images/{name}_{number}.svg"
                found[file] = picture + "\n"
                said += ["", f"![what flows between the dispatches]({file.partition('/')[2]})"]
            lines += [*said, ""] if said else []
    found[f"lessons/{name}.md"] = "\n".join(lines)
    return found


def shown(output: dict[str, Any]) -> tuple[list[str], str]:
    """The Markdown of an output, and a picture or ""."""
    if output["output_type"] == "stream":
        return fenced("".join(output["text"])), ""
    data = {kind: "".join(text) for kind, text in output.get("data", {}).items()}
    if "image/svg+xml" in data:
        return [], data["image/svg+xml"]
    html = data.get("text/html", "")
    plain = fenced(data.get("text/plain", ""))
    if html.startswith(_STATIC):
        picture = _SVG.search(html)
        return plain, picture[0] if picture else ""
    if "<table" in html:
        return [re.sub(r' (style|class)="[^"]*"', "", html)], ""
    # What stands for a widget until its compilation is over says nothing.
    return ([] if "0 of 13 phases" in plain[1:2] else plain), ""


def fenced(text: str) -> list[str]:
    """Text as it was printed, its first lines."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text).rstrip().splitlines()
    if not lines:
        return []
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"... {len(lines) - MOST_LINES} more lines"]
    return ["```text", *lines, "```"]


def moved(text: str) -> str:
    """Links that lead from notebooks/ lead from docs/lessons/."""
    text = re.sub(r"\]\(([0-9]{2}_\w+)\.ipynb", r"](\1.md", text)
    text = re.sub(r"\]\(\.\./(?!docs/)", "](../../", text)
    return text.replace("](../docs/", "](../")


def title(notebook: dict[str, Any]) -> str:
    """The first heading."""
    return "".join(notebook["cells"][0]["source"]).splitlines()[0].removeprefix("# ")


def summary(notebook: dict[str, Any]) -> str:
    """What the first cell's metadata says that the lesson is about."""
    return notebook["cells"][0]["metadata"].get("about", "")


def minutes(notebook: dict[str, Any]) -> float:
    """How long it takes to read."""
    words = lines = 0
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            words += len(text.split())
        else:
            lines += len(text.splitlines())
    return words / WORDS_A_MINUTE + lines / LINES_A_MINUTE


def exercise_count(notebook: dict[str, Any]) -> int:
    """How many exercises a lesson has."""
    return sum("exercise" in cell["metadata"].get("tags", ()) for cell in notebook["cells"])
