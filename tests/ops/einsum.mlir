// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_einsum_attention() {
  %a = check.input dense<[[[[-7.5e-01, -2.5e-01, 1.75e+00, 1.75e+00], [-1.0e+00, 1.75e+00, -1.25e+00, 1.0e+00]], [[-7.5e-01, 5.0e-01, 5.0e-01, 1.25e+00], [-5.0e-01, 1.75e+00, 1.5e+00, -2.0e+00]], [[-1.75e+00, -1.75e+00, 5.0e-01, -7.5e-01], [-1.5e+00, -1.75e+00, 1.5e+00, 2.5e-01]]]]> : tensor<1x3x2x4xf32>
  %b = check.input dense<[[[[-2.0e+00, -1.0e+00, 5.0e-01, -1.0e+00], [1.0e+00, -1.0e+00, 5.0e-01, -1.75e+00]], [[1.0e+00, 7.5e-01, 0.0e+00, 5.0e-01], [-1.75e+00, 2.5e-01, -2.5e-01, -2.0e+00]], [[-2.0e+00, -5.0e-01, 7.5e-01, 5.0e-01], [-1.5e+00, -1.5e+00, -1.0e+00, -5.0e-01]]]]> : tensor<1x3x2x4xf32>
  %0 = stablehlo.einsum %a, %b, config = "BTNH,BSNH->BNTS" : (tensor<1x3x2x4xf32>, tensor<1x3x2x4xf32>) -> tensor<1x2x3x3xf32>
  check.expect_almost_eq_const(%0, dense<[[[[8.75e-01, -6.25e-02, 3.8125e+00], [0.0e+00, 2.5e-01, 2.25e+00], [6.25e+00, -3.4375e+00, 4.375e+00]], [[-5.125e+00, 5.0e-01, -3.75e-01], [2.0e+00, 4.9375e+00, -2.375e+00], [5.625e-01, 1.3125e+00, 3.25e+00]]]]> : tensor<1x2x3x3xf32>) : tensor<1x2x3x3xf32>
  return
}
