// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_sqrt_f32() {
  %a = check.input dense<[0.0e+00, -0.0e+00, 1.0e+00, -1.5e+00, 2.5e+00, -2.5e+00, 0x7F800000, 0xFF800000, 0x7FC00000, 1.0000000474974513e-03]> : tensor<10xf32>
  %0 = stablehlo.sqrt %a : tensor<10xf32>
  check.expect_almost_eq_const(%0, dense<[0.0e+00, -0.0e+00, 1.0e+00, 0xFFC00000, 1.5811388492584229e+00, 0xFFC00000, 0x7F800000, 0xFFC00000, 0x7FC00000, 3.162277862429619e-02]> : tensor<10xf32>) : tensor<10xf32>
  return
}

func.func @test_sqrt_rank_0() {
  %a = check.input dense<7.5e-01> : tensor<f32>
  %0 = stablehlo.sqrt %a : tensor<f32>
  check.expect_almost_eq_const(%0, dense<8.660253882408142e-01> : tensor<f32>) : tensor<f32>
  return
}

func.func @test_sqrt_zero_size() {
  %a = check.input dense<> : tensor<0x3xf32>
  %0 = stablehlo.sqrt %a : tensor<0x3xf32>
  check.expect_eq_const(%0, dense<> : tensor<0x3xf32>) : tensor<0x3xf32>
  return
}

func.func @test_sqrt_f16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf16>
  %0 = stablehlo.sqrt %a : tensor<3xf16>
  check.expect_almost_eq_const(%0, dense<[7.0703125e-01, 1.224609375e+00, 0xFE00]> : tensor<3xf16>) : tensor<3xf16>
  return
}

func.func @test_sqrt_bf16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xbf16>
  %0 = stablehlo.sqrt %a : tensor<3xbf16>
  check.expect_almost_eq_const(%0, dense<[7.0703125e-01, 1.2265625e+00, 0xFFC0]> : tensor<3xbf16>) : tensor<3xbf16>
  return
}

func.func @test_sqrt_f64() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf64>
  %0 = stablehlo.sqrt %a : tensor<3xf64>
  check.expect_almost_eq_const(%0, dense<[7.071067811865476e-01, 1.224744871391589e+00, 0xFFF8000000000000]> : tensor<3xf64>) : tensor<3xf64>
  return
}
