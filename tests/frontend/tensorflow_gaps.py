# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the sweep's programs still need: `GAPS` are the (program, sizes known) that are refused.

`python -m tests.frontend.tensorflow_sweep` says which lines can go.
"""

GAPS: set[tuple[str, bool]] = set()

for _name in (
    "crop and resize",
    "determinant",
    "dilation",
    "euclidean",
    "max pool with argmax",
    "resize antialiased",
    "resize area",
    "resize bicubic",
):
    GAPS |= {(_name, True), (_name, False)}

for _name in (
    "non max suppression",
    "sparse product",
):
    GAPS.add((_name, True))

for _name in (
    "bessel",
    "betainc",
    "brightness and contrast",
    "cholesky",
    "cholesky solve",
    "custom gradient",
    "eigenvalues",
    "erf and inverse",
    "fft of images",
    "gradient of a loop",
    "hsv and back",
    "hue",
    "inverse",
    "least squares",
    "metric: Precision",
    "metric: SparseTopKCategoricalAccuracy",
    "qr",
    "saturation",
    "second gradient",
    "singular values",
    "solve",
    "training step: Adagrad",
    "training step: Adam",
    "training step: AdamW",
    "training step: Lion",
    "training step: RMSprop",
    "training step: SGD",
    "triangular solve",
):
    GAPS.add((_name, False))
