// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_remainder_f32() {
  %a = check.input dense<[5.5e+00, -5.5e+00, 5.5e+00, -5.5e+00, 1.0e+00]> : tensor<5xf32>
  %b = check.input dense<[2.0e+00, 2.0e+00, -2.0e+00, -2.0e+00, 0x7F800000]> : tensor<5xf32>
  %0 = stablehlo.remainder %a, %b : tensor<5xf32>
  check.expect_almost_eq_const(%0, dense<[1.5e+00, -1.5e+00, 1.5e+00, -1.5e+00, 1.0e+00]> : tensor<5xf32>) : tensor<5xf32>
  return
}

func.func @test_remainder_i8() {
  %a = check.input dense<[-128, 127, 7, -7, 7, -7, -128, 5, 0]> : tensor<9xi8>
  %b = check.input dense<[1, 1, 2, 2, -2, -2, -1, 0, 3]> : tensor<9xi8>
  %0 = stablehlo.remainder %a, %b : tensor<9xi8>
  check.expect_eq_const(%0, dense<[0, 0, 1, -1, 1, -1, 0, 5, 0]> : tensor<9xi8>) : tensor<9xi8>
  return
}

func.func @test_remainder_i32() {
  %a = check.input dense<[-2147483648, 2147483647, 7, -7, 7, -7, -2147483648, 5, 0]> : tensor<9xi32>
  %b = check.input dense<[1, 1, 2, 2, -2, -2, -1, 0, 3]> : tensor<9xi32>
  %0 = stablehlo.remainder %a, %b : tensor<9xi32>
  check.expect_eq_const(%0, dense<[0, 0, 1, -1, 1, -1, 0, 5, 0]> : tensor<9xi32>) : tensor<9xi32>
  return
}

func.func @test_remainder_i64() {
  %a = check.input dense<[-9223372036854775808, 9223372036854775807, 7, -7, 7, -7, -9223372036854775808, 5, 0]> : tensor<9xi64>
  %b = check.input dense<[1, 1, 2, 2, -2, -2, -1, 0, 3]> : tensor<9xi64>
  %0 = stablehlo.remainder %a, %b : tensor<9xi64>
  check.expect_eq_const(%0, dense<[0, 0, 1, -1, 1, -1, 0, 5, 0]> : tensor<9xi64>) : tensor<9xi64>
  return
}

func.func @test_remainder_ui8() {
  %a = check.input dense<[0, 200, 255, 7, 255, 9]> : tensor<6xui8>
  %b = check.input dense<[1, 100, 255, 2, 0, 7]> : tensor<6xui8>
  %0 = stablehlo.remainder %a, %b : tensor<6xui8>
  check.expect_eq_const(%0, dense<[0, 0, 0, 1, 255, 2]> : tensor<6xui8>) : tensor<6xui8>
  return
}

func.func @test_remainder_of_any_quotient_f32() {
  %a = check.input dense<[3.00000000549775576e+38, -3.00000000549775576e+38, 1.00000001504746622e+30, 1.67772160000000000e+07, 9.99994610111475958e-41, 5.00000000000000000e+00, -5.00000000000000000e+00, 1.00000000000000000e+00]> : tensor<8xf32>
  %b = check.input dense<[7.00000010583886848e-39, 1.40129846432481707e-45, 3.00000000000000000e+00, 3.00000011920928955e-01, 3.00018001211943335e-42, 5.00000000000000000e+00, 2.50000000000000000e+00, 3.00000000549775576e+38]> : tensor<8xf32>
  %0 = stablehlo.remainder %a, %b : tensor<8xf32>
  check.expect_eq_const(%0, dense<[4.16114177682790104e-39, -0.00000000000000000e+00, 0.00000000000000000e+00, 3.33333611488342285e-02, 9.93520611206295303e-43, 0.00000000000000000e+00, -0.00000000000000000e+00, 1.00000000000000000e+00]> : tensor<8xf32>) : tensor<8xf32>
  return
}

func.func @test_remainder_of_any_quotient_f64() {
  %a = check.input dense<[1.00000000000000001e+308, -1.50000000000000002e+308, 1.00000000000000005e+300, 1.00000000000000000e+17, 9.99999999999996945e-311, 5.00000000000000000e+00, -5.00000000000000000e+00, 1.00000000000000000e+00, 1.69999999999999994e+308]> : tensor<9xf64>
  %b = check.input dense<[7.00000000000000035e-308, 4.94065645841246544e-324, 3.00000000000000000e+00, 2.99999999999999989e-01, 2.99996660154804902e-320, 5.00000000000000000e+00, 2.50000000000000000e+00, 1.00000000000000001e+308, 3.00000000000000024e-300]> : tensor<9xf64>
  %0 = stablehlo.remainder %a, %b : tensor<9xf64>
  check.expect_eq_const(%0, dense<[3.14213519187405335e-308, -0.00000000000000000e+00, 0.00000000000000000e+00, 2.00743415417188598e-01, 4.12544814277440864e-321, 0.00000000000000000e+00, -0.00000000000000000e+00, 1.00000000000000000e+00, 1.58082247403982863e-300]> : tensor<9xf64>) : tensor<9xf64>
  return
}
