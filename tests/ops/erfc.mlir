// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_erfc_f32() {
  %a = check.input dense<[5.0e-01, -2.5e-01, 0.0e+00]> : tensor<3xf32>
  %0 = chlo.erfc %a : tensor<3xf32>
  check.expect_almost_eq_const(%0, dense<[4.795001149177551e-01, 1.2763264179229736e+00, 1.0e+00]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @test_erfc_f8E8M0FNU() {
  %a = check.input dense<[1.0e+00, 8.0e+00, 1.6e+01, 1.024e+03]> : tensor<4xf8E8M0FNU>
  %0 = chlo.erfc %a : tensor<4xf8E8M0FNU> -> tensor<4xf8E8M0FNU>
  %1 = stablehlo.convert %0 : (tensor<4xf8E8M0FNU>) -> tensor<4xf32>
  check.expect_eq_const(%1, dense<[1.25e-01, 1.262177448353618880e-29, 0x7FC00000, 0x7FC00000]> : tensor<4xf32>) : tensor<4xf32>
  return
}
