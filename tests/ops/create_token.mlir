// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_create_token_orders_nothing() {
  %a0 = check.input dense<[1.000000000e+00, -2.000000000e+00]> : tensor<2xf32>
  %t = stablehlo.create_token : !stablehlo.token
  %0 = stablehlo.negate %a0 : tensor<2xf32>
  check.expect_eq_const(%0, dense<[-1.000000000e+00, 2.000000000e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}
