// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_case_index_0() {
  %a = check.input dense<0> : tensor<i32>
  %b = check.input dense<[1.0e+00, 2.0e+00]> : tensor<2xf32>
  %0 = "stablehlo.case"(%a) ({
    stablehlo.return %b : tensor<2xf32>
  }, {
    %1 = stablehlo.add %b, %b : tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }, {
    %1 = stablehlo.negate %b : tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }) : (tensor<i32>) -> tensor<2xf32>
  check.expect_eq_const(%0, dense<[1.0e+00, 2.0e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_case_index_1() {
  %a = check.input dense<1> : tensor<i32>
  %b = check.input dense<[1.0e+00, 2.0e+00]> : tensor<2xf32>
  %0 = "stablehlo.case"(%a) ({
    stablehlo.return %b : tensor<2xf32>
  }, {
    %1 = stablehlo.add %b, %b : tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }, {
    %1 = stablehlo.negate %b : tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }) : (tensor<i32>) -> tensor<2xf32>
  check.expect_eq_const(%0, dense<[2.0e+00, 4.0e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_case_index_2() {
  %a = check.input dense<2> : tensor<i32>
  %b = check.input dense<[1.0e+00, 2.0e+00]> : tensor<2xf32>
  %0 = "stablehlo.case"(%a) ({
    stablehlo.return %b : tensor<2xf32>
  }, {
    %1 = stablehlo.add %b, %b : tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }, {
    %1 = stablehlo.negate %b : tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }) : (tensor<i32>) -> tensor<2xf32>
  check.expect_eq_const(%0, dense<[-1.0e+00, -2.0e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_case_index_minus_1() {
  %a = check.input dense<-1> : tensor<i32>
  %b = check.input dense<[1.0e+00, 2.0e+00]> : tensor<2xf32>
  %0 = "stablehlo.case"(%a) ({
    stablehlo.return %b : tensor<2xf32>
  }, {
    %1 = stablehlo.add %b, %b : tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }, {
    %1 = stablehlo.negate %b : tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }) : (tensor<i32>) -> tensor<2xf32>
  check.expect_eq_const(%0, dense<[-1.0e+00, -2.0e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_case_index_7() {
  %a = check.input dense<7> : tensor<i32>
  %b = check.input dense<[1.0e+00, 2.0e+00]> : tensor<2xf32>
  %0 = "stablehlo.case"(%a) ({
    stablehlo.return %b : tensor<2xf32>
  }, {
    %1 = stablehlo.add %b, %b : tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }, {
    %1 = stablehlo.negate %b : tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }) : (tensor<i32>) -> tensor<2xf32>
  check.expect_eq_const(%0, dense<[-1.0e+00, -2.0e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}
