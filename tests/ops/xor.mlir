// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_xor_i8() {
  %a = check.input dense<[-128, 127, 7, -7, 7, -7, -128, 5, 0]> : tensor<9xi8>
  %b = check.input dense<[1, 1, 2, 2, -2, -2, -1, 0, 3]> : tensor<9xi8>
  %0 = stablehlo.xor %a, %b : tensor<9xi8>
  check.expect_eq_const(%0, dense<[-127, 126, 5, -5, -7, 7, 127, 5, 3]> : tensor<9xi8>) : tensor<9xi8>
  return
}

func.func @test_xor_i32() {
  %a = check.input dense<[-2147483648, 2147483647, 7, -7, 7, -7, -2147483648, 5, 0]> : tensor<9xi32>
  %b = check.input dense<[1, 1, 2, 2, -2, -2, -1, 0, 3]> : tensor<9xi32>
  %0 = stablehlo.xor %a, %b : tensor<9xi32>
  check.expect_eq_const(%0, dense<[-2147483647, 2147483646, 5, -5, -7, 7, 2147483647, 5, 3]> : tensor<9xi32>) : tensor<9xi32>
  return
}

func.func @test_xor_i64() {
  %a = check.input dense<[-9223372036854775808, 9223372036854775807, 7, -7, 7, -7, -9223372036854775808, 5, 0]> : tensor<9xi64>
  %b = check.input dense<[1, 1, 2, 2, -2, -2, -1, 0, 3]> : tensor<9xi64>
  %0 = stablehlo.xor %a, %b : tensor<9xi64>
  check.expect_eq_const(%0, dense<[-9223372036854775807, 9223372036854775806, 5, -5, -7, 7, 9223372036854775807, 5, 3]> : tensor<9xi64>) : tensor<9xi64>
  return
}

func.func @test_xor_ui8() {
  %a = check.input dense<[0, 200, 255, 7, 255, 9]> : tensor<6xui8>
  %b = check.input dense<[1, 100, 255, 2, 0, 7]> : tensor<6xui8>
  %0 = stablehlo.xor %a, %b : tensor<6xui8>
  check.expect_eq_const(%0, dense<[1, 172, 0, 5, 255, 14]> : tensor<6xui8>) : tensor<6xui8>
  return
}

func.func @test_xor_i1() {
  %a = check.input dense<[true, true, false, false]> : tensor<4xi1>
  %b = check.input dense<[true, false, true, false]> : tensor<4xi1>
  %0 = stablehlo.xor %a, %b : tensor<4xi1>
  check.expect_eq_const(%0, dense<[false, true, true, false]> : tensor<4xi1>) : tensor<4xi1>
  return
}
