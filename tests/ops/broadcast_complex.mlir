// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_broadcast_complex_f32() {
  %a = check.input dense<[1.0e+00, 2.0e+00]> : tensor<2xf32>
  %b = check.input dense<[3.0e+00]> : tensor<1xf32>
  %t = chlo.broadcast_complex %a, %b : (tensor<2xf32>, tensor<1xf32>) -> tensor<2xcomplex<f32>>
  %0 = stablehlo.imag %t : (tensor<2xcomplex<f32>>) -> tensor<2xf32>
  check.expect_eq_const(%0, dense<[3.0e+00, 3.0e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}
