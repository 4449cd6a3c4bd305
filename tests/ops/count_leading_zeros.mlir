// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_count_leading_zeros_i8() {
  %a = check.input dense<[-128, 127, 0, -1, 1, 5]> : tensor<6xi8>
  %0 = stablehlo.count_leading_zeros %a : tensor<6xi8>
  check.expect_eq_const(%0, dense<[0, 1, 8, 0, 7, 5]> : tensor<6xi8>) : tensor<6xi8>
  return
}

func.func @test_count_leading_zeros_i32() {
  %a = check.input dense<[-2147483648, 2147483647, 0, -1, 1, 5]> : tensor<6xi32>
  %0 = stablehlo.count_leading_zeros %a : tensor<6xi32>
  check.expect_eq_const(%0, dense<[0, 1, 32, 0, 31, 29]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @test_count_leading_zeros_i64() {
  %a = check.input dense<[-9223372036854775808, 9223372036854775807, 0, -1, 1, 5]> : tensor<6xi64>
  %0 = stablehlo.count_leading_zeros %a : tensor<6xi64>
  check.expect_eq_const(%0, dense<[0, 1, 64, 0, 63, 61]> : tensor<6xi64>) : tensor<6xi64>
  return
}

func.func @test_count_leading_zeros_ui8() {
  %a = check.input dense<[0, 1, 255, 128]> : tensor<4xui8>
  %0 = stablehlo.count_leading_zeros %a : tensor<4xui8>
  check.expect_eq_const(%0, dense<[8, 7, 0, 0]> : tensor<4xui8>) : tensor<4xui8>
  return
}
