// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_ragged_dot_rows() {
  %a = check.input dense<[[3.000000e+00, 1.000000e+00, 0.000000e+00], [-2.000000e+00, -2.000000e+00, -4.000000e+00], [-4.000000e+00, -4.000000e+00, -3.000000e+00], [3.000000e+00, 1.000000e+00, 4.000000e+00], [0.000000e+00, 1.000000e+00, 4.000000e+00]]> : tensor<5x3xf32>
  %b = check.input dense<[[[2.000000e+00, 1.000000e+00], [0.000000e+00, 1.000000e+00], [4.000000e+00, -2.000000e+00]], [[3.000000e+00, 2.000000e+00], [-4.000000e+00, -1.000000e+00], [3.000000e+00, 0.000000e+00]], [[-4.000000e+00, 2.000000e+00], [2.000000e+00, 3.000000e+00], [-3.000000e+00, -4.000000e+00]]]> : tensor<3x3x2xf32>
  %g = check.input dense<[2, 0, 3]> : tensor<3xi32>
  %0 = "chlo.ragged_dot"(%a, %b, %g) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_batching_dimensions = [], rhs_batching_dimensions = [], lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [1], lhs_ragged_dimensions = [0], rhs_group_dimensions = [0]>, precision_config = [#chlo<precision DEFAULT>, #chlo<precision HIGHEST>]}> : (tensor<5x3xf32>, tensor<3x3x2xf32>, tensor<3xi32>) -> tensor<5x2xf32>
  check.expect_eq_const(%0, dense<[[6.000000e+00, 4.000000e+00], [-2.000000e+01, 4.000000e+00], [1.700000e+01, -8.000000e+00], [-2.200000e+01, -7.000000e+00], [-1.000000e+01, -1.300000e+01]]> : tensor<5x2xf32>) : tensor<5x2xf32>
  return
}

