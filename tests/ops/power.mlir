// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_power_f32() {
  %a = check.input dense<[2.0e+00, -2.0e+00, 0.0e+00, 9.0e+00, 0x7F800000, -8.0e+00, 1.0e+00]> : tensor<7xf32>
  %b = check.input dense<[3.0e+00, 3.0e+00, 0.0e+00, 5.0e-01, -1.0e+00, 2.0e+00, 0x7FC00000]> : tensor<7xf32>
  %0 = stablehlo.power %a, %b : tensor<7xf32>
  check.expect_almost_eq_const(%0, dense<[8.0e+00, -8.0e+00, 1.0e+00, 3.0e+00, 0.0e+00, 6.4e+01, 1.0e+00]> : tensor<7xf32>) : tensor<7xf32>
  return
}

func.func @test_power_i8() {
  %a = check.input dense<[2, -3, 0, 5, -1, 1, 3, 7]> : tensor<8xi8>
  %b = check.input dense<[5, 3, 0, 1, -3, -2, -2, 0]> : tensor<8xi8>
  %0 = stablehlo.power %a, %b : tensor<8xi8>
  check.expect_eq_const(%0, dense<[32, -27, 1, 5, -1, 1, 0, 1]> : tensor<8xi8>) : tensor<8xi8>
  return
}

func.func @test_power_i32() {
  %a = check.input dense<[2, -3, 0, 5, -1, 1, 3, 7]> : tensor<8xi32>
  %b = check.input dense<[5, 3, 0, 1, -3, -2, -2, 0]> : tensor<8xi32>
  %0 = stablehlo.power %a, %b : tensor<8xi32>
  check.expect_eq_const(%0, dense<[32, -27, 1, 5, -1, 1, 0, 1]> : tensor<8xi32>) : tensor<8xi32>
  return
}

func.func @test_power_i64() {
  %a = check.input dense<[2, -3, 0, 5, -1, 1, 3, 7]> : tensor<8xi64>
  %b = check.input dense<[5, 3, 0, 1, -3, -2, -2, 0]> : tensor<8xi64>
  %0 = stablehlo.power %a, %b : tensor<8xi64>
  check.expect_eq_const(%0, dense<[32, -27, 1, 5, -1, 1, 0, 1]> : tensor<8xi64>) : tensor<8xi64>
  return
}
