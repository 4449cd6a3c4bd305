// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_trace_changes_nothing() {
  %a0 = check.input dense<[[0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00]]> : tensor<2x3xf32>
  "stablehlo.trace"(%a0) <{tag = "x"}> : (tensor<2x3xf32>) -> ()
  %0 = stablehlo.negate %a0 : tensor<2x3xf32>
  check.expect_eq_const(%0, dense<[[-0.000000000e+00, -1.000000000e+00, -2.000000000e+00], [-3.000000000e+00, -4.000000000e+00, -5.000000000e+00]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}