func.func @test_ragged_dot_rows_in_no_group() {
  %a = check.input dense<[[3.000000e+00, -4.000000e+00, 0.000000e+00], [-4.000000e+00, -2.000000e+00, 0.000000e+00], [-1.000000e+00, -1.000000e+00, -4.000000e+00], [-4.000000e+00, -3.000000e+00, -4.000000e+00], [2.000000e+00, 0.000000e+00, 1.000000e+00]]> : tensor<5x3xf32>
  %b = check.input dense<[[[-2.000000e+00, 1.000000e+00], [2.000000e+00, -1.000000e+00], [0.000000e+00, 4.000000e+00]], [[3.000000e+00, 4.000000e+00], [-1.000000e+00, 2.000000e+00], [4.000000e+00, 1.000000e+00]]]> : tensor<2x3x2xf32>
  %g = check.input dense<[2, 1]> : tensor<2xi64>
  %0 = "chlo.ragged_dot"(%a, %b, %g) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_batching_dimensions = [], rhs_batching_dimensions = [], lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [1], lhs_ragged_dimensions = [0], rhs_group_dimensions = [0]>, precision_config = [#chlo<precision DEFAULT>, #chlo<precision HIGHEST>]}> : (tensor<5x3xf32>, tensor<2x3x2xf32>, tensor<2xi64>) -> tensor<5x2xf32>
  check.expect_eq_const(%0, dense<[[-1.400000e+01, 7.000000e+00], [4.000000e+00, -2.000000e+00], [-1.800000e+01, -1.000000e+01], [0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00]]> : tensor<5x2xf32>) : tensor<5x2xf32>
  return
}

func.func @test_ragged_dot_rows_of_batches() {
  %a = check.input dense<[[[3.000000e+00, 2.000000e+00, 2.000000e+00], [-1.000000e+00, 3.000000e+00, -3.000000e+00], [1.000000e+00, 2.000000e+00, 3.000000e+00], [0.000000e+00, -1.000000e+00, -2.000000e+00]], [[-1.000000e+00, 0.000000e+00, 2.000000e+00], [4.000000e+00, -4.000000e+00, 4.000000e+00], [0.000000e+00, -1.000000e+00, 2.000000e+00], [1.000000e+00, -2.000000e+00, -2.000000e+00]]]> : tensor<2x4x3xf32>
  %b = check.input dense<[[[[2.000000e+00, 1.000000e+00], [0.000000e+00, -1.000000e+00], [2.000000e+00, -1.000000e+00]], [[-2.000000e+00, 4.000000e+00], [-2.000000e+00, -2.000000e+00], [2.000000e+00, 1.000000e+00]]], [[[-4.000000e+00, -4.000000e+00], [-1.000000e+00, 3.000000e+00], [-1.000000e+00, 3.000000e+00]], [[-2.000000e+00, -2.000000e+00], [3.000000e+00, 3.000000e+00], [-4.000000e+00, -4.000000e+00]]]]> : tensor<2x2x3x2xf32>
  %g = check.input dense<[[1, 3], [4, 0]]> : tensor<2x2xi32>
  %0 = "chlo.ragged_dot"(%a, %b, %g) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_batching_dimensions = [0], rhs_batching_dimensions = [1], lhs_contracting_dimensions = [2], rhs_contracting_dimensions = [2], lhs_ragged_dimensions = [1], rhs_group_dimensions = [0]>, precision_config = [#chlo<precision DEFAULT>, #chlo<precision HIGHEST>]}> : (tensor<2x4x3xf32>, tensor<2x2x3x2xf32>, tensor<2x2xi32>) -> tensor<2x4x2xf32>
  check.expect_eq_const(%0, dense<[[[1.000000e+01, -1.000000e+00], [4.000000e+00, 4.000000e+00], [-9.000000e+00, 1.100000e+01], [3.000000e+00, -9.000000e+00]], [[6.000000e+00, -2.000000e+00], [8.000000e+00, 2.800000e+01], [6.000000e+00, 4.000000e+00], [-2.000000e+00, 6.000000e+00]]]> : tensor<2x4x2xf32>) : tensor<2x4x2xf32>
  return
}

func.func @test_ragged_dot_rows_other_order() {
  %a = check.input dense<[[[2.000000e+00, -1.000000e+00], [1.000000e+00, -3.000000e+00], [3.000000e+00, 0.000000e+00], [4.000000e+00, 3.000000e+00]], [[2.000000e+00, -2.000000e+00], [2.000000e+00, -4.000000e+00], [1.000000e+00, -1.000000e+00], [4.000000e+00, -3.000000e+00]], [[4.000000e+00, -4.000000e+00], [1.000000e+00, 1.000000e+00], [4.000000e+00, -2.000000e+00], [4.000000e+00, 2.000000e+00]]]> : tensor<3x4x2xf32>
  %b = check.input dense<[[[[4.000000e+00, -3.000000e+00, 2.000000e+00], [4.000000e+00, -4.000000e+00, -1.000000e+00]], [[1.000000e+00, -4.000000e+00, 0.000000e+00], [1.000000e+00, 2.000000e+00, 4.000000e+00]]], [[[-1.000000e+00, -1.000000e+00, 0.000000e+00], [4.000000e+00, -3.000000e+00, 0.000000e+00]], [[-4.000000e+00, -1.000000e+00, 4.000000e+00], [1.000000e+00, -1.000000e+00, 4.000000e+00]]]]> : tensor<2x2x2x3xf32>
  %g = check.input dense<[[1, 3], [2, 2]]> : tensor<2x2xi32>
  %0 = "chlo.ragged_dot"(%a, %b, %g) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_batching_dimensions = [2], rhs_batching_dimensions = [1], lhs_contracting_dimensions = [0], rhs_contracting_dimensions = [3], lhs_ragged_dimensions = [1], rhs_group_dimensions = [2]>, precision_config = [#chlo<precision DEFAULT>, #chlo<precision HIGHEST>]}> : (tensor<3x4x2xf32>, tensor<2x2x2x3xf32>, tensor<2x2xi32>) -> tensor<2x4x2xf32>
  check.expect_eq_const(%0, dense<[[[1.000000e+01, -4.000000e+00], [-5.000000e+00, -2.000000e+00], [4.000000e+00, 9.000000e+00], [-4.000000e+00, 4.000000e+00]], [[7.000000e+00, -1.000000e+01], [1.300000e+01, 2.000000e+01], [-1.000000e+01, -7.000000e+00], [5.000000e+00, 1.400000e+01]]]> : tensor<2x4x2xf32>) : tensor<2x4x2xf32>
  return
}

func.func @test_ragged_dot_rows_after_others() {
  %a = check.input dense<[[[1.000000e+00, 4.000000e+00, -4.000000e+00], [0.000000e+00, 3.000000e+00, 2.000000e+00], [-1.000000e+00, 0.000000e+00, -1.000000e+00], [0.000000e+00, -2.000000e+00, 3.000000e+00]], [[-4.000000e+00, -1.000000e+00, -2.000000e+00], [2.000000e+00, 2.000000e+00, 2.000000e+00], [4.000000e+00, 4.000000e+00, -3.000000e+00], [-3.000000e+00, -3.000000e+00, 2.000000e+00]]]> : tensor<2x4x3xf32>
  %b = check.input dense<[[[4.000000e+00, 4.000000e+00], [2.000000e+00, 4.000000e+00]], [[3.000000e+00, -4.000000e+00], [-3.000000e+00, 3.000000e+00]], [[-4.000000e+00, 4.000000e+00], [3.000000e+00, 4.000000e+00]]]> : tensor<3x2x2xf32>
  %g = check.input dense<[[1, 3], [2, 2]]> : tensor<2x2xi32>
  %0 = "chlo.ragged_dot"(%a, %b, %g) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_batching_dimensions = [], rhs_batching_dimensions = [], lhs_contracting_dimensions = [2], rhs_contracting_dimensions = [0], lhs_ragged_dimensions = [1], rhs_group_dimensions = [1]>, precision_config = [#chlo<precision DEFAULT>, #chlo<precision HIGHEST>]}> : (tensor<2x4x3xf32>, tensor<3x2x2xf32>, tensor<2x2xi32>) -> tensor<2x4x2xf32>
  check.expect_eq_const(%0, dense<[[[3.200000e+01, -2.800000e+01], [-3.000000e+00, 1.700000e+01], [-5.000000e+00, -8.000000e+00], [1.500000e+01, 6.000000e+00]], [[-1.100000e+01, -2.000000e+01], [6.000000e+00, 8.000000e+00], [-1.300000e+01, 1.600000e+01], [9.000000e+00, -1.300000e+01]]]> : tensor<2x4x2xf32>) : tensor<2x4x2xf32>
  return
}

func.func @test_ragged_dot_terms() {
  %a = check.input dense<[[-1.000000e+00, -3.000000e+00, 0.000000e+00, 4.000000e+00, -1.000000e+00], [4.000000e+00, -1.000000e+00, 3.000000e+00, -2.000000e+00, 0.000000e+00], [-2.000000e+00, -2.000000e+00, 4.000000e+00, 3.000000e+00, -3.000000e+00]]> : tensor<3x5xf32>
  %b = check.input dense<[[4.000000e+00, 4.000000e+00], [-2.000000e+00, -1.000000e+00], [0.000000e+00, 1.000000e+00], [-1.000000e+00, -3.000000e+00], [4.000000e+00, 2.000000e+00]]> : tensor<5x2xf32>
  %g = check.input dense<[2, 1, 0]> : tensor<3xi32>
  %0 = "chlo.ragged_dot"(%a, %b, %g) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_batching_dimensions = [], rhs_batching_dimensions = [], lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0], lhs_ragged_dimensions = [1], rhs_group_dimensions = []>, precision_config = [#chlo<precision DEFAULT>, #chlo<precision HIGHEST>]}> : (tensor<3x5xf32>, tensor<5x2xf32>, tensor<3xi32>) -> tensor<3x3x2xf32>
  check.expect_eq_const(%0, dense<[[[2.000000e+00, -1.000000e+00], [1.800000e+01, 1.700000e+01], [-4.000000e+00, -6.000000e+00]], [[0.000000e+00, 0.000000e+00], [0.000000e+00, 3.000000e+00], [0.000000e+00, 4.000000e+00]], [[0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00]]]> : tensor<3x3x2xf32>) : tensor<3x3x2xf32>
  return
}

func.func @test_ragged_dot_terms_of_batches() {
  %a = check.input dense<[[[-4.000000e+00, 3.000000e+00, 2.000000e+00, -3.000000e+00], [1.000000e+00, 0.000000e+00, -4.000000e+00, 4.000000e+00], [2.000000e+00, -2.000000e+00, -4.000000e+00, -4.000000e+00]], [[2.000000e+00, -3.000000e+00, 0.000000e+00, 4.000000e+00], [4.000000e+00, -2.000000e+00, -4.000000e+00, 0.000000e+00], [3.000000e+00, 1.000000e+00, -4.000000e+00, 1.000000e+00]]]> : tensor<2x3x4xf32>
  %b = check.input dense<[[[-1.000000e+00, -2.000000e+00], [-1.000000e+00, 3.000000e+00]], [[4.000000e+00, -3.000000e+00], [1.000000e+00, 2.000000e+00]], [[-2.000000e+00, -2.000000e+00], [-2.000000e+00, -3.000000e+00]], [[3.000000e+00, -3.000000e+00], [-2.000000e+00, -3.000000e+00]]]> : tensor<4x2x2xf32>
  %g = check.input dense<[[2, 1], [0, 4]]> : tensor<2x2xi32>
  %0 = "chlo.ragged_dot"(%a, %b, %g) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_batching_dimensions = [0], rhs_batching_dimensions = [1], lhs_contracting_dimensions = [2], rhs_contracting_dimensions = [0], lhs_ragged_dimensions = [2], rhs_group_dimensions = []>, precision_config = [#chlo<precision DEFAULT>, #chlo<precision HIGHEST>]}> : (tensor<2x3x4xf32>, tensor<4x2x2xf32>, tensor<2x2xi32>) -> tensor<2x2x3x2xf32>
  check.expect_eq_const(%0, dense<[[[[1.600000e+01, -1.000000e+00], [-1.000000e+00, -2.000000e+00], [-1.000000e+01, 2.000000e+00]], [[0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00]]], [[[-4.000000e+00, -4.000000e+00], [8.000000e+00, 8.000000e+00], [8.000000e+00, 8.000000e+00]], [[-1.300000e+01, -1.200000e+01], [2.000000e+00, 2.000000e+01], [4.000000e+00, 2.000000e+01]]]]> : tensor<2x2x3x2xf32>) : tensor<2x2x3x2xf32>
  return
}

func.func @test_ragged_dot_two_terms() {
  %a = check.input dense<[[[-3.000000e+00, 3.000000e+00, -2.000000e+00, 3.000000e+00], [1.000000e+00, 3.000000e+00, 0.000000e+00, 2.000000e+00], [3.000000e+00, -4.000000e+00, 1.000000e+00, 0.000000e+00]], [[-2.000000e+00, 0.000000e+00, -1.000000e+00, 0.000000e+00], [3.000000e+00, 3.000000e+00, 1.000000e+00, 2.000000e+00], [4.000000e+00, 1.000000e+00, -1.000000e+00, -4.000000e+00]]]> : tensor<2x3x4xf32>
  %b = check.input dense<[[[0.000000e+00, -2.000000e+00], [1.000000e+00, -4.000000e+00]], [[3.000000e+00, 4.000000e+00], [-3.000000e+00, 3.000000e+00]], [[-1.000000e+00, -4.000000e+00], [4.000000e+00, 4.000000e+00]], [[-4.000000e+00, 1.000000e+00], [3.000000e+00, 3.000000e+00]]]> : tensor<4x2x2xf32>
  %g = check.input dense<[[2, 1], [0, 4]]> : tensor<2x2xi32>
  %0 = "chlo.ragged_dot"(%a, %b, %g) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_batching_dimensions = [], rhs_batching_dimensions = [], lhs_contracting_dimensions = [0, 2], rhs_contracting_dimensions = [1, 0], lhs_ragged_dimensions = [2], rhs_group_dimensions = []>, precision_config = [#chlo<precision DEFAULT>, #chlo<precision HIGHEST>]}> : (tensor<2x3x4xf32>, tensor<4x2x2xf32>, tensor<2x2xi32>) -> tensor<2x3x2xf32>
  check.expect_eq_const(%0, dense<[[[9.000000e+00, 1.800000e+01], [9.000000e+00, 1.000000e+01], [-1.200000e+01, -2.200000e+01]], [[-4.000000e+00, 1.200000e+01], [4.000000e+00, 7.000000e+00], [-1.600000e+01, -3.300000e+01]]]> : tensor<2x3x2xf32>) : tensor<2x3x2xf32>
  return
}

func.func @test_ragged_dot_batches() {
  %a = check.input dense<[[[-1.000000e+00, 3.000000e+00, 3.000000e+00, -3.000000e+00], [-4.000000e+00, -4.000000e+00, -1.000000e+00, -4.000000e+00]], [[-4.000000e+00, -2.000000e+00, 1.000000e+00, 0.000000e+00], [-2.000000e+00, 4.000000e+00, 2.000000e+00, 1.000000e+00]], [[4.000000e+00, 3.000000e+00, -3.000000e+00, -4.000000e+00], [3.000000e+00, -1.000000e+00, -4.000000e+00, 0.000000e+00]]]> : tensor<3x2x4xf32>
  %b = check.input dense<[[[-1.000000e+00, -1.000000e+00], [-1.000000e+00, -2.000000e+00], [0.000000e+00, 0.000000e+00], [4.000000e+00, 2.000000e+00]], [[2.000000e+00, -4.000000e+00], [-2.000000e+00, 4.000000e+00], [-2.000000e+00, 0.000000e+00], [3.000000e+00, 1.000000e+00]], [[3.000000e+00, -3.000000e+00], [0.000000e+00, 1.000000e+00], [-1.000000e+00, 1.000000e+00], [4.000000e+00, 2.000000e+00]]]> : tensor<3x4x2xf32>
  %g = check.input dense<[2, 1]> : tensor<2xi32>
  %0 = "chlo.ragged_dot"(%a, %b, %g) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_batching_dimensions = [0], rhs_batching_dimensions = [0], lhs_contracting_dimensions = [2], rhs_contracting_dimensions = [1], lhs_ragged_dimensions = [0], rhs_group_dimensions = []>, precision_config = [#chlo<precision DEFAULT>, #chlo<precision HIGHEST>]}> : (tensor<3x2x4xf32>, tensor<3x4x2xf32>, tensor<2xi32>) -> tensor<3x2x2xf32>
  check.expect_eq_const(%0, dense<[[[-1.400000e+01, -1.100000e+01], [-8.000000e+00, 4.000000e+00]], [[-6.000000e+00, 8.000000e+00], [-1.300000e+01, 2.500000e+01]], [[-1.000000e+00, -2.000000e+01], [1.300000e+01, -1.400000e+01]]]> : tensor<3x2x2xf32>) : tensor<3x2x2xf32>
  return
}

func.func @test_ragged_dot_i32() {
  %a = check.input dense<[[-2, -4, -3], [-2, 3, -2], [3, -2, 2], [0, 4, 1]]> : tensor<4x3xi32>
  %b = check.input dense<[[[4, 4], [2, 1], [3, 4]], [[-2, 1], [-3, -4], [2, -4]]]> : tensor<2x3x2xi32>
  %g = check.input dense<[2, 2]> : tensor<2xi32>
  %0 = "chlo.ragged_dot"(%a, %b, %g) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_batching_dimensions = [], rhs_batching_dimensions = [], lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [1], lhs_ragged_dimensions = [0], rhs_group_dimensions = [0]>, precision_config = [#chlo<precision DEFAULT>, #chlo<precision HIGHEST>]}> : (tensor<4x3xi32>, tensor<2x3x2xi32>, tensor<2xi32>) -> tensor<4x2xi32>
  check.expect_eq_const(%0, dense<[[-25, -24], [-8, -13], [4, 3], [-10, -20]]> : tensor<4x2xi32>) : tensor<4x2xi32>
  return
}
