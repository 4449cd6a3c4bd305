// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_real_dynamic_slice_strided() {
  %a = check.input dense<[0.0e+00, 1.0e+00, 2.0e+00, 3.0e+00, 4.0e+00, 5.0e+00, 6.0e+00, 7.0e+00, 8.0e+00, 9.0e+00]> : tensor<10xf32>
  %b = check.input dense<[1]> : tensor<1xi32>
  %c = check.input dense<[8]> : tensor<1xi32>
  %d = check.input dense<[3]> : tensor<1xi32>
  %y = stablehlo.real_dynamic_slice %a, %b, %c, %d : (tensor<10xf32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<?xf32>
  %0 = tensor.cast %y : tensor<?xf32> to tensor<3xf32>
  check.expect_eq_const(%0, dense<[1.0e+00, 4.0e+00, 7.0e+00]> : tensor<3xf32>) : tensor<3xf32>
  return
}
