# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The documentation: no dead links, nothing that nothing leads to, recipes that run."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    ROOT / "binder/README.md",
    *sorted(DOCS.rglob("*.md")),
    *sorted((ROOT / "notebooks").glob("*.ipynb")),
]

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


@cache
def text_of(path: Path) -> str:
    """Markdown of a page, or of a notebook's cells."""
    if path.suffix != ".ipynb":
        return path.read_text()
    cells = json.loads(path.read_text())["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


@cache
def anchors(path: Path) -> set[str]:
    """The anchors that code-hosting sites give the headings of a page."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text_of(path), flags=re.S),
                              re.MULTILINE):  # fmt: skip
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        number = 1
        while slug in found:
            slug = f"{slug.rpartition('-')[0] if number > 1 else slug}-{number}"
            number += 1
        found.add(slug)
    return found


def links(path: Path) -> list[tuple[str, Path, str]]:
    """(link, file, anchor) of each link to something here."""
    found = []
    for link in _LINK.findall(_CODE.sub("", text_of(path))):
        if not re.match(r"[a-z]+:", link):
            file, _, anchor = link.partition("#")
            found.append((link, (path.parent / file).resolve() if file else path, anchor))
    return found


def test_no_link_is_dead() -> None:
    dead = []
    for path in PAGES:
        for link, file, anchor in links(path):
            missing = not file.exists() or (
                anchor and file.suffix in (".md", ".ipynb") and anchor not in anchors(file)
            )
            if missing:
                dead.append(f"{path.relative_to(ROOT)}: {link}")
    assert not dead


def test_every_page_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    todo = [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in reached or page.suffix not in (".md", ".ipynb"):
            continue
        reached.add(page)
        todo += [file for _, file, _ in links(page) if file.is_file()]
    assert [str(p.relative_to(ROOT)) for p in PAGES if p not in reached] == []


@pytest.mark.slow
def test_recipes_run_as_they_are_written() -> None:
    recipes = re.findall(r"^```python\n(.*?)^```", (DOCS / "howto.md").read_text(), re.M | re.S)
    assert len(recipes) > 5
    names: dict[str, object] = {}
    for recipe in recipes:
        exec(compile(recipe, "docs/howto.md", "exec"), names)
