// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_is_neg_inf_f32() {
  %a = check.input dense<[0x7F800000, 0xFF800000, 0x7FC00000, 1.0e+00]> : tensor<4xf32>
  %0 = chlo.is_neg_inf %a : (tensor<4xf32>) -> tensor<4xi1>
  check.expect_eq_const(%0, dense<[false, true, false, false]> : tensor<4xi1>) : tensor<4xi1>
  return
}

func.func @test_is_neg_inf_f6_without_infinities() {
  %a = check.input dense<[7.5e+00, -7.5e+00, 0.0e+00, 1.0e+00]> : tensor<4xf6E2M3FN>
  %0 = chlo.is_neg_inf %a : (tensor<4xf6E2M3FN>) -> tensor<4xi1>
  check.expect_eq_const(%0, dense<false> : tensor<4xi1>) : tensor<4xi1>
  return
}
