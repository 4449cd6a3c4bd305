// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_reduce_precision_e5m10() {
  %a = check.input dense<[1.100000023841858e+00, 1.0000000150474662e+30, -2.999999892949745e-08, 6.5519e+04, 0x7FC00000, 0x7F800000, 3.337000012397766e-01]> : tensor<7xf32>
  %0 = stablehlo.reduce_precision %a, format = e5m10 : tensor<7xf32>
  check.expect_eq_const(%0, dense<[1.099609375e+00, 0x7F800000, -0.0e+00, 6.5504e+04, 0x7FC00000, 0x7F800000, 3.33740234375e-01]> : tensor<7xf32>) : tensor<7xf32>
  return
}

func.func @test_reduce_precision_e8m7() {
  %a = check.input dense<[1.100000023841858e+00, 1.0000000150474662e+30, -2.999999892949745e-08, 6.5519e+04, 0x7FC00000, 0x7F800000, 3.337000012397766e-01]> : tensor<7xf32>
  %0 = stablehlo.reduce_precision %a, format = e8m7 : tensor<7xf32>
  check.expect_eq_const(%0, dense<[1.1015625e+00, 1.0002555517425873e+30, -3.003515303134918e-08, 6.5536e+04, 0x7FC00000, 0x7F800000, 3.33984375e-01]> : tensor<7xf32>) : tensor<7xf32>
  return
}

func.func @test_reduce_precision_e4m3() {
  %a = check.input dense<[1.100000023841858e+00, 1.0000000150474662e+30, -2.999999892949745e-08, 6.5519e+04, 0x7FC00000, 0x7F800000, 3.337000012397766e-01]> : tensor<7xf32>
  %0 = stablehlo.reduce_precision %a, format = e4m3 : tensor<7xf32>
  check.expect_eq_const(%0, dense<[1.125e+00, 0x7F800000, -0.0e+00, 0x7F800000, 0x7FC00000, 0x7F800000, 3.4375e-01]> : tensor<7xf32>) : tensor<7xf32>
  return
}
