# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the page asks of branches: text to edit, its problems, new branches, comparisons, passes.

Functions of a session and the request's parameters; `explorer.py` calls them and sends the answers.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from iree_explore.errors import Error, ModelError
from iree_explore.recording.edits import Problem

if TYPE_CHECKING:
    from iree_explore.session import Session

_LISTED = 200
"""Matches, near misses and changes that the page shows."""


def _text(params: dict[str, Any], name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str):
        raise ModelError("IX501", f"the request has no text {name!r}")
    return value


def text(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """The IR after a phase or pass as it can be edited."""
    return {"text": session.text_at(_text(params, "at"))}


def check(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """What is wrong with an edited text."""
    found = session.check_edit(_text(params, "at"), _text(params, "text"))
    return {"problems": _plain(found.problems), "signature": list(found.signature)}


def branch(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """Resumes from an edited text, or with other lowering configurations; problems are an answer,
    too."""
    name, configs = _text(params, "name"), params.get("loweringConfig")
    try:
        if isinstance(configs, dict):
            made = session.branch(name, lowering_config=configs)
        else:
            at, edited = _text(params, "at"), _text(params, "text")
            made = session.branch(name, at=at, text=edited)
    except ModelError as error:
        problems = getattr(error, "problems", ())
        if not problems:
            raise
        return {"name": "", "problems": _plain(problems), "signature": []}
    return {"name": name, "problems": [], "signature": list(made.signature_changes)}


def tree(session: Session) -> list[dict[str, Any]]:
    """All branches, each after the one that it begins in."""
    rows: list[dict[str, Any]] = []

    def add(name: str, depth: int) -> None:
        one = session.branches[name]
        rows.append(
            {
                "name": name, "depth": depth, "begins": one.begins, "at": one.edited_at,
                "state": one.recording.state, "current": one is session,
                "error": "" if one.error is None else one.error.what,
                "signature": list(one.signature_changes),
            }
        )  # fmt: skip
        for child in session.branches.children(name):
            add(child, depth + 1)

    add("main", 0)
    return rows


def compare(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """A branch beside another: ops, results, times."""
    one = session.branches[_text(params, "name")]
    found = one.compare(_text(params, "other"), repetitions=10)
    times = found.times
    return {
        "base": found.base, "other": found.other, "stage": found.diff.stage,
        "changes": [asdict(change) for change in found.diff.changes[:_LISTED]],
        "count": len(found.diff.changes), "unchanged": found.diff.unchanged,
        "results": [
            {"what": r.stage, "ok": r.ok, "problem": r.problem, "error": _finite(r.error),
             "tolerance": r.tolerance}
            for r in found.results
        ],
        "times": None if times is None else
            {"base": times.base_ns, "other": times.other_ns, "ratio": times.ratio,
             "noise": times.noise, "repetitions": times.repetitions},
        "signature": list(found.signature), "problems": list(found.problems),
    }  # fmt: skip


def passes(session: Session) -> list[dict[str, Any]]:
    """The user's passes of a branch and what each did."""
    from iree_explore.pass_report import PassReport

    rows = []
    for one in session._ctx.options.passes:
        report = PassReport(session, one.name)
        log = session._ctx.user_logs.get(one.name)
        error = ""
        if log is not None and log.error:
            error = str(session.error or log.error)
        diff = report.diff if session.done else None
        rows.append(
            {
                "name": one.name, "place": repr(one).strip("<>"), "error": error,
                "elapsedNs": 0 if log is None else log.elapsed_ns,
                "lookedAt": 0 if log is None else log.looked_at,
                "matches": [asdict(m) for m in (log.matches if log else [])[:_LISTED]],
                "nearMisses": [asdict(m) for m in (log.near_misses if log else [])[:_LISTED]],
                "created": list(diff.created[:_LISTED]) if diff else [],
                "deleted": len(diff.deleted) if diff else 0,
                "numerics": _numerics(report) if session.done and session.error is None else "",
            }
        )  # fmt: skip
    return rows


def _numerics(report: Any) -> str:
    try:
        found = report.numerics
    except Error as error:
        return f"not evaluated: {error.what}"
    if found.problem:
        return found.problem
    return f"{'same results' if found.ok else 'OTHER RESULTS'}, error {found.error:.1e}"


def _plain(problems: Any) -> list[dict[str, Any]]:
    return [asdict(problem) for problem in problems if isinstance(problem, Problem)][:_LISTED]


def _finite(value: float) -> float:
    return value if value < 1e300 else 1e300
