# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels and models on a GPU through Vulkan, against PyTorch and JAX on the same device."""
