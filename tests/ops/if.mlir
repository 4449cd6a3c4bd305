// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_if_true() {
  %a = check.input dense<true> : tensor<i1>
  %b = check.input dense<[1.0e+00, 2.0e+00]> : tensor<2xf32>
  %0 = "stablehlo.if"(%a) ({
    %1 = stablehlo.add %b, %b : tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }, {
    stablehlo.return %b : tensor<2xf32>
  }) : (tensor<i1>) -> tensor<2xf32>
  check.expect_eq_const(%0, dense<[2.0e+00, 4.0e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_if_false() {
  %a = check.input dense<false> : tensor<i1>
  %b = check.input dense<[1.0e+00, 2.0e+00]> : tensor<2xf32>
  %0 = "stablehlo.if"(%a) ({
    %1 = stablehlo.add %b, %b : tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }, {
    stablehlo.return %b : tensor<2xf32>
  }) : (tensor<i1>) -> tensor<2xf32>
  check.expect_eq_const(%0, dense<[1.0e+00, 2.0e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}
