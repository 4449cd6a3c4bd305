// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_map_square_plus() {
  %a = check.input dense<[1.5e+00, 1.75e+00, 0.0e+00, -1.75e+00]> : tensor<4xf32>
  %b = check.input dense<[1.5e+00, -7.5e-01, 1.0e+00, 7.5e-01]> : tensor<4xf32>
  %0 = "stablehlo.map"(%a, %b) <{dimensions = array<i64: 0>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %1 = stablehlo.multiply %x, %x : tensor<f32>
    %2 = stablehlo.add %1, %y : tensor<f32>
    stablehlo.return %2 : tensor<f32>
  }) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  check.expect_eq_const(%0, dense<[3.75e+00, 2.3125e+00, 1.0e+00, 3.8125e+00]> : tensor<4xf32>) : tensor<4xf32>
  return
}
