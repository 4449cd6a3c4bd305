# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""fft."""

from __future__ import annotations

from typing import Any

from xdsl.dialects.builtin import ComplexType

from iree_explore.stablehlo.constraints.report import (
    Report,
    Rule,
    compatible,
    element,
    shape,
    show,
)


def _fft(op: Any, report: Report) -> None:
    lengths, kind, rank = op.lengths, op.kind, len(shape(op.operand))
    report.need("C1", rank >= len(lengths), f"fft_length {list(lengths)} for rank {rank}")
    report.need("C3", 1 <= len(lengths) <= 3, f"fft_length {list(lengths)} has not 1 to 3 values")
    source, target = element(op.operand), element(op.result)
    parts = source.element_type if isinstance(source, ComplexType) else None
    fitting = {
        "FFT": parts is not None and source == target,
        "IFFT": parts is not None and source == target,
        "RFFT": isinstance(target, ComplexType) and target.element_type == source,
        "IRFFT": parts is not None and parts == target,
    }
    report.need("C2", fitting[kind], f"{kind} from {source} to {target}")
    if report.broken:
        return
    real = {"RFFT": op.operand, "IRFFT": op.result}.get(kind)
    if real is not None:
        last = shape(real)[rank - len(lengths) :]
        report.need(
            "C4",
            compatible(last, lengths),
            f"the real tensor {real.type} should end in {show(lengths)}",
        )
    wanted = list(shape(op.operand))
    if kind == "RFFT":
        wanted[-1] = lengths[-1] // 2 + 1 if lengths[-1] else 0
    elif kind == "IRFFT":
        half = lengths[-1] // 2 + 1 if lengths[-1] else 0
        report.need(
            "C5",
            compatible((wanted[-1],), (half,)),
            f"the operand {op.operand.type} should end in {half}",
        )
        wanted[-1] = lengths[-1]
    report.result("C5", tuple(wanted))


RULES: dict[str, Rule] = {"stablehlo.fft": _fft}
