# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The explorer as one HTML file: bundle, style sheet and recording inline; opens offline."""

from __future__ import annotations

import base64
import html
import json
from typing import Any

from iree_explore.recording.files import to_bytes
from iree_explore.recording.model import Recording
from iree_explore.widgets import bundle, static_html

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "worker-src blob:; img-src data: blob:"
)
"""The page may load nothing: it has everything."""


def to_html(recording: Recording, covered: bytes = b"", **state: Any) -> str:
    """The page. `state` are the traits to open with: view, step, compare, selection, theme, phase;
    `covered` the coverage of the model (gzip JSON), if it was executed.

    Where scripts do not run, the phases are there as plain text.
    """
    data = base64.b64encode(to_bytes(recording, level=9)).decode()
    if covered:
        state["coverage"] = base64.b64encode(covered).decode()
    options = json.dumps(state).replace("<", "\\u003c")
    return document(
        recording.name,
        f"""<div id="iree-explore"></div>
<noscript>{static_html.page_part(recording)}</noscript>
<script type="application/x-iexplore" id="iexplore-recording">{data}</script>""",
        f"""  const text = document.getElementById("iexplore-recording").textContent.trim();
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const options = Object.assign({{ recording: bytes }}, {options});
  if (options.coverage) {{
    options.coverage = Uint8Array.from(atob(options.coverage), (c) => c.charCodeAt(0));
  }}
  IreeExplore.mount(document.getElementById("iree-explore"), options);""",
    )


def document(title: str, body: str, mount: str) -> str:
    """A page of `title` (text) with `body` (HTML), the bundle, and what `mount` (JavaScript) does
    with it."""
    script = bundle.read(bundle.IIFE).replace("</script", "<\\/script")
    style = bundle.read(bundle.CSS).replace("</style", "<\\/style")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<title>{html.escape(title)} - iree_explore</title>
<style>
html, body {{ margin: 0; height: 100%; }}
{style}
</style>
</head>
<body>
{body}
<script>
{script}
</script>
<script>
(() => {{
{mount}
}})();
</script>
</body>
</html>
"""
