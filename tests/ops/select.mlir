// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_select() {
  %a = check.input dense<[true, false, true]> : tensor<3xi1>
  %b = check.input dense<[1.0e+00, 2.0e+00, 3.0e+00]> : tensor<3xf32>
  %c = check.input dense<[4.0e+00, 5.0e+00, 6.0e+00]> : tensor<3xf32>
  %0 = stablehlo.select %a, %b, %c : tensor<3xi1>, tensor<3xf32>
  check.expect_eq_const(%0, dense<[1.0e+00, 5.0e+00, 3.0e+00]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @test_select_scalar_predicate() {
  %a = check.input dense<false> : tensor<i1>
  %b = check.input dense<[1, 2, 3]> : tensor<3xi32>
  %c = check.input dense<[4, 5, 6]> : tensor<3xi32>
  %0 = stablehlo.select %a, %b, %c : (tensor<i1>, tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
  check.expect_eq_const(%0, dense<[4, 5, 6]> : tensor<3xi32>) : tensor<3xi32>
  return
}
