// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_constant_like_f32() {
  %a = check.input dense<[0x7F800000, 0xFF800000, 0x7FC00000, 1.0e+00]> : tensor<4xf32>
  %0 = chlo.constant_like %a {value = 2.5 : f32} : tensor<4xf32>
  check.expect_eq_const(%0, dense<[2.5e+00, 2.5e+00, 2.5e+00, 2.5e+00]> : tensor<4xf32>) : tensor<4xf32>
  return
}
