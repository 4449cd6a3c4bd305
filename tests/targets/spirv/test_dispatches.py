# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels that `vulkan-spirv` makes of programs: valid in every profile that has them, run on
Vulkan devices and on Dawn, compared with NumPy."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from iree_explore.errors import GapError, ModelError
from iree_explore.targets.spirv import configure
from iree_explore.targets.spirv.executable import Entry, Variant, pack, unpack
from iree_explore.targets.spirv.passes.convert_to_spirv import ConvertToSPIRV
from tests.lowering.phases import run_pass
from tests.targets.spirv.dispatches import DEVICES, compile_text, opened, run, workgroups

rng = np.random.default_rng(5)


@pytest.fixture(scope="module", params=DEVICES)
def device(request):
    with opened(request.param) as found:
        yield found


def f32(*shape: int) -> np.ndarray:
    return rng.standard_normal(shape).astype(np.float32)


def elementwise(op: str, type_: str, operands: int) -> str:
    names = ["%x", "%y"][:operands]
    arguments = ", ".join(f"{name}: {type_}" for name in names)
    return f"""func.func @main({arguments}) -> {type_} {{
      %0 = stablehlo.{op} {", ".join(names)} : {type_}
      return %0 : {type_}
    }}"""


FUSED = """func.func @main(%x: tensor<5x7xf32>, %b: tensor<7xf32>) -> tensor<5x7xf32> {
  %0 = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<7xf32>) -> tensor<5x7xf32>
  %1 = stablehlo.add %x, %0 : tensor<5x7xf32>
  %2 = stablehlo.tanh %1 : tensor<5x7xf32>
  return %2 : tensor<5x7xf32>
}"""
TRANSPOSE = """func.func @main(%x: tensor<6x5x4xf32>) -> tensor<4x6x5xf32> {
  %0 = stablehlo.transpose %x, dims = [2, 0, 1] : (tensor<6x5x4xf32>) -> tensor<4x6x5xf32>
  return %0 : tensor<4x6x5xf32>
}"""
TRANSPOSED_SUM = """func.func @main(%x: tensor<132x72xf32>, %y: tensor<72x132xf32>,
    %b: tensor<132xf32>) -> tensor<72x132xf32> {
  %0 = stablehlo.transpose %x, dims = [1, 0] : (tensor<132x72xf32>) -> tensor<72x132xf32>
  %1 = stablehlo.add %0, %y : tensor<72x132xf32>
  %2 = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<132xf32>) -> tensor<72x132xf32>
  %3 = stablehlo.multiply %1, %2 : tensor<72x132xf32>
  return %3 : tensor<72x132xf32>
}"""
REDUCE = """func.func @main(%x: tensor<9x100xf32>) -> tensor<9xf32> {
  %z = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.reduce(%x init: %z) applies stablehlo.add across dimensions = [1]
    : (tensor<9x100xf32>, tensor<f32>) -> tensor<9xf32>
  return %0 : tensor<9xf32>
}"""
SOFTMAX = """func.func @main(%x: tensor<9x100xf32>) -> tensor<9x100xf32> {
  %z = stablehlo.constant dense<0.0> : tensor<f32>
  %i = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %m = stablehlo.reduce(%x init: %i) applies stablehlo.maximum across dimensions = [1]
    : (tensor<9x100xf32>, tensor<f32>) -> tensor<9xf32>
  %a = stablehlo.broadcast_in_dim %m, dims = [0] : (tensor<9xf32>) -> tensor<9x100xf32>
  %d = stablehlo.subtract %x, %a : tensor<9x100xf32>
  %e = stablehlo.exponential %d : tensor<9x100xf32>
  %s = stablehlo.reduce(%e init: %z) applies stablehlo.add across dimensions = [1]
    : (tensor<9x100xf32>, tensor<f32>) -> tensor<9xf32>
  %b = stablehlo.broadcast_in_dim %s, dims = [0] : (tensor<9xf32>) -> tensor<9x100xf32>
  %r = stablehlo.divide %e, %b : tensor<9x100xf32>
  return %r : tensor<9x100xf32>
}"""
PADDED = """func.func @main(%x: tensor<3x5x8xf32>) -> tensor<6x5x8xf32> {
  %z = stablehlo.constant dense<1.5> : tensor<f32>
  %0 = stablehlo.pad %x, %z, low = [1, -1, 0], high = [2, 1, 0], interior = [0, 0, 0]
    : (tensor<3x5x8xf32>, tensor<f32>) -> tensor<6x5x8xf32>
  return %0 : tensor<6x5x8xf32>
}"""
WINDOWS = """func.func @main(%x: tensor<6x7x8xf32>) -> tensor<3x4x8xf32> {
  %z = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %0 = "stablehlo.reduce_window"(%x, %z) ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %1 = stablehlo.maximum %a, %b : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) {window_dimensions = array<i64: 3, 3, 1>, window_strides = array<i64: 2, 2, 1>,
      padding = dense<[[1, 0], [1, 1], [0, 0]]> : tensor<3x2xi64>}
    : (tensor<6x7x8xf32>, tensor<f32>) -> tensor<3x4x8xf32>
  return %0 : tensor<3x4x8xf32>
}"""
MATMUL = """func.func @main(%x: tensor<?x24xf32>, %w: tensor<24x?xf32>) -> tensor<?x?xf32> {
  %0 = stablehlo.dot %x, %w : (tensor<?x24xf32>, tensor<24x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}"""
