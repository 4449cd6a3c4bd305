// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_scatter_rows() {
  %a = check.input dense<[[0.0e+00, 0.0e+00], [0.0e+00, 0.0e+00], [0.0e+00, 0.0e+00], [0.0e+00, 0.0e+00]]> : tensor<4x2xf32>
  %b = check.input dense<[1, 3, 9]> : tensor<3xi32>
  %c = check.input dense<[[0.0e+00, 1.0e+00], [2.0e+00, 3.0e+00], [4.0e+00, 5.0e+00]]> : tensor<3x2xf32>
  %0 = "stablehlo.scatter"(%a, %b, %c) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %1 = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<4x2xf32>, tensor<3xi32>, tensor<3x2xf32>) -> tensor<4x2xf32>
  check.expect_eq_const(%0, dense<[[0.0e+00, 0.0e+00], [0.0e+00, 1.0e+00], [0.0e+00, 0.0e+00], [2.0e+00, 3.0e+00]]> : tensor<4x2xf32>) : tensor<4x2xf32>
  return
}
func.func @test_scatter_window_partly_outside() {
  %a = check.input dense<[4.000000e+00, 8.000000e+00, 6.000000e+00, 0.000000e+00, 7.000000e+00]> : tensor<5xf32>
  %b = check.input dense<[[3], [-1], [9]]> : tensor<3x1xi32>
  %c = check.input dense<[[8.000000e+00, 8.000000e+00, -7.000000e+00], [-1.000000e+00, 2.000000e+00, -4.000000e+00], [-2.000000e+00, 2.000000e+00, 5.000000e+00]]> : tensor<3x3xf32>
  %0 = "stablehlo.scatter"(%a, %b, %c) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [], input_batching_dims = [], scatter_indices_batching_dims = [], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %z0 = stablehlo.add %x0, %y0 : tensor<f32>
    stablehlo.return %z0 : tensor<f32>
  }) : (tensor<5xf32>, tensor<3x1xi32>, tensor<3x3xf32>) -> tensor<5xf32>
  check.expect_eq_const(%0, dense<[6.000000e+00, 4.000000e+00, 6.000000e+00, 8.000000e+00, 1.500000e+01]> : tensor<5xf32>) : tensor<5xf32>
  return
}
func.func @test_scatter_same_place_in_order() {
  %a = check.input dense<[1.000000e+00, -6.000000e+00, 3.000000e+00]> : tensor<3xf32>
  %b = check.input dense<1> : tensor<3xi32>
  %c = check.input dense<[6.000000e+00, -5.000000e+00, 1.000000e+00]> : tensor<3xf32>
  %0 = "stablehlo.scatter"(%a, %b, %c) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [], inserted_window_dims = [0], input_batching_dims = [], scatter_indices_batching_dims = [], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    stablehlo.return %y0 : tensor<f32>
  }) : (tensor<3xf32>, tensor<3xi32>, tensor<3xf32>) -> tensor<3xf32>
  check.expect_eq_const(%0, dense<[1.000000e+00, 1.000000e+00, 3.000000e+00]> : tensor<3xf32>) : tensor<3xf32>
  return
}
func.func @test_scatter_batching() {
  %a = check.input dense<[[[-3.000000e+00, 7.000000e+00], [-7.000000e+00, 0.000000e+00], [7.000000e+00, -1.000000e+00]], [[-6.000000e+00, 5.000000e+00], [8.000000e+00, 8.000000e+00], [7.000000e+00, -2.000000e+00]]]> : tensor<2x3x2xf32>
  %b = check.input dense<[[[2], [0]], [[1], [1]]]> : tensor<2x2x1xi64>
  %c = check.input dense<[[[4.000000e+00, 8.000000e+00], [1.000000e+00, 7.000000e+00]], [[2.000000e+00, -5.000000e+00], [-1.000000e+00, 2.000000e+00]]]> : tensor<2x2x2xf32>
  %0 = "stablehlo.scatter"(%a, %b, %c) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [2], inserted_window_dims = [1], input_batching_dims = [0], scatter_indices_batching_dims = [0], scatter_dims_to_operand_dims = [1], index_vector_dim = 2>}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %z0 = stablehlo.add %x0, %y0 : tensor<f32>
    stablehlo.return %z0 : tensor<f32>
  }) : (tensor<2x3x2xf32>, tensor<2x2x1xi64>, tensor<2x2x2xf32>) -> tensor<2x3x2xf32>
  check.expect_eq_const(%0, dense<[[[-2.000000e+00, 1.400000e+01], [-7.000000e+00, 0.000000e+00], [1.100000e+01, 7.000000e+00]], [[-6.000000e+00, 5.000000e+00], [9.000000e+00, 5.000000e+00], [7.000000e+00, -2.000000e+00]]]> : tensor<2x3x2xf32>) : tensor<2x3x2xf32>
  return
}
func.func @test_scatter_unsigned_indices() {
  %a = check.input dense<[-3.000000e+00, 3.000000e+00, -2.000000e+00, 8.000000e+00]> : tensor<4xf32>
  %b = check.input dense<[3, 255, 0]> : tensor<3xui8>
  %c = check.input dense<[-5.000000e+00, 3.000000e+00, -7.000000e+00]> : tensor<3xf32>
  %0 = "stablehlo.scatter"(%a, %b, %c) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [], inserted_window_dims = [0], input_batching_dims = [], scatter_indices_batching_dims = [], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %z0 = stablehlo.add %x0, %y0 : tensor<f32>
    stablehlo.return %z0 : tensor<f32>
  }) : (tensor<4xf32>, tensor<3xui8>, tensor<3xf32>) -> tensor<4xf32>
  check.expect_eq_const(%0, dense<[-1.000000e+01, 3.000000e+00, -2.000000e+00, 3.000000e+00]> : tensor<4xf32>) : tensor<4xf32>
  return
}
func.func @test_scatter_two_components_vector_first() {
  %a = check.input dense<[[-6.000000e+00, 0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00, 6.000000e+00]]> : tensor<2x3xf32>
  %b = check.input dense<[[2, 0, 3], [1, 0, 0]]> : tensor<2x3xi32>
  %c = check.input dense<[0.000000e+00, -2.000000e+00, 8.000000e+00]> : tensor<3xf32>
  %0 = "stablehlo.scatter"(%a, %b, %c) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [], inserted_window_dims = [0, 1], input_batching_dims = [], scatter_indices_batching_dims = [], scatter_dims_to_operand_dims = [1, 0], index_vector_dim = 0>}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %z0 = stablehlo.add %x0, %y0 : tensor<f32>
    stablehlo.return %z0 : tensor<f32>
  }) : (tensor<2x3xf32>, tensor<2x3xi32>, tensor<3xf32>) -> tensor<2x3xf32>
  check.expect_eq_const(%0, dense<[[-8.000000e+00, 0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00, 6.000000e+00]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}
func.func @test_scatter_variadic() {
  %a = check.input dense<[[7.000000e+00, -3.000000e+00], [-5.000000e+00, -5.000000e+00], [-6.000000e+00, 0.000000e+00]]> : tensor<3x2xf32>
  %b = check.input dense<[[1.000000e+00, 2.000000e+00], [7.000000e+00, 7.000000e+00], [1.000000e+00, 1.000000e+00]]> : tensor<3x2xf32>
  %c = check.input dense<[2, 2, 7]> : tensor<3xi32>
  %d = check.input dense<[[-7.000000e+00, -4.000000e+00], [8.000000e+00, 7.000000e+00], [-8.000000e+00, 0.000000e+00]]> : tensor<3x2xf32>
  %e = check.input dense<[[0.000000e+00, 3.000000e+00], [-7.000000e+00, 0.000000e+00], [-2.000000e+00, -5.000000e+00]]> : tensor<3x2xf32>
  %0:2 = "stablehlo.scatter"(%a, %b, %c, %d, %e) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], input_batching_dims = [], scatter_indices_batching_dims = [], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
  ^bb0(%x0: tensor<f32>, %x1: tensor<f32>, %y0: tensor<f32>, %y1: tensor<f32>):
    %z0 = stablehlo.add %x0, %y0 : tensor<f32>
    %z1 = stablehlo.maximum %x1, %y1 : tensor<f32>
    stablehlo.return %z0, %z1 : tensor<f32>, tensor<f32>
  }) : (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3xi32>, tensor<3x2xf32>, tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>)
  check.expect_eq_const(%0#0, dense<[[7.000000e+00, -3.000000e+00], [-5.000000e+00, -5.000000e+00], [-5.000000e+00, 3.000000e+00]]> : tensor<3x2xf32>) : tensor<3x2xf32>
  check.expect_eq_const(%0#1, dense<[[1.000000e+00, 2.000000e+00], [7.000000e+00, 7.000000e+00], [1.000000e+00, 3.000000e+00]]> : tensor<3x2xf32>) : tensor<3x2xf32>
  return
}
func.func @test_scatter_no_updates() {
  %a = check.input dense<[[5.000000e+00, 3.000000e+00], [-5.000000e+00, 5.000000e+00]]> : tensor<2x2xf32>
  %b = check.input dense<> : tensor<0xi32>
  %c = check.input dense<> : tensor<0x2xf32>
  %0 = "stablehlo.scatter"(%a, %b, %c) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], input_batching_dims = [], scatter_indices_batching_dims = [], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %z0 = stablehlo.add %x0, %y0 : tensor<f32>
    stablehlo.return %z0 : tensor<f32>
  }) : (tensor<2x2xf32>, tensor<0xi32>, tensor<0x2xf32>) -> tensor<2x2xf32>
  check.expect_eq_const(%0, dense<[[5.000000e+00, 3.000000e+00], [-5.000000e+00, 5.000000e+00]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}
func.func @test_scatter_whole_operand() {
  %a = check.input dense<[1.000000e+00, -5.000000e+00, 3.000000e+00]> : tensor<3xf32>
  %b = check.input dense<> : tensor<0xi32>
  %c = check.input dense<[-1.000000e+00, 0.000000e+00, -2.000000e+00]> : tensor<3xf32>
  %0 = "stablehlo.scatter"(%a, %b, %c) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [0], inserted_window_dims = [], input_batching_dims = [], scatter_indices_batching_dims = [], scatter_dims_to_operand_dims = [], index_vector_dim = 0>}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %z0 = stablehlo.add %x0, %y0 : tensor<f32>
    stablehlo.return %z0 : tensor<f32>
  }) : (tensor<3xf32>, tensor<0xi32>, tensor<3xf32>) -> tensor<3xf32>
  check.expect_eq_const(%0, dense<[0.000000e+00, -5.000000e+00, 1.000000e+00]> : tensor<3xf32>) : tensor<3xf32>
  return
}
func.func @test_scatter_nan() {
  %a = check.input dense<[8.000000e+00, 0x7fc00000, 8.000000e+00]> : tensor<3xf32>
  %b = check.input dense<[0, 1]> : tensor<2xi32>
  %c = check.input dense<[0x7f800000, 1.000000e+00]> : tensor<2xf32>
  %0 = "stablehlo.scatter"(%a, %b, %c) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [], inserted_window_dims = [0], input_batching_dims = [], scatter_indices_batching_dims = [], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %z0 = stablehlo.maximum %x0, %y0 : tensor<f32>
    stablehlo.return %z0 : tensor<f32>
  }) : (tensor<3xf32>, tensor<2xi32>, tensor<2xf32>) -> tensor<3xf32>
  check.expect_eq_const(%0, dense<[0x7f800000, 0x7fc00000, 8.000000e+00]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @test_scatter_complex_by_parts() {
  %a = check.input dense<[(2.0, 1.0), (-1.0, 3.0), (0.5, -4.0)]> : tensor<3xcomplex<f32>>
  %i = check.input dense<[[2], [0], [2]]> : tensor<3x1xi32>
  %u = check.input dense<[(1.0, 2.0), (3.0, -1.0), (0.25, 2.0)]> : tensor<3xcomplex<f32>>
  %0 = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<
    inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
  ^bb0(%x: tensor<complex<f32>>, %y: tensor<complex<f32>>):
    %xr = stablehlo.real %x : (tensor<complex<f32>>) -> tensor<f32>
    %yr = stablehlo.real %y : (tensor<complex<f32>>) -> tensor<f32>
    %xi = stablehlo.imag %x : (tensor<complex<f32>>) -> tensor<f32>
    %yi = stablehlo.imag %y : (tensor<complex<f32>>) -> tensor<f32>
    %r = stablehlo.add %xr, %yr : tensor<f32>
    %m = stablehlo.multiply %xi, %yi : tensor<f32>
    %s = stablehlo.complex %r, %m : tensor<complex<f32>>
    stablehlo.return %s : tensor<complex<f32>>
  }) : (tensor<3xcomplex<f32>>, tensor<3x1xi32>, tensor<3xcomplex<f32>>) -> tensor<3xcomplex<f32>>
  check.expect_eq_const(%0, dense<[(5.0, -1.0), (-1.0, 3.0), (1.75, -16.0)]> : tensor<3xcomplex<f32>>) : tensor<3xcomplex<f32>>
  return
}
