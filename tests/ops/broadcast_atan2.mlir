// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_broadcast_atan2_f32() {
  %a = check.input dense<[[1.0e+00, 2.0e+00, 3.0e+00], [4.0e+00, 5.0e+00, 6.0e+00]]> : tensor<2x3xf32>
  %b = check.input dense<[2.0e+00, 4.0e+00, 8.0e+00]> : tensor<3xf32>
  %0 = chlo.broadcast_atan2 %a, %b : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  check.expect_almost_eq_const(%0, dense<[[4.6364763379096985e-01, 4.6364763379096985e-01, 3.587706685066223e-01], [1.1071487665176392e+00, 8.960554003715515e-01, 6.435011625289917e-01]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}
