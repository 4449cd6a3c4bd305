# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How long a reader waits: from `ie.explore(model)` to the widget and to the first run.

python -m benchmarks.explore_latency --model resnet50
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time

from benchmarks.models import MODELS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="resnet50", choices=sorted(MODELS))
    parser.add_argument("--json", help="also write the numbers here")
    options = parser.parse_args()
    case = MODELS[options.model]()

    import iree_explore as ie

    begin = time.perf_counter()
    session = ie.explore(case.model, inputs=case.inputs)
    session._repr_mimebundle_()
    widget_s = time.perf_counter() - begin
    session.wait()
    compiled_s = time.perf_counter() - begin
    session.run(repetitions=1)
    first_run_s = time.perf_counter() - begin
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.iexplore")
        session.save(path)
        recording_bytes = os.path.getsize(path)
        page = os.path.join(folder, "model.html")
        session.to_html(page)
        page_bytes = os.path.getsize(page)
    numbers = {
        "model": options.model,
        "widget_s": round(widget_s, 3),
        "compiled_s": round(compiled_s, 3),
        "first_run_s": round(first_run_s, 3),
        "recording_mb": round(recording_bytes / 1e6, 3),
        "html_mb": round(page_bytes / 1e6, 3),
        "cpus": os.cpu_count(),
    }
    print("\n".join(f"{key:<14} {value}" for key, value in numbers.items()))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(numbers, file, indent=1)


if __name__ == "__main__":
    main()
