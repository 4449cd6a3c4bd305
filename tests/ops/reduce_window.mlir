// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_reduce_window_max_pool() {
  %a = check.input dense<[[[[-2.0e+00, 1.75e+00], [2.5e-01, -7.5e-01], [-5.0e-01, -1.0e+00], [7.5e-01, 7.5e-01]], [[-7.5e-01, -1.5e+00], [-7.5e-01, -2.5e-01], [1.0e+00, -7.5e-01], [-2.5e-01, 0.0e+00]], [[-1.5e+00, 2.5e-01], [-5.0e-01, 5.0e-01], [7.5e-01, -5.0e-01], [-7.5e-01, 1.5e+00]], [[1.0e+00, 1.25e+00], [7.5e-01, 1.5e+00], [1.25e+00, -2.5e-01], [1.5e+00, 7.5e-01]]]]> : tensor<1x4x4x2xf32>
  %b = check.input dense<0xFF800000> : tensor<f32>
  %0 = "stablehlo.reduce_window"(%a, %b) <{window_dimensions = array<i64: 1, 2, 2, 1>, window_strides = array<i64: 1, 2, 2, 1>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %1 = stablehlo.maximum %x, %y : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<1x4x4x2xf32>, tensor<f32>) -> tensor<1x2x2x2xf32>
  check.expect_almost_eq_const(%0, dense<[[[[2.5e-01, 1.75e+00], [1.0e+00, 7.5e-01]], [[1.0e+00, 1.5e+00], [1.5e+00, 1.5e+00]]]]> : tensor<1x2x2x2xf32>) : tensor<1x2x2x2xf32>
  return
}

func.func @test_reduce_window_average_same() {
  %a = check.input dense<[[[[1.0e+00], [-5.0e-01], [-5.0e-01]], [[-1.0e+00], [-1.75e+00], [5.0e-01]], [[1.75e+00], [1.75e+00], [-5.0e-01]]]]> : tensor<1x3x3x1xf32>
  %b = check.input dense<0.0e+00> : tensor<f32>
  %0 = "stablehlo.reduce_window"(%a, %b) <{window_dimensions = array<i64: 1, 2, 2, 1>, padding = dense<[[0, 0], [0, 1], [0, 1], [0, 0]]> : tensor<4x2xi64>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %1 = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<1x3x3x1xf32>, tensor<f32>) -> tensor<1x3x3x1xf32>
  check.expect_almost_eq_const(%0, dense<[[[[-2.25e+00], [-2.25e+00], [0.0e+00]], [[7.5e-01], [0.0e+00], [0.0e+00]], [[3.5e+00], [1.25e+00], [-5.0e-01]]]]> : tensor<1x3x3x1xf32>) : tensor<1x3x3x1xf32>
  return
}

