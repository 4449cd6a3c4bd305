# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""CPU time of single ops: ours against NumPy (OpenBLAS), XLA and IREE, interleaved in one process.

All but NumPy compile the same StableHLO, which JAX makes of a case of `benchmarks/op_cases.py`.
Arguments are on the device already (for us: aligned, so that nothing is copied); results stay
there. Every result is compared with XLA's.

    python -m benchmarks.cpu_ops --match 'gemm|transpose' --rounds 20 --json times.json
    python -m benchmarks.cpu_ops --cpus 1 --clock cpu     # one core, CPU time: a busy machine
"""

from __future__ import annotations

import argparse
import datetime
import math
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measurement import OURS, Row, interleave, set_up, summary, write
from benchmarks.op_cases import OpCase, cases

Run = Callable[[], Any]
CLOCKS = {"wall": time.perf_counter_ns, "cpu": time.process_time_ns}


def ours(case: OpCase) -> Run:
    import iree_explore as ie
    from iree_explore.hal.runtime import Buffer

    main = ie.compile(stablehlo(case), target="llvm-cpu", device=DEVICE).main
    arrays = [Buffer.of_array(x).view(x.dtype, x.shape) for x in case.arrays]
    return lambda: main(*arrays)


def numpy(case: OpCase) -> Run:
    function = case.numpy
    if function is None:
        raise LookupError("NumPy has nothing of this kind")
    return lambda: function(*case.arrays)


def xla(case: OpCase) -> Run:
    import jax

    arrays = [jax.device_put(x) for x in case.arrays]
    compiled = jax.jit(case.function).lower(*arrays).compile()
    return lambda: jax.block_until_ready(compiled(*arrays))


def iree(case: OpCase) -> Run:
    from iree import compiler, runtime

    binary = compiler.compile_str(
        stablehlo(case),
        target_backends=["llvm-cpu"],
        input_type="stablehlo",
        extra_args=["--iree-llvmcpu-target-cpu=host", "--iree-input-demote-f64-to-f32=false"],
    )
    config = runtime.Config(DEVICE)
    context = runtime.SystemContext(config=config)
    module = runtime.VmModule.copy_buffer(config.vm_instance, binary)
    context.add_vm_module(module)
    main = context.modules[module.name].main
    arrays = [runtime.asdevicearray(config.device, x) for x in case.arrays]
    return lambda: main(*arrays)


PEERS: dict[str, Callable[[OpCase], Run]] = {
    OURS: ours, "xla": xla, "iree": iree, "numpy": numpy,
}  # fmt: skip
DEVICE = "local-task"


def stablehlo(case: OpCase) -> str:
    """The case as JAX lowers it."""
    import jax

    return jax.jit(case.function).lower(*case.arrays).as_text()


def host(result: Any) -> np.ndarray:
    """A peer's result as an array."""
    return np.asarray(result.to_host() if hasattr(result, "to_host") else result)


def relative_error(mine: np.ndarray, theirs: np.ndarray) -> float:
    """Largest difference by the largest value; computed in double precision."""
    kind = np.complex128 if np.iscomplexobj(theirs) else np.float64
    a, b = mine.astype(kind), theirs.astype(kind)
    if a.shape != b.shape:
        return math.inf
    return float(np.abs(a - b).max() / max(float(np.abs(b).max()), 1e-30))


def measure(case: OpCase, peers: list[str], rounds: int, seconds: float, clock: str) -> list[Row]:
    """Rows of one case, one a peer."""
    rows: list[Row] = []
    runs: list[tuple[Row, Run]] = []
    results: dict[str, np.ndarray] = {}
    for peer in peers:
        if peer == case.without:
            continue
        row = Row(case.name, peer, work=case.work, unit=case.unit)
        rows.append(row)
        made = set_up(row, lambda peer=peer: PEERS[peer](case))
        if made is not None:
            runs.append((row, made[0]))
            results[peer] = host(made[1])
    wanted = results.get("xla", next(iter(results.values()), None))
    for row, _ in runs:
        assert wanted is not None
        row.error = relative_error(results[row.peer], wanted)
    interleave(runs, rounds, seconds, CLOCKS[clock])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--match", default="", help="regular expression of case names")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=2.0, help="of one case, all peers")
    parser.add_argument(
        "--cpus", type=int, default=len(os.sched_getaffinity(0)), help="cores of this process"
    )
    parser.add_argument("--clock", choices=list(CLOCKS), default="wall")
    parser.add_argument("--json", type=Path, help="samples; the chart goes beside it")
    options = parser.parse_args()
    _restrict(options.cpus)
    rows: list[Row] = []
    for case in cases():
        if re.search(options.match, case.name):
            new = measure(
                case, options.peers.split(","), options.rounds, options.seconds, options.clock
            )
            rows += new
            print("\n".join(summary(new).splitlines()[2:3]), flush=True)
            for row in new:
                if row.reason and row.peer != "numpy":
                    print(f"    {row.peer}: {row.reason}", flush=True)
                elif row.error is not None and row.error > 1e-2:
                    print(f"    {row.peer}: differs from XLA by {row.error:.1e}", flush=True)
    print(f"\n{options.cpus} CPUs, {options.clock} clock\n\n{summary(rows)}")
    if options.json:
        about = {
            "title": f"Single ops on {options.cpus} CPUs, {options.clock} clock",
            "date": datetime.date.today().isoformat(),
        }
        write(rows, options.json, about)


def _restrict(cpus: int) -> None:
    """As many cores: begins anew with fewer, before a peer has made threads."""
    global DEVICE
    allowed = sorted(os.sched_getaffinity(0))
    if cpus < len(allowed):
        os.sched_setaffinity(0, allowed[:cpus])
        os.environ["OPENBLAS_NUM_THREADS"] = str(cpus)
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.cpu_ops", *sys.argv[1:]])
    if cpus == 1:
        DEVICE = "local-sync"
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")


if __name__ == "__main__":
    main()
