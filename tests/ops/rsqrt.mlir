// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_rsqrt_f32() {
  %a = check.input dense<[0.0e+00, -0.0e+00, 1.0e+00, -1.5e+00, 2.5e+00, -2.5e+00, 0x7F800000, 0xFF800000, 0x7FC00000, 1.0000000474974513e-03]> : tensor<10xf32>
  %0 = stablehlo.rsqrt %a : tensor<10xf32>
  check.expect_almost_eq_const(%0, dense<[0x7F800000, 0xFF800000, 1.0e+00, 0xFFC00000, 6.324555277824402e-01, 0xFFC00000, 0.0e+00, 0xFFC00000, 0x7FC00000, 3.162277603149414e+01]> : tensor<10xf32>) : tensor<10xf32>
  return
}

func.func @test_rsqrt_rank_0() {
  %a = check.input dense<7.5e-01> : tensor<f32>
  %0 = stablehlo.rsqrt %a : tensor<f32>
  check.expect_almost_eq_const(%0, dense<1.154700517654419e+00> : tensor<f32>) : tensor<f32>
  return
}

func.func @test_rsqrt_zero_size() {
  %a = check.input dense<> : tensor<0x3xf32>
  %0 = stablehlo.rsqrt %a : tensor<0x3xf32>
  check.expect_eq_const(%0, dense<> : tensor<0x3xf32>) : tensor<0x3xf32>
  return
}

func.func @test_rsqrt_f16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf16>
  %0 = stablehlo.rsqrt %a : tensor<3xf16>
  check.expect_almost_eq_const(%0, dense<[1.4140625e+00, 8.1640625e-01, 0xFE00]> : tensor<3xf16>) : tensor<3xf16>
  return
}

func.func @test_rsqrt_bf16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xbf16>
  %0 = stablehlo.rsqrt %a : tensor<3xbf16>
  check.expect_almost_eq_const(%0, dense<[1.4140625e+00, 8.1640625e-01, 0xFFC0]> : tensor<3xbf16>) : tensor<3xbf16>
  return
}

func.func @test_rsqrt_f64() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf64>
  %0 = stablehlo.rsqrt %a : tensor<3xf64>
  check.expect_almost_eq_const(%0, dense<[1.414213562373095e+00, 8.16496580927726e-01, 0xFFF8000000000000]> : tensor<3xf64>) : tensor<3xf64>
  return
}
