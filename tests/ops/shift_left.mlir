// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_shift_left_i8() {
  %a = check.input dense<[1, -1, -128, 127, -8, 7]> : tensor<6xi8>
  %b = check.input dense<[3, 1, 7, 8, 13, 0]> : tensor<6xi8>
  %0 = stablehlo.shift_left %a, %b : tensor<6xi8>
  check.expect_eq_const(%0, dense<[8, -2, 0, 0, 0, 7]> : tensor<6xi8>) : tensor<6xi8>
  return
}

func.func @test_shift_left_i32() {
  %a = check.input dense<[1, -1, -2147483648, 2147483647, -8, 7]> : tensor<6xi32>
  %b = check.input dense<[3, 1, 31, 32, 37, 0]> : tensor<6xi32>
  %0 = stablehlo.shift_left %a, %b : tensor<6xi32>
  check.expect_eq_const(%0, dense<[8, -2, 0, 0, 0, 7]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @test_shift_left_i64() {
  %a = check.input dense<[1, -1, -9223372036854775808, 9223372036854775807, -8, 7]> : tensor<6xi64>
  %b = check.input dense<[3, 1, 63, 64, 69, 0]> : tensor<6xi64>
  %0 = stablehlo.shift_left %a, %b : tensor<6xi64>
  check.expect_eq_const(%0, dense<[8, -2, 0, 0, 0, 7]> : tensor<6xi64>) : tensor<6xi64>
  return
}

func.func @test_shift_left_ui8() {
  %a = check.input dense<[0, 200, 255, 7, 255, 9]> : tensor<6xui8>
  %b = check.input dense<[1, 100, 255, 2, 0, 7]> : tensor<6xui8>
  %0 = stablehlo.shift_left %a, %b : tensor<6xui8>
  check.expect_eq_const(%0, dense<[0, 0, 0, 28, 255, 128]> : tensor<6xui8>) : tensor<6xui8>
  return
}