CONVOLUTION = """func.func @main(%i: tensor<1x9x8x3xf32>, %k: tensor<2x2x3x5xf32>)
    -> tensor<1x8x7x5xf32> {
  %0 = stablehlo.convolution(%i, %k) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
    window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64}
    : (tensor<1x9x8x3xf32>, tensor<2x2x3x5xf32>) -> tensor<1x8x7x5xf32>
  return %0 : tensor<1x8x7x5xf32>
}"""
GATHER = """func.func @main(%i: tensor<6x1xi32>, %x: tensor<10x4xf32>) -> tensor<6x4xf32> {
  %0 = "stablehlo.gather"(%x, %i) {dimension_numbers = #stablehlo.gather<offset_dims = [1],
    collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>,
    slice_sizes = array<i64: 1, 4>, indices_are_sorted = false}
    : (tensor<10x4xf32>, tensor<6x1xi32>) -> tensor<6x4xf32>
  return %0 : tensor<6x4xf32>
}"""
COMPARE = """func.func @main(%x: tensor<37xi16>, %y: tensor<37xi16>) -> tensor<37xi1> {
  %0 = stablehlo.compare LT, %x, %y : (tensor<37xi16>, tensor<37xi16>) -> tensor<37xi1>
  return %0 : tensor<37xi1>
}"""


