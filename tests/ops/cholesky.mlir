// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_cholesky_lower() {
  %a = check.input dense<[[3.1875, -1.9375, 1.125], [-1.9375, 2.8125, -1.1875], [1.125, -1.1875, 2.375]]> : tensor<3x3xf32>
  %0 = stablehlo.cholesky %a, lower = true : tensor<3x3xf32>
  check.expect_almost_eq_const(%0, dense<[[1.7853572, 0.0, 0.0], [-1.0852171, 1.2785944, 0.0], [0.63012606, -0.39392975, 1.3500965]]> : tensor<3x3xf32>) : tensor<3x3xf32>
  return
}

func.func @test_cholesky_upper() {
  %a = check.input dense<[[5.6875, -1.6875, -1.5], [-1.6875, 4.3125, 1.4375], [-1.5, 1.4375, 5.625]]> : tensor<3x3xf32>
  %0 = stablehlo.cholesky %a, lower = false : tensor<3x3xf32>
  check.expect_almost_eq_const(%0, dense<[[2.3848479, -0.70759225, -0.62897086], [0.0, 1.9523865, 0.508324], [0.0, 0.0, 2.2295744]]> : tensor<3x3xf32>) : tensor<3x3xf32>
  return
}

func.func @test_cholesky_upper_by_default() {
  %a = check.input dense<[[1.8125, 0.3125], [0.3125, 1.8125]]> : tensor<2x2xf32>
  %0 = stablehlo.cholesky %a : tensor<2x2xf32>
  check.expect_almost_eq_const(%0, dense<[[1.3462912, 0.23211917], [0.0, 1.3261299]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}

func.func @test_cholesky_batches() {
  %a = check.input dense<[[[[1.25, -0.375], [-0.375, 1.8125]]], [[[4.125, 1.8125], [1.8125, 2.0625]]]]> : tensor<2x1x2x2xf32>
  %0 = stablehlo.cholesky %a, lower = true : tensor<2x1x2x2xf32>
  check.expect_almost_eq_const(%0, dense<[[[[1.118034, 0.0], [-0.33541018, 1.3038405]]], [[[2.0310097, 0.0], [0.8924133, 1.1252104]]]]> : tensor<2x1x2x2xf32>) : tensor<2x1x2x2xf32>
  return
}

func.func @test_cholesky_f64() {
  %a = check.input dense<[[2.625, 1.5625, -0.5, 2.5], [1.5625, 4.8125, -1.9375, 2.875], [-0.5, -1.9375, 4.1875, -2.0], [2.5, 2.875, -2.0, 6.0625]]> : tensor<4x4xf64>
  %0 = stablehlo.cholesky %a, lower = true : tensor<4x4xf64>
  check.expect_almost_eq_const(%0, dense<[[1.620185174601965, 0.0, 0.0, 0.0], [0.9643959372630745, 1.970390945013318, 0.0, 0.0], [-0.3086066999241838, -0.8322617176713976, 1.8438010570721992, 0.0], [1.5430334996209192, 0.703872886451672, -0.5087333379656482, 1.7109357000215233]]> : tensor<4x4xf64>) : tensor<4x4xf64>
  return
}

func.func @test_cholesky_f16() {
  %a = check.input dense<[[5.0, 0.5], [0.5, 1.125]]> : tensor<2x2xf16>
  %0 = stablehlo.cholesky %a, lower = true : tensor<2x2xf16>
  check.expect_almost_eq_const(%0, dense<[[2.236, 0.0], [0.2236, 1.037]]> : tensor<2x2xf16>) : tensor<2x2xf16>
  return
}

func.func @test_cholesky_bf16() {
  %a = check.input dense<[[4.0, 2.0], [2.0, 5.0]]> : tensor<2x2xbf16>
  %0 = stablehlo.cholesky %a, lower = true : tensor<2x2xbf16>
  check.expect_almost_eq_const(%0, dense<[[2.0, 0.0], [1.0, 2.0]]> : tensor<2x2xbf16>) : tensor<2x2xbf16>
  return
}

func.func @test_cholesky_complex_lower() {
  %a = check.input dense<[[(5.8125, 0.0), (-0.6875, -1.9375), (2.5625, 4.1875)], [(-0.6875, 1.9375), (4.4375, 0.0), (-3.25, 1.9375)], [(2.5625, -4.1875), (-3.25, -1.9375), (10.0625, 0.0)]]> : tensor<3x3xcomplex<f32>>
  %0 = stablehlo.cholesky %a, lower = true : tensor<3x3xcomplex<f32>>
  check.expect_almost_eq_const(%0, dense<[[(2.4109125, 0.0), (0.0, 0.0), (0.0, 0.0)], [(-0.2851617, 0.80363756), (1.9262269, 1.6998546e-10), (0.0, 0.0)], [(1.0628755, -1.736894), (-0.8052403, -0.81954473), (2.1438117, -1.30922055e-08)]]> : tensor<3x3xcomplex<f32>>) : tensor<3x3xcomplex<f32>>
  return
}

func.func @test_cholesky_complex_upper() {
  %a = check.input dense<[[(1.875, 0.0), (0.75, -1.0)], [(0.75, 1.0), (3.6875, 0.0)]]> : tensor<2x2xcomplex<f64>>
  %0 = stablehlo.cholesky %a, lower = false : tensor<2x2xcomplex<f64>>
  check.expect_almost_eq_const(%0, dense<[[(1.3693063937629153, 0.0), (0.5477225575051661, -0.7302967433402214)], [(0.0, 0.0), (1.689427911059441, -1.403391375930805e-17)]]> : tensor<2x2xcomplex<f64>>) : tensor<2x2xcomplex<f64>>
  return
}

func.func @test_cholesky_reads_one_triangle() {
  %a = check.input dense<[[5.125, 0x7FC00000, 0x7FC00000], [0.3125, 3.625, 0x7FC00000], [-0.625, 2.4375, 3.8125]]> : tensor<3x3xf32>
  %0 = stablehlo.cholesky %a, lower = true : tensor<3x3xf32>
  check.expect_almost_eq_const(%0, dense<[[2.2638462, 0.0, 0.0], [0.13803941, 1.8989326, 0.0], [-0.27607882, 1.303685, 1.427125]]> : tensor<3x3xf32>) : tensor<3x3xf32>
  return
}

func.func @test_cholesky_not_positive_definite() {
  %a = check.input dense<[[[2.8125, -0.125], [-0.125, 1.0625]], [[1.25, -0.625], [-0.625, -1.0]]]> : tensor<2x2x2xf32>
  %0 = stablehlo.cholesky %a, lower = true : tensor<2x2x2xf32>
  check.expect_almost_eq_const(%0, dense<[[[1.6770511, 0.0], [-0.0745356, 1.0280781]], [[0x7FC00000, 0x7FC00000], [0x7FC00000, 0x7FC00000]]]> : tensor<2x2x2xf32>) : tensor<2x2x2xf32>
  return
}

func.func @test_cholesky_nan() {
  %a = check.input dense<[[0x7FC00000, 0.75], [0.75, 1.125]]> : tensor<2x2xf32>
  %0 = stablehlo.cholesky %a, lower = true : tensor<2x2xf32>
  check.expect_almost_eq_const(%0, dense<0x7FC00000> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}

func.func @test_cholesky_one_by_one() {
  %a = check.input dense<[[4.0]]> : tensor<1x1xf32>
  %0 = stablehlo.cholesky %a, lower = true : tensor<1x1xf32>
  check.expect_almost_eq_const(%0, dense<[[2.0]]> : tensor<1x1xf32>) : tensor<1x1xf32>
  return
}

func.func @test_cholesky_no_elements() {
  %a = check.input dense<> : tensor<0x0xf32>
  %0 = stablehlo.cholesky %a, lower = true : tensor<0x0xf32>
  check.expect_almost_eq_const(%0, dense<> : tensor<0x0xf32>) : tensor<0x0xf32>
  return
}

func.func @test_cholesky_no_batches() {
  %a = check.input dense<> : tensor<0x2x2xf32>
  %0 = stablehlo.cholesky %a, lower = false : tensor<0x2x2xf32>
  check.expect_almost_eq_const(%0, dense<> : tensor<0x2x2xf32>) : tensor<0x2x2xf32>
  return
}
