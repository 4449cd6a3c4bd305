// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_constant_splat() {
  %0 = stablehlo.constant dense<2> : tensor<2x2xi32>
  check.expect_eq_const(%0, dense<[[2, 2], [2, 2]]> : tensor<2x2xi32>) : tensor<2x2xi32>
  return
}

func.func @test_constant_list() {
  %0 = stablehlo.constant dense<[1.5, 0x7F800000]> : tensor<2xf32>
  check.expect_eq_const(%0, dense<[1.5e+00, 0x7F800000]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_constant_unsigned() {
  %0 = stablehlo.constant dense<255> : tensor<ui8>
  check.expect_eq_const(%0, dense<255> : tensor<ui8>) : tensor<ui8>
  return
}

func.func @test_constant_of_chlo() {
  %0 = chlo.constant dense<[1.5, -2.0]> : tensor<2xf32>
  check.expect_eq_const(%0, dense<[1.5, -2.0]> : tensor<2xf32>) : tensor<2xf32>
  return
}
