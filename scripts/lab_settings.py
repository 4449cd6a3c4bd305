#!/usr/bin/env python3
# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Settings of JupyterLab in this environment: no question about news in front of the tour.

`--open PATH` makes a server that is started without a path open that file (Binder's does)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

SETTINGS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}


def main() -> None:
    prefix = Path(sys.prefix)
    written = {prefix / "share/jupyter/lab/settings/overrides.json": SETTINGS}
    if "--open" in sys.argv:
        url = {"default_url": f"/lab/tree/{sys.argv[sys.argv.index('--open') + 1]}"}
        config = {"ServerApp": url, "LabApp": url}
        written[prefix / "etc/jupyter/jupyter_server_config.json"] = config
    for path, content in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
