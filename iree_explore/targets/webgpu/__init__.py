# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `webgpu` driver: kernels of the portable profile on WebGPU, outside of a browser.

`provider.py` finds an implementation of WebGPU for Python (Dawn) and its adapters, `device.py`
compiles SPIR-V, `memory.py` has the buffers, `commands.py` records command buffers (WebGPU has
fills and copies of whole words only: `builtins.py` has kernels for the rest), `driver.py` is the
HAL.
"""
