# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`iree-explore tune`: measures lowering configurations and keeps the best for `compile --tuned`;
`iree-explore roofline`: what this machine can do at best."""

from __future__ import annotations

import argparse
from typing import Any


def add_commands(commands: Any) -> None:
    """Adds the commands to the parser of `iree-explore`."""
    tune = commands.add_parser("tune", help="search better tile sizes on this machine")
    tune.add_argument("source", help=".mlir or .mlirbc file, or SavedModel folder")
    tune.add_argument("--function", help='exported function; "main", or the first')
    tune.add_argument("--device", help="driver name; `iree-explore devices` lists them")
    tune.add_argument("--dispatch", action="append", metavar="NAME",
                      help="entry points by name, * stands for any characters")  # fmt: skip
    tune.add_argument("--share", type=float, default=0.02,
                      help="least part of the time of a kernel that is tuned")  # fmt: skip
    tune.add_argument("--candidates", type=int, default=8, help="measured for each kernel")
    tune.set_defaults(command=_tune)
    roofline = commands.add_parser("roofline", help="measured peaks of this machine")
    roofline.add_argument("--again", action="store_true", help="measure anew")
    roofline.set_defaults(command=_roofline)


def configs_of(texts: list[str] | None) -> dict[str | int, Any] | None:
    """`NAME=ATTRIBUTE` as `compile`'s `lowering_config`; None if there are none."""
    pairs = [text.partition("=") for text in texts or ()]
    return {name: config for name, _, config in pairs} or None


def _tune(options: argparse.Namespace) -> None:
    from iree_explore.tuning.tune import tune

    print(tune(
        options.source, device=options.device, function=options.function,
        dispatches=options.dispatch or "*", share=options.share, most=options.candidates,
    ))  # fmt: skip


def _roofline(options: argparse.Namespace) -> None:
    from iree_explore.tuning.peaks import peaks, threads_of

    for device in ("local-sync", "local-task"):
        print(f"{device}: {peaks(threads_of(device), options.again)}")
