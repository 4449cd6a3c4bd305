// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_is_inf_f32() {
  %a = check.input dense<[0x7F800000, 0xFF800000, 0x7FC00000, 1.0e+00]> : tensor<4xf32>
  %0 = chlo.is_inf %a : (tensor<4xf32>) -> tensor<4xi1>
  check.expect_eq_const(%0, dense<[true, true, false, false]> : tensor<4xi1>) : tensor<4xi1>
  return
}

func.func @test_is_inf_f4_without_infinities() {
  %a = check.input dense<[6.0e+00, -6.0e+00, 0.0e+00, 1.0e+00]> : tensor<4xf4E2M1FN>
  %0 = chlo.is_inf %a : (tensor<4xf4E2M1FN>) -> tensor<4xi1>
  check.expect_eq_const(%0, dense<false> : tensor<4xi1>) : tensor<4xi1>
  return
}

func.func @test_is_inf_f8E8M0FNU() {
  %a = check.input dense<[1.0e+00, 4.0e+00]> : tensor<2xf8E8M0FNU>
  %0 = chlo.is_inf %a : (tensor<2xf8E8M0FNU>) -> tensor<2xi1>
  check.expect_eq_const(%0, dense<false> : tensor<2xi1>) : tensor<2xi1>
  return
}
