// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_dynamic_slice_inside() {
  %a = check.input dense<[[-4, -1, -6, 3], [2, 6, 5, 8], [8, 7, -7, -9]]> : tensor<3x4xi32>
  %b = check.input dense<1> : tensor<i32>
  %c = check.input dense<2> : tensor<i32>
  %0 = stablehlo.dynamic_slice %a, %b, %c, sizes = [2, 2] : (tensor<3x4xi32>, tensor<i32>, tensor<i32>) -> tensor<2x2xi32>
  check.expect_eq_const(%0, dense<[[5, 8], [-7, -9]]> : tensor<2x2xi32>) : tensor<2x2xi32>
  return
}

func.func @test_dynamic_slice_clamped() {
  %a = check.input dense<[[6, -8, 2, -5], [-5, 3, 4, 6], [-6, 6, 5, -4]]> : tensor<3x4xi32>
  %b = check.input dense<9> : tensor<i32>
  %c = check.input dense<-3> : tensor<i32>
  %0 = stablehlo.dynamic_slice %a, %b, %c, sizes = [2, 2] : (tensor<3x4xi32>, tensor<i32>, tensor<i32>) -> tensor<2x2xi32>
  check.expect_eq_const(%0, dense<[[-5, 3], [-6, 6]]> : tensor<2x2xi32>) : tensor<2x2xi32>
  return
}

func.func @test_dynamic_slice_unsigned() {
  %a = check.input dense<[-9.0e+00, 2.0e+00, -5.0e+00, 0.0e+00, -2.0e+00]> : tensor<5xf32>
  %b = check.input dense<4294967295> : tensor<ui32>
  %0 = stablehlo.dynamic_slice %a, %b, sizes = [2] : (tensor<5xf32>, tensor<ui32>) -> tensor<2xf32>
  check.expect_eq_const(%0, dense<[0.0e+00, -2.0e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}
