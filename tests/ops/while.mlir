// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_while_count() {
  %a = check.input dense<0> : tensor<i32>
  %b = check.input dense<1.0e+00> : tensor<f32>
  %c = check.input dense<5> : tensor<i32>
  %r:2 = stablehlo.while(%i = %a, %v = %b) : tensor<i32>, tensor<f32>
  cond {
    %p = stablehlo.compare LT, %i, %c : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %p : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %n = stablehlo.add %i, %one : tensor<i32>
    %w = stablehlo.add %v, %v : tensor<f32>
    stablehlo.return %n, %w : tensor<i32>, tensor<f32>
  }
  %0 = stablehlo.reshape %r#1 : (tensor<f32>) -> tensor<1xf32>
  check.expect_eq_const(%0, dense<[3.2e+01]> : tensor<1xf32>) : tensor<1xf32>
  return
}
