// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_popcnt_i8() {
  %a = check.input dense<[-128, 127, 0, -1, 1, 5]> : tensor<6xi8>
  %0 = stablehlo.popcnt %a : tensor<6xi8>
  check.expect_eq_const(%0, dense<[1, 7, 0, 8, 1, 2]> : tensor<6xi8>) : tensor<6xi8>
  return
}

func.func @test_popcnt_i32() {
  %a = check.input dense<[-2147483648, 2147483647, 0, -1, 1, 5]> : tensor<6xi32>
  %0 = stablehlo.popcnt %a : tensor<6xi32>
  check.expect_eq_const(%0, dense<[1, 31, 0, 32, 1, 2]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @test_popcnt_i64() {
  %a = check.input dense<[-9223372036854775808, 9223372036854775807, 0, -1, 1, 5]> : tensor<6xi64>
  %0 = stablehlo.popcnt %a : tensor<6xi64>
  check.expect_eq_const(%0, dense<[1, 63, 0, 64, 1, 2]> : tensor<6xi64>) : tensor<6xi64>
  return
}

func.func @test_popcnt_ui8() {
  %a = check.input dense<[0, 1, 255, 128]> : tensor<4xui8>
  %0 = stablehlo.popcnt %a : tensor<4xui8>
  check.expect_eq_const(%0, dense<[0, 1, 8, 1]> : tensor<4xui8>) : tensor<4xui8>
  return
}

func.func @test_popcnt_ui64() {
  %a = check.input dense<[0, 1, 18446744073709551615, 9223372036854775808]> : tensor<4xui64>
  %0 = stablehlo.popcnt %a : tensor<4xui64>
  check.expect_eq_const(%0, dense<[0, 1, 64, 1]> : tensor<4xui64>) : tensor<4xui64>
  return
}
