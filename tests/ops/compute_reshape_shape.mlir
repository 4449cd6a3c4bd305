// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_compute_reshape_shape_minus_one() {
  %a0 = check.input dense<[-1, 3]> : tensor<2xi32>
  %n = arith.constant 12 : index
  %0 = stablehlo.compute_reshape_shape %n, %a0 : (index, tensor<2xi32>) -> tensor<2xi32>
  check.expect_eq_const(%0, dense<[4, 3]> : tensor<2xi32>) : tensor<2xi32>
  return
}

func.func @test_compute_reshape_shape_known() {
  %a0 = check.input dense<[2, 6]> : tensor<2xi64>
  %n = arith.constant 12 : index
  %0 = stablehlo.compute_reshape_shape %n, %a0 : (index, tensor<2xi64>) -> tensor<2xi64>
  check.expect_eq_const(%0, dense<[2, 6]> : tensor<2xi64>) : tensor<2xi64>
  return
}
