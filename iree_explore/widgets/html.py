# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The explorer as one HTML file: bundle, style sheet and recording inline; opens offline."""

from __future__ import annotations

import base64
import html
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from iree_explore.recording.files import to_bytes, write_atomically
from iree_explore.recording.model import Recording
from iree_explore.recording.page_program import INSIDE_NBYTES, PageProgram
from iree_explore.widgets import bundle, static_html

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "worker-src blob:; img-src data: blob:"
)
"""The page may load nothing: it has everything."""


def to_html(
    recording: Recording, covered: bytes = b"", parts: Mapping[str, bytes] | None = None,
    beside: bool = False, **state: Any,
) -> str:  # fmt: skip
    """The page. `state` are the traits to open with: view, step, compare, selection, theme, phase;
    `covered` the coverage of the model (gzip JSON), if it was executed. `parts` are further bytes
    in the page: `program` and `weights`; with `beside` the page may load files beside it.

    Where scripts do not run, the phases are there as plain text.
    """
    inside = {"recording": to_bytes(recording, level=9), **(parts or {})}
    if covered:
        inside["coverage"] = covered
    scripts = "\n".join(
        f'<script type="application/x-iexplore" id="iexplore-{name}">'
        f"{base64.b64encode(data).decode()}</script>"
        for name, data in inside.items()
    )
    options = json.dumps(state).replace("<", "\\u003c")
    return document(
        recording.name,
        f"""<div id="iree-explore"></div>
<noscript>{static_html.page_part(recording)}</noscript>
{scripts}""",
        f"""  const options = {options};
  for (const name of {json.dumps(list(inside))}) {{
    options[name] = IreeExplore.embedded("iexplore-" + name);
  }}
  IreeExplore.mount(document.getElementById("iree-explore"), options);""",
        POLICY + "; connect-src 'self'" if beside else POLICY,
    )


def write_html(
    path: str | os.PathLike[str],
    recording: Recording,
    page: PageProgram | None = None,
    weights: bool | None = None,
    covered: bytes = b"",
    **state: Any,
) -> Path:
    """Writes the page; one that runs a program, `page`, has its weights inside (`weights`; None: if
    they are small) or in a file beside it. Returns where it is; arguments else as for `to_html`."""
    path = Path(path)
    if page is None:
        return write_atomically(path, to_html(recording, covered, **state).encode())
    inside = len(page.blob) <= INSIDE_NBYTES if weights is None else weights
    if inside:
        parts = {"program": page.to_bytes(), "weights": page.blob}
    else:
        beside = path.with_suffix(".weights")
        write_atomically(beside, page.blob)
        named = replace(page, program=replace(page.program, weights_name=beside.name))
        parts = {"program": named.to_bytes()}
    text = to_html(recording, covered, parts, not inside, **state)
    return write_atomically(path, text.encode())


def document(title: str, body: str, mount: str, policy: str = POLICY) -> str:
    """A page of `title` (text) with `body` (HTML), the bundle, and what `mount` (JavaScript) does
    with it; `policy` is what it may load."""
    script = bundle.read(bundle.IIFE).replace("</script", "<\\/script")
    style = bundle.read(bundle.CSS).replace("</style", "<\\/style")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
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
