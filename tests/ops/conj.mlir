// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_conj() {
  %a = check.input dense<[1.500000000e+00, -2.000000000e+00, 0.000000000e+00, 2.500000000e-01]> : tensor<4xf32>
  %b = check.input dense<[2.000000000e+00, -5.000000000e-01, 1.000000000e+00, 0.000000000e+00]> : tensor<4xf32>
  %z = stablehlo.complex %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xcomplex<f32>>
  %w = chlo.conj %z : tensor<4xcomplex<f32>> -> tensor<4xcomplex<f32>>
  %0 = stablehlo.real %w : (tensor<4xcomplex<f32>>) -> tensor<4xf32>
  %1 = stablehlo.imag %w : (tensor<4xcomplex<f32>>) -> tensor<4xf32>
  check.expect_eq_const(%0, dense<[1.500000000e+00, -2.000000000e+00, 0.000000000e+00, 2.500000000e-01]> : tensor<4xf32>) : tensor<4xf32>
  check.expect_eq_const(%1, dense<[-2.000000000e+00, 5.000000000e-01, -1.000000000e+00, -0.000000000e+00]> : tensor<4xf32>) : tensor<4xf32>
  return
}

func.func @test_conj_f64() {
  %a = check.input dense<[1.500000000e+00, -2.000000000e+00, 0.000000000e+00, 2.500000000e-01]> : tensor<4xf64>
  %b = check.input dense<[2.000000000e+00, -5.000000000e-01, 1.000000000e+00, 0.000000000e+00]> : tensor<4xf64>
  %z = stablehlo.complex %a, %b : (tensor<4xf64>, tensor<4xf64>) -> tensor<4xcomplex<f64>>
  %w = chlo.conj %z : tensor<4xcomplex<f64>> -> tensor<4xcomplex<f64>>
  %0 = stablehlo.real %w : (tensor<4xcomplex<f64>>) -> tensor<4xf64>
  %1 = stablehlo.imag %w : (tensor<4xcomplex<f64>>) -> tensor<4xf64>
  check.expect_eq_const(%0, dense<[1.500000000e+00, -2.000000000e+00, 0.000000000e+00, 2.500000000e-01]> : tensor<4xf64>) : tensor<4xf64>
  check.expect_eq_const(%1, dense<[-2.000000000e+00, 5.000000000e-01, -1.000000000e+00, -0.000000000e+00]> : tensor<4xf64>) : tensor<4xf64>
  return
}

func.func @test_conj_of_real_numbers() {
  %a = check.input dense<[1.5, -2.0]> : tensor<2xf32>
  %0 = chlo.conj %a : tensor<2xf32> -> tensor<2xf32>
  check.expect_eq_const(%0, dense<[1.5, -2.0]> : tensor<2xf32>) : tensor<2xf32>
  return
}
