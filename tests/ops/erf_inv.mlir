// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_erf_inv_f32() {
  %a = check.input dense<[5.000000000e-01, -2.500000000e-01, 1.000000047e-03, -8.999999762e-01, 9.900000095e-01, 9.999899864e-01, -7.500000000e-01, 9.999999683e-21]> : tensor<8xf32>
  %0 = chlo.erf_inv %a : tensor<8xf32> -> tensor<8xf32>
  check.expect_almost_eq_const(%0, dense<[4.769362807e-01, -2.253120542e-01, 8.862271789e-04, -1.163087130e+00, 1.821386576e+00, 3.123205662e+00, -8.134198189e-01, 8.862269296e-21]> : tensor<8xf32>) : tensor<8xf32>
  return
}

func.func @test_erf_inv_f64() {
  %a = check.input dense<[5.00000000000000000e-01, -2.50000000000000000e-01, 1.00000000000000002e-03, -9.00000000000000022e-01, 9.89999999999999991e-01, 9.99990000000000046e-01, -7.50000000000000000e-01, 9.99999999999999945e-21]> : tensor<8xf64>
  %0 = chlo.erf_inv %a : tensor<8xf64> -> tensor<8xf64>
  check.expect_almost_eq_const(%0, dense<[4.76936276204469878e-01, -2.25312055012178103e-01, 8.86227157466552124e-04, -1.16308715367667426e+00, 1.82138636771844942e+00, 3.12341327434157101e+00, -8.13419847597618539e-01, 8.86226925452758027e-21]> : tensor<8xf64>) : tensor<8xf64>
  return
}

func.func @test_erf_inv_f16() {
  %a = check.input dense<[5.000000000e-01, -2.500000000e-01, 1.000404358e-03, -8.999023438e-01, 9.902343750e-01, -7.500000000e-01, 0.000000000e+00]> : tensor<7xf16>
  %0 = chlo.erf_inv %a : tensor<7xf16> -> tensor<7xf16>
  check.expect_almost_eq_const(%0, dense<[4.770507812e-01, -2.253417969e-01, 8.864402771e-04, -1.163085938e+00, 1.827148438e+00, -8.134765625e-01, 0.000000000e+00]> : tensor<7xf16>) : tensor<7xf16>
  return
}

func.func @test_erf_inv_bf16() {
  %a = check.input dense<[5.000000000e-01, -2.500000000e-01, 9.994506836e-04, -8.984375000e-01, 9.882812500e-01, 1.000000000e+00, -7.500000000e-01, 1.000557669e-20]> : tensor<8xbf16>
  %0 = chlo.erf_inv %a : tensor<8xbf16> -> tensor<8xbf16>
  check.expect_almost_eq_const(%0, dense<[4.765625000e-01, -2.255859375e-01, 8.850097656e-04, -1.156250000e+00, 1.781250000e+00, 0x7F80, -8.125000000e-01, 8.840906387e-21]> : tensor<8xbf16>) : tensor<8xbf16>
  return
}

func.func @test_erf_inv_special_f32() {
  %a = check.input dense<[0.000000000e+00, -0.000000000e+00, 1.000000000e+00, -1.000000000e+00, 1.500000000e+00, -2.000000000e+00, 0x7F800000, 0x7FC00000]> : tensor<8xf32>
  %0 = chlo.erf_inv %a : tensor<8xf32> -> tensor<8xf32>
  check.expect_eq_const(%0, dense<[0.000000000e+00, -0.000000000e+00, 0x7F800000, 0xFF800000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000]> : tensor<8xf32>) : tensor<8xf32>
  return
}

func.func @test_erf_inv_special_f64() {
  %a = check.input dense<[0.00000000000000000e+00, -0.00000000000000000e+00, 1.00000000000000000e+00, -1.00000000000000000e+00, 1.50000000000000000e+00, -2.00000000000000000e+00, 0x7FF0000000000000, 0x7FF8000000000000]> : tensor<8xf64>
  %0 = chlo.erf_inv %a : tensor<8xf64> -> tensor<8xf64>
  check.expect_eq_const(%0, dense<[0.00000000000000000e+00, -0.00000000000000000e+00, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 0x7FF8000000000000, 0x7FF8000000000000, 0x7FF8000000000000]> : tensor<8xf64>) : tensor<8xf64>
  return
}

func.func @test_erf_inv_rank_0() {
  %a = check.input dense<7.500000000e-01> : tensor<f32>
  %0 = chlo.erf_inv %a : tensor<f32> -> tensor<f32>
  check.expect_almost_eq_const(%0, dense<8.134198189e-01> : tensor<f32>) : tensor<f32>
  return
}

func.func @test_erf_inv_no_elements() {
  %a = check.input dense<[]> : tensor<0xf32>
  %0 = chlo.erf_inv %a : tensor<0xf32> -> tensor<0xf32>
  check.expect_almost_eq_const(%0, dense<[]> : tensor<0xf32>) : tensor<0xf32>
  return
}
