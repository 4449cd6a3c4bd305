// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_logistic_f32() {
  %a = check.input dense<[0.0e+00, -0.0e+00, 1.0e+00, -1.5e+00, 2.5e+00, -2.5e+00, 0x7F800000, 0xFF800000, 0x7FC00000, 1.0000000474974513e-03]> : tensor<10xf32>
  %0 = stablehlo.logistic %a : tensor<10xf32>
  check.expect_almost_eq_const(%0, dense<[5.0e-01, 5.0e-01, 7.310585975646973e-01, 1.8242552876472473e-01, 9.241418242454529e-01, 7.585817575454712e-02, 1.0e+00, 0.0e+00, 0xFFC00000, 5.00249981880188e-01]> : tensor<10xf32>) : tensor<10xf32>
  return
}

func.func @test_logistic_rank_0() {
  %a = check.input dense<7.5e-01> : tensor<f32>
  %0 = stablehlo.logistic %a : tensor<f32>
  check.expect_almost_eq_const(%0, dense<6.791787147521973e-01> : tensor<f32>) : tensor<f32>
  return
}

func.func @test_logistic_zero_size() {
  %a = check.input dense<> : tensor<0x3xf32>
  %0 = stablehlo.logistic %a : tensor<0x3xf32>
  check.expect_eq_const(%0, dense<> : tensor<0x3xf32>) : tensor<0x3xf32>
  return
}

func.func @test_logistic_f16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf16>
  %0 = stablehlo.logistic %a : tensor<3xf16>
  check.expect_almost_eq_const(%0, dense<[6.2255859375e-01, 8.1787109375e-01, 4.375e-01]> : tensor<3xf16>) : tensor<3xf16>
  return
}

func.func @test_logistic_bf16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xbf16>
  %0 = stablehlo.logistic %a : tensor<3xbf16>
  check.expect_almost_eq_const(%0, dense<[6.2109375e-01, 8.1640625e-01, 4.375e-01]> : tensor<3xbf16>) : tensor<3xbf16>
  return
}

func.func @test_logistic_f64() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf64>
  %0 = stablehlo.logistic %a : tensor<3xf64>
  check.expect_almost_eq_const(%0, dense<[6.224593312018546e-01, 8.175744761936437e-01, 4.3782349911420193e-01]> : tensor<3xf64>) : tensor<3xf64>
  return
}
