# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How many ops of each phase have an ancestor in the model, on five models.

python -m benchmarks.provenance_share [MODEL ...]
"""

from __future__ import annotations

import argparse
from collections import Counter

from benchmarks import models
from iree_explore.recording import trace
from iree_explore.recording.model import Recording

FIVE = ("digits", "resnet50", "mobilenet_v2", "efficientnet_b0", "bert_small")


def shares(recording: Recording) -> list[tuple[str, float, int]]:
    """(phase, share of ops with a source in the model, ops) after every phase that ran."""
    found = []
    for phase in recording.phases:
        if phase.step >= 0:
            alive = len(recording.alive(phase.step))
            without = len(trace.unexplained(recording, phase.step))
            found.append((phase.name, 1 - without / max(1, alive), alive))
    return found


def reasons(recording: Recording, step: int) -> Counter[str]:
    """What made the ops that have no ancestor in the model."""
    index, origins = recording.origin_index, recording.origins
    ops = trace.unexplained(recording, step)
    return Counter(recording.strings[origins.reason[index[op]]] for op in ops)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=FIVE, help="functions of benchmarks/models.py")
    options = parser.parse_args()

    import iree_explore as ie

    for name in options.models:
        case = getattr(models, name)()
        recording = ie.explore(case.model, inputs=case.inputs).wait().recording
        print(name)
        for phase, share, ops in shares(recording):
            left = reasons(recording, recording.step_of(phase))
            why = ", ".join(f"{count} {reason}" for reason, count in left.most_common(4))
            print(f"  {phase:<26} {share:7.2%} of {ops:6d} ops  {why}".rstrip())


if __name__ == "__main__":
    main()
