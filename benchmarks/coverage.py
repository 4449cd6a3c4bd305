# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How long 200 op configurations on two targets take, kernels compiled anew.

python -m benchmarks.coverage --configurations 200

The bar: less than two minutes on two cores. The configurations are those of the op table, evenly
spread over it.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
import time

from iree_explore.recording import coverage_run
from iree_explore.recording.coverage_run import of_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--configurations", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--targets", default="reference,llvm-cpu")
    parser.add_argument("--json", help="also write the numbers here")
    options = parser.parse_args()
    everything = list(of_table())
    step = max(1, len(everything) // options.configurations)
    chosen = everything[::step][: options.configurations]
    targets = tuple(options.targets.split(","))
    with tempfile.TemporaryDirectory() as folder:  # no kernel is there already
        os.environ["IREE_EXPLORE_CACHE_DIR"] = folder
        begin = time.perf_counter()
        rows = coverage_run.execute(
            chosen, targets, options.workers, coverage_run.LIMIT_S, None, threading.Event()
        )
        elapsed = time.perf_counter() - begin
    states = [cell.state for row in rows for cell in row.cells]
    numbers = {
        "configurations": len(rows),
        "targets": len(targets),
        "elapsed_s": round(elapsed, 2),
        "ms_per_cell": round(1e3 * elapsed / max(1, len(states)), 1),
        "workers": options.workers,
        **{state: states.count(state) for state in sorted(set(states))},
    }
    print("\n".join(f"{key:<16} {value}" for key, value in numbers.items()))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(numbers, file, indent=1)


if __name__ == "__main__":
    main()
