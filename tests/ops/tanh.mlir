// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_tanh_f32() {
  %a = check.input dense<[0.0e+00, -0.0e+00, 1.0e+00, -1.5e+00, 2.5e+00, -2.5e+00, 0x7F800000, 0xFF800000, 0x7FC00000, 1.0000000474974513e-03]> : tensor<10xf32>
  %0 = stablehlo.tanh %a : tensor<10xf32>
  check.expect_almost_eq_const(%0, dense<[0.0e+00, -0.0e+00, 7.615941762924194e-01, -9.051482081413269e-01, 9.866143465042114e-01, -9.866143465042114e-01, 1.0e+00, -1.0e+00, 0x7FC00000, 9.99999581836164e-04]> : tensor<10xf32>) : tensor<10xf32>
  return
}

func.func @test_tanh_rank_0() {
  %a = check.input dense<7.5e-01> : tensor<f32>
  %0 = stablehlo.tanh %a : tensor<f32>
  check.expect_almost_eq_const(%0, dense<6.351490020751953e-01> : tensor<f32>) : tensor<f32>
  return
}

func.func @test_tanh_zero_size() {
  %a = check.input dense<> : tensor<0x3xf32>
  %0 = stablehlo.tanh %a : tensor<0x3xf32>
  check.expect_eq_const(%0, dense<> : tensor<0x3xf32>) : tensor<0x3xf32>
  return
}

func.func @test_tanh_f16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf16>
  %0 = stablehlo.tanh %a : tensor<3xf16>
  check.expect_almost_eq_const(%0, dense<[4.62158203125e-01, 9.052734375e-01, -2.44873046875e-01]> : tensor<3xf16>) : tensor<3xf16>
  return
}

func.func @test_tanh_bf16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xbf16>
  %0 = stablehlo.tanh %a : tensor<3xbf16>
  check.expect_almost_eq_const(%0, dense<[4.6289062e-01, 9.0625e-01, -2.4511719e-01]> : tensor<3xbf16>) : tensor<3xbf16>
  return
}

func.func @test_tanh_f64() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf64>
  %0 = stablehlo.tanh %a : tensor<3xf64>
  check.expect_almost_eq_const(%0, dense<[4.621171572600098e-01, 9.051482536448665e-01, -2.449186624037091e-01]> : tensor<3xf64>) : tensor<3xf64>
  return
}
