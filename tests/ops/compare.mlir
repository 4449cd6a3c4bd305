// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_compare_eq_f32() {
  %a = check.input dense<[1.0e+00, 2.0e+00, 0x7FC00000, 0.0e+00, 0x7F800000]> : tensor<5xf32>
  %b = check.input dense<[2.0e+00, 1.0e+00, 0x7FC00000, -0.0e+00, 0x7F800000]> : tensor<5xf32>
  %0 = stablehlo.compare EQ, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
  check.expect_eq_const(%0, dense<[false, false, false, true, true]> : tensor<5xi1>) : tensor<5xi1>
  return
}

func.func @test_compare_eq_i32() {
  %a = check.input dense<[1, -1, 3]> : tensor<3xi32>
  %b = check.input dense<[2, 1, 3]> : tensor<3xi32>
  %0 = stablehlo.compare EQ, %a, %b, SIGNED : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
  check.expect_eq_const(%0, dense<[false, false, true]> : tensor<3xi1>) : tensor<3xi1>
  return
}

func.func @test_compare_eq_ui8() {
  %a = check.input dense<[1, 255, 3]> : tensor<3xui8>
  %b = check.input dense<[2, 1, 3]> : tensor<3xui8>
  %0 = stablehlo.compare EQ, %a, %b, UNSIGNED : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xi1>
  check.expect_eq_const(%0, dense<[false, false, true]> : tensor<3xi1>) : tensor<3xi1>
  return
}

func.func @test_compare_ne_f32() {
  %a = check.input dense<[1.0e+00, 2.0e+00, 0x7FC00000, 0.0e+00, 0x7F800000]> : tensor<5xf32>
  %b = check.input dense<[2.0e+00, 1.0e+00, 0x7FC00000, -0.0e+00, 0x7F800000]> : tensor<5xf32>
  %0 = stablehlo.compare NE, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
  check.expect_eq_const(%0, dense<[true, true, true, false, false]> : tensor<5xi1>) : tensor<5xi1>
  return
}

func.func @test_compare_ne_i32() {
  %a = check.input dense<[1, -1, 3]> : tensor<3xi32>
  %b = check.input dense<[2, 1, 3]> : tensor<3xi32>
  %0 = stablehlo.compare NE, %a, %b, SIGNED : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
  check.expect_eq_const(%0, dense<[true, true, false]> : tensor<3xi1>) : tensor<3xi1>
  return
}

func.func @test_compare_ne_ui8() {
  %a = check.input dense<[1, 255, 3]> : tensor<3xui8>
  %b = check.input dense<[2, 1, 3]> : tensor<3xui8>
  %0 = stablehlo.compare NE, %a, %b, UNSIGNED : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xi1>
  check.expect_eq_const(%0, dense<[true, true, false]> : tensor<3xi1>) : tensor<3xi1>
  return
}

func.func @test_compare_ge_f32() {
  %a = check.input dense<[1.0e+00, 2.0e+00, 0x7FC00000, 0.0e+00, 0x7F800000]> : tensor<5xf32>
  %b = check.input dense<[2.0e+00, 1.0e+00, 0x7FC00000, -0.0e+00, 0x7F800000]> : tensor<5xf32>
  %0 = stablehlo.compare GE, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
  check.expect_eq_const(%0, dense<[false, true, false, true, true]> : tensor<5xi1>) : tensor<5xi1>
  return
}

func.func @test_compare_ge_i32() {
  %a = check.input dense<[1, -1, 3]> : tensor<3xi32>
  %b = check.input dense<[2, 1, 3]> : tensor<3xi32>
  %0 = stablehlo.compare GE, %a, %b, SIGNED : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
  check.expect_eq_const(%0, dense<[false, false, true]> : tensor<3xi1>) : tensor<3xi1>
  return
}

func.func @test_compare_ge_ui8() {
  %a = check.input dense<[1, 255, 3]> : tensor<3xui8>
  %b = check.input dense<[2, 1, 3]> : tensor<3xui8>
  %0 = stablehlo.compare GE, %a, %b, UNSIGNED : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xi1>
  check.expect_eq_const(%0, dense<[false, true, true]> : tensor<3xi1>) : tensor<3xi1>
  return
}

func.func @test_compare_gt_f32() {
  %a = check.input dense<[1.0e+00, 2.0e+00, 0x7FC00000, 0.0e+00, 0x7F800000]> : tensor<5xf32>
  %b = check.input dense<[2.0e+00, 1.0e+00, 0x7FC00000, -0.0e+00, 0x7F800000]> : tensor<5xf32>
  %0 = stablehlo.compare GT, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
  check.expect_eq_const(%0, dense<[false, true, false, false, false]> : tensor<5xi1>) : tensor<5xi1>
  return
}

