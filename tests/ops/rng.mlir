// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_rng_one_integer() {
  %a = check.input dense<-5> : tensor<i32>
  %b = check.input dense<-4> : tensor<i32>
  %s = stablehlo.constant dense<[3]> : tensor<1xi64>
  %0 = stablehlo.rng %a, %b, %s, distribution = UNIFORM : (tensor<i32>, tensor<i32>, tensor<1xi64>) -> tensor<3xi32>
  check.expect_eq_const(%0, dense<-5> : tensor<3xi32>) : tensor<3xi32>
  return
}

func.func @test_rng_unsigned_top() {
  %a = check.input dense<254> : tensor<ui8>
  %b = check.input dense<255> : tensor<ui8>
  %s = stablehlo.constant dense<[2, 2]> : tensor<2xi64>
  %0 = stablehlo.rng %a, %b, %s, distribution = UNIFORM : (tensor<ui8>, tensor<ui8>, tensor<2xi64>) -> tensor<2x2xui8>
  check.expect_eq_const(%0, dense<254> : tensor<2x2xui8>) : tensor<2x2xui8>
  return
}

func.func @test_rng_no_spread() {
  %a = check.input dense<2.5> : tensor<f32>
  %b = check.input dense<0.0> : tensor<f32>
  %s = stablehlo.constant dense<[4]> : tensor<1xi64>
  %0 = stablehlo.rng %a, %b, %s, distribution = NORMAL : (tensor<f32>, tensor<f32>, tensor<1xi64>) -> tensor<4xf32>
  check.expect_eq_const(%0, dense<2.5> : tensor<4xf32>) : tensor<4xf32>
  return
}

func.func @test_rng_zero_size() {
  %a = check.input dense<0.0> : tensor<f32>
  %b = check.input dense<1.0> : tensor<f32>
  %s = stablehlo.constant dense<[0, 3]> : tensor<2xi64>
  %0 = stablehlo.rng %a, %b, %s, distribution = UNIFORM : (tensor<f32>, tensor<f32>, tensor<2xi64>) -> tensor<0x3xf32>
  check.expect_eq_const(%0, dense<> : tensor<0x3xf32>) : tensor<0x3xf32>
  return
}

func.func @test_rng_no_spread_f64() {
  %a = check.input dense<-0.5> : tensor<f64>
  %b = check.input dense<0.0> : tensor<f64>
  %s = stablehlo.constant dense<[2]> : tensor<1xi64>
  %0 = stablehlo.rng %a, %b, %s, distribution = NORMAL : (tensor<f64>, tensor<f64>, tensor<1xi64>) -> tensor<2xf64>
  check.expect_eq_const(%0, dense<-0.5> : tensor<2xf64>) : tensor<2xf64>
  return
}
