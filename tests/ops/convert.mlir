// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_convert_f32_to_i32() {
  %a = check.input dense<[1.5e+00, -1.5e+00, 3.0e+09, -3.0e+09, 0x7FC00000, 0x7F800000, 0.0e+00]> : tensor<7xf32>
  %0 = stablehlo.convert %a : (tensor<7xf32>) -> tensor<7xi32>
  check.expect_eq_const(%0, dense<[1, -1, 2147483647, -2147483648, 0, 2147483647, 0]> : tensor<7xi32>) : tensor<7xi32>
  return
}

func.func @test_convert_f32_to_ui8() {
  %a = check.input dense<[1.5e+00, -1.5e+00, 3.0e+02, 8.999999761581421e-01, 0x7FC00000]> : tensor<5xf32>
  %0 = stablehlo.convert %a : (tensor<5xf32>) -> tensor<5xui8>
  check.expect_eq_const(%0, dense<[1, 0, 255, 0, 0]> : tensor<5xui8>) : tensor<5xui8>
  return
}

func.func @test_convert_f32_to_i1() {
  %a = check.input dense<[0.0e+00, -0.0e+00, 0x7FC00000, 2.0e+00]> : tensor<4xf32>
  %0 = stablehlo.convert %a : (tensor<4xf32>) -> tensor<4xi1>
  check.expect_eq_const(%0, dense<[false, false, true, true]> : tensor<4xi1>) : tensor<4xi1>
  return
}

