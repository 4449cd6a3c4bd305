# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `vulkan` driver on a thin ctypes binding to Vulkan, as much as computing needs.

The binding: `structs.py` has the API's structs and functions as tables, `loader.py` finds the
library, makes the instance and says what devices there are, `device.py` is a logical device with
pipelines and a timeline. The HAL on it: `driver.py` (start there), `commands.py`, `memory.py`,
`submission.py`, `pipeline_cache.py`. What is missing is a typed error that says what to install
(IX403); a call that fails names the device and Vulkan's result (IX410).
"""
