// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_after_all_of_two() {
  %a0 = check.input dense<[1.000000000e+00, -2.000000000e+00]> : tensor<2xf32>
  %s = stablehlo.create_token : !stablehlo.token
  %t = stablehlo.after_all %s, %s : !stablehlo.token
  %1:2 = stablehlo.optimization_barrier %a0, %t : tensor<2xf32>, !stablehlo.token
  %0 = stablehlo.negate %1#0 : tensor<2xf32>
  check.expect_eq_const(%0, dense<[-1.000000000e+00, 2.000000000e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_after_all_of_nothing() {
  %a0 = check.input dense<[1.000000000e+00, -2.000000000e+00]> : tensor<2xf32>
  %t = "stablehlo.after_all"() : () -> !stablehlo.token
  %0 = stablehlo.negate %a0 : tensor<2xf32>
  check.expect_eq_const(%0, dense<[-1.000000000e+00, 2.000000000e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}
