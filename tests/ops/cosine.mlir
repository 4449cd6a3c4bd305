// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_cosine_f32() {
  %a = check.input dense<[0.0e+00, -0.0e+00, 1.0e+00, -1.5e+00, 2.5e+00, 0x7F800000, 0x7FC00000]> : tensor<7xf32>
  %0 = stablehlo.cosine %a : tensor<7xf32>
  check.expect_almost_eq_const(%0, dense<[1.0e+00, 1.0e+00, 5.403022766113281e-01, 7.073719799518585e-02, -8.011435866355896e-01, 0xFFC00000, 0x7FC00000]> : tensor<7xf32>) : tensor<7xf32>
  return
}

func.func @test_cosine_rank_0() {
  %a = check.input dense<7.5e-01> : tensor<f32>
  %0 = stablehlo.cosine %a : tensor<f32>
  check.expect_almost_eq_const(%0, dense<7.316888570785522e-01> : tensor<f32>) : tensor<f32>
  return
}

func.func @test_cosine_zero_size() {
  %a = check.input dense<> : tensor<0x3xf32>
  %0 = stablehlo.cosine %a : tensor<0x3xf32>
  check.expect_eq_const(%0, dense<> : tensor<0x3xf32>) : tensor<0x3xf32>
  return
}

func.func @test_cosine_f16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf16>
  %0 = stablehlo.cosine %a : tensor<3xf16>
  check.expect_almost_eq_const(%0, dense<[8.7744140625e-01, 7.073974609375e-02, 9.6875e-01]> : tensor<3xf16>) : tensor<3xf16>
  return
}

func.func @test_cosine_bf16() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xbf16>
  %0 = stablehlo.cosine %a : tensor<3xbf16>
  check.expect_almost_eq_const(%0, dense<[8.7890625e-01, 7.080078e-02, 9.6875e-01]> : tensor<3xbf16>) : tensor<3xbf16>
  return
}

func.func @test_cosine_f64() {
  %a = check.input dense<[5.0e-01, 1.5e+00, -2.5e-01]> : tensor<3xf64>
  %0 = stablehlo.cosine %a : tensor<3xf64>
  check.expect_almost_eq_const(%0, dense<[8.775825618903728e-01, 7.07372016677029e-02, 9.689124217106447e-01]> : tensor<3xf64>) : tensor<3xf64>
  return
}
