// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_concatenate_columns() {
  %a = check.input dense<[[1.0e+00, -8.0e+00], [-3.0e+00, 2.0e+00]]> : tensor<2x2xf32>
  %b = check.input dense<[[4.0e+00], [-3.0e+00]]> : tensor<2x1xf32>
  %c = check.input dense<[[-9.0e+00, 4.0e+00, 0.0e+00], [2.0e+00, -7.0e+00, -2.0e+00]]> : tensor<2x3xf32>
  %0 = stablehlo.concatenate %a, %b, %c, dim = 1 : (tensor<2x2xf32>, tensor<2x1xf32>, tensor<2x3xf32>) -> tensor<2x6xf32>
  check.expect_eq_const(%0, dense<[[1.0e+00, -8.0e+00, 4.0e+00, -9.0e+00, 4.0e+00, 0.0e+00], [-3.0e+00, 2.0e+00, -3.0e+00, 2.0e+00, -7.0e+00, -2.0e+00]]> : tensor<2x6xf32>) : tensor<2x6xf32>
  return
}

func.func @test_concatenate_empty_part() {
  %a = check.input dense<> : tensor<0x2xi32>
  %b = check.input dense<[[6, 6], [-4, 2], [-8, 5]]> : tensor<3x2xi32>
  %0 = stablehlo.concatenate %a, %b, dim = 0 : (tensor<0x2xi32>, tensor<3x2xi32>) -> tensor<3x2xi32>
  check.expect_eq_const(%0, dense<[[6, 6], [-4, 2], [-8, 5]]> : tensor<3x2xi32>) : tensor<3x2xi32>
  return
}
