// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_not_i8() {
  %a = check.input dense<[-128, 127, 0, -1, 1, 5]> : tensor<6xi8>
  %0 = stablehlo.not %a : tensor<6xi8>
  check.expect_eq_const(%0, dense<[127, -128, -1, 0, -2, -6]> : tensor<6xi8>) : tensor<6xi8>
  return
}

func.func @test_not_i32() {
  %a = check.input dense<[-2147483648, 2147483647, 0, -1, 1, 5]> : tensor<6xi32>
  %0 = stablehlo.not %a : tensor<6xi32>
  check.expect_eq_const(%0, dense<[2147483647, -2147483648, -1, 0, -2, -6]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @test_not_i64() {
  %a = check.input dense<[-9223372036854775808, 9223372036854775807, 0, -1, 1, 5]> : tensor<6xi64>
  %0 = stablehlo.not %a : tensor<6xi64>
  check.expect_eq_const(%0, dense<[9223372036854775807, -9223372036854775808, -1, 0, -2, -6]> : tensor<6xi64>) : tensor<6xi64>
  return
}

func.func @test_not_ui8() {
  %a = check.input dense<[0, 1, 255, 128]> : tensor<4xui8>
  %0 = stablehlo.not %a : tensor<4xui8>
  check.expect_eq_const(%0, dense<[255, 254, 0, 127]> : tensor<4xui8>) : tensor<4xui8>
  return
}

func.func @test_not_i1() {
  %a = check.input dense<[true, false]> : tensor<2xi1>
  %0 = stablehlo.not %a : tensor<2xi1>
  check.expect_eq_const(%0, dense<[false, true]> : tensor<2xi1>) : tensor<2xi1>
  return
}
