# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a reader waits for in Chromium: opening, selecting, stepping, opening a group, panning.

    python -m benchmarks.browser_latency [OPS | RECORDING.iexplore ...] [--json FILE]

A number is a synthetic model of about so many ops at its largest step. Two panes are open. "shown"
is from the key to the end of the frame that shows it (wall time: other programs count), "cpu" what
the page's thread worked for it. Milliseconds are medians, "worst" the largest.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

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

_FRAMES = """async ([zoom, count]) => {
  const stage = document.querySelector(".iex-stage");
  const times = [];
  let last = await new Promise(requestAnimationFrame);
  for (let i = 0; i < count; i++) {
    const deltaY = i < count / 2 ? 24 : -24;
    const at = { deltaY, ctrlKey: zoom, clientX: 500, clientY: 400, bubbles: true, cancelable: true };
    stage.dispatchEvent(new WheelEvent("wheel", at));
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
  }
  return times;
}"""  # noqa: E501

Numbers = dict[str, float | int | str]


class Meter:
    """A page, and the time that its thread works."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.tools = page.context.new_cdp_session(page)
        self.tools.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.numbers: Numbers = {}

    def metric(self, name: str) -> float:
        found = self.tools.send("Performance.getMetrics")["metrics"]
        return next(each["value"] for each in found if each["name"] == name)

    def keys(self, name: str, selector: str, key: str | Callable[[int], str], count: int) -> None:
        """Presses `key` `count` times on what `selector` finds."""
        shown, begin = [], self.metric("TaskDuration")
        for i in range(count):
            pressed = key if isinstance(key, str) else key(i)
            shown.append(self.page.evaluate(_KEY, [selector, pressed])[1])
        cpu = (self.metric("TaskDuration") - begin) / max(1, count)
        self.numbers[f"{name}_cpu_ms"] = round(cpu * 1e3, 1)
        self.numbers[f"{name}_shown_ms"] = round(statistics.median(shown), 1)
        self.numbers[f"{name}_worst_ms"] = round(max(shown), 1)

    def frames(self, name: str, zoom: bool, count: int = 120) -> None:
        begin = self.metric("TaskDuration")
        times = self.page.evaluate(_FRAMES, [zoom, count])
        cpu = (self.metric("TaskDuration") - begin) / count
        self.numbers[f"{name}_cpu_ms"] = round(cpu * 1e3, 2)
        self.numbers[f"{name}_frame_ms"] = round(statistics.median(times), 1)
        self.numbers[f"{name}_frame_p95_ms"] = round(sorted(times)[int(len(times) * 0.95)], 1)


def measure(data: bytes, browser: Any) -> Numbers:
    """Milliseconds and sizes of the page of a recording (its file's bytes)."""
    recording = from_bytes(data)
    page = browser.new_page(viewport={"width": 1400, "height": 860})
    meter = Meter(page)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(to_html(recording), encoding="utf-8")
        html = path.stat().st_size
        page.goto(f"file://{path}")
        page.wait_for_selector(".cm-line")
        page.wait_for_timeout(1500)
    paints = page.evaluate("performance.getEntriesByType('paint').map((e) => e.startTime)")
    meter.numbers |= {
        "ops": max(len(recording.alive(phase.step)) for phase in recording.phases),
        "versions": len(recording.versions.op),
        "recording_mb": round(len(data) / 1e6, 2),
        "html_mb": round(html / 1e6, 2),
        "first_paint_ms": round(paints[0], 0),
    }
    stops = min(12, int(page.locator(".iex-slider").get_attribute("aria-valuemax")) - 1)
    page.evaluate(_KEY, [".iex-slider", "Home"])
    meter.keys("step_first", ".iex-slider", "ArrowRight", stops)
    meter.keys("step_again", ".iex-slider", "ArrowLeft", stops)
    page.evaluate(_KEY, [".iex-slider", "ArrowRight"])
    meter.keys("select", ".cm-content", "ArrowDown", 24)
    graph(page, meter)
    heap = page.evaluate("performance.memory.usedJSHeapSize")
    meter.numbers["heap_mb"] = round(heap / 1e6, 1)
    meter.numbers["dom_nodes"] = int(meter.metric("Nodes"))
    page.close()
    return meter.numbers


def graph(page: Any, meter: Meter) -> None:
    """Opening and closing a group, panning and zooming, in the second pane's graph."""
    pane = page.locator(".iex-pane").nth(1)
    pane.get_by_role("button", name="Graph", exact=True).click()
    page.wait_for_selector(".iex-stage")
    page.evaluate(_KEY, [".iex-stage", "ArrowDown"])
    for _ in range(4):
        page.evaluate(_KEY, [".iex-stage", "PageDown"])
    meter.keys("expand", ".iex-stage", " ", 8)
    meter.frames("pan", False)
    meter.frames("zoom", True)


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", default=["1000", "10000"])
    parser.add_argument("--json", help="also write the numbers here")
    options = parser.parse_args()
    rows = {}
    with sync_playwright() as driver:
        program = shutil.which("chromium")
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
        for what in options.what:
            layers = max(1, int(what) // 9) if what.isdigit() else 0
            data = synthetic.packed(synthetic.recording(layers)) if layers else None
            rows[Path(what).stem] = measure(data or Path(what).read_bytes(), browser)
            print(what, json.dumps(rows[Path(what).stem]), flush=True)
        browser.close()
    if options.json:
        Path(options.json).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
