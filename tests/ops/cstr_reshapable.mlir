// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_cstr_reshapable_passes() {
  %a0 = check.input dense<[2, 3]> : tensor<2xi32>
  %a1 = check.input dense<[[0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00]]> : tensor<2x3xf32>
  %n = arith.constant 6 : index
  %w = stablehlo.cstr_reshapable %n, %a0 : (index, tensor<2xi32>) -> !shape.witness
  %0 = shape.assuming %w -> (tensor<2x3xf32>) {
    %1 = stablehlo.negate %a1 : tensor<2x3xf32>
    shape.assuming_yield %1 : tensor<2x3xf32>
  }
  check.expect_eq_const(%0, dense<[[-0.000000000e+00, -1.000000000e+00, -2.000000000e+00], [-3.000000000e+00, -4.000000000e+00, -5.000000000e+00]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}
