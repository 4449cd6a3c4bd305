// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_dynamic_pad_interior() {
  %a = check.input dense<[1.0e+00, 2.0e+00]> : tensor<2xf32>
  %b = check.input dense<9.0e+00> : tensor<f32>
  %c = check.input dense<[1]> : tensor<1xi32>
  %d = check.input dense<[0]> : tensor<1xi32>
  %e = check.input dense<[1]> : tensor<1xi32>
  %0 = stablehlo.dynamic_pad %a, %b, %c, %d, %e : (tensor<2xf32>, tensor<f32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<4xf32>
  check.expect_eq_const(%0, dense<[9.0e+00, 1.0e+00, 9.0e+00, 2.0e+00]> : tensor<4xf32>) : tensor<4xf32>
  return
}

func.func @test_dynamic_pad_negative() {
  %a = check.input dense<[1.0e+00, 2.0e+00, 3.0e+00]> : tensor<3xf32>
  %b = check.input dense<9.0e+00> : tensor<f32>
  %c = check.input dense<[-1]> : tensor<1xi32>
  %d = check.input dense<[2]> : tensor<1xi32>
  %e = check.input dense<[0]> : tensor<1xi32>
  %0 = stablehlo.dynamic_pad %a, %b, %c, %d, %e : (tensor<3xf32>, tensor<f32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<4xf32>
  check.expect_eq_const(%0, dense<[2.0e+00, 3.0e+00, 9.0e+00, 9.0e+00]> : tensor<4xf32>) : tensor<4xf32>
  return
}