func.func @test_convert_i32_to_f32() {
  %a = check.input dense<[1, -5, 2147483647]> : tensor<3xi32>
  %0 = stablehlo.convert %a : (tensor<3xi32>) -> tensor<3xf32>
  check.expect_eq_const(%0, dense<[1.0e+00, -5.0e+00, 2.147483648e+09]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @test_convert_i32_to_i8() {
  %a = check.input dense<[300, -129, 5]> : tensor<3xi32>
  %0 = stablehlo.convert %a : (tensor<3xi32>) -> tensor<3xi8>
  check.expect_eq_const(%0, dense<[44, 127, 5]> : tensor<3xi8>) : tensor<3xi8>
  return
}

func.func @test_convert_i8_to_i32() {
  %a = check.input dense<[-1, 127]> : tensor<2xi8>
  %0 = stablehlo.convert %a : (tensor<2xi8>) -> tensor<2xi32>
  check.expect_eq_const(%0, dense<[-1, 127]> : tensor<2xi32>) : tensor<2xi32>
  return
}

func.func @test_convert_ui8_to_i32() {
  %a = check.input dense<[255, 1]> : tensor<2xui8>
  %0 = stablehlo.convert %a : (tensor<2xui8>) -> tensor<2xi32>
  check.expect_eq_const(%0, dense<[255, 1]> : tensor<2xi32>) : tensor<2xi32>
  return
}

func.func @test_convert_ui8_to_f32() {
  %a = check.input dense<[255, 1]> : tensor<2xui8>
  %0 = stablehlo.convert %a : (tensor<2xui8>) -> tensor<2xf32>
  check.expect_eq_const(%0, dense<[2.55e+02, 1.0e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_convert_i1_to_f32() {
  %a = check.input dense<[true, false]> : tensor<2xi1>
  %0 = stablehlo.convert %a : (tensor<2xi1>) -> tensor<2xf32>
  check.expect_eq_const(%0, dense<[1.0e+00, 0.0e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_convert_i1_to_i32() {
  %a = check.input dense<[true, false]> : tensor<2xi1>
  %0 = stablehlo.convert %a : (tensor<2xi1>) -> tensor<2xi32>
  check.expect_eq_const(%0, dense<[1, 0]> : tensor<2xi32>) : tensor<2xi32>
  return
}

func.func @test_convert_i32_to_i1() {
  %a = check.input dense<[2, 0, -1]> : tensor<3xi32>
  %0 = stablehlo.convert %a : (tensor<3xi32>) -> tensor<3xi1>
  check.expect_eq_const(%0, dense<[true, false, true]> : tensor<3xi1>) : tensor<3xi1>
  return
}

func.func @test_convert_f32_to_f16() {
  %a = check.input dense<[1.100000023841858e+00, 7.0e+04, 9.999999717180685e-10]> : tensor<3xf32>
  %0 = stablehlo.convert %a : (tensor<3xf32>) -> tensor<3xf16>
  check.expect_eq_const(%0, dense<[1.099609375e+00, 0x7C00, 0.0e+00]> : tensor<3xf16>) : tensor<3xf16>
  return
}

func.func @test_convert_f16_to_f32() {
  %a = check.input dense<[1.099609375e+00]> : tensor<1xf16>
  %0 = stablehlo.convert %a : (tensor<1xf16>) -> tensor<1xf32>
  check.expect_eq_const(%0, dense<[1.099609375e+00]> : tensor<1xf32>) : tensor<1xf32>
  return
}

func.func @test_convert_f32_to_bf16() {
  %a = check.input dense<[1.100000023841858e+00, 3.0000000054977558e+38]> : tensor<2xf32>
  %0 = stablehlo.convert %a : (tensor<2xf32>) -> tensor<2xbf16>
  check.expect_eq_const(%0, dense<[1.1015625e+00, 3.0040553e+38]> : tensor<2xbf16>) : tensor<2xbf16>
  return
}

func.func @test_convert_bf16_to_f32() {
  %a = check.input dense<[1.1015625e+00]> : tensor<1xbf16>
  %0 = stablehlo.convert %a : (tensor<1xbf16>) -> tensor<1xf32>
  check.expect_eq_const(%0, dense<[1.1015625e+00]> : tensor<1xf32>) : tensor<1xf32>
  return
}

func.func @test_convert_f64_to_f32() {
  %a = check.input dense<[1.1e+00, 1.0e+300]> : tensor<2xf64>
  %0 = stablehlo.convert %a : (tensor<2xf64>) -> tensor<2xf32>
  check.expect_eq_const(%0, dense<[1.100000023841858e+00, 0x7F800000]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_convert_i64_to_i32() {
  %a = check.input dense<[1099511627776, -1]> : tensor<2xi64>
  %0 = stablehlo.convert %a : (tensor<2xi64>) -> tensor<2xi32>
  check.expect_eq_const(%0, dense<[0, -1]> : tensor<2xi32>) : tensor<2xi32>
  return
}

func.func @test_convert_f32_to_i64() {
  %a = check.input dense<[1.0000000200408773e+20, -1.0000000200408773e+20, 5.699999809265137e+00]> : tensor<3xf32>
  %0 = stablehlo.convert %a : (tensor<3xf32>) -> tensor<3xi64>
  check.expect_eq_const(%0, dense<[9223372036854775807, -9223372036854775808, 5]> : tensor<3xi64>) : tensor<3xi64>
  return
}

func.func @test_convert_i64_to_f32() {
  %a = check.input dense<[1099511627776]> : tensor<1xi64>
  %0 = stablehlo.convert %a : (tensor<1xi64>) -> tensor<1xf32>
  check.expect_eq_const(%0, dense<[1.099511627776e+12]> : tensor<1xf32>) : tensor<1xf32>
  return
}

func.func @test_convert_ui32_to_i64() {
  %a = check.input dense<[4294967295]> : tensor<1xui32>
  %0 = stablehlo.convert %a : (tensor<1xui32>) -> tensor<1xi64>
  check.expect_eq_const(%0, dense<[4294967295]> : tensor<1xi64>) : tensor<1xi64>
  return
}

func.func @test_convert_f16_to_i32() {
  %a = check.input dense<[1.5e+00, -2.5e+00]> : tensor<2xf16>
  %0 = stablehlo.convert %a : (tensor<2xf16>) -> tensor<2xi32>
  check.expect_eq_const(%0, dense<[1, -2]> : tensor<2xi32>) : tensor<2xi32>
  return
}

func.func @test_convert_bf16_to_f16() {
  %a = check.input dense<[1.5e+00]> : tensor<1xbf16>
  %0 = stablehlo.convert %a : (tensor<1xbf16>) -> tensor<1xf16>
  check.expect_eq_const(%0, dense<[1.5e+00]> : tensor<1xf16>) : tensor<1xf16>
  return
}
