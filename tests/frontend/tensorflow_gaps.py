# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the sweep's programs still need: `GAPS` are the (program, sizes known) that are refused, by
the op without a lowering. Strict: a line whose program compiles fails its test and has to go.

`python -m tests.frontend.tensorflow_sweep` says what each form does.
"""

GAPS: dict[tuple[str, bool], str] = {}
