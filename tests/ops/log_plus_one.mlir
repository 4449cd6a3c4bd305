// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_log_plus_one_f32() {
  %a = check.input dense<[0.0e+00, -0.0e+00, 1.0e+00, -1.5e+00, 2.5e+00, -2.5e+00, 0x7F800000, 0xFF800000, 0x7FC00000, 1.0000000474974513e-03]> : tensor<10xf32>
  %0 = stablehlo.log_plus_one %a : tensor<10xf32>
  check.expect_almost_eq_const(%0, dense<[0.0e+00, -0.0e+00, 6.931471824645996e-01, 0xFFFFFFFF, 1.252763032913208e+00, 0xFFFFFFFF, 0x7F800000, 0xFFFFFFFF, 0xFFFFFFFF, 9.9950039293617e-04]> : tensor<10xf32>) : tensor<10xf32>
  return
}

func.func @test_log_plus_one_rank_0() {
  %a = check.input dense<7.5e-01> : tensor<f32>
  %0 = stablehlo.log_plus_one %a : tensor<f32>
  check.expect_almost_eq_const(%0, dense<5.596157908439636e-01> : tensor<f32>) : tensor<f32>
  return
}

func.func @test_log_plus_one_zero_size() {
  %a = check.input dense<> : tensor<0x3xf32>
  %0 = stablehlo.log_plus_one %a : tensor<0x3xf32>
  check.expect_eq_const(%0, dense<> : tensor<0x3xf32>) : tensor<0x3xf32>
  return
}

func.func @test_log_plus_one_f16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf16>
  %0 = stablehlo.log_plus_one %a : tensor<3xf16>
  check.expect_almost_eq_const(%0, dense<[4.05517578125e-01, 9.1650390625e-01, -2.8759765625e-01]> : tensor<3xf16>) : tensor<3xf16>
  return
}

func.func @test_log_plus_one_bf16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xbf16>
  %0 = stablehlo.log_plus_one %a : tensor<3xbf16>
  check.expect_almost_eq_const(%0, dense<[4.0625e-01, 9.1796875e-01, -2.8710938e-01]> : tensor<3xbf16>) : tensor<3xbf16>
  return
}

func.func @test_log_plus_one_f64() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf64>
  %0 = stablehlo.log_plus_one %a : tensor<3xf64>
  check.expect_almost_eq_const(%0, dense<[4.054651081081644e-01, 9.162907318741551e-01, -2.876820724517809e-01]> : tensor<3xf64>) : tensor<3xf64>
  return
}
