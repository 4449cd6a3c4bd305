// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_broadcast_polygamma_f32() {
  %a = check.input dense<[[2.000000000e+00], [3.000000000e+00]]> : tensor<2x1xf32>
  %b = check.input dense<[5.000000000e-01, 1.500000000e+00, 4.000000000e+00]> : tensor<3xf32>
  %0 = chlo.broadcast_polygamma %a, %b : (tensor<2x1xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  check.expect_almost_eq_const(%0, dense<[[-1.682879639e+01, -8.287966251e-01, -8.003973216e-02], [9.740908813e+01, 1.409090996e+00, 4.486532882e-02]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}

func.func @test_broadcast_polygamma_f64() {
  %a = check.input dense<[[2.00000000000000000e+00], [3.00000000000000000e+00]]> : tensor<2x1xf64>
  %b = check.input dense<[5.00000000000000000e-01, 1.50000000000000000e+00, 4.00000000000000000e+00]> : tensor<3xf64>
  %0 = chlo.broadcast_polygamma %a, %b : (tensor<2x1xf64>, tensor<3xf64>) -> tensor<2x3xf64>
  check.expect_almost_eq_const(%0, dense<[[-1.68287966442343198e+01, -8.28796644234319979e-01, -8.00397322451145005e-02], [9.74090910340024436e+01, 1.40909103400243718e+00, 4.48653281927550718e-02]]> : tensor<2x3xf64>) : tensor<2x3xf64>
  return
}

func.func @test_broadcast_polygamma_rank_0() {
  %a = check.input dense<2.000000000e+00> : tensor<f32>
  %b = check.input dense<[5.000000000e-01, 1.500000000e+00, 4.000000000e+00]> : tensor<3xf32>
  %0 = chlo.broadcast_polygamma %a, %b : (tensor<f32>, tensor<3xf32>) -> tensor<3xf32>
  check.expect_almost_eq_const(%0, dense<[-1.682879639e+01, -8.287966251e-01, -8.003973216e-02]> : tensor<3xf32>) : tensor<3xf32>
  return
}
