// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_tan_f32() {
  %a = check.input dense<[0.0e+00, -0.0e+00, 1.0e+00, -1.5e+00, 2.5e+00, 0x7F800000, 0x7FC00000]> : tensor<7xf32>
  %0 = stablehlo.tan %a : tensor<7xf32>
  check.expect_almost_eq_const(%0, dense<[0.0e+00, -0.0e+00, 1.5574077367782593e+00, -1.4101420402526855e+01, -7.470223307609558e-01, 0xFFC00000, 0x7FC00000]> : tensor<7xf32>) : tensor<7xf32>
  return
}

func.func @test_tan_rank_0() {
  %a = check.input dense<7.5e-01> : tensor<f32>
  %0 = stablehlo.tan %a : tensor<f32>
  check.expect_almost_eq_const(%0, dense<9.315964579582214e-01> : tensor<f32>) : tensor<f32>
  return
}

func.func @test_tan_zero_size() {
  %a = check.input dense<> : tensor<0x3xf32>
  %0 = stablehlo.tan %a : tensor<0x3xf32>
  check.expect_eq_const(%0, dense<> : tensor<0x3xf32>) : tensor<0x3xf32>
  return
}

func.func @test_tan_f16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf16>
  %0 = stablehlo.tan %a : tensor<3xf16>
  check.expect_almost_eq_const(%0, dense<[5.4638671875e-01, 1.41015625e+01, -2.5537109375e-01]> : tensor<3xf16>) : tensor<3xf16>
  return
}

func.func @test_tan_f64() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf64>
  %0 = stablehlo.tan %a : tensor<3xf64>
  check.expect_almost_eq_const(%0, dense<[5.463024898437905e-01, 1.4101419947171719e+01, -2.5534192122103627e-01]> : tensor<3xf64>) : tensor<3xf64>
  return
}
