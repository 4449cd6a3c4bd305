# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the explorer knows of a compilation, as frozen records without any user interface.

`model` has the records, `recorder` makes them while a compilation runs, `files` saves and loads
them; `text`, `diff`, `trace`, `graph` and `timing` read them. `docs/recording.md` is the schema.
"""

from iree_explore.recording.files import from_bytes, load, save, to_bytes
from iree_explore.recording.model import Recording

__all__ = ["Recording", "from_bytes", "load", "save", "to_bytes"]
