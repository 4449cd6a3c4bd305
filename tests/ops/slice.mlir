// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_slice_strided() {
  %a = check.input dense<[[5.0e+00, -3.0e+00, -6.0e+00, -1.0e+00, -8.0e+00], [-6.0e+00, 6.0e+00, 3.0e+00, 6.0e+00, 6.0e+00], [6.0e+00, -4.0e+00, -1.0e+00, 2.0e+00, -5.0e+00], [7.0e+00, -9.0e+00, 6.0e+00, 2.0e+00, -5.0e+00]]> : tensor<4x5xf32>
  %0 = stablehlo.slice %a [1:4:2, 0:5:3] : (tensor<4x5xf32>) -> tensor<2x2xf32>
  check.expect_eq_const(%0, dense<[[-6.0e+00, 6.0e+00], [7.0e+00, 2.0e+00]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}

func.func @test_slice_empty() {
  %a = check.input dense<[3.0e+00, -2.0e+00, 6.0e+00, 8.0e+00]> : tensor<4xf32>
  %0 = stablehlo.slice %a [2:2] : (tensor<4xf32>) -> tensor<0xf32>
  check.expect_eq_const(%0, dense<> : tensor<0xf32>) : tensor<0xf32>
  return
}
