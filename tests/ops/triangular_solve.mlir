// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_triangular_solve_lower() {
  %a = check.input dense<[[3.25, -0.5, -0.5], [-0.75, 2.5, 0.25], [-0.5, 0.0, 5.0]]> : tensor<3x3xf32>
  %b = check.input dense<[[0.5, -1.5], [1.75, 0.25], [-1.0, 1.0]]> : tensor<3x2xf32>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  check.expect_almost_eq_const(%0, dense<[[0.15384616, -0.4615385], [0.74615383, -0.03846156], [-0.18461539, 0.15384614]]> : tensor<3x2xf32>) : tensor<3x2xf32>
  return
}

func.func @test_triangular_solve_upper() {
  %a = check.input dense<[[3.0, -0.5, -0.75], [-1.0, 3.0, 1.0], [-0.25, 0.5, 5.0]]> : tensor<3x3xf32>
  %b = check.input dense<[[-1.25, 0.25], [-0.25, -1.0], [-1.0, -0.0]]> : tensor<3x2xf32>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = false, unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  check.expect_almost_eq_const(%0, dense<[[-0.46944448, 0.027777776], [-0.016666666, -0.33333334], [-0.2, 0.0]]> : tensor<3x2xf32>) : tensor<3x2xf32>
  return
}

func.func @test_triangular_solve_right() {
  %a = check.input dense<[[3.5, -0.5, 0.0], [0.75, 3.25, 0.75], [0.5, 0.5, 4.75]]> : tensor<3x3xf32>
  %b = check.input dense<[[0.5, 0.25, 0.75], [-1.0, -0.25, 0.75]]> : tensor<2x3xf32>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = false, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<3x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  check.expect_almost_eq_const(%0, dense<[[0.109022565, 0.05263158, 0.15789473], [-0.28658184, -0.10121458, 0.15789473]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}

func.func @test_triangular_solve_right_upper() {
  %a = check.input dense<[[3.75, 1.5, 0.0], [-1.5, 5.0, 1.0], [-1.0, 1.5, 3.0]]> : tensor<3x3xf32>
  %b = check.input dense<[[-1.75, -0.5, -0.5], [1.5, -0.75, -0.25]]> : tensor<2x3xf32>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = false, lower = false, unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<3x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  check.expect_almost_eq_const(%0, dense<[[-0.4666667, 0.040000014, -0.18], [0.40000004, -0.27, 0.006666675]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}

func.func @test_triangular_solve_transpose() {
  %a = check.input dense<[[2.75, -0.5, -1.0], [0.25, 4.0, 0.5], [-1.0, -1.25, 3.0]]> : tensor<3x3xf32>
  %b = check.input dense<[[-0.75, -0.75], [-1.75, 2.0], [1.0, -1.0]]> : tensor<3x2xf32>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose TRANSPOSE>}> : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  check.expect_almost_eq_const(%0, dense<[[-0.12121212, -0.42992425], [-0.3333333, 0.3958333], [0.33333334, -0.33333334]]> : tensor<3x2xf32>) : tensor<3x2xf32>
  return
}

func.func @test_triangular_solve_upper_transpose() {
  %a = check.input dense<[[4.0, 1.25, -2.5], [-0.5, 2.5, 0.75], [0.0, -0.25, 3.0]]> : tensor<3x3xf32>
  %b = check.input dense<[[1.75], [2.25], [-0.5]]> : tensor<3x1xf32>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = false, unit_diagonal = false, transpose_a = #stablehlo<transpose TRANSPOSE>}> : (tensor<3x3xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
  check.expect_almost_eq_const(%0, dense<[[0.4375], [0.68125004], [0.027604163]]> : tensor<3x1xf32>) : tensor<3x1xf32>
  return
}

func.func @test_triangular_solve_right_transpose() {
  %a = check.input dense<[[2.0, 2.75], [-1.0, 2.5]]> : tensor<2x2xf32>
  %b = check.input dense<[[0.0, 0.5], [1.0, 0.5], [-0.75, 0.5]]> : tensor<3x2xf32>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = false, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose TRANSPOSE>}> : (tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  check.expect_almost_eq_const(%0, dense<[[0.0, 0.2], [0.5, 0.4], [-0.375, 0.049999997]]> : tensor<3x2xf32>) : tensor<3x2xf32>
  return
}

func.func @test_triangular_solve_adjoint_of_real() {
  %a = check.input dense<[[3.25, 2.0], [0.0, 1.75]]> : tensor<2x2xf64>
  %b = check.input dense<[[-1.0, 1.5], [-0.5, -2.0]]> : tensor<2x2xf64>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose ADJOINT>}> : (tensor<2x2xf64>, tensor<2x2xf64>) -> tensor<2x2xf64>
  check.expect_almost_eq_const(%0, dense<[[-0.3076923076923077, 0.46153846153846156], [-0.2857142857142857, -1.1428571428571428]]> : tensor<2x2xf64>) : tensor<2x2xf64>
  return
}

func.func @test_triangular_solve_unit_diagonal() {
  %a = check.input dense<[[2.5, 0.0, 1.25], [-1.0, 3.75, 0.75], [-0.75, -0.25, 4.75]]> : tensor<3x3xf32>
  %b = check.input dense<[[1.75, 0.75], [0.25, 1.25], [-0.25, -0.0]]> : tensor<3x2xf32>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = true, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  check.expect_almost_eq_const(%0, dense<[[1.75, 0.75], [2.0, 2.0], [1.5625, 1.0625]]> : tensor<3x2xf32>) : tensor<3x2xf32>
  return
}

func.func @test_triangular_solve_batches() {
  %a = check.input dense<[[[[2.25, 0.0], [0.0, 5.75]]], [[[2.75, 1.25], [1.25, 2.75]]]]> : tensor<2x1x2x2xf32>
  %b = check.input dense<[[[[1.25, -2.25, 0.0], [0.75, -2.5, -1.25]]], [[[1.0, -0.25, -1.0], [-0.25, -0.5, 0.75]]]]> : tensor<2x1x2x3xf32>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<2x1x2x2xf32>, tensor<2x1x2x3xf32>) -> tensor<2x1x2x3xf32>
  check.expect_almost_eq_const(%0, dense<[[[[0.5555556, -1.0, 0.0], [0.13043478, -0.43478262, -0.21739131]]], [[[0.36363637, -0.09090909, -0.36363637], [-0.25619835, -0.14049587, 0.43801653]]]]> : tensor<2x1x2x3xf32>) : tensor<2x1x2x3xf32>
  return
}

func.func @test_triangular_solve_f16() {
  %a = check.input dense<[[3.5, -0.25], [-0.75, 3.0]]> : tensor<2x2xf16>
  %b = check.input dense<[[1.25, 0.25], [0.75, -0.25]]> : tensor<2x2xf16>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<2x2xf16>, tensor<2x2xf16>) -> tensor<2x2xf16>
  check.expect_almost_eq_const(%0, dense<[[0.357, 0.0714], [0.339, -0.0654]]> : tensor<2x2xf16>) : tensor<2x2xf16>
  return
}

