// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_async_start_add() {
  %a0 = check.input dense<[1.000000000e+00, -2.000000000e+00]> : tensor<2xf32>
  %f = "stablehlo.async_start"(%a0, %a0) ({
  ^bb0(%x: tensor<2xf32>, %y: tensor<2xf32>):
    %1 = stablehlo.add %x, %y : tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }) : (tensor<2xf32>, tensor<2xf32>) -> !stablehlo.future<tensor<2xf32>>
  %0 = "stablehlo.async_done"(%f) : (!stablehlo.future<tensor<2xf32>>) -> tensor<2xf32>
  check.expect_eq_const(%0, dense<[2.000000000e+00, -4.000000000e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}
