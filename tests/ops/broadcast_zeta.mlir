// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_broadcast_zeta_f32() {
  %a = check.input dense<[[2.000000000e+00], [3.000000000e+00]]> : tensor<2x1xf32>
  %b = check.input dense<[5.000000000e-01, 1.500000000e+00, 4.000000000e+00]> : tensor<3xf32>
  %0 = chlo.broadcast_zeta %a, %b : (tensor<2x1xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  check.expect_almost_eq_const(%0, dense<[[4.934802055e+00, 9.348021746e-01, 2.838229537e-01], [8.414398193e+00, 4.143983126e-01, 4.001986608e-02]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}

func.func @test_broadcast_zeta_f64() {
  %a = check.input dense<[[2.00000000000000000e+00], [3.00000000000000000e+00]]> : tensor<2x1xf64>
  %b = check.input dense<[5.00000000000000000e-01, 1.50000000000000000e+00, 4.00000000000000000e+00]> : tensor<3xf64>
  %0 = chlo.broadcast_zeta %a, %b : (tensor<2x1xf64>, tensor<3xf64>) -> tensor<2x3xf64>
  check.expect_almost_eq_const(%0, dense<[[4.93480220054467900e+00, 9.34802200544679329e-01, 2.83822955737115301e-01], [8.41439832211715988e+00, 4.14398322117159990e-01, 4.00198661225572502e-02]]> : tensor<2x3xf64>) : tensor<2x3xf64>
  return
}

func.func @test_broadcast_zeta_rank_0() {
  %a = check.input dense<2.000000000e+00> : tensor<f32>
  %b = check.input dense<[5.000000000e-01, 1.500000000e+00, 4.000000000e+00]> : tensor<3xf32>
  %0 = chlo.broadcast_zeta %a, %b : (tensor<f32>, tensor<3xf32>) -> tensor<3xf32>
  check.expect_almost_eq_const(%0, dense<[4.934802055e+00, 9.348021746e-01, 2.838229537e-01]> : tensor<3xf32>) : tensor<3xf32>
  return
}
