// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_all_to_all_one() {
  %a0 = check.input dense<[[1.000000000e+00, -2.000000000e+00], [3.000000000e+00, 4.000000000e+00]]> : tensor<2x2xf32>
  %0 = "stablehlo.all_to_all"(%a0) <{replica_groups = dense<0> : tensor<1x1xi64>, split_dimension = 0 : i64, concat_dimension = 1 : i64, split_count = 1 : i64}> : (tensor<2x2xf32>) -> tensor<2x2xf32>
  check.expect_eq_const(%0, dense<[[1.000000000e+00, -2.000000000e+00], [3.000000000e+00, 4.000000000e+00]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}
