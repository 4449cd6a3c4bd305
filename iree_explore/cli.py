# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The command line `iree-explore`: one function a command, each thin over the Python API.

Errors of ours print their report and exit with 1, wrong usage exits with 2.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from iree_explore import __version__
from iree_explore.context import SWITCHES, CompileOptions
from iree_explore.elements import dtype_of
from iree_explore.errors import Error, ModelError
from iree_explore.observer import Observer
from iree_explore.pipeline import PHASES, print_module


class PrintAfterAll(Observer):
    """Prints the module to standard error after each pass, as mlir-opt's flag of that name does."""

    def pass_ended(self, phase, line, scope, module, elapsed_ns, error) -> None:
        title = f"{line.name}{f' on {scope}' if scope else ''}{' (failed)' if error else ''}"
        print(f"// -----// IR dump after {title} //----- //", file=sys.stderr)
        print(print_module(module), file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options) or 0
    except Error as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="iree-explore", description="An interactive compiler explorer with a compiler inside."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    explore = _add_explore(commands)

    opt = commands.add_parser("opt", help="run phases or passes on MLIR and print the result")
    opt.add_argument("file", help="MLIR text or bytecode, - for standard input")
    opt.add_argument("--from", dest="start", default="import", metavar="PHASE")
    opt.add_argument("--to", dest="stop", metavar="PHASE", help="the same phase if left out")
    opt.add_argument("--pass-pipeline", metavar="P", help="passes by name, comma-separated")
    opt.add_argument("--target", default="llvm-cpu")
    opt.add_argument("--mlir-print-op-generic", action="store_true", dest="generic")
    opt.add_argument("--mlir-print-ir-after-all", action="store_true", dest="after_all")
    opt.set_defaults(command=_opt)
    _add_switches(explore, opt)

    compile_ = commands.add_parser("compile", help="compile to a module file")
    compile_.add_argument("source", help=".mlir or .mlirbc file, or SavedModel folder")
    compile_.add_argument("-o", dest="output", required=True)
    compile_.add_argument("--target", default="llvm-cpu")
    compile_.add_argument("--tuned", action="store_true", help="use what `tune` found here")
    compile_.add_argument(
        "--lowering-config",
        action="append",
        metavar="DISPATCH=ATTRIBUTE",
        help="'*matmul*=#iree_codegen.lowering_config<tile_sizes = [[64, 64, 0]]>'",
    )
    _add_switches(compile_)
    compile_.set_defaults(command=_compile)

    check = commands.add_parser(
        "check-module", help="run every function without arguments of a program that checks itself"
    )
    check.add_argument("source", help=".mlir or .mlirbc file")
    check.add_argument("--target", default="llvm-cpu")
    check.set_defaults(command=_check_module)

    for name, command, text in (
        ("run", _run, "run a function of a module file"),
        ("benchmark", _benchmark, "time a function of a module file, dispatch by dispatch"),
    ):
        run = commands.add_parser(name, help=text)
        run.add_argument("module", help="file written by `iree-explore compile`")
        run.add_argument("--function", default="main")
        run.add_argument(
            "--device", help="driver name (`devices` lists them), or local-task?schedule=serial"
        )
        run.add_argument(
            "--input",
            action="append",
            default=[],
            metavar="2x3xf32=1 2 3 4 5 6",
            help="one per argument; a single value is a splat, @file.npy reads NumPy's format",
        )
        run.set_defaults(command=command)
        if name == "benchmark":
            run.add_argument("--repetitions", type=int, default=20)

    from iree_explore import cli_coverage, cli_tune

    cli_coverage.add_command(commands)
    cli_tune.add_commands(commands)

    commands.add_parser("devices", help="what can run here, and why others cannot").set_defaults(
        command=_devices
    )
    commands.add_parser("ops", help="the StableHLO and CHLO ops known").set_defaults(command=_ops)
    commands.add_parser("passes", help="phases and their passes").set_defaults(command=_passes)
    return parser


def _add_explore(commands: Any) -> argparse.ArgumentParser:
    """`explore`: a page of a compilation or of a recording."""
    explore = commands.add_parser(
        "explore", help="compile, or read a recording, and write the explorer as one HTML file"
    )
    explore.add_argument(
        "source", help=".mlir or .mlirbc file, SavedModel folder, or .iexplore recording"
    )
    explore.add_argument("--html", default="explore.html", help="file to write")
    explore.add_argument("--target", default="llvm-cpu")
    explore.add_argument("--save", help="also write the recording to this .iexplore file")
    explore.add_argument("--trace", help="also write passes and runs as a Chrome trace")
    explore.add_argument(
        "--open", action=argparse.BooleanOptionalAction, default=None,
        help="open the page in the browser (default: for a recording)",
    )  # fmt: skip
    explore.set_defaults(command=_explore)
    return explore


def _add_switches(*parsers: argparse.ArgumentParser) -> None:
    """`--no-opt-data-tiling` and the like."""
    for parser in parsers:
        for name in SWITCHES:
            flag = f"--{name.replace('_', '-')}"
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=True)


def _compile_options(options: argparse.Namespace) -> CompileOptions:
    switches = {name: getattr(options, name) for name in SWITCHES}
    return replace(CompileOptions(targets=(options.target,)), **switches)


