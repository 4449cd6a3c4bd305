# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The exception tree: every error of ours is an `Error` with a stable code and a rendered report.

Three families: `ModelError` (the user's input is at fault), `GapError` (something is not built),
`InternalError` (our bug). `CODES` is the one list of codes; each has a page `docs/errors/<code>.md`
generated from its entry. Raise with the facts as fields; `str(error)` renders them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """One line of the error table: `title` is a sentence, `help` says what to do about it."""

    code: str
    title: str
    help: str


CODES: dict[str, Code] = {
    code.code: code
    for code in (
        # IX1xx: sources and imports
        Code("IX101", "MLIR text does not parse", "Look at the line under the caret."),
        Code(
            "IX102",
            "the source is of no kind that can be imported",
            "Pass a Keras model, tf.Module, tf.function, SavedModel folder, JAX function or MLIR.",
        ),
        Code(
            "IX103", "an optional package is missing", "Install the extra that the message names."
        ),
        Code(
            "IX104",
            "TensorFlow ops have no lowering",
            "Every op is listed with its layer and line; rewrite those layers or file the op.",
        ),
        Code(
            "IX105",
            "a type cannot be compiled",
            "Strings, resources and variants stay in TensorFlow.",
        ),
        Code(
            "IX106", "the module does not verify", "Mend the op so that it follows the rule named."
        ),
        Code("IX107", "TensorFlow or JAX failed to convert the function", "Its own words follow."),
        Code(
            "IX108",
            "MLIR bytecode does not decode",
            "Write the file again; if it is whole, a newer StableHLO wrote it: lower its target.",
        ),
        Code(
            "IX109",
            "sizes contradict",
            "Both places of every contradiction are named: change one of the two.",
        ),
        # IX2xx: compilation
        Code(
            "IX201",
            "ops outside the supported set",
            "Rewrite those layers, or see docs/ops.md for what is known.",
        ),
        Code(
            "IX202",
            "an op is left that its phase must remove",
            "Report it with the reproducer: the pass named should have removed it.",
        ),
        Code("IX203", "an op configuration has no lowering", 'Try target="reference".'),
        Code("IX204", "unknown phase, pass or option", "`iree-explore passes` lists them."),
        Code(
            "IX205",
            "a pass failed",
            "This is a bug of the compiler: report it with the reproducer.",
        ),
        Code(
            "IX206",
            "the compile worker died",
            "This is a bug of the compiler: report it with the reproducer.",
        ),
        Code("IX207", "cancelled", "The compilation was cancelled on request."),
        Code(
            "IX208",
            "a coverage program took too long",
            "Run its reproducer alone, or give a longer limit (--limit).",
        ),
        Code(
            "IX209",
            "results differ from the reference's",
            "This is a bug of the compiler: report it with the reproducer.",
        ),
        Code("IX210", "a filter is no regular expression", "Mend it at the place named."),
        Code(
            "IX211",
            "a lowering configuration does not fit",
            "Every problem is listed with the names and sizes that would do.",
        ),
        Code(
            "IX212",
            "a pass of yours failed",
            "The line of your code and the op that it looked at are named: mend it, run the cell.",
        ),
        Code(
            "IX213",
            "a pass of yours leaves a module that is not valid",
            "Each op that breaks a rule is named: replace what is used before you delete it.",
        ),
        Code(
            "IX214",
            "a pass of yours does not end",
            "State a condition that what it makes does not fulfil, or raise its limit_s.",
        ),
        Code(
            "IX215",
            "an edit cannot be resumed from",
            "Every problem is listed with its line, its op and what would do.",
        ),
        Code("IX216", "no such branch, or one that is already there", "session.branches has them."),
        Code(
            "IX217",
            "an edited program crashes or does not end when it is called",
            "It was tried in a process of its own, and does not run in this one.",
        ),
        Code(
            "IX220",
            "a SPIR-V module breaks a rule",
            "Each line names the op and the rule of the specification or of the profile.",
        ),
        # IX3xx: calls
        Code("IX301", "wrong number of inputs", "Pass one array per argument of the function."),
        Code(
            "IX302",
            "an input has the wrong shape",
            "Pass an array of that shape, or compile again with inputs= of the shapes you need.",
        ),
        Code("IX303", "an input has the wrong dtype", "Convert with numpy.asarray(x, dtype)."),
        Code("IX304", "no such exported function", "Call one of the functions listed."),
        Code(
            "IX305",
            "a kernel reported an error",
            "This is a bug of the compiler: report it with the model.",
        ),
        Code(
            "IX306",
            "an expectation of the program does not hold",
            "The first elements that differ are listed: got, then expected.",
        ),
        Code(
            "IX307",
            "an assertion of the program does not hold",
            "The program's author wrote the message: pass inputs that it allows.",
        ),
        # IX4xx: targets and devices
        Code(
            "IX308",
            "a kernel wrote outside of its memory",
            "The dispatch is named: run it again with guards and report it.",
        ),
        Code("IX401", "unknown target backend", "Choose one of the targets listed."),
        Code(
            "IX402",
            "unknown device",
            "Choose one of ie.devices(), which says why others cannot run.",
        ),
        Code(
            "IX403",
            "the device is not available here",
            "Choose another device of ie.devices(), or mend the reason.",
        ),
        Code(
            "IX410",
            "a device cannot do what it was asked, or failed",
            "Choose another device of ie.devices(), a smaller problem, or restart the device.",
        ),
        Code(
            "IX420",
            "IREE's compiler failed",
            "Its passes up to there are in the recording: report it to IREE with them.",
        ),
        Code(
            "IX421",
            "IREE's runtime failed",
            "Run the program on one of our targets, or on another device of IREE.",
        ),
        # IX5xx: files
        Code("IX501", "not a recording, or a truncated one", "Save it again with session.save()."),
        Code("IX502", "not a compiled module, or a truncated one", "Compile it again."),
        Code(
            "IX503", "written by another schema version", "Load it with the version that wrote it."
        ),
        Code("IX504", "no such file", "Check the path."),
        Code("IX506", "not a SPIR-V module, or a broken one", "Look at the word named."),
        Code(
            "IX505", "the front end is not built", "Install the package again: its build makes it."
        ),
        Code(
            "IX507",
            "a graph cannot be drawn",
            "Install Graphviz, or draw a smaller graph; to_dot() needs neither.",
        ),
    )
}


class Error(Exception):
    """Base of all errors of iree_explore.

    `code` is a key of `CODES`; `what` the first line with the real values; `model` the layer and
    source line, `at` the pass and phase, `because` the cause, `hint` what to try, `reproduce` a
    command line. Fields left None are not rendered.
    """

    def __init__(
        self,
        code: str,
        what: str,
        *,
        model: str | None = None,
        at: str | None = None,
        because: str | None = None,
        hint: str | None = None,
        reproduce: str | None = None,
    ) -> None:
        self.code = code
        self.what = what
        self.model = model
        self.at = at
        self.because = because
        self.hint = hint
        self.reproduce = reproduce
        super().__init__(self.render())

    def __reduce__(self):
        fields = {k: getattr(self, k) for k in ("model", "at", "because", "hint", "reproduce")}
        return _rebuild, (type(self), self.code, self.what, fields)

    def render(self) -> str:
        """The report for people, as conventions fix it: one fact a line."""
        rows = [
            ("in model", self.model),
            ("at pass", self.at),
            ("because", self.because),
            ("try", self.hint or CODES[self.code].help),
            ("reproduce", self.reproduce),
        ]
        lines = [f"{self.code} {self.what}"]
        for label, text in rows:
            if text:
                first, *rest = text.splitlines()
                lines.append(f"  {label:<10} {first}")
                lines.extend(f"  {'':<10} {line}" for line in rest)
        return "\n".join(lines)


def _rebuild(cls: type[Error], code: str, what: str, fields: dict[str, str | None]) -> Error:
    return cls(code, what, **fields)


class ModelError(Error):
    """The user's model, text, file or call is at fault."""


class GapError(Error):
    """The input is fine, but this is not built."""


class InternalError(Error):
    """A bug of iree_explore; `reproduce` names a command that shows it."""