func.func @test_compare_gt_i32() {
  %a = check.input dense<[1, -1, 3]> : tensor<3xi32>
  %b = check.input dense<[2, 1, 3]> : tensor<3xi32>
  %0 = stablehlo.compare GT, %a, %b, SIGNED : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
  check.expect_eq_const(%0, dense<[false, false, false]> : tensor<3xi1>) : tensor<3xi1>
  return
}

func.func @test_compare_gt_ui8() {
  %a = check.input dense<[1, 255, 3]> : tensor<3xui8>
  %b = check.input dense<[2, 1, 3]> : tensor<3xui8>
  %0 = stablehlo.compare GT, %a, %b, UNSIGNED : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xi1>
  check.expect_eq_const(%0, dense<[false, true, false]> : tensor<3xi1>) : tensor<3xi1>
  return
}

func.func @test_compare_le_f32() {
  %a = check.input dense<[1.0e+00, 2.0e+00, 0x7FC00000, 0.0e+00, 0x7F800000]> : tensor<5xf32>
  %b = check.input dense<[2.0e+00, 1.0e+00, 0x7FC00000, -0.0e+00, 0x7F800000]> : tensor<5xf32>
  %0 = stablehlo.compare LE, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
  check.expect_eq_const(%0, dense<[true, false, false, true, true]> : tensor<5xi1>) : tensor<5xi1>
  return
}

func.func @test_compare_le_i32() {
  %a = check.input dense<[1, -1, 3]> : tensor<3xi32>
  %b = check.input dense<[2, 1, 3]> : tensor<3xi32>
  %0 = stablehlo.compare LE, %a, %b, SIGNED : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
  check.expect_eq_const(%0, dense<[true, true, true]> : tensor<3xi1>) : tensor<3xi1>
  return
}

func.func @test_compare_le_ui8() {
  %a = check.input dense<[1, 255, 3]> : tensor<3xui8>
  %b = check.input dense<[2, 1, 3]> : tensor<3xui8>
  %0 = stablehlo.compare LE, %a, %b, UNSIGNED : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xi1>
  check.expect_eq_const(%0, dense<[true, false, true]> : tensor<3xi1>) : tensor<3xi1>
  return
}

func.func @test_compare_lt_f32() {
  %a = check.input dense<[1.0e+00, 2.0e+00, 0x7FC00000, 0.0e+00, 0x7F800000]> : tensor<5xf32>
  %b = check.input dense<[2.0e+00, 1.0e+00, 0x7FC00000, -0.0e+00, 0x7F800000]> : tensor<5xf32>
  %0 = stablehlo.compare LT, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
  check.expect_eq_const(%0, dense<[true, false, false, false, false]> : tensor<5xi1>) : tensor<5xi1>
  return
}

func.func @test_compare_lt_i32() {
  %a = check.input dense<[1, -1, 3]> : tensor<3xi32>
  %b = check.input dense<[2, 1, 3]> : tensor<3xi32>
  %0 = stablehlo.compare LT, %a, %b, SIGNED : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
  check.expect_eq_const(%0, dense<[true, true, false]> : tensor<3xi1>) : tensor<3xi1>
  return
}

func.func @test_compare_lt_ui8() {
  %a = check.input dense<[1, 255, 3]> : tensor<3xui8>
  %b = check.input dense<[2, 1, 3]> : tensor<3xui8>
  %0 = stablehlo.compare LT, %a, %b, UNSIGNED : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xi1>
  check.expect_eq_const(%0, dense<[true, false, false]> : tensor<3xi1>) : tensor<3xi1>
  return
}

func.func @test_compare_total_order() {
  %a = check.input dense<[1.0e+00, 0x7FC00000, -0.0e+00, 0.0e+00, 0xFF800000]> : tensor<5xf32>
  %b = check.input dense<[0x7FC00000, 0x7FC00000, 0.0e+00, -0.0e+00, -1.0e+00]> : tensor<5xf32>
  %0 = stablehlo.compare LT, %a, %b, TOTALORDER : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
  check.expect_eq_const(%0, dense<[true, false, true, false, true]> : tensor<5xi1>) : tensor<5xi1>
  return
}

func.func @test_compare_i1() {
  %a = check.input dense<[true, false]> : tensor<2xi1>
  %b = check.input dense<[false, true]> : tensor<2xi1>
  %0 = stablehlo.compare LT, %a, %b : (tensor<2xi1>, tensor<2xi1>) -> tensor<2xi1>
  check.expect_eq_const(%0, dense<[false, true]> : tensor<2xi1>) : tensor<2xi1>
  return
}
