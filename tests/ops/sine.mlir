// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_sine_f32() {
  %a = check.input dense<[0.0e+00, -0.0e+00, 1.0e+00, -1.5e+00, 2.5e+00, 0x7F800000, 0x7FC00000]> : tensor<7xf32>
  %0 = stablehlo.sine %a : tensor<7xf32>
  check.expect_almost_eq_const(%0, dense<[0.0e+00, -0.0e+00, 8.414709568023682e-01, -9.974949955940247e-01, 5.984721183776855e-01, 0xFFC00000, 0x7FC00000]> : tensor<7xf32>) : tensor<7xf32>
  return
}

func.func @test_sine_rank_0() {
  %a = check.input dense<7.5e-01> : tensor<f32>
  %0 = stablehlo.sine %a : tensor<f32>
  check.expect_almost_eq_const(%0, dense<6.81638777256012e-01> : tensor<f32>) : tensor<f32>
  return
}

func.func @test_sine_zero_size() {
  %a = check.input dense<> : tensor<0x3xf32>
  %0 = stablehlo.sine %a : tensor<0x3xf32>
  check.expect_eq_const(%0, dense<> : tensor<0x3xf32>) : tensor<0x3xf32>
  return
}

func.func @test_sine_f16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf16>
  %0 = stablehlo.sine %a : tensor<3xf16>
  check.expect_almost_eq_const(%0, dense<[4.794921875e-01, 9.9755859375e-01, -2.474365234375e-01]> : tensor<3xf16>) : tensor<3xf16>
  return
}

func.func @test_sine_bf16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xbf16>
  %0 = stablehlo.sine %a : tensor<3xbf16>
  check.expect_almost_eq_const(%0, dense<[4.7851562e-01, 9.9609375e-01, -2.4707031e-01]> : tensor<3xbf16>) : tensor<3xbf16>
  return
}

func.func @test_sine_f64() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf64>
  %0 = stablehlo.sine %a : tensor<3xf64>
  check.expect_almost_eq_const(%0, dense<[4.79425538604203e-01, 9.974949866040544e-01, -2.4740395925452294e-01]> : tensor<3xf64>) : tensor<3xf64>
  return
}
