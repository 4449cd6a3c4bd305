// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_clamp_scalars() {
  %a = check.input dense<0.0e+00> : tensor<f32>
  %b = check.input dense<[-1.0e+00, 3.0e+00, 7.0e+00, 0x7FC00000]> : tensor<4xf32>
  %c = check.input dense<6.0e+00> : tensor<f32>
  %0 = stablehlo.clamp %a, %b, %c : (tensor<f32>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  check.expect_eq_const(%0, dense<[0.0e+00, 3.0e+00, 6.0e+00, 0x7FC00000]> : tensor<4xf32>) : tensor<4xf32>
  return
}

func.func @test_clamp_tensors() {
  %a = check.input dense<[0, 1]> : tensor<2xi32>
  %b = check.input dense<[-5, 5]> : tensor<2xi32>
  %c = check.input dense<[1, 2]> : tensor<2xi32>
  %0 = stablehlo.clamp %a, %b, %c : tensor<2xi32>
  check.expect_eq_const(%0, dense<[0, 2]> : tensor<2xi32>) : tensor<2xi32>
  return
}
