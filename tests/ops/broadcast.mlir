// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_broadcast_front() {
  %a0 = check.input dense<[[0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00]]> : tensor<2x3xf32>
  %0 = stablehlo.broadcast %a0, sizes = [2, 1] : (tensor<2x3xf32>) -> tensor<2x1x2x3xf32>
  check.expect_eq_const(%0, dense<[[[[0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00]]], [[[0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00]]]]> : tensor<2x1x2x3xf32>) : tensor<2x1x2x3xf32>
  return
}

func.func @test_broadcast_nothing() {
  %a0 = check.input dense<[[0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00]]> : tensor<2x3xf32>
  %0 = stablehlo.broadcast %a0, sizes = [] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  check.expect_eq_const(%0, dense<[[0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}

func.func @test_broadcast_scalar() {
  %a0 = check.input dense<-7> : tensor<i32>
  %0 = stablehlo.broadcast %a0, sizes = [3] : (tensor<i32>) -> tensor<3xi32>
  check.expect_eq_const(%0, dense<[-7, -7, -7]> : tensor<3xi32>) : tensor<3xi32>
  return
}

func.func @test_broadcast_zero_size() {
  %a0 = check.input dense<[[0.000000000e+00, 1.000000000e+00, 2.000000000e+00], [3.000000000e+00, 4.000000000e+00, 5.000000000e+00]]> : tensor<2x3xf32>
  %0 = stablehlo.broadcast %a0, sizes = [0] : (tensor<2x3xf32>) -> tensor<0x2x3xf32>
  check.expect_eq_const(%0, dense<> : tensor<0x2x3xf32>) : tensor<0x2x3xf32>
  return
}
