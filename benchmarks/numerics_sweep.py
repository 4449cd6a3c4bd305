# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks of the numerics on real models that are right: any alarm is a false one.

    python -m benchmarks.numerics_sweep [MODEL ...]

Both modes, every stage and value; ends with status 1 if a stage or value is called wrong.
"""

from __future__ import annotations

import sys
import time

import iree_explore as ie
from benchmarks import models

NAMES = ("mlp", "lenet", "two_lstms", "bert_small", "mobilenet_v2")


def sweep(names: tuple[str, ...] = NAMES) -> int:
    """Prints a line a model and mode; returns how many alarms there were."""
    alarms = 0
    for name in names:
        case = models.MODELS[name]()
        session = ie.explore(case.model, inputs=case.inputs).wait()
        for mode in ("accumulated", "isolated"):
            begin = time.perf_counter()
            found = session.check(mode=mode)
            wrong = sum(v.difference.wrong for v in found.values)
            wrong += sum(not stage.ok for stage in found.stages)
            alarms += wrong
            worst = max((v.difference.max_rel for v in found.values), default=0.0)
            print(
                f"{name:14} {mode:12} {len(found.stages)} stages {len(found.values):5} values "
                f"furthest {worst:.1e} {wrong} alarms {time.perf_counter() - begin:6.1f} s",
                flush=True,
            )
    return alarms


if __name__ == "__main__":
    sys.exit(1 if sweep(tuple(sys.argv[1:]) or NAMES) else 0)