COLUMN_SUMS = """func.func @main(%x: tensor<100x37xf32>) -> tensor<37xf32> {
  %z = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.reduce(%x init: %z) applies stablehlo.add across dimensions = [0]
    : (tensor<100x37xf32>, tensor<f32>) -> tensor<37xf32>
  return %0 : tensor<37xf32>
}"""
ARGMAX = """func.func @main(%x: tensor<5x400xf32>) -> tensor<5xi32> {
  %i = stablehlo.iota dim = 1 : tensor<5x400xi32>
  %least = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %0:2 = stablehlo.reduce(%x init: %least), (%i init: %zero) across dimensions = [1]
    : (tensor<5x400xf32>, tensor<5x400xi32>, tensor<f32>, tensor<i32>)
    -> (tensor<5xf32>, tensor<5xi32>)
   reducer(%a: tensor<f32>, %b: tensor<f32>) (%m: tensor<i32>, %n: tensor<i32>) {
    %1 = stablehlo.compare GT, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %2 = stablehlo.compare EQ, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %3 = stablehlo.compare LT, %m, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %4 = stablehlo.and %2, %3 : tensor<i1>
    %5 = stablehlo.or %1, %4 : tensor<i1>
    %6 = stablehlo.select %1, %a, %b : tensor<i1>, tensor<f32>
    %7 = stablehlo.select %5, %m, %n : tensor<i1>, tensor<i32>
    stablehlo.return %6, %7 : tensor<f32>, tensor<i32>
  }
  return %0#1 : tensor<5xi32>
}"""


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def convolution(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(image, (2, 2), (1, 2))
    return np.einsum("nhwcab,abco->nhwo", windows, kernel)


def window_maxima(x: np.ndarray) -> np.ndarray:
    padded = np.pad(x, [(1, 0), (1, 1), (0, 0)], constant_values=-np.inf)
    return np.array([[padded[2 * h : 2 * h + 3, 2 * w : 2 * w + 3].max((0, 1)) for w in range(4)]
                     for h in range(3)])  # fmt: skip


CASES = {
    "elementwise": (FUSED, [f32(5, 7), f32(7)], lambda x, b: np.tanh(x + b)),
    "transpose": (TRANSPOSE, [f32(6, 5, 4)], lambda x: x.transpose(2, 0, 1)),
    "transposition by tiles": (
        TRANSPOSED_SUM, [f32(132, 72), f32(72, 132), f32(132)], lambda x, y, b: (x.T + y) * b,
    ),
    "reduction": (REDUCE, [f32(9, 100)], lambda x: x.sum(1)),
    "column sums": (COLUMN_SUMS, [f32(100, 37)], lambda x: x.sum(0)),
    "softmax": (SOFTMAX, [f32(9, 100)], softmax),
    "border": (
        PADDED, [f32(3, 5, 8)],
        lambda x: np.pad(x, [(1, 2), (0, 1), (0, 0)], constant_values=1.5)[:, 1:],
    ),
    "windows over a border": (WINDOWS, [f32(6, 7, 8)], window_maxima),
    "convolution": (CONVOLUTION, [f32(1, 9, 8, 3), f32(2, 2, 3, 5)], convolution),
    "gather": (
        GATHER,
        [np.array([[3], [0], [9], [20], [-4], [5]], np.int32), f32(10, 4)],
        lambda i, x: x[np.clip(i[:, 0], 0, 9)],
    ),
    "sine": (elementwise("sine", "tensor<99xf32>", 1), [f32(99) * 50], np.sin),
    "exponential": (elementwise("exponential", "tensor<99xf32>", 1), [f32(99) * 9], np.exp),
    "remainder": (elementwise("remainder", "tensor<99xf32>", 2), [f32(99) * 99, f32(99)], np.fmod),
    "bfloat16": (
        elementwise("multiply", "tensor<99xbf16>", 2),
        [f32(99).astype(ml_dtypes.bfloat16), f32(99).astype(ml_dtypes.bfloat16)],
        np.multiply,
    ),
    "float16": (
        elementwise("add", "tensor<99xf16>", 2),
        [f32(99).astype(np.float16), f32(99).astype(np.float16)],
        np.add,
    ),
}  # fmt: skip


def near(got: np.ndarray, want: np.ndarray) -> None:
    assert got.dtype == want.dtype
    wide = np.float64 if want.dtype.kind in "fV" else want.dtype
    exact = want.dtype.itemsize == 2  # one rounding of what f32 computes
    np.testing.assert_allclose(
        got.astype(wide), want.astype(wide), rtol=0 if exact else 2e-6, atol=0 if exact else 2e-6
    )


@pytest.mark.parametrize("name", CASES)
def test_kernels_compute_what_numpy_does(device, name: str) -> None:
    text, inputs, function = CASES[name]
    want = np.asarray(function(*inputs)).astype(inputs[-1].dtype)
    near(run(device, text, inputs, np.zeros_like(want)), want)


@pytest.mark.parametrize(
    ("device", "profile"), [*((name, "portable") for name in DEVICES), ("llvmpipe", "native")],
    indirect=["device"],
)  # fmt: skip
def test_sizes_come_as_constants(device, profile: str) -> None:
    x, w = f32(13, 24), f32(24, 70)
    got = run(device, MATMUL, [x, w], np.zeros((13, 70), np.float32), (13, 70), profile)
    near(got, x @ w)


@pytest.mark.parametrize("batch", [(), (3,)])
def test_large_products_are_blocks_in_registers(device, batch: tuple[int, ...]) -> None:
    x, w, b = f32(*batch, 256, 20), f32(*batch, 20, 128), f32(128)
    lead = "".join(f"{n}x" for n in batch)
    dims = "batching_dims = [0] x [0], " if batch else ""
    last = len(batch)
    result = f"tensor<{lead}256x128xf32>"
    text = f"""func.func @main(%x: tensor<{lead}256x20xf32>, %w: tensor<{lead}20x128xf32>,
        %b: tensor<128xf32>) -> {result} {{
      %0 = stablehlo.dot_general %x, %w, {dims}contracting_dims = [{last + 1}] x [{last}]
        : (tensor<{lead}256x20xf32>, tensor<{lead}20x128xf32>) -> {result}
      %1 = stablehlo.broadcast_in_dim %b, dims = [{last + 1}] : (tensor<128xf32>) -> {result}
      %2 = stablehlo.add %0, %1 : {result}
      return %2 : {result}
    }}"""
    module, _, _ = compile_text(text)
    tiles = 256 * 128 // 16 * (batch or (1,))[0]
    assert workgroups(module, ()) == (tiles // 64, 1, 1)
    want = x @ w + b
    near(run(device, text, [x, w, b], np.zeros_like(want)), want)


def test_the_first_of_the_largest_is_found_by_all_invocations_together(device) -> None:
    x = np.round(f32(5, 400))
    x[3] = -np.inf
    got = run(device, ARGMAX, [x], np.zeros(5, np.int32), profile="portable")
    np.testing.assert_array_equal(got, x.argmax(1))


def test_the_largest_tiles_of_products_may_reach_over_the_edge(device, monkeypatch) -> None:
    monkeypatch.setattr(configure, "_TILES", configure._TILES[:1])
    x, w = f32(130, 34), f32(34, 258)
    text = """func.func @main(%x: tensor<130x34xf32>, %w: tensor<34x258xf32>)
        -> tensor<130x258xf32> {
      %0 = stablehlo.dot %x, %w : (tensor<130x34xf32>, tensor<34x258xf32>) -> tensor<130x258xf32>
      return %0 : tensor<130x258xf32>
    }"""
    want = x @ w
    np.testing.assert_allclose(
        run(device, text, [x, w], np.zeros_like(want), profile="portable"), want,
        rtol=1e-5, atol=1e-5,
    )  # fmt: skip


@pytest.mark.parametrize("type_", [np.int8, np.uint8, np.int16, np.int32])
def test_integers_wrap_around_in_their_width(device, type_: type) -> None:
    limits = np.iinfo(type_)
    x, y = rng.integers(limits.min, limits.max, (2, 37), type_, endpoint=True)
    name = f"tensor<37x{'ui' if limits.min == 0 else 'i'}{limits.bits}>"
    for op, function in (
        ("multiply", np.multiply),
        ("maximum", np.maximum),
        ("xor", np.bitwise_xor),
    ):
        got = run(device, elementwise(op, name, 2), [x, y], np.zeros_like(x))
        np.testing.assert_array_equal(got, function(x, y))


def test_truth_values_are_bytes_that_neighbours_may_store(device) -> None:
    x, y = rng.integers(-5, 5, (2, 37), np.int16)
    got = run(device, COMPARE, [x, y], np.zeros(37, bool))
    np.testing.assert_array_equal(got, x < y)


def test_profiles_that_lack_a_type_say_so() -> None:
    _, [entry], _ = compile_text(elementwise("tanh", "tensor<8xf64>", 1))
    assert [variant.profile for variant in entry.variants] == ["native"]
    assert "Float64" in entry.variants[0].capabilities
    assert "the profile portable has no f64" in entry.lacking["portable"]


def test_what_an_invocation_cannot_hold_is_refused_by_name() -> None:
    text = """func.func @entry() {
      %i = arith.constant 3 : index
      %0 = iree_codegen.local_memory : memref<80000xf32>
      %1 = memref.load %0[%i] : memref<80000xf32>
      %2 = arith.extf %1 : f32 to f128
      func.return
    }"""
    with pytest.raises(GapError) as caught:
        run_pass(text, ConvertToSPIRV())
    assert caught.value.code == "IX203"
    assert "an invocation needs 320000 bytes of its own" in str(caught.value)
    assert "no profile has f128" in str(caught.value)


def test_executables_read_back_and_damage_is_an_error() -> None:
    variant = Variant("portable", ("Shader",), bytes(range(24)))
    entries = [Entry("a", 2, 1, (64, 1, 1), (variant,), {"native": "a reason"})]
    data = pack(entries)
    assert unpack(data) == entries
    for damaged in (b"", data[:30], data[:-4], b"X" + data[1:], data.replace(b"24", b"28")):
        with pytest.raises(ModelError) as caught:
            unpack(damaged)
        assert caught.value.code == "IX506"


WIDE = {
    "sums": ("add", "subtract", "xor"),
    "products": ("multiply", "or", "maximum", "and", "minimum"),
    "quotients": ("divide", "remainder"),
    "shifts": ("shift_left", "shift_right_arithmetic", "shift_right_logical"),
}


def wide_numbers() -> tuple[np.ndarray, np.ndarray]:
    """Numbers of 64 bits and of few, the least one, and what carries from word to word."""
    x, y = rng.integers(-(2**63), 2**63 - 1, (2, 64), np.int64)
    x[::3], y[::4] = rng.integers(-99, 99, 22), rng.integers(1, 99, 16)
    x[:6] = -(2**63), -1, 2**32, 2**32 - 1, 0, 1
    y[:6] = -1, 2**32, 2**32, 3, 7, -(2**63)
    return x, y


def wide_results(op: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    whole = [(int(a), int(b)) for a, b in zip(x, y, strict=True)]
    if op in ("divide", "remainder"):
        signs = [(1 if (a < 0) == (b < 0) else -1) for a, b in whole]
        found = [s * (abs(a) // abs(b)) for s, (a, b) in zip(signs, whole, strict=True)]
        if op == "remainder":
            found = [a - q * b for q, (a, b) in zip(found, whole, strict=True)]
    else:
        function = {
            "add": lambda a, b: a + b, "subtract": lambda a, b: a - b, "xor": lambda a, b: a ^ b,
            "multiply": lambda a, b: a * b, "or": lambda a, b: a | b, "and": lambda a, b: a & b,
            "maximum": max, "minimum": min, "shift_left": lambda a, b: a << b,
            "shift_right_arithmetic": lambda a, b: a >> b,
            "shift_right_logical": lambda a, b: a % 2**64 >> b,
        }[op]  # fmt: skip
        found = [function(a, b) for a, b in whole]
    return np.array([(n + 2**63) % 2**64 - 2**63 for n in found], np.int64)


@pytest.mark.parametrize("name", WIDE)
def test_whole_numbers_of_64_bits_are_pairs_of_words(device, name: str) -> None:
    """In the portable profile; results of several ops are added up."""
    x, y = wide_numbers()
    y = y % 64 if name == "shifts" else y
    type_ = "tensor<64xi64>"
    lines = [f"%r{i} = stablehlo.{op} %x, %y : {type_}" for i, op in enumerate(WIDE[name])]
    total = "%r0"
    for i in range(1, len(WIDE[name])):
        lines.append(f"%s{i} = stablehlo.add {total}, %r{i} : {type_}")
        total = f"%s{i}"
    lines.append(f"return {total} : {type_}")
    body = "\n".join(lines)
    text = f"func.func @main(%x: {type_}, %y: {type_}) -> {type_} {{\n{body}\n}}"
    with np.errstate(over="ignore"):
        want = sum(wide_results(op, x, y) for op in WIDE[name])
    np.testing.assert_array_equal(run(device, text, [x, y], np.zeros_like(x)), want)


def test_whole_numbers_of_64_bits_are_converted_compared_and_reduced(device) -> None:
    x, _ = wide_numbers()
    f = np.array([0.5, -1.5, 2.0**40, -(2.0**62), 1e-30, 3e9, *f32(58) * 1e12], np.float32)
    text = """func.func @main(%x: tensor<64xi64>, %f: tensor<64xf32>) -> tensor<64xf32> {
      %0 = stablehlo.convert %f : (tensor<64xf32>) -> tensor<64xi64>
      %1 = stablehlo.compare GE, %x, %0 : (tensor<64xi64>, tensor<64xi64>) -> tensor<64xi1>
      %2 = stablehlo.select %1, %x, %0 : tensor<64xi1>, tensor<64xi64>
      %3 = stablehlo.convert %2 : (tensor<64xi64>) -> tensor<64xf32>
      return %3 : tensor<64xf32>
    }"""
    want = np.maximum(x, f.astype(np.int64)).astype(np.float32)
    np.testing.assert_array_equal(run(device, text, [x, f], np.zeros_like(f)), want)
    text = """func.func @main(%x: tensor<8x8xi64>) -> tensor<8xi64> {
      %z = stablehlo.constant dense<0> : tensor<i64>
      %0 = stablehlo.reduce(%x init: %z) applies stablehlo.add across dimensions = [1]
        : (tensor<8x8xi64>, tensor<i64>) -> tensor<8xi64>
      return %0 : tensor<8xi64>
    }"""
    rows = x.reshape(8, 8)
    np.testing.assert_array_equal(run(device, text, [rows], np.zeros(8, np.int64)), rows.sum(1))


def test_words_become_floats_rounded_once(device) -> None:
    x = rng.integers(0, 2**32, 64, np.uint32)
    text = """func.func @main(%x: tensor<64xui32>) -> tensor<64xf32> {
      %0 = stablehlo.convert %x : (tensor<64xui32>) -> tensor<64xf32>
      return %0 : tensor<64xf32>
    }"""
    got = run(device, text, [x], np.zeros(64, np.float32))
    np.testing.assert_array_equal(got, x.astype(np.float32))


@pytest.mark.parametrize("bits", [2, 4])
def test_of_the_bytes_of_small_integers_the_low_bits_count(device, bits: int) -> None:
    """The high bits of the inputs' bytes are anything."""
    half = 1 << (bits - 1)
    x, y = rng.integers(0, 256, (2, 64), np.uint8).view(np.int8)
    low, other = (((v.astype(np.int32) & (2 * half - 1)) ^ half) - half for v in (x, y))
    t, to = f"tensor<64xi{bits}>", "tensor<64xi32>"
    results = {
        f"stablehlo.abs %x : {t}": np.abs(low) % half - half * (low == -half),
        f"stablehlo.minimum %x, %y : {t}": np.minimum(low, other),
        f"stablehlo.maximum %x, %y : {t}": np.maximum(low, other),
        f"stablehlo.shift_right_arithmetic %x, %one : {t}": low >> 1,
    }
    for text, want in results.items():
        body = f"""func.func @main(%x: {t}, %y: {t}) -> {to} {{
          %one = stablehlo.constant dense<1> : {t}
          %0 = {text}
          %1 = stablehlo.convert %0 : ({t}) -> {to}
          return %1 : {to}
        }}"""
        if "%y" not in text:
            body = body.replace(f", %y: {t}", "")
        inputs = [x, y] if "%y" in text else [x]
        got = run(device, body, inputs, np.zeros(64, np.int32))
        np.testing.assert_array_equal(got, want, text)
    body = f"""func.func @main(%x: {t}, %y: {t}) -> tensor<64xi1> {{
      %0 = stablehlo.compare LT, %x, %y : ({t}, {t}) -> tensor<64xi1>
      return %0 : tensor<64xi1>
    }}"""
    np.testing.assert_array_equal(run(device, body, [x, y], np.zeros(64, bool)), low < other)
    body = f"""func.func @main(%x: {t}) -> tensor<64xf32> {{
      %0 = stablehlo.convert %x : ({t}) -> tensor<64xf32>
      return %0 : tensor<64xf32>
    }}"""
    np.testing.assert_array_equal(run(device, body, [x], np.zeros(64, np.float32)), low)
