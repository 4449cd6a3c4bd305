// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_broadcast_add_f32() {
  %a = check.input dense<[[1.0e+00, 2.0e+00, 3.0e+00], [4.0e+00, 5.0e+00, 6.0e+00]]> : tensor<2x3xf32>
  %b = check.input dense<[2.0e+00, 4.0e+00, 8.0e+00]> : tensor<3xf32>
  %0 = chlo.broadcast_add %a, %b : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  check.expect_almost_eq_const(%0, dense<[[3.0e+00, 6.0e+00, 1.1e+01], [6.0e+00, 9.0e+00, 1.4e+01]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}

func.func @test_broadcast_add_i32() {
  %a = check.input dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>
  %b = check.input dense<[[2], [1]]> : tensor<2x1xi32>
  %0 = chlo.broadcast_add %a, %b : (tensor<2x3xi32>, tensor<2x1xi32>) -> tensor<2x3xi32>
  check.expect_eq_const(%0, dense<[[3, 4, 5], [5, 6, 7]]> : tensor<2x3xi32>) : tensor<2x3xi32>
  return
}

func.func @test_broadcast_add_dynamic() {
  %a = check.input dense<[[1.0e+00, 2.0e+00, 3.0e+00], [4.0e+00, 5.0e+00, 6.0e+00]]> : tensor<2x3xf32>
  %b = check.input dense<[2.0e+00, 4.0e+00, 8.0e+00]> : tensor<3xf32>
  %s = tensor.cast %a : tensor<2x3xf32> to tensor<?x?xf32>
  %t = chlo.broadcast_add %s, %b : (tensor<?x?xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %0 = tensor.cast %t : tensor<?x3xf32> to tensor<2x3xf32>
  check.expect_eq_const(%0, dense<[[3.0e+00, 6.0e+00, 1.1e+01], [6.0e+00, 9.0e+00, 1.4e+01]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}

func.func @test_broadcast_add_dimensions() {
  %a = check.input dense<[[1.0e+00, 2.0e+00, 3.0e+00], [4.0e+00, 5.0e+00, 6.0e+00]]> : tensor<2x3xf32>
  %b = check.input dense<[1.0e+00, 2.0e+00]> : tensor<2xf32>
  %0 = chlo.broadcast_add %a, %b {broadcast_dimensions = array<i64: 0>} : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  check.expect_eq_const(%0, dense<[[2.0e+00, 3.0e+00, 4.0e+00], [6.0e+00, 7.0e+00, 8.0e+00]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}
