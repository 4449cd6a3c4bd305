# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The real IREE beside ours: target `iree:<backend>`, device `iree:<driver>`.

The one idea: IREE runs in child processes and tells us what it prints. `emit` writes our imported
module in the text that it reads, `compiler` runs `iree-compile`, `dumps` reads the IR that it
prints after every pass, `parse` makes ops of that, `worker` runs what was compiled. Start with
`compiler`.
"""