def _explore(options: argparse.Namespace) -> None:
    from iree_explore import api

    if options.source.endswith(".iexplore"):
        from iree_explore.widgets.html import write_html

        session = None
        recording = api.load_recording(options.source)
        write_html(options.html, recording)
    else:
        made = api.explore(
            options.source, targets=[options.target], options=_compile_options(options)
        )
        session = made.wait()
        session.to_html(options.html)
        recording = session.recording
    print(f"wrote {options.html}")
    if options.save and session is not None:
        session.save(options.save)
        print(f"wrote {options.save}")
    if options.trace:
        recording.to_chrome_trace(options.trace)
        print(f"wrote {options.trace}")
    if options.open if options.open is not None else session is None:
        import webbrowser

        if not webbrowser.open(Path(options.html).resolve().as_uri()):
            print(f"no browser to open it with: open {options.html} yourself")


def _opt(options: argparse.Namespace) -> None:
    from iree_explore import pipeline
    from iree_explore.context import make_context
    from iree_explore.frontend import mlir

    observer = PrintAfterAll() if options.after_all else None
    ctx = make_context(_compile_options(options), observer)
    if options.file == "-":
        module = mlir.import_bytes(sys.stdin.buffer.read(), ctx, "<stdin>")
    else:
        module = mlir.import_mlir_file(options.file, ctx)
    if options.pass_pipeline is not None:
        pipeline.run_passes(module, ctx, options.pass_pipeline)
    else:
        pipeline.run(module, ctx, options.start, options.stop or options.start)
    print(pipeline.print_module(module, generic=options.generic))


def _compile(options: argparse.Namespace) -> None:
    from iree_explore import api, cli_tune

    config = cli_tune.configs_of(options.lowering_config)
    api.compile(
        options.source,
        target=options.target,
        tuned=options.tuned,
        lowering_config=config,
        options=_compile_options(options),
    ).save(options.output)
    print(f"wrote {options.output}")


def _check_module(options: argparse.Namespace) -> None:
    """Each function is a test: `check` ops in it that do not hold fail it. Exit status 1 if any."""
    from iree_explore import api
    from iree_explore.errors import Error

    module = api.compile(options.source, target=options.target)
    failed = 0
    tests = [f for f in module.functions.values() if not f.arguments]
    for function in tests:
        try:
            function()
        except Error as error:
            failed += 1
            print(f"FAILED {function.name}\n{error}")
        else:
            print(f"ok     {function.name}")
    print(f"{len(tests) - failed} of {len(tests)} passed")
    if failed or not tests:
        sys.exit(1)


def _run(options: argparse.Namespace) -> None:
    from iree_explore import api

    module = api.load_module(options.module, device=options.device)
    results = module[options.function](*map(parse_input, options.input))
    for index, value in enumerate(results if isinstance(results, tuple) else (results,)):
        array = np.asarray(value)
        print(f"result[{index}]: {'x'.join(map(str, (*array.shape, array.dtype)))}")
        print(array)


def _benchmark(options: argparse.Namespace) -> None:
    from iree_explore import api

    module = api.load_module(options.module, device=options.device)
    run = module.profile(
        options.function, list(map(parse_input, options.input)), options.repetitions
    )
    for dispatch in run.dispatches:
        print(f"{_spread(dispatch.samples_ns)}  {dispatch.name}")
    print(f"{_spread(run.total_ns)}  end to end ({run.device}, {options.repetitions} repetitions)")


def _spread(samples_ns: Sequence[int]) -> str:
    low, middle, high = min(samples_ns), statistics.median(samples_ns), max(samples_ns)
    return f"{middle / 1e3:10.1f} us  ({low / 1e3:.1f} to {high / 1e3:.1f})"


def _devices(options: argparse.Namespace) -> None:
    from iree_explore import api

    for device in api.devices():
        print(device)


def _ops(options: argparse.Namespace) -> None:
    from iree_explore.stablehlo.table import TABLE

    for name in sorted(TABLE):
        print(name)


def _passes(options: argparse.Namespace) -> None:
    for phase in PHASES:
        print(f"{phase.name}: {phase.summary}")
        for line in phase.passes:
            print(f"    {line.name:<50} {line.why}")


def parse_input(text: str) -> np.ndarray:
    """`2x3xf32=1 2 3 4 5 6` (one value is a splat), or `@file.npy`, as an array.

    Raises `ModelError` IX303 for an unknown element type or values that do not fit the shape.
    """
    if text.startswith("@"):
        return np.load(text[1:], allow_pickle=False)
    shape_type, _, values = text.partition("=")
    *dims, element = shape_type.split("x")
    try:
        dtype = dtype_of(_element_type(element))
        shape = [int(d) for d in dims]
        numbers = [_number(v) for v in values.replace(",", " ").split()] or [0]
        array = np.array(numbers).astype(dtype)
        return np.full(shape, array[0]) if array.size == 1 else array.reshape(shape)
    except (KeyError, ValueError) as raised:
        raise ModelError(
            "IX303",
            f"--input {text!r} is not SHAPExTYPE=VALUES: {raised}",
            hint="for example --input '2x2xf32=1 2 3 4'",
        ) from raised


def _element_type(name: str):
    from xdsl.context import Context
    from xdsl.dialects.builtin import Builtin
    from xdsl.parser import Parser
    from xdsl.utils.exceptions import ParseError

    context = Context()
    context.load_dialect(Builtin)
    try:
        return Parser(context, name).parse_type()
    except ParseError:
        raise KeyError(f"unknown element type {name!r}") from None


def _number(text: str) -> complex | float | int | bool:
    if text in ("true", "false"):
        return text == "true"
    try:
        return int(text, 0)
    except ValueError:
        return float(text)


if __name__ == "__main__":
    sys.exit(main())
