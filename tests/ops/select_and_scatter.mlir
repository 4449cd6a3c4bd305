// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_select_and_scatter_max() {
  %a = check.input dense<[[2.0e+00, 1.0e+01, 7.0e+00, 1.5e+01], [1.3e+01, 5.0e+00, 4.0e+00, 1.1e+01], [1.4e+01, 3.0e+00, 6.0e+00, 1.0e+00], [8.0e+00, 9.0e+00, 1.2e+01, 0.0e+00]]> : tensor<4x4xf32>
  %b = check.input dense<[[-1.0e+00, -2.0e+00], [-5.0e-01, 0.0e+00]]> : tensor<2x2xf32>
  %c = check.input dense<0.0e+00> : tensor<f32>
  %0 = "stablehlo.select_and_scatter"(%a, %b, %c) <{window_dimensions = array<i64: 2, 2>, window_strides = array<i64: 2, 2>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %1 = stablehlo.compare GE, %x, %y : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }, {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %1 = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<4x4xf32>, tensor<2x2xf32>, tensor<f32>) -> tensor<4x4xf32>
  check.expect_eq_const(%0, dense<[[0.0e+00, 0.0e+00, 0.0e+00, -2.0e+00], [-1.0e+00, 0.0e+00, 0.0e+00, 0.0e+00], [-5.0e-01, 0.0e+00, 0.0e+00, 0.0e+00], [0.0e+00, 0.0e+00, 0.0e+00, 0.0e+00]]> : tensor<4x4xf32>) : tensor<4x4xf32>
  return
}
