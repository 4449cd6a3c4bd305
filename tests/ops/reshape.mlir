// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_reshape_merge() {
  %a = check.input dense<[[81, 93, 24], [30, 86, 41]]> : tensor<2x3xi32>
  %0 = stablehlo.reshape %a : (tensor<2x3xi32>) -> tensor<6xi32>
  check.expect_eq_const(%0, dense<[81, 93, 24, 30, 86, 41]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @test_reshape_split() {
  %a = check.input dense<[27, 81, 25, 40, 63, 54]> : tensor<6xi32>
  %0 = stablehlo.reshape %a : (tensor<6xi32>) -> tensor<3x2xi32>
  check.expect_eq_const(%0, dense<[[27, 81], [25, 40], [63, 54]]> : tensor<3x2xi32>) : tensor<3x2xi32>
  return
}

func.func @test_reshape_regroup() {
  %a = check.input dense<[[8, 2, 85, 74], [82, 53, 80, 32], [44, 78, 12, 30], [12, 44, 96, 13], [37, 39, 89, 20], [49, 25, 1, 74]]> : tensor<6x4xi32>
  %0 = stablehlo.reshape %a : (tensor<6x4xi32>) -> tensor<3x8xi32>
  check.expect_eq_const(%0, dense<[[8, 2, 85, 74, 82, 53, 80, 32], [44, 78, 12, 30, 12, 44, 96, 13], [37, 39, 89, 20, 49, 25, 1, 74]]> : tensor<3x8xi32>) : tensor<3x8xi32>
  return
}

func.func @test_reshape_unit() {
  %a = check.input dense<[[[6], [27], [49]]]> : tensor<1x3x1xi32>
  %0 = stablehlo.reshape %a : (tensor<1x3x1xi32>) -> tensor<3xi32>
  check.expect_eq_const(%0, dense<[6, 27, 49]> : tensor<3xi32>) : tensor<3xi32>
  return
}

func.func @test_reshape_to_scalar() {
  %a = check.input dense<[[48]]> : tensor<1x1xi32>
  %0 = stablehlo.reshape %a : (tensor<1x1xi32>) -> tensor<i32>
  check.expect_eq_const(%0, dense<48> : tensor<i32>) : tensor<i32>
  return
}

func.func @test_reshape_from_scalar() {
  %a = check.input dense<11> : tensor<i32>
  %0 = stablehlo.reshape %a : (tensor<i32>) -> tensor<1x1xi32>
  check.expect_eq_const(%0, dense<[[11]]> : tensor<1x1xi32>) : tensor<1x1xi32>
  return
}

func.func @test_reshape_zero_size() {
  %a = check.input dense<> : tensor<0x3xi32>
  %0 = stablehlo.reshape %a : (tensor<0x3xi32>) -> tensor<3x0xi32>
  check.expect_eq_const(%0, dense<> : tensor<3x0xi32>) : tensor<3x0xi32>
  return
}

func.func @test_reshape_general() {
  %a = check.input dense<[[[97, 74, 95, 9], [71, 29, 53, 91], [27, 71, 15, 31]], [[96, 41, 51, 29], [11, 42, 61, 45], [76, 35, 60, 76]]]> : tensor<2x3x4xi32>
  %0 = stablehlo.reshape %a : (tensor<2x3x4xi32>) -> tensor<4x3x2xi32>
  check.expect_eq_const(%0, dense<[[[97, 74], [95, 9], [71, 29]], [[53, 91], [27, 71], [15, 31]], [[96, 41], [51, 29], [11, 42]], [[61, 45], [76, 35], [60, 76]]]> : tensor<4x3x2xi32>) : tensor<4x3x2xi32>
  return
}
