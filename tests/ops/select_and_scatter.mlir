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
func.func @test_select_and_scatter_overlapping() {
  %a = check.input dense<[[-5.000000e+00, 5.000000e+00, 8.000000e+00, -6.000000e+00], [7.000000e+00, -8.000000e+00, -2.000000e+00, 1.000000e+00], [4.000000e+00, -6.000000e+00, -8.000000e+00, -3.000000e+00], [7.000000e+00, -3.000000e+00, 1.000000e+00, -7.000000e+00]]> : tensor<4x4xf32>
  %b = check.input dense<[[5.000000e+00, 8.000000e+00, -4.000000e+00], [6.000000e+00, -2.000000e+00, -3.000000e+00]]> : tensor<2x3xf32>
  %c = check.input dense<0.000000e+00> : tensor<f32>
  %0 = "stablehlo.select_and_scatter"(%a, %b, %c) <{window_dimensions = array<i64: 3, 2>, window_strides = array<i64: 1, 1>, padding = dense<[[0, 0], [0, 0]]> : tensor<2x2xi64>}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %z0 = stablehlo.compare GE, %x0, %y0 : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %z0 : tensor<i1>
  }, {
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %z0 = stablehlo.add %x0, %y0 : tensor<f32>
    stablehlo.return %z0 : tensor<f32>
  }) : (tensor<4x4xf32>, tensor<2x3xf32>, tensor<f32>) -> tensor<4x4xf32>
  check.expect_eq_const(%0, dense<[[0.000000e+00, 0.000000e+00, 4.000000e+00, 0.000000e+00], [1.100000e+01, 0.000000e+00, 0.000000e+00, -3.000000e+00], [0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00, -2.000000e+00, 0.000000e+00]]> : tensor<4x4xf32>) : tensor<4x4xf32>
  return
}
func.func @test_select_and_scatter_padded() {
  %a = check.input dense<[[-3.000000e+00, -6.000000e+00, 8.000000e+00, -7.000000e+00, -1.000000e+00], [2.000000e+00, 0.000000e+00, -7.000000e+00, 8.000000e+00, 6.000000e+00], [7.000000e+00, -6.000000e+00, -2.000000e+00, -2.000000e+00, -3.000000e+00]]> : tensor<3x5xf32>
  %b = check.input dense<[[-8.000000e+00, 5.000000e+00, 4.000000e+00], [-7.000000e+00, -5.000000e+00, -2.000000e+00]]> : tensor<2x3xf32>
  %c = check.input dense<0.000000e+00> : tensor<f32>
  %0 = "stablehlo.select_and_scatter"(%a, %b, %c) <{window_dimensions = array<i64: 2, 3>, window_strides = array<i64: 2, 2>, padding = dense<[[1, 0], [1, 1]]> : tensor<2x2xi64>}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %z0 = stablehlo.compare GE, %x0, %y0 : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %z0 : tensor<i1>
  }, {
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %z0 = stablehlo.add %x0, %y0 : tensor<f32>
    stablehlo.return %z0 : tensor<f32>
  }) : (tensor<3x5xf32>, tensor<2x3xf32>, tensor<f32>) -> tensor<3x5xf32>
  check.expect_eq_const(%0, dense<[[-8.000000e+00, 0.000000e+00, 5.000000e+00, 0.000000e+00, 4.000000e+00], [0.000000e+00, 0.000000e+00, 0.000000e+00, -7.000000e+00, 0.000000e+00], [-7.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00]]> : tensor<3x5xf32>) : tensor<3x5xf32>
  return
}
func.func @test_select_and_scatter_ties() {
  %a = check.input dense<1.000000e+00> : tensor<2x4xf32>
  %b = check.input dense<[[7.000000e+00, 6.000000e+00], [-6.000000e+00, 7.000000e+00]]> : tensor<2x2xf32>
  %c = check.input dense<0.000000e+00> : tensor<f32>
  %0 = "stablehlo.select_and_scatter"(%a, %b, %c) <{window_dimensions = array<i64: 1, 2>, window_strides = array<i64: 1, 2>, padding = dense<[[0, 0], [0, 0]]> : tensor<2x2xi64>}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %z0 = stablehlo.compare GE, %x0, %y0 : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %z0 : tensor<i1>
  }, {
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %z0 = stablehlo.add %x0, %y0 : tensor<f32>
    stablehlo.return %z0 : tensor<f32>
  }) : (tensor<2x4xf32>, tensor<2x2xf32>, tensor<f32>) -> tensor<2x4xf32>
  check.expect_eq_const(%0, dense<[[7.000000e+00, 0.000000e+00, 6.000000e+00, 0.000000e+00], [-6.000000e+00, 0.000000e+00, 7.000000e+00, 0.000000e+00]]> : tensor<2x4xf32>) : tensor<2x4xf32>
  return
}
