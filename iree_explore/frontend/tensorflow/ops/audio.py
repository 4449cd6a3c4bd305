# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sound: spectrograms, and their mel-frequency cepstral coefficients.

Both are computed in f64 and rounded, as TensorFlow's kernels do.
"""

from __future__ import annotations

import math
from typing import Any

from iree_explore.frontend.tensorflow.ops.composed import Call, composition

FLOOR = 1e-12
"""The least energy of a channel that has a logarithm."""


@composition("AudioSpectrogram")
def spectrogram(tf: Any, call: Call, sound: Any) -> Any:
    """Magnitudes, or their squares, of the frequencies of windows of [samples, channels]."""
    window, step = call.integer("window_size"), call.integer("stride")
    length = 1 << (window - 1).bit_length()
    frames = tf.signal.frame(tf.transpose(tf.cast(sound, tf.float64)), window, step)
    places = tf.range(window, dtype=tf.float64)
    shape = 0.5 - 0.5 * tf.cos(places * (2 * math.pi / window))
    found = tf.signal.rfft(frames * shape, [length])
    squares = tf.cast(tf.square(tf.math.real(found)) + tf.square(tf.math.imag(found)), tf.float32)
    return squares if call.flag("magnitude_squared") else tf.sqrt(squares)


def _mel(tf: Any, hertz: Any) -> Any:
    return 1127.0 * tf.math.log1p(hertz / 700.0)


def _filters(tf: Any, call: Call, rate: Any, bins: Any) -> Any:
    """[bins, channels]: triangles over mel frequencies; a bin falls to its channel's upper side and
    rises to the next one's."""
    channels = call.integer("filterbank_channel_count", 40)
    low, high = (
        tf.constant(call.number(f"{side}_frequency_limit", value), tf.float64)
        for side, value in (("lower", 20.0), ("upper", 4000.0))
    )
    spacing = (_mel(tf, high) - _mel(tf, low)) / (channels + 1)
    centers = _mel(tf, low) + spacing * tf.range(channels + 2, dtype=tf.float64)
    width = 0.5 * tf.cast(rate, tf.float64) / tf.cast(bins - 1, tf.float64)
    place = tf.range(bins)
    used = place >= tf.cast(1.5 + low / width, tf.int32)
    used &= place <= tf.cast(high / width, tf.int32)
    mel = _mel(tf, tf.cast(place, tf.float64) * width)[:, tf.newaxis]
    below = tf.cast(tf.reduce_sum(tf.cast(centers[1:-1] < mel, tf.int32), 1), tf.int32)
    lower, upper = (tf.gather(centers, below + i)[:, tf.newaxis] for i in (0, 1))
    falling = (upper - mel) / (upper - lower)
    numbers = tf.range(channels)
    zero = tf.zeros([], tf.float64)
    found = tf.where(below[:, tf.newaxis] - 1 == numbers, falling, zero)
    found += tf.where(below[:, tf.newaxis] == numbers, 1 - falling, zero)
    return tf.where(used[:, tf.newaxis], found, zero)


@composition("Mfcc")
def cepstrum(tf: Any, call: Call, squares: Any, rate: Any) -> Any:
    """Cosine transforms of the logarithms of the energies of mel channels."""
    channels = call.integer("filterbank_channel_count", 40)
    count = call.integer("dct_coefficient_count", 13)
    filters = _filters(tf, call, tf.reshape(rate, []), tf.shape(squares)[2])
    magnitudes = tf.sqrt(tf.cast(squares, tf.float64))
    energies = tf.math.log(tf.maximum(tf.einsum("tsb,bc->tsc", magnitudes, filters), FLOOR))
    turns = tf.range(count, dtype=tf.float64) * (math.pi / channels)
    angles = turns * (tf.range(channels, dtype=tf.float64)[:, tf.newaxis] + 0.5)
    cosines = math.sqrt(2 / channels) * tf.cos(angles)
    return tf.cast(tf.einsum("tsc,cd->tsd", energies, cosines), tf.float32)
