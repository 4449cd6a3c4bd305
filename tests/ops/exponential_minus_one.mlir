// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_exponential_minus_one_f32() {
  %a = check.input dense<[0.0e+00, -0.0e+00, 1.0e+00, -1.5e+00, 2.5e+00, -2.5e+00, 0x7F800000, 0xFF800000, 0x7FC00000, 1.0000000474974513e-03]> : tensor<10xf32>
  %0 = stablehlo.exponential_minus_one %a : tensor<10xf32>
  check.expect_almost_eq_const(%0, dense<[0.0e+00, -0.0e+00, 1.7182817459106445e+00, -7.768698334693909e-01, 1.1182494163513184e+01, -9.179149866104126e-01, 0x7F800000, -1.0e+00, 0x7FC00000, 1.000500051304698e-03]> : tensor<10xf32>) : tensor<10xf32>
  return
}

func.func @test_exponential_minus_one_rank_0() {
  %a = check.input dense<7.5e-01> : tensor<f32>
  %0 = stablehlo.exponential_minus_one %a : tensor<f32>
  check.expect_almost_eq_const(%0, dense<1.1170001029968262e+00> : tensor<f32>) : tensor<f32>
  return
}

func.func @test_exponential_minus_one_zero_size() {
  %a = check.input dense<> : tensor<0x3xf32>
  %0 = stablehlo.exponential_minus_one %a : tensor<0x3xf32>
  check.expect_eq_const(%0, dense<> : tensor<0x3xf32>) : tensor<0x3xf32>
  return
}

func.func @test_exponential_minus_one_f16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf16>
  %0 = stablehlo.exponential_minus_one %a : tensor<3xf16>
  check.expect_almost_eq_const(%0, dense<[6.484375e-01, 3.48046875e+00, -2.2119140625e-01]> : tensor<3xf16>) : tensor<3xf16>
  return
}

func.func @test_exponential_minus_one_bf16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xbf16>
  %0 = stablehlo.exponential_minus_one %a : tensor<3xbf16>
  check.expect_almost_eq_const(%0, dense<[6.484375e-01, 3.484375e+00, -2.2167969e-01]> : tensor<3xbf16>) : tensor<3xbf16>
  return
}

func.func @test_exponential_minus_one_f64() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf64>
  %0 = stablehlo.exponential_minus_one %a : tensor<3xf64>
  check.expect_almost_eq_const(%0, dense<[6.487212707001281e-01, 3.4816890703380645e+00, -2.2119921692859512e-01]> : tensor<3xf64>) : tensor<3xf64>
  return
}
