// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_qr_square() {
  %a = check.input dense<[[-1.25, 0.5, -2.5], [-1.25, 2.0, 1.0], [0.5, 0.5, 1.75]]> : tensor<3x3xf32>
  %0:2 = stablehlo.custom_call @Qr(%a) : (tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3xf32>)
  check.expect_almost_eq_const(%0#0, dense<[[1.8371173, -1.5649518, 1.4969105], [0.4049085, -1.4321054, -2.770461], [-0.1619634, 0.3214369, -0.6295267]]> : tensor<3x3xf32>) : tensor<3x3xf32>
  check.expect_almost_eq_const(%0#1, dense<[1.6804137, 1.8127079, 0.0]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @test_qr_tall() {
  %a = check.input dense<[[0.5, 0.0], [-1.25, -0.0], [-0.75, -0.75], [-0.75, -0.0]]> : tensor<4x2xf32>
  %0:2 = stablehlo.custom_call @Qr(%a) : (tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<2xf32>)
  check.expect_almost_eq_const(%0#0, dense<[[-1.7139136, -0.32819626], [-0.5646111, -0.67437917], [-0.33876663, -0.74308604], [-0.33876663, 0.12932909]]> : tensor<4x2xf32>) : tensor<4x2xf32>
  check.expect_almost_eq_const(%0#1, dense<[1.2917299, 1.2747761]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_qr_wide() {
  %a = check.input dense<[[-0.25, 0.75, -1.25], [-0.25, 1.75, 0.0]]> : tensor<2x3xf64>
  %0:2 = stablehlo.custom_call @Qr(%a) : (tensor<2x3xf64>) -> (tensor<2x3xf64>, tensor<2xf64>)
  check.expect_almost_eq_const(%0#0, dense<[[0.3535533905932738, -1.7677669529663684, 0.883883476483184], [0.4142135623730951, 0.7071067811865477, 0.8838834764831843]]> : tensor<2x3xf64>) : tensor<2x3xf64>
  check.expect_almost_eq_const(%0#1, dense<[1.7071067811865472, 0.0]> : tensor<2xf64>) : tensor<2xf64>
  return
}

func.func @test_qr_batches() {
  %a = check.input dense<[[[1.25, 1.25], [1.25, 0.75]], [[-1.5, -0.25], [-0.5, -1.5]]]> : tensor<2x2x2xf32>
  %0:2 = stablehlo.custom_call @Qr(%a) : (tensor<2x2x2xf32>) -> (tensor<2x2x2xf32>, tensor<2x2xf32>)
  check.expect_almost_eq_const(%0#0, dense<[[[-1.767767, -1.4142135], [0.41421357, -0.35355338]], [[1.5811388, 0.71151245], [0.16227765, -1.343968]]]> : tensor<2x2x2xf32>) : tensor<2x2x2xf32>
  check.expect_almost_eq_const(%0#1, dense<[[1.7071068, 0.0], [1.9486833, 0.0]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}

func.func @test_qr_complex() {
  %a = check.input dense<[[(-0.5, -1.0), (-1.25, -0.5)], [(-1.75, -0.5), (0.25, -0.5)], [(0.0, 0.0), (-0.75, -0.5)]]> : tensor<3x2xcomplex<f32>>
  %0:2 = stablehlo.custom_call @Qr(%a) : (tensor<3x2xcomplex<f32>>) -> (tensor<3x2xcomplex<f32>>, tensor<2xcomplex<f32>>)
  check.expect_almost_eq_const(%0#0, dense<[[(2.1360009, 0.0), (0.4389044, 0.0)], [(0.64326614, -0.05434982), (-1.6567628, 0.0)], [(0.0, 0.0), (-0.23165476, -0.18626417)]]> : tensor<3x2xcomplex<f32>>) : tensor<3x2xcomplex<f32>>
  check.expect_almost_eq_const(%0#1, dense<[(1.2340823, 0.4681646), (1.8230448, -0.16306412)]> : tensor<2xcomplex<f32>>) : tensor<2xcomplex<f32>>
  return
}

func.func @test_qr_zero_column() {
  %a = check.input dense<[[1.0, 2.0], [0.0, 3.0], [0.0, 0.0]]> : tensor<3x2xf32>
  %0:2 = stablehlo.custom_call @Qr(%a) : (tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<2xf32>)
  check.expect_almost_eq_const(%0#0, dense<[[1.0, 2.0], [0.0, 3.0], [0.0, 0.0]]> : tensor<3x2xf32>) : tensor<3x2xf32>
  check.expect_almost_eq_const(%0#1, dense<0.0> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_qr_no_rows() {
  %a = check.input dense<> : tensor<0x2xf32>
  %0:2 = stablehlo.custom_call @Qr(%a) : (tensor<0x2xf32>) -> (tensor<0x2xf32>, tensor<0xf32>)
  check.expect_almost_eq_const(%0#0, dense<> : tensor<0x2xf32>) : tensor<0x2xf32>
  check.expect_almost_eq_const(%0#1, dense<> : tensor<0xf32>) : tensor<0xf32>
  return
}

func.func @test_householder_product_square() {
  %a = check.input dense<[[0.5, 0.5, 0.25], [-0.75, -0.5, 0.5], [-0.25, -0.0, -2.5]]> : tensor<3x3xf32>
  %b = check.input dense<[-2.75, 0.25, 0.25]> : tensor<3xf32>
  %0 = stablehlo.custom_call @ProductOfElementaryHouseholderReflectors(%a, %b) : (tensor<3x3xf32>, tensor<3xf32>) -> tensor<3x3xf32>
  check.expect_almost_eq_const(%0, dense<[[3.75, -1.546875, -0.515625], [-2.0625, 1.9101562, 0.38671875], [-0.6875, 0.38671875, 0.87890625]]> : tensor<3x3xf32>) : tensor<3x3xf32>
  return
}

func.func @test_householder_product_tall() {
  %a = check.input dense<[[[1.5, 0.75], [0.25, 0.0], [-1.5, 1.0], [-0.5, 0.5]], [[0.25, 0.25], [1.0, -0.5], [-0.5, -0.75], [-0.5, 1.75]]]> : tensor<2x4x2xf64>
  %b = check.input dense<[[-0.25, 1.25], [0.75, 0.75]]> : tensor<2x2xf64>
  %0 = stablehlo.custom_call @ProductOfElementaryHouseholderReflectors(%a, %b) : (tensor<2x4x2xf64>, tensor<2x2xf64>) -> tensor<2x4x2xf64>
  check.expect_almost_eq_const(%0, dense<[[[1.25, 0.53125], [0.0625, -0.1171875], [-0.375, -2.046875], [-0.125, -0.890625]], [[0.25, -0.46875], [-0.75, -0.21875], [0.375, 0.796875], [0.375, -1.078125]]]> : tensor<2x4x2xf64>) : tensor<2x4x2xf64>
  return
}

func.func @test_householder_product_few() {
  %a = check.input dense<[[0.75, -1.0, 0.25], [1.5, -0.75, -0.0], [-0.75, 0.25, -1.0]]> : tensor<3x3xf32>
  %b = check.input dense<[1.5]> : tensor<1xf32>
  %0 = stablehlo.custom_call @ProductOfElementaryHouseholderReflectors(%a, %b) : (tensor<3x3xf32>, tensor<1xf32>) -> tensor<3x3xf32>
  check.expect_almost_eq_const(%0, dense<[[-0.5, -2.25, 1.125], [-2.25, -2.375, 1.6875], [1.125, 1.6875, 0.15625]]> : tensor<3x3xf32>) : tensor<3x3xf32>
  return
}

func.func @test_householder_product_complex() {
  %a = check.input dense<[[(-0.5, -0.25), (-1.5, -0.25)], [(1.75, 0.75), (1.0, 1.0)], [(0.5, 1.0), (0.5, 0.25)]]> : tensor<3x2xcomplex<f32>>
  %b = check.input dense<[(-0.5, 1.0), (-0.25, 1.5)]> : tensor<2xcomplex<f32>>
  %0 = stablehlo.custom_call @ProductOfElementaryHouseholderReflectors(%a, %b) : (tensor<3x2xcomplex<f32>>, tensor<2xcomplex<f32>>) -> tensor<3x2xcomplex<f32>>
  check.expect_almost_eq_const(%0, dense<[[(1.5, -1.0), (-4.09375, -2.828125)], [(1.625, -1.375), (-3.7929688, -9.519531)], [(1.25, 0.0), (1.28125, -6.1953125)]]> : tensor<3x2xcomplex<f32>>) : tensor<3x2xcomplex<f32>>
  return
}

func.func @test_eigh_lower() {
  %a = check.input dense<[[2.0, 9.0], [1.0, 2.0]]> : tensor<2x2xf32>
  %0:2 = stablehlo.custom_call @Eigh(%a) {backend_config = "1,1,100,0.000001"} : (tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2xf32>)
  check.expect_almost_eq_const(%0#1, dense<[1.0, 3.0]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_eigh_upper() {
  %a = check.input dense<[[2.0, 1.0], [9.0, 2.0]]> : tensor<2x2xf32>
  %0:2 = stablehlo.custom_call @Eigh(%a) {backend_config = "0,1,100,0.000001"} : (tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2xf32>)
  check.expect_almost_eq_const(%0#1, dense<[1.0, 3.0]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_eigh_complex() {
  %a = check.input dense<[[(2.0, 0.0), (0.0, 0.0), (0.0, 1.0)], [(0.0, 0.0), (5.0, 0.0), (0.0, 0.0)], [(-0.0, -1.0), (0.0, 0.0), (2.0, 0.0)]]> : tensor<3x3xcomplex<f32>>
  %0:2 = stablehlo.custom_call @Eigh(%a) {backend_config = "1,1,100,0.000001"} : (tensor<3x3xcomplex<f32>>) -> (tensor<3x3xcomplex<f32>>, tensor<3xf32>)
  check.expect_almost_eq_const(%0#1, dense<[1.0, 3.0, 5.0]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @test_eigh_batches() {
  %a = check.input dense<[[[3.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]> : tensor<2x2x2xf64>
  %0:2 = stablehlo.custom_call @Eigh(%a) {backend_config = "1,1,15,1e-07"} : (tensor<2x2x2xf64>) -> (tensor<2x2x2xf64>, tensor<2x2xf64>)
  check.expect_almost_eq_const(%0#1, dense<[[1.0, 3.0], [-1.0, 1.0]]> : tensor<2x2xf64>) : tensor<2x2xf64>
  return
}

func.func @test_eigh_no_elements() {
  %a = check.input dense<> : tensor<0x0xf32>
  %0:2 = stablehlo.custom_call @Eigh(%a) {backend_config = "1,1,100,0.000001"} : (tensor<0x0xf32>) -> (tensor<0x0xf32>, tensor<0xf32>)
  check.expect_almost_eq_const(%0#1, dense<> : tensor<0xf32>) : tensor<0xf32>
  return
}

func.func @test_eigh_vectors() {
  %a = check.input dense<[[4.0, 1.0, 2.0], [1.0, 3.0, 0.0], [2.0, 0.0, 1.0]]> : tensor<3x3xf32>
  %0:2 = stablehlo.custom_call @Eigh(%a) {backend_config = "1,1,100,0.000001"} : (tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3xf32>)
  %w = stablehlo.broadcast_in_dim %0#1, dims = [1] : (tensor<3xf32>) -> tensor<3x3xf32>
  %1 = stablehlo.multiply %0#0, %w : tensor<3x3xf32>
  %2 = stablehlo.dot_general %1, %0#0, contracting_dims = [1] x [1] : (tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<3x3xf32>
  check.expect_almost_eq_const(%2, dense<[[4.0, 1.0, 2.0], [1.0, 3.0, 0.0], [2.0, 0.0, 1.0]]> : tensor<3x3xf32>, atol 1.0e-5) : tensor<3x3xf32>
  return
}

func.func @test_svd_of_a_diagonal() {
  %a = check.input dense<[[0.0, 3.0, 0.0], [-5.0, 0.0, 0.0]]> : tensor<2x3xf32>
  %0:3 = stablehlo.custom_call @Svd(%a) : (tensor<2x3xf32>) -> (tensor<2x2xf32>, tensor<2xf32>, tensor<3x3xf32>)
  check.expect_almost_eq_const(%0#1, dense<[5.0, 3.0]> : tensor<2xf32>) : tensor<2xf32>
  %1 = stablehlo.dot_general %0#2, %0#2, contracting_dims = [1] x [1] : (tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<3x3xf32>
  check.expect_almost_eq_const(%1, dense<[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]> : tensor<3x3xf32>) : tensor<3x3xf32>
  return
}

func.func @test_svd_complex_batches() {
  %a = check.input dense<[[[(0.0, 2.0)]], [[(-3.0, 4.0)]]]> : tensor<2x1x1xcomplex<f64>>
  %0:3 = stablehlo.custom_call @Svd(%a) : (tensor<2x1x1xcomplex<f64>>) -> (tensor<2x1x1xcomplex<f64>>, tensor<2x1xf64>, tensor<2x1x1xcomplex<f64>>)
  check.expect_almost_eq_const(%0#1, dense<[[2.0], [5.0]]> : tensor<2x1xf64>) : tensor<2x1xf64>
  %1 = stablehlo.multiply %0#0, %0#2 : tensor<2x1x1xcomplex<f64>>
  check.expect_almost_eq_const(%1, dense<[[[(0.0, 1.0)]], [[(-0.6, 0.8)]]]> : tensor<2x1x1xcomplex<f64>>) : tensor<2x1x1xcomplex<f64>>
  return
}
