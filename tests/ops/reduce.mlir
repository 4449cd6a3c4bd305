// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_reduce_add_f32() {
  %a = check.input dense<[[[1.75e+00, -1.25e+00, -1.25e+00, -1.5e+00], [-1.75e+00, -7.5e-01, -1.25e+00, -1.75e+00], [0.0e+00, 5.0e-01, 1.25e+00, -7.5e-01]], [[-1.0e+00, 0.0e+00, 0.0e+00, 1.5e+00], [0.0e+00, 1.25e+00, -1.75e+00, 1.5e+00], [-5.0e-01, 1.5e+00, -1.75e+00, 2.5e-01]]]> : tensor<2x3x4xf32>
  %b = check.input dense<0.0e+00> : tensor<f32>
  %0 = stablehlo.reduce(%a init: %b) applies stablehlo.add across dimensions = [1] : (tensor<2x3x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  check.expect_almost_eq_const(%0, dense<[[0.0e+00, -1.5e+00, -1.25e+00, -4.0e+00], [-1.5e+00, 2.75e+00, -3.5e+00, 3.25e+00]]> : tensor<2x4xf32>) : tensor<2x4xf32>
  return
}

func.func @test_reduce_maximum_f32() {
  %a = check.input dense<[[[0.0e+00, 0.0e+00, -1.25e+00, -2.0e+00], [-1.5e+00, -1.75e+00, 2.5e-01, 0.0e+00], [-5.0e-01, 1.25e+00, -5.0e-01, -5.0e-01]], [[-2.0e+00, -2.0e+00, 1.75e+00, -1.25e+00], [-1.5e+00, 1.0e+00, 1.25e+00, -1.5e+00], [0.0e+00, -1.25e+00, 2.5e-01, -1.0e+00]]]> : tensor<2x3x4xf32>
  %b = check.input dense<0xFF800000> : tensor<f32>
  %0 = stablehlo.reduce(%a init: %b) applies stablehlo.maximum across dimensions = [1] : (tensor<2x3x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  check.expect_almost_eq_const(%0, dense<[[0.0e+00, 1.25e+00, 2.5e-01, 0.0e+00], [0.0e+00, 1.0e+00, 1.75e+00, -1.0e+00]]> : tensor<2x4xf32>) : tensor<2x4xf32>
  return
}

func.func @test_reduce_minimum_f32() {
  %a = check.input dense<[[[-7.5e-01, 2.5e-01, 1.5e+00, 1.25e+00], [-2.0e+00, -1.25e+00, 1.5e+00, 2.5e-01], [-1.0e+00, 0.0e+00, 1.75e+00, -2.5e-01]], [[-2.0e+00, 2.5e-01, 1.0e+00, 1.25e+00], [7.5e-01, -1.25e+00, -2.5e-01, -2.5e-01], [7.5e-01, -1.75e+00, -1.75e+00, 0.0e+00]]]> : tensor<2x3x4xf32>
  %b = check.input dense<0x7F800000> : tensor<f32>
  %0 = stablehlo.reduce(%a init: %b) applies stablehlo.minimum across dimensions = [1] : (tensor<2x3x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  check.expect_almost_eq_const(%0, dense<[[-2.0e+00, -1.25e+00, 1.5e+00, -2.5e-01], [-2.0e+00, -1.75e+00, -1.75e+00, -2.5e-01]]> : tensor<2x4xf32>) : tensor<2x4xf32>
  return
}

func.func @test_reduce_multiply_f32() {
  %a = check.input dense<[[[-1.75e+00, 1.0e+00, -2.5e-01, 1.75e+00], [-1.25e+00, -2.5e-01, 1.5e+00, -1.0e+00], [-1.25e+00, 2.5e-01, 5.0e-01, -7.5e-01]], [[1.25e+00, -1.75e+00, 5.0e-01, 0.0e+00], [1.5e+00, 1.0e+00, 1.25e+00, 1.5e+00], [-2.0e+00, 1.75e+00, -1.75e+00, -7.5e-01]]]> : tensor<2x3x4xf32>
  %b = check.input dense<1.0e+00> : tensor<f32>
  %0 = stablehlo.reduce(%a init: %b) applies stablehlo.multiply across dimensions = [1] : (tensor<2x3x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  check.expect_almost_eq_const(%0, dense<[[-2.734375e+00, -6.25e-02, -1.875e-01, 1.3125e+00], [-3.75e+00, -3.0625e+00, -1.09375e+00, -0.0e+00]]> : tensor<2x4xf32>) : tensor<2x4xf32>
  return
}

func.func @test_reduce_all_i32() {
  %a = check.input dense<[[-5, -5, -8], [-8, -5, -2]]> : tensor<2x3xi32>
  %b = check.input dense<5> : tensor<i32>
  %0 = stablehlo.reduce(%a init: %b) applies stablehlo.add across dimensions = [0, 1] : (tensor<2x3xi32>, tensor<i32>) -> tensor<i32>
  check.expect_eq_const(%0, dense<-28> : tensor<i32>) : tensor<i32>
  return
}

func.func @test_reduce_bool() {
  %a = check.input dense<[[true, false], [false, false]]> : tensor<2x2xi1>
  %b = check.input dense<false> : tensor<i1>
  %0 = stablehlo.reduce(%a init: %b) applies stablehlo.or across dimensions = [1] : (tensor<2x2xi1>, tensor<i1>) -> tensor<2xi1>
  check.expect_eq_const(%0, dense<[true, false]> : tensor<2xi1>) : tensor<2xi1>
  return
}

func.func @test_reduce_nothing() {
  %a = check.input dense<> : tensor<2x0xf32>
  %b = check.input dense<1.5e+00> : tensor<f32>
  %0 = stablehlo.reduce(%a init: %b) applies stablehlo.add across dimensions = [1] : (tensor<2x0xf32>, tensor<f32>) -> tensor<2xf32>
  check.expect_eq_const(%0, dense<[1.5e+00, 1.5e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_reduce_no_dimensions() {
  %a = check.input dense<[-5.0e+00, 5.0e+00, -9.0e+00]> : tensor<3xf32>
  %b = check.input dense<0.0e+00> : tensor<f32>
  %0 = stablehlo.reduce(%a init: %b) applies stablehlo.add across dimensions = [] : (tensor<3xf32>, tensor<f32>) -> tensor<3xf32>
  check.expect_eq_const(%0, dense<[-5.0e+00, 5.0e+00, -9.0e+00]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @test_reduce_f16() {
  %a = check.input dense<[[-1.25e+00, 1.75e+00, 1.25e+00, 1.5e+00, 7.5e-01, 0.0e+00], [-1.25e+00, 1.0e+00, 5.0e-01, 1.5e+00, 1.25e+00, 1.5e+00]]> : tensor<2x6xf16>
  %b = check.input dense<0.0e+00> : tensor<f16>
  %0 = stablehlo.reduce(%a init: %b) applies stablehlo.add across dimensions = [1] : (tensor<2x6xf16>, tensor<f16>) -> tensor<2xf16>
  check.expect_almost_eq_const(%0, dense<[4.0e+00, 4.5e+00]> : tensor<2xf16>) : tensor<2xf16>
  return
}

func.func @test_reduce_argmax() {
  %a = check.input dense<[[6.0e+00, 0.0e+00, 7.0e+00, 3.0e+00], [4.0e+00, 1.0e+01, 9.0e+00, 8.0e+00], [5.0e+00, 1.1e+01, 2.0e+00, 1.0e+00]]> : tensor<3x4xf32>
  %b = check.input dense<[[0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3]]> : tensor<3x4xi32>
  %c = check.input dense<0xFF800000> : tensor<f32>
  %d = check.input dense<0> : tensor<i32>
  %0:2 = stablehlo.reduce(%a init: %c), (%b init: %d) across dimensions = [1] : (tensor<3x4xf32>, tensor<3x4xi32>, tensor<f32>, tensor<i32>) -> (tensor<3xf32>, tensor<3xi32>)
   reducer(%x: tensor<f32>, %y: tensor<f32>) (%i: tensor<i32>, %j: tensor<i32>) {
    %p = stablehlo.compare GE, %x, %y : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %v = stablehlo.select %p, %x, %y : tensor<i1>, tensor<f32>
    %k = stablehlo.select %p, %i, %j : tensor<i1>, tensor<i32>
    stablehlo.return %v, %k : tensor<f32>, tensor<i32>
  }
  check.expect_eq_const(%0#0, dense<[7.0e+00, 1.0e+01, 1.1e+01]> : tensor<3xf32>) : tensor<3xf32>
  check.expect_eq_const(%0#1, dense<[2, 1, 1]> : tensor<3xi32>) : tensor<3xi32>
  return
}

func.func @test_reduce_complex_by_parts() {
  %a = check.input dense<[[(2.0, 1.0), (-1.0, 3.0)], [(0.5, -4.0), (1.0, 2.0)]]> : tensor<2x2xcomplex<f32>>
  %z = check.input dense<(0.0, 1.0)> : tensor<complex<f32>>
  %0 = stablehlo.reduce(%a init: %z) across dimensions = [1] : (tensor<2x2xcomplex<f32>>, tensor<complex<f32>>) -> tensor<2xcomplex<f32>>
   reducer(%x: tensor<complex<f32>>, %y: tensor<complex<f32>>) {
    %xr = stablehlo.real %x : (tensor<complex<f32>>) -> tensor<f32>
    %yr = stablehlo.real %y : (tensor<complex<f32>>) -> tensor<f32>
    %xi = stablehlo.imag %x : (tensor<complex<f32>>) -> tensor<f32>
    %yi = stablehlo.imag %y : (tensor<complex<f32>>) -> tensor<f32>
    %r = stablehlo.add %xr, %yr : tensor<f32>
    %i = stablehlo.multiply %xi, %yi : tensor<f32>
    %s = stablehlo.complex %r, %i : tensor<complex<f32>>
    stablehlo.return %s : tensor<complex<f32>>
  }
  check.expect_eq_const(%0, dense<[(1.0, 3.0), (1.5, -8.0)]> : tensor<2xcomplex<f32>>) : tensor<2xcomplex<f32>>
  return
}
