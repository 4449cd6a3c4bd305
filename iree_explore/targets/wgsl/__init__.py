# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""WGSL, the shading language of browsers, printed from the `spirv` dialect.

`printer.py` writes a kernel's control flow, `table.py` what each instruction is in WGSL,
`memory.py` how buffers are declared and reached, `values.py` types, constants and names.
`program.py` packs what a call runs (kernels, buffers, commands) for a page to replay.
"""
