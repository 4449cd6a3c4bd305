// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_partition_id_zero() {
  %a0 = check.input dense<3> : tensor<i32>
  %1 = stablehlo.partition_id : tensor<ui32>
  %2 = stablehlo.convert %1 : (tensor<ui32>) -> tensor<i32>
  %0 = stablehlo.add %2, %a0 : tensor<i32>
  check.expect_eq_const(%0, dense<3> : tensor<i32>) : tensor<i32>
  return
}
