// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_reduce_scatter_one() {
  %a0 = check.input dense<[[1.000000000e+00, -2.000000000e+00], [3.000000000e+00, 4.000000000e+00]]> : tensor<2x2xf32>
  %0 = "stablehlo.reduce_scatter"(%a0) <{replica_groups = dense<0> : tensor<1x1xi64>, scatter_dimension = 0 : i64}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %z = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %z : tensor<f32>
  }) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  check.expect_eq_const(%0, dense<[[1.000000000e+00, -2.000000000e+00], [3.000000000e+00, 4.000000000e+00]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}
