// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_collective_permute_to_itself() {
  %a0 = check.input dense<[[1.000000000e+00, -2.000000000e+00], [3.000000000e+00, 4.000000000e+00]]> : tensor<2x2xf32>
  %0 = "stablehlo.collective_permute"(%a0) <{source_target_pairs = dense<0> : tensor<1x2xi64>}> : (tensor<2x2xf32>) -> tensor<2x2xf32>
  check.expect_eq_const(%0, dense<[[1.000000000e+00, -2.000000000e+00], [3.000000000e+00, 4.000000000e+00]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}

func.func @test_collective_permute_nothing_arrives() {
  %a0 = check.input dense<[[1.000000000e+00, -2.000000000e+00], [3.000000000e+00, 4.000000000e+00]]> : tensor<2x2xf32>
  %0 = "stablehlo.collective_permute"(%a0) <{source_target_pairs = dense<> : tensor<0x2xi64>}> : (tensor<2x2xf32>) -> tensor<2x2xf32>
  check.expect_eq_const(%0, dense<[[0.000000000e+00, 0.000000000e+00], [0.000000000e+00, 0.000000000e+00]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}
