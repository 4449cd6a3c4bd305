# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Latency of the explorer in Chromium: opening, stepping a pass, selecting an op.

    python benchmarks/browser_latency.py [OPS ...]        (default: 1000 10000)

Recordings are synthetic, of about OPS ops at the largest step, with two panes open. A time is from
the key to the end of the frame that shows it; printed are the median and the worst of all passes.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from iree_explore.recording.files import from_bytes
from iree_explore.widgets.html import to_html
from tests.browser import synthetic
from tests.browser.conftest import FLAGS

_KEY = """async ([selector, key]) => {
  const target = document.querySelector(selector);
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  await frame();
  const begin = performance.now();
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  await Promise.resolve();
  const work = performance.now() - begin;
  await frame();
  return [work, performance.now() - begin];
}"""


def measure(ops: int, browser: Any) -> dict[str, float]:
    """Milliseconds for a recording of about `ops` ops at its largest step."""
    data = synthetic.recording(layers=max(1, ops // 9))
    columns, steps = data["versions"], len(data["steps"])
    alive = [0] * (steps + 1)
    for birth, death in zip(columns["birth"], columns["death"], strict=True):
        alive[birth] += 1
        alive[death if death >= 0 else steps] -= 1
    largest = total = 0
    for change in alive:
        total += change
        largest = max(largest, total)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(to_html(from_bytes(synthetic.packed(data))), encoding="utf-8")
        nbytes = path.stat().st_size
        page = browser.new_page(viewport={"width": 1400, "height": 860})
        begin = time.perf_counter()
        page.goto(f"file://{path}")
        page.wait_for_selector(".cm-line")
        opened = time.perf_counter() - begin
    page.evaluate(_KEY, [".iex-slider", "Home"])
    stops = int(page.locator(".iex-slider").get_attribute("aria-valuemax"))
    forward = [page.evaluate(_KEY, [".iex-slider", "ArrowRight"]) for _ in range(stops - 1)]
    back = [page.evaluate(_KEY, [".iex-slider", "ArrowLeft"]) for _ in range(stops - 1)]
    page.evaluate(_KEY, [".iex-slider", "ArrowRight"])
    select = [page.evaluate(_KEY, [".cm-content", "ArrowDown"]) for _ in range(24)]
    page.close()
    return {
        "ops": largest,
        "versions": len(columns["op"]),
        "page_mb": round(nbytes / 1e6, 2),
        "open_ms": round(opened * 1e3, 1),
        **_summary("step_first", forward),
        **_summary("step_again", back),
        **_summary("select", select),
    }


def _summary(name: str, samples: list[list[float]]) -> dict[str, float]:
    """Until the page is changed ("work") and until it is on screen ("shown")."""
    work, shown = zip(*samples, strict=True)
    return {
        f"{name}_work_ms": round(statistics.median(work), 1),
        f"{name}_shown_ms": round(statistics.median(shown), 1),
        f"{name}_worst_ms": round(max(shown), 1),
    }


def main(arguments: list[str]) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for ops in [int(text) for text in arguments] or [1000, 10_000]:
            print(json.dumps(measure(ops, browser)))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
