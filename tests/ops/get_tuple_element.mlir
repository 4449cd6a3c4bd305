// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_get_tuple_element_second() {
  %a = check.input dense<1.0e+00> : tensor<f32>
  %b = check.input dense<2> : tensor<i32>
  %t = stablehlo.tuple %a, %b : tuple<tensor<f32>, tensor<i32>>
  %0 = stablehlo.get_tuple_element %t[1] : (tuple<tensor<f32>, tensor<i32>>) -> tensor<i32>
  check.expect_eq_const(%0, dense<2> : tensor<i32>) : tensor<i32>
  return
}