func.func @test_triangular_solve_bf16() {
  %a = check.input dense<[[2.0, 0.0], [1.0, 4.0]]> : tensor<2x2xbf16>
  %b = check.input dense<[[4.0], [2.0]]> : tensor<2x1xbf16>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<2x2xbf16>, tensor<2x1xbf16>) -> tensor<2x1xbf16>
  check.expect_almost_eq_const(%0, dense<[[2.0], [0.0]]> : tensor<2x1xbf16>) : tensor<2x1xbf16>
  return
}

func.func @test_triangular_solve_complex() {
  %a = check.input dense<[[(1.75, -1.0), (-0.75, -1.5)], [(0.75, 0.0), (3.0, -0.25)]]> : tensor<2x2xcomplex<f32>>
  %b = check.input dense<[[(-0.25, 1.0), (-0.25, 1.0)], [(0.25, 1.25), (0.25, 0.75)]]> : tensor<2x2xcomplex<f32>>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<2x2xcomplex<f32>>, tensor<2x2xcomplex<f32>>) -> tensor<2x2xcomplex<f32>>
  check.expect_almost_eq_const(%0, dense<[[(-0.35384616, 0.36923078), (-0.35384616, 0.36923078)], [(0.14376658, 0.3363395), (0.1575597, 0.17082228)]]> : tensor<2x2xcomplex<f32>>) : tensor<2x2xcomplex<f32>>
  return
}