func.func @test_reduce_window_dilated() {
  %a = check.input dense<[1.0e+00, 7.5e-01, -1.0e+00, 2.5e-01, -1.25e+00, 1.5e+00]> : tensor<6xf32>
  %b = check.input dense<0.0e+00> : tensor<f32>
  %0 = "stablehlo.reduce_window"(%a, %b) <{window_dimensions = array<i64: 2>, window_dilations = array<i64: 3>, window_strides = array<i64: 2>, base_dilations = array<i64: 1>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %1 = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<6xf32>, tensor<f32>) -> tensor<2xf32>
  check.expect_almost_eq_const(%0, dense<[1.25e+00, 5.0e-01]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_reduce_window_base_dilated() {
  %a = check.input dense<[4, 2, 3]> : tensor<3xi32>
  %b = check.input dense<0> : tensor<i32>
  %0 = "stablehlo.reduce_window"(%a, %b) <{window_dimensions = array<i64: 2>, base_dilations = array<i64: 2>}> ({
  ^bb0(%x: tensor<i32>, %y: tensor<i32>):
    %1 = stablehlo.add %x, %y : tensor<i32>
    stablehlo.return %1 : tensor<i32>
  }) : (tensor<3xi32>, tensor<i32>) -> tensor<4xi32>
  check.expect_eq_const(%0, dense<[4, 2, 2, 3]> : tensor<4xi32>) : tensor<4xi32>
  return
}

func.func @test_reduce_window_cumulative() {
  %a = check.input dense<[7, 6, -1, -7, 7]> : tensor<5xi32>
  %b = check.input dense<0> : tensor<i32>
  %0 = "stablehlo.reduce_window"(%a, %b) <{window_dimensions = array<i64: 5>, padding = dense<[[4, 0]]> : tensor<1x2xi64>}> ({
  ^bb0(%x: tensor<i32>, %y: tensor<i32>):
    %1 = stablehlo.add %x, %y : tensor<i32>
    stablehlo.return %1 : tensor<i32>
  }) : (tensor<5xi32>, tensor<i32>) -> tensor<5xi32>
  check.expect_eq_const(%0, dense<[7, 13, 12, 5, 12]> : tensor<5xi32>) : tensor<5xi32>
  return
}

func.func @test_reduce_window_negative_padding() {
  %a = check.input dense<[1.25e+00, 2.5e-01, -5.0e-01, -1.25e+00, -1.0e+00]> : tensor<5xf32>
  %b = check.input dense<0xFF800000> : tensor<f32>
  %0 = "stablehlo.reduce_window"(%a, %b) <{window_dimensions = array<i64: 2>, padding = dense<[[-1, -1]]> : tensor<1x2xi64>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %1 = stablehlo.maximum %x, %y : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<5xf32>, tensor<f32>) -> tensor<2xf32>
  check.expect_almost_eq_const(%0, dense<[2.5e-01, -5.0e-01]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_reduce_window_unit_window() {
  %a = check.input dense<[1.5e+00, -7.5e-01, -1.5e+00, 1.75e+00]> : tensor<4xf32>
  %b = check.input dense<0xFF800000> : tensor<f32>
  %0 = "stablehlo.reduce_window"(%a, %b) <{window_dimensions = array<i64: 1>, window_strides = array<i64: 2>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %1 = stablehlo.maximum %x, %y : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<4xf32>, tensor<f32>) -> tensor<2xf32>
  check.expect_almost_eq_const(%0, dense<[1.5e+00, -1.5e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}
func.func @test_reduce_window_cumulative() {
  %a = check.input dense<[-4.000000e+00, -5.000000e+00, 8.000000e+00, -7.000000e+00]> : tensor<4xf32>
  %b = check.input dense<0.000000e+00> : tensor<f32>
  %0 = "stablehlo.reduce_window"(%a, %b) <{window_dimensions = array<i64: 4>, window_strides = array<i64: 1>, base_dilations = array<i64: 1>, window_dilations = array<i64: 1>, padding = dense<[[3, 0]]> : tensor<1x2xi64>}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %z0 = stablehlo.add %x0, %y0 : tensor<f32>
    stablehlo.return %z0 : tensor<f32>
  }) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  check.expect_eq_const(%0, dense<[-4.000000e+00, -9.000000e+00, -1.000000e+00, -8.000000e+00]> : tensor<4xf32>) : tensor<4xf32>
  return
}
func.func @test_reduce_window_cumulative_from_the_end() {
  %a = check.input dense<[-8.000000e+00, 5.000000e+00, -4.000000e+00, 2.000000e+00, -3.000000e+00]> : tensor<5xf32>
  %b = check.input dense<0.000000e+00> : tensor<f32>
  %0 = "stablehlo.reduce_window"(%a, %b) <{window_dimensions = array<i64: 5>, window_strides = array<i64: 1>, base_dilations = array<i64: 1>, window_dilations = array<i64: 1>, padding = dense<[[0, 4]]> : tensor<1x2xi64>}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %z0 = stablehlo.add %x0, %y0 : tensor<f32>
    stablehlo.return %z0 : tensor<f32>
  }) : (tensor<5xf32>, tensor<f32>) -> tensor<5xf32>
  check.expect_eq_const(%0, dense<[-8.000000e+00, 0.000000e+00, -5.000000e+00, -1.000000e+00, -3.000000e+00]> : tensor<5xf32>) : tensor<5xf32>
  return
}
func.func @test_reduce_window_cropped_and_dilated() {
  %a = check.input dense<[-4.000000e+00, -2.000000e+00, 0.000000e+00, -6.000000e+00, -7.000000e+00]> : tensor<5xf32>
  %b = check.input dense<0.000000e+00> : tensor<f32>
  %0 = "stablehlo.reduce_window"(%a, %b) <{window_dimensions = array<i64: 2>, window_strides = array<i64: 2>, base_dilations = array<i64: 2>, window_dilations = array<i64: 3>, padding = dense<[[-1, 2]]> : tensor<1x2xi64>}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %z0 = stablehlo.add %x0, %y0 : tensor<f32>
    stablehlo.return %z0 : tensor<f32>
  }) : (tensor<5xf32>, tensor<f32>) -> tensor<4xf32>
  check.expect_eq_const(%0, dense<[0.000000e+00, -6.000000e+00, -7.000000e+00, 0.000000e+00]> : tensor<4xf32>) : tensor<4xf32>
  return
}
func.func @test_reduce_window_empty_input() {
  %a = check.input dense<> : tensor<0xf32>
  %b = check.input dense<0.000000e+00> : tensor<f32>
  %0 = "stablehlo.reduce_window"(%a, %b) <{window_dimensions = array<i64: 2>, window_strides = array<i64: 1>, base_dilations = array<i64: 1>, window_dilations = array<i64: 1>, padding = dense<[[1, 2]]> : tensor<1x2xi64>}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %z0 = stablehlo.add %x0, %y0 : tensor<f32>
    stablehlo.return %z0 : tensor<f32>
  }) : (tensor<0xf32>, tensor<f32>) -> tensor<2xf32>
  check.expect_eq_const(%0, dense<0.000000e+00> : tensor<2xf32>) : tensor<2xf32>
  return
}
func.func @test_reduce_window_pairs() {
  %a = check.input dense<[8.000000e+00, 3.000000e+00, -3.000000e+00, 0.000000e+00]> : tensor<4xf32>
  %b = check.input dense<[8.000000e+00, 3.000000e+00, 1.000000e+00, -7.000000e+00]> : tensor<4xf32>
  %c = check.input dense<-9.900000e+01> : tensor<f32>
  %d = check.input dense<0.000000e+00> : tensor<f32>
  %0:2 = "stablehlo.reduce_window"(%a, %b, %c, %d) <{window_dimensions = array<i64: 2>, window_strides = array<i64: 1>, base_dilations = array<i64: 1>, window_dilations = array<i64: 1>, padding = dense<[[0, 0]]> : tensor<1x2xi64>}> ({
  ^bb0(%x0: tensor<f32>, %x1: tensor<f32>, %y0: tensor<f32>, %y1: tensor<f32>):
    %t = stablehlo.compare GE, %x0, %y0 : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %z0 = stablehlo.select %t, %x0, %y0 : tensor<i1>, tensor<f32>
    %z1 = stablehlo.select %t, %x1, %y1 : tensor<i1>, tensor<f32>
    stablehlo.return %z0, %z1 : tensor<f32>, tensor<f32>
  }) : (tensor<4xf32>, tensor<4xf32>, tensor<f32>, tensor<f32>) -> (tensor<3xf32>, tensor<3xf32>)
  check.expect_eq_const(%0#0, dense<[8.000000e+00, 3.000000e+00, 0.000000e+00]> : tensor<3xf32>) : tensor<3xf32>
  check.expect_eq_const(%0#1, dense<[8.000000e+00, 3.000000e+00, -7.000000e+00]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @test_reduce_window_complex_by_parts() {
  %a = check.input dense<[(2.0, 1.0), (-1.0, 3.0), (0.5, -4.0)]> : tensor<3xcomplex<f32>>
  %z = check.input dense<(0.0, 1.0)> : tensor<complex<f32>>
  %0 = "stablehlo.reduce_window"(%a, %z) <{window_dimensions = array<i64: 2>}> ({
  ^bb0(%x: tensor<complex<f32>>, %y: tensor<complex<f32>>):
    %xr = stablehlo.real %x : (tensor<complex<f32>>) -> tensor<f32>
    %yr = stablehlo.real %y : (tensor<complex<f32>>) -> tensor<f32>
    %xi = stablehlo.imag %x : (tensor<complex<f32>>) -> tensor<f32>
    %yi = stablehlo.imag %y : (tensor<complex<f32>>) -> tensor<f32>
    %r = stablehlo.add %xr, %yr : tensor<f32>
    %i = stablehlo.multiply %xi, %yi : tensor<f32>
    %s = stablehlo.complex %r, %i : tensor<complex<f32>>
    stablehlo.return %s : tensor<complex<f32>>
  }) : (tensor<3xcomplex<f32>>, tensor<complex<f32>>) -> tensor<2xcomplex<f32>>
  check.expect_eq_const(%0, dense<[(1.0, 3.0), (-0.5, -12.0)]> : tensor<2xcomplex<f32>>) : tensor<2xcomplex<f32>>
  return
}

func.func @test_reduce_window_of_f8() {
  %a = check.input dense<[1.0e+00, 2.0e+00, 3.0e+00, 4.0e+00]> : tensor<4xf8E5M2>
  %b = check.input dense<0.0e+00> : tensor<f8E5M2>
  %0 = "stablehlo.reduce_window"(%a, %b) <{window_dimensions = array<i64: 2>}> ({
  ^bb0(%x: tensor<f8E5M2>, %y: tensor<f8E5M2>):
    %1 = stablehlo.add %x, %y : tensor<f8E5M2>
    stablehlo.return %1 : tensor<f8E5M2>
  }) : (tensor<4xf8E5M2>, tensor<f8E5M2>) -> tensor<3xf8E5M2>
  check.expect_eq_const(%0, dense<[3.0e+00, 5.0e+00, 7.0e+00]> : tensor<3xf8E5M2>) : tensor<3xf8E5M2>
  return
}
