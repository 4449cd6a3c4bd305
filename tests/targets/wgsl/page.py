# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Chromium with WebGPU (SwiftShader's adapter) and a page on http://localhost that has the front
end's replay of programs."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from iree_explore.recording.page_program import to_bytes
from iree_explore.targets.wgsl.program import Program
from iree_explore.widgets import bundle

FLAGS = (
    "--headless --no-sandbox --enable-unsafe-webgpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()

PAGE = f"""<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>replay</title>
<link rel="icon" href="data:,"><script src="{bundle.IIFE}"></script>"""

_RUN = """async ([program, blob, inputs, timed]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const text = (data) => {
    let made = "";
    for (let i = 0; i < data.length; i += 4096) {
      made += String.fromCharCode(...data.subarray(i, i + 4096));
    }
    return btoa(made);
  };
  try {
    const replay = await IreeExplore.loadProgram(bytes(program), bytes(blob));
    const call = await replay.call(inputs.map(bytes), timed);
    replay.close();
    const times = call.spans?.map(([begin, end]) => end - begin) ?? null;
    return { results: call.results.map(text), times, gpu: replay.gpu.name,
             immediates: replay.gpu.immediates };
  } catch (error) {
    return { problem: error.problem ?? "script", text: error.stack ?? error.message,
             message: error.message };
  }
}"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None: ...


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server of a folder's files."""
    server = ThreadingHTTPServer(("localhost", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class GpuPage:
    """A page that runs programs."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def try_run(
        self, program: Program, blob: bytes, inputs: Sequence[np.ndarray], timed: bool = False
    ) -> dict[str, Any]:
        """What the page answers: `results` as text, or `problem` and `text`."""
        given = [_text(to_bytes(program)), _text(blob), [_text(x.tobytes()) for x in inputs], timed]
        return self.page.evaluate(_RUN, given)

    def run(self, program: Program, blob: bytes, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The results of a program."""
        answer = self.try_run(program, blob, inputs)
        assert "results" in answer, answer
        return [
            np.frombuffer(base64.b64decode(data), tensor.dtype)[: int(np.prod(tensor.shape))]
            .reshape(tensor.shape)
            for tensor, data in zip(program.results, answer["results"], strict=True)
        ]  # fmt: skip


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


@contextmanager
def gpu_page(driver: Any, program: str, folder: Path) -> Iterator[GpuPage]:
    """A page of a new Chromium; `driver` is playwright's, `folder` an empty one."""
    (folder / bundle.IIFE).write_text(bundle.read(bundle.IIFE), encoding="utf-8")
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    with served(folder) as address:
        chromium = driver.chromium.launch(executable_path=program, args=FLAGS)
        try:
            page = chromium.new_page()
            page.goto(address)
            yield GpuPage(page)
        finally:
            chromium.close()