func.func @test_triangular_solve_complex_transpose() {
  %a = check.input dense<[[(2.75, 0.5), (0.0, 1.25)], [(0.5, -0.75), (2.75, -1.75)]]> : tensor<2x2xcomplex<f32>>
  %b = check.input dense<[[(1.25, 1.75), (0.0, 0.75)], [(0.75, -0.25), (-1.25, -0.25)]]> : tensor<2x2xcomplex<f32>>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose TRANSPOSE>}> : (tensor<2x2xcomplex<f32>>, tensor<2x2xcomplex<f32>>) -> tensor<2x2xcomplex<f32>>
  check.expect_almost_eq_const(%0, dense<[[(0.5044706, 0.5981177), (0.16423531, 0.2150588)], [(0.23529413, 0.058823533), (-0.28235295, -0.27058825)]]> : tensor<2x2xcomplex<f32>>) : tensor<2x2xcomplex<f32>>
  return
}

func.func @test_triangular_solve_complex_adjoint() {
  %a = check.input dense<[[(3.0, 1.25), (-0.25, 0.0)], [(-0.25, 0.0), (2.0, 0.0)]]> : tensor<2x2xcomplex<f64>>
  %b = check.input dense<[[(-2.25, 0.0), (0.5, -1.0)], [(-0.25, 0.75), (-0.25, -0.75)]]> : tensor<2x2xcomplex<f64>>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = false, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose ADJOINT>}> : (tensor<2x2xcomplex<f64>>, tensor<2x2xcomplex<f64>>) -> tensor<2x2xcomplex<f64>>
  check.expect_almost_eq_const(%0, dense<[[(-0.6390532544378699, -0.2662721893491124), (0.17011834319526625, -0.533284023668639)], [(-0.15976331360946744, 0.1834319526627219), (-0.14497041420118342, -0.35207100591715973)]]> : tensor<2x2xcomplex<f64>>) : tensor<2x2xcomplex<f64>>
  return
}

func.func @test_triangular_solve_reads_one_triangle() {
  %a = check.input dense<[[2.0, 0x7FC00000, 0x7FC00000], [0.75, 2.5, 0x7FC00000], [1.0, -1.0, 4.25]]> : tensor<3x3xf32>
  %b = check.input dense<[[-0.0, -0.75], [-0.75, 0.5], [1.0, -0.25]]> : tensor<3x2xf32>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  check.expect_almost_eq_const(%0, dense<[[0.0, -0.375], [-0.3, 0.3125], [0.16470587, 0.10294117]]> : tensor<3x2xf32>) : tensor<3x2xf32>
  return
}

func.func @test_triangular_solve_unit_diagonal_is_not_read() {
  %a = check.input dense<[[0x7FC00000, 2.0], [-0.25, 0x7FC00000]]> : tensor<2x2xf32>
  %b = check.input dense<[[-1.0, -1.5], [-0.75, -0.75]]> : tensor<2x2xf32>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = true, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  check.expect_almost_eq_const(%0, dense<[[-1.0, -1.5], [-1.0, -1.125]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}

func.func @test_triangular_solve_no_equations() {
  %a = check.input dense<> : tensor<0x0xf32>
  %b = check.input dense<> : tensor<0x2xf32>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<0x0xf32>, tensor<0x2xf32>) -> tensor<0x2xf32>
  check.expect_almost_eq_const(%0, dense<> : tensor<0x2xf32>) : tensor<0x2xf32>
  return
}

func.func @test_triangular_solve_no_right_hand_sides() {
  %a = check.input dense<[[1.0, 0.0], [0.0, 1.0]]> : tensor<2x2xf32>
  %b = check.input dense<> : tensor<2x0xf32>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<2x2xf32>, tensor<2x0xf32>) -> tensor<2x0xf32>
  check.expect_almost_eq_const(%0, dense<> : tensor<2x0xf32>) : tensor<2x0xf32>
  return
}

func.func @test_triangular_solve_one_by_one() {
  %a = check.input dense<[[2.0]]> : tensor<1x1xf32>
  %b = check.input dense<[[3.0, 5.0]]> : tensor<1x2xf32>
  %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<1x1xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  check.expect_almost_eq_const(%0, dense<[[1.5, 2.5]]> : tensor<1x2xf32>) : tensor<1x2xf32>
  return
}
