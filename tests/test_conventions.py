# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What every file keeps to: licence, sizes, names, layers, examples that run, generated pages."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from iree_explore import pipeline
from iree_explore.context import CompileOptions, make_context
from iree_explore.errors import CODES
from iree_explore.examples import pass_doc
from iree_explore.frontend import mlir

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "iree_explore"
LICENCE = [
    "Copyright 2026 The iree_explore Authors",
    "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception",
]
FILE_LINES, FUNCTION_LINES = 600, 80

LONG_FILES: dict[str, str] = {}
"""Files over the limit, with the reason."""

LONG_FUNCTIONS: dict[str, str] = {}
"""`file:function` over the limit, with the reason."""

PHASE_FOLDERS = {
    "import": {"frontend"},
    "input": {"stablehlo"},
    "abi": {"hal"},
    "preprocessing": {"linalg"},
    "global-optimization": {"linalg"},
    "dispatch-creation": {"flow"},
    "flow": {"flow"},
    "stream": {"stream"},
    "executable-sources": {"hal"},
    "executable-configurations": {"codegen", "targets"},
    "executable-targets": {"codegen", "targets"},
    "hal": {"hal"},
    "vm": {"vm"},
}
"""Where the passes of a phase live."""

COMPILER = ("frontend", "stablehlo", "linalg", "flow", "stream", "hal", "vm", "codegen", "targets")
FORBIDDEN_IMPORTS = {
    **dict.fromkeys(COMPILER, ("iree_explore.recording", "iree_explore.widgets")),
    "recording": ("iree_explore.widgets",),
}
"""Layer -> packages it knows nothing of."""


def python_files() -> list[Path]:
    return sorted(
        path
        for folder in ("iree_explore", "tests", "scripts", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts and "static" not in path.parts
    )


def typescript_files() -> list[Path]:
    return sorted(
        path for folder in ("src", "tests") for path in (ROOT / "widgets" / folder).rglob("*.ts")
    )


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def passes():
    return [(phase, line) for phase in pipeline.PHASES for line in phase.passes]


def test_every_file_starts_with_the_licence() -> None:
    wrong = []
    for path in [*python_files(), *typescript_files()]:
        lines = path.read_text().splitlines()
        if lines and lines[0].startswith("#!"):
            lines = lines[1:]
        head = [line.lstrip("#/ ").strip() for line in lines[:2]]
        if lines and head != LICENCE:
            wrong.append(relative(path))
    assert not wrong


def test_files_are_short() -> None:
    long = {
        relative(path): count
        for path in [*python_files(), *typescript_files()]
        if (count := len(path.read_text().splitlines())) > FILE_LINES
    }
    assert {k: v for k, v in long.items() if k not in LONG_FILES} == {}
    assert set(LONG_FILES) <= set(long), "an exception is no longer needed"


def test_functions_are_short() -> None:
    long = {}
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                count = (node.end_lineno or node.lineno) - node.lineno + 1
                if count > FUNCTION_LINES:
                    long[f"{relative(path)}:{node.name}"] = count
    assert {k: v for k, v in long.items() if k not in LONG_FUNCTIONS} == {}
    assert set(LONG_FUNCTIONS) <= set(long), "an exception is no longer needed"


def test_every_module_says_what_it_is() -> None:
    silent = [
        relative(path)
        for path in PACKAGE.rglob("*.py")
        if len(path.read_text().splitlines()) > 2
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent


def test_nothing_is_left_for_later() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError")
    found = [
        f"{relative(path)}:{number}"
        for path in [*python_files(), *typescript_files()]
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if words.search(line)
    ]
    assert not found


def imports(path: Path) -> set[str]:
    """Modules that a file imports, at whatever depth, except for type checkers only."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for child in ast.walk(statement)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


@pytest.mark.parametrize("layer", FORBIDDEN_IMPORTS)
def test_layers_know_nothing_of_those_above(layer: str) -> None:
    wrong = [
        f"{relative(path)}: {name}"
        for path in (PACKAGE / layer).rglob("*.py")
        for name in imports(path)
        if name.startswith(FORBIDDEN_IMPORTS[layer])
    ]
    assert not wrong


def test_only_widgets_import_widget_libraries() -> None:
    wrong = [
        f"{relative(path)}: {name}"
        for path in PACKAGE.rglob("*.py")
        if "widgets" not in path.relative_to(PACKAGE).parts
        for name in imports(path)
        if name.partition(".")[0] in ("anywidget", "ipywidgets", "traitlets")
    ]
    assert not wrong


def test_importing_the_package_is_quick_and_needs_no_extra() -> None:
    heavy = ("tensorflow", "jax", "anywidget", "ipywidgets", "llvmlite", "xdsl")
    code = f"import sys, iree_explore; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("phase, line", passes(), ids=[line.path for _, line in passes()])
def test_passes_are_named_after_their_files(phase: pipeline.Phase, line: pipeline.PassLine) -> None:
    module, _, cls = line.path.partition(":")
    folder, *_, kind, file = module.split(".")
    assert kind == "passes"
    assert folder in PHASE_FOLDERS[phase.name]
    assert "".join(word.title() for word in file.split("_")).lower() == cls.lower()
    assert line.name == f"{phase.name}-{file.replace('_', '-')}"
    assert line.why[:1].islower() or line.why.split()[0].isupper()
    assert not line.why.endswith(".")


@pytest.mark.parametrize("line", [line for _, line in passes()], ids=lambda line: line.path)
def test_the_example_of_a_pass_runs(line: pipeline.PassLine) -> None:
    cls = line.load()
    doc = pass_doc(cls)
    assert doc.summary.endswith("."), "a pass's docstring starts with one sentence"
    assert doc.before and doc.after, "a pass's docstring has an example: Before: and After:"
    ctx = make_context(CompileOptions(cache=False))
    module = mlir.import_mlir(doc.before, ctx)
    cls().apply(ctx, module)
    assert pipeline.print_module(module).strip() == doc.after


def test_every_pass_file_is_in_the_table() -> None:
    listed = {line.path.partition(":")[0] for _, line in passes()}
    files = {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for path in PACKAGE.rglob("passes/*.py")
        if path.name != "__init__.py"
    }
    assert files - listed == set()


def test_error_codes_are_used_and_known() -> None:
    text = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py") if path.name != "errors.py")
    used = set(re.findall(r'"(IX\d{3})"', text))
    assert used <= set(CODES), "codes that the table lacks"
    assert set(CODES) - used == set(), "codes that nothing raises"


def test_generated_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "generate_docs.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_tests_have_promises_for_names() -> None:
    """`test_dispatch_reaches_every_workgroup`, not `test_1`."""
    wrong = [
        f"{relative(path)}:{node.name}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test")
        and not re.fullmatch(r"test_[a-z][a-z0-9_]*[a-z0-9]", node.name)
    ]
    assert not wrong


def test_public_functions_have_docstrings() -> None:
    """In the modules that users and other layers call."""
    missing = []
    for name in ("api", "session", "module", "pipeline", "provenance", "context", "elements"):
        path = PACKAGE / f"{name}.py"
        for node in ast.parse(path.read_text()).body:
            if (
                isinstance(node, ast.FunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and not ast.get_docstring(node)
            ):
                missing.append(f"{name}.{node.name}")
    assert not missing
