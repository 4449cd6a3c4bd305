# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the sweep's programs still need: `GAPS` are the (program, sizes known) that are refused.

`python -m tests.frontend.tensorflow_sweep` says which lines can go.
"""

GAPS: set[tuple[str, bool]] = set()

for _name in (
    "bincount",
    "crop and resize",
    "determinant",
    "dilation",
    "euclidean",
    "histogram",
    "keras: one hot encoding",
    "max pool with argmax",
    "resize antialiased",
    "resize area",
    "resize bicubic",
    "state: scattered",
    "state: slice assigned",
):
    GAPS |= {(_name, True), (_name, False)}

for _name in (
    "non max suppression",
    "segment sum",
    "sparse product",
):
    GAPS.add((_name, True))

for _name in (
    "bessel",
    "betainc",
    "brightness and contrast",
    "bucketize",
    "cholesky",
    "cholesky solve",
    "cumulative logsumexp",
    "custom gradient",
    "diagonal",
    "dynamic partition by mask",
    "eigenvalues",
    "erf and inverse",
    "fft of images",
    "gradient of a convolution",
    "gradient of a layer",
    "gradient of a lookup",
    "gradient of a loop",
    "hessian vector",
    "hsv and back",
    "hue",
    "inverse",
    "jacobian",
    "keras: convolution 1d",
    "keras: convolution 2d",
    "keras: convolution 3d",
    "keras: discretization",
    "least squares",
    "metric: Precision",
    "metric: SparseTopKCategoricalAccuracy",
    "patches",
    "psnr",
    "qr",
    "repeat by counts",
    "saturation",
    "second gradient",
    "set diagonal",
    "singular values",
    "solve",
    "space to batch",
    "split",
    "ssim",
    "trace and norm",
    "training step: Adagrad",
    "training step: Adam",
    "training step: AdamW",
    "training step: Lion",
    "training step: RMSprop",
    "training step: SGD",
    "triangular solve",
):
    GAPS.add((_name, False))
