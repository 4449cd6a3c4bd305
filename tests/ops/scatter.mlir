// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_scatter_rows() {
  %a = check.input dense<[[0.0e+00, 0.0e+00], [0.0e+00, 0.0e+00], [0.0e+00, 0.0e+00], [0.0e+00, 0.0e+00]]> : tensor<4x2xf32>
  %b = check.input dense<[1, 3, 9]> : tensor<3xi32>
  %c = check.input dense<[[0.0e+00, 1.0e+00], [2.0e+00, 3.0e+00], [4.0e+00, 5.0e+00]]> : tensor<3x2xf32>
  %0 = "stablehlo.scatter"(%a, %b, %c) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %1 = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<4x2xf32>, tensor<3xi32>, tensor<3x2xf32>) -> tensor<4x2xf32>
  check.expect_eq_const(%0, dense<[[0.0e+00, 0.0e+00], [0.0e+00, 1.0e+00], [0.0e+00, 0.0e+00], [2.0e+00, 3.0e+00]]> : tensor<4x2xf32>) : tensor<4x2xf32>
  return
}
