// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_bitcast_convert() {
  %a = check.input dense<[1.0e+00, -0.0e+00]> : tensor<2xf32>
  %0 = stablehlo.bitcast_convert %a : (tensor<2xf32>) -> tensor<2xi32>
  check.expect_eq_const(%0, dense<[1065353216, -2147483648]> : tensor<2xi32>) : tensor<2xi32>
  return
}

func.func @test_bitcast_convert_unsigned() {
  %a = check.input dense<[4294967295, 1]> : tensor<2xui32>
  %0 = stablehlo.bitcast_convert %a : (tensor<2xui32>) -> tensor<2xi32>
  check.expect_eq_const(%0, dense<[-1, 1]> : tensor<2xi32>) : tensor<2xi32>
  return
}

func.func @test_bitcast_convert_of_rank_0() {
  %a = check.input dense<1.0> : tensor<f32>
  %0 = stablehlo.bitcast_convert %a : (tensor<f32>) -> tensor<i32>
  %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<i32>) -> tensor<2xi32>
  check.expect_eq_const(%1, dense<1065353216> : tensor<2xi32>) : tensor<2xi32>
  return
}
