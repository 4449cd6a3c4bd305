// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_asin_acos_kernel() {
  %a = check.input dense<[5.000000000e-01, -1.500000000e+00, 3.000000000e+00, -2.000000000e-01, 1.000000000e-03, 0.000000000e+00]> : tensor<6xf32>
  %b = check.input dense<[2.500000000e-01, 2.000000000e+00, -5.000000000e-01, -7.000000000e-01, 5.000000000e-01, 1.000000000e+00]> : tensor<6xf32>
  %z = stablehlo.complex %a, %b : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xcomplex<f32>>
  %w = chlo._asin_acos_kernel %z : tensor<6xcomplex<f32>> -> tensor<6xcomplex<f32>>
  %0 = stablehlo.real %w : (tensor<6xcomplex<f32>>) -> tensor<6xf32>
  %1 = stablehlo.imag %w : (tensor<6xcomplex<f32>>) -> tensor<6xf32>
  check.expect_almost_eq_const(%0, dense<[9.117543273e-01, 2.162196729e+00, 5.293321591e-01, 1.209708026e+00, 1.118033631e+00, 1.414213562e+00]> : tensor<6xf32>) : tensor<6xf32>
  check.expect_almost_eq_const(%1, dense<[2.813960562e-01, 1.622494149e+00, 1.778990494e+00, 6.604337748e-01, 4.812120039e-01, 8.813735870e-01]> : tensor<6xf32>) : tensor<6xf32>
  return
}

func.func @test_asin_acos_kernel_f64() {
  %a = check.input dense<[5.000000000e-01, -1.500000000e+00, 3.000000000e+00, -2.000000000e-01, 1.000000000e-03, 0.000000000e+00]> : tensor<6xf64>
  %b = check.input dense<[2.500000000e-01, 2.000000000e+00, -5.000000000e-01, -7.000000000e-01, 5.000000000e-01, 1.000000000e+00]> : tensor<6xf64>
  %z = stablehlo.complex %a, %b : (tensor<6xf64>, tensor<6xf64>) -> tensor<6xcomplex<f64>>
  %w = chlo._asin_acos_kernel %z : tensor<6xcomplex<f64>> -> tensor<6xcomplex<f64>>
  %0 = stablehlo.real %w : (tensor<6xcomplex<f64>>) -> tensor<6xf64>
  %1 = stablehlo.imag %w : (tensor<6xcomplex<f64>>) -> tensor<6xf64>
  check.expect_almost_eq_const(%0, dense<[9.117543273e-01, 2.162196729e+00, 5.293321591e-01, 1.209708034e+00, 1.118033631e+00, 1.414213562e+00]> : tensor<6xf64>) : tensor<6xf64>
  check.expect_almost_eq_const(%1, dense<[2.813960562e-01, 1.622494149e+00, 1.778990494e+00, 6.604337844e-01, 4.812120039e-01, 8.813735870e-01]> : tensor<6xf64>) : tensor<6xf64>
  return
}
