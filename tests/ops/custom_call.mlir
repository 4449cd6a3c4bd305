// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_custom_call_erf() {
  %a = check.input dense<[5.0e-01, -1.0e+00, 3.0e+00]> : tensor<3xf32>
  %0 = stablehlo.custom_call @mhlo.erf(%a) : (tensor<3xf32>) -> tensor<3xf32>
  check.expect_almost_eq_const(%0, dense<[5.204998850822449e-01, -8.427007794380188e-01, 9.999778866767883e-01]> : tensor<3xf32>) : tensor<3xf32>
  return
}
