// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_batch_norm_grad_last() {
  %a0 = check.input dense<[[3.600000143e-01, -4.300000072e-01, 5.000000075e-02], [8.799999952e-01, 2.130000114e+00, 9.100000262e-01], [-2.800000012e-01, 3.999999911e-02, -4.799999893e-01], [-7.799999714e-01, -1.800000072e-01, 2.000000030e-01]]> : tensor<4x3xf32>
  %a1 = check.input dense<[6.200000048e-01, 1.599999964e-01, 2.899999917e-01]> : tensor<3xf32>
  %a2 = check.input dense<[5.899999738e-01, -6.700000167e-01, -2.399999946e-01]> : tensor<3xf32>
  %a3 = check.input dense<[6.600000262e-01, 8.100000024e-01, 1.029999971e+00]> : tensor<3xf32>
  %a4 = check.input dense<[[2.549999952e+00, -9.000000358e-02, 1.000000000e+00], [1.269999981e+00, -1.299999952e-01, -8.199999928e-01], [-1.179999948e+00, 1.599999964e-01, 1.110000014e+00], [2.700000107e-01, 1.700000018e-01, -3.799999952e-01]]> : tensor<4x3xf32>
  %0:3 = "stablehlo.batch_norm_grad"(%a0, %a1, %a2, %a3, %a4) <{epsilon = 1.0e-3 : f32, feature_index = 1 : i64}> : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>)
  check.expect_almost_eq_const(%0#0, dense<[[1.418908715e+00, -1.839566231e-02, 2.424544692e-01], [3.770276606e-01, 9.546093643e-04, -2.126330733e-01], [-1.344608068e+00, 3.087870777e-02, 2.339875251e-01], [-1.756162345e-01, 3.038174286e-02, -1.403951496e-01]]> : tensor<4x3xf32>) : tensor<4x3xf32>
  check.expect_almost_eq_const(%0#1, dense<[5.393478870e-01, -2.095373273e-01, -1.070139408e+00]> : tensor<3xf32>) : tensor<3xf32>
  check.expect_almost_eq_const(%0#2, dense<[2.909999847e+00, 1.099999994e-01, 9.099999666e-01]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @test_batch_norm_grad_first() {
  %a0 = check.input dense<[[5.600000000e-01, -2.140000000e+00, 2.300000000e-01, 3.000000000e-02, -1.370000000e+00], [2.180000000e+00, -1.390000000e+00, -1.080000000e+00, -1.200000000e+00, 1.110000000e+00]]> : tensor<2x5xf64>
  %a1 = check.input dense<[7.400000000e-01, -1.070000000e+00]> : tensor<2xf64>
  %a2 = check.input dense<[9.400000000e-01, 5.700000000e-01]> : tensor<2xf64>
  %a3 = check.input dense<[1.190000000e+00, 8.300000000e-01]> : tensor<2xf64>
  %a4 = check.input dense<[[2.290000000e+00, -7.700000000e-01, 6.000000000e-02, 1.400000000e+00, -1.480000000e+00], [-1.990000000e+00, -1.300000000e+00, -5.700000000e-01, -5.800000000e-01, 6.100000000e-01]]> : tensor<2x5xf64>
  %0:3 = "stablehlo.batch_norm_grad"(%a0, %a1, %a2, %a3, %a4) <{epsilon = 1.0e-3 : f32, feature_index = 0 : i64}> : (tensor<2x5xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2x5xf64>) -> (tensor<2x5xf64>, tensor<2xf64>, tensor<2xf64>)
  check.expect_almost_eq_const(%0#0, dense<[[1.505287826e+00, 5.382716927e-01, 1.285952528e-01, 1.119277296e+00, -2.591116529e-01], [2.182870559e+00, -2.815936655e-01, -9.947727902e-01, -1.038650627e+00, -1.364838540e+00]]> : tensor<2x5xf64>) : tensor<2x5xf64>
  check.expect_almost_eq_const(%0#1, dense<[3.302027589e+00, 1.799708614e+00]> : tensor<2xf64>) : tensor<2xf64>
  check.expect_almost_eq_const(%0#2, dense<[1.500000000e+00, -3.830000000e+00]> : tensor<2xf64>) : tensor<2xf64>
  return
}

func.func @test_batch_norm_grad_middle() {
  %a0 = check.input dense<[[[2.700000107e-01, -1.250000000e+00, 5.699999928e-01], [1.870000005e+00, 1.200000048e+00, 9.900000095e-01]], [[1.999999955e-02, 9.800000191e-01, -9.700000286e-01], [7.500000000e-01, -9.000000358e-02, 1.129999995e+00]]]> : tensor<2x2x3xf32>
  %a1 = check.input dense<[-5.000000075e-02, 2.399999946e-01]> : tensor<2xf32>
  %a2 = check.input dense<[-7.300000191e-01, 8.899999857e-01]> : tensor<2xf32>
  %a3 = check.input dense<[7.099999785e-01, 9.300000072e-01]> : tensor<2xf32>
  %a4 = check.input dense<[[[-5.299999714e-01, 7.999999821e-02, -1.700000018e-01], [1.789999962e+00, 1.800000072e-01, -1.879999995e+00]], [[4.000000060e-01, 1.879999995e+00, 6.899999976e-01], [8.799999952e-01, 3.999999911e-02, -1.970000029e+00]]]> : tensor<2x2x3xf32>
  %0:3 = "stablehlo.batch_norm_grad"(%a0, %a1, %a2, %a3, %a4) <{epsilon = 1.0e-3 : f32, feature_index = 1 : i64}> : (tensor<2x2x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2x2x3xf32>) -> (tensor<2x2x3xf32>, tensor<2xf32>, tensor<2xf32>)
  check.expect_almost_eq_const(%0#0, dense<[[[9.018909931e-02, 1.916117299e-06, 7.950305939e-02], [4.419710338e-01, 7.094825059e-02, -4.322176874e-01]], [[2.615838684e-02, -2.748644352e-02, -2.621918544e-02], [2.648357451e-01, 9.280858934e-02, -4.607555568e-01]]]> : tensor<2x2x3xf32>) : tensor<2x2x3xf32>
  check.expect_almost_eq_const(%0#1, dense<[3.031991720e+00, 1.022714138e+00]> : tensor<2xf32>) : tensor<2xf32>
  check.expect_almost_eq_const(%0#2, dense<[2.349999905e+00, -9.600000381e-01]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_batch_norm_grad_f16() {
  %a0 = check.input dense<[[-1.809570312e+00, -1.250000000e+00], [-1.300048828e-01, 3.100585938e-01], [6.899414062e-01, -3.400878906e-01], [9.599609375e-01, -2.800292969e-01]]> : tensor<4x2xf16>
  %a1 = check.input dense<[-5.498046875e-01, 1.259765625e+00]> : tensor<2xf16>
  %a2 = check.input dense<[3.701171875e-01, -1.580078125e+00]> : tensor<2xf16>
  %a3 = check.input dense<[1.059570312e+00, 1.410156250e+00]> : tensor<2xf16>
  %a4 = check.input dense<[[1.900390625e+00, 3.898925781e-01], [3.100585938e-01, 1.860351562e+00], [-2.000427246e-02, -3.100585938e-01], [-1.410156250e+00, -5.097656250e-01]]> : tensor<4x2xf16>
  %0:3 = "stablehlo.batch_norm_grad"(%a0, %a1, %a2, %a3, %a4) <{epsilon = 1.0e-3 : f32, feature_index = 1 : i64}> : (tensor<4x2xf16>, tensor<2xf16>, tensor<2xf16>, tensor<2xf16>, tensor<4x2xf16>) -> (tensor<4x2xf16>, tensor<2xf16>, tensor<2xf16>)
  check.expect_almost_eq_const(%0#0, dense<[[4.987792969e-01, -1.267089844e-01], [2.622070312e-01, 6.704101562e-01], [-9.179687500e-02, -1.313476562e+00], [4.763183594e-01, -1.554687500e+00]]> : tensor<4x2xf16>) : tensor<4x2xf16>
  check.expect_almost_eq_const(%0#1, dense<[-4.988281250e+00, 2.187500000e+00]> : tensor<2xf16>) : tensor<2xf16>
  check.expect_almost_eq_const(%0#2, dense<[7.812500000e-01, 1.429687500e+00]> : tensor<2xf16>) : tensor<2xf16>
  return
}

func.func @test_batch_norm_grad_deep() {
  %a0 = check.input dense<[[[[2.180000067e+00, -1.419999957e+00], [9.999999776e-03, -1.409999967e+00]], [[1.299999952e-01, 8.899999857e-01], [-2.399999946e-01, 7.300000191e-01]]], [[[7.200000286e-01, 4.499999881e-01], [1.720000029e+00, 7.799999714e-01]], [[-3.000000119e-01, -6.800000072e-01], [-8.500000238e-01, 4.799999893e-01]]]]> : tensor<2x2x2x2xf32>
  %a1 = check.input dense<[6.600000262e-01, 1.400000006e-01]> : tensor<2xf32>
  %a2 = check.input dense<[4.000000060e-01, 6.000000238e-01]> : tensor<2xf32>
  %a3 = check.input dense<[7.500000000e-01, 6.100000143e-01]> : tensor<2xf32>
  %a4 = check.input dense<[[[[-7.300000191e-01, -1.440000057e+00], [-1.779999971e+00, -1.620000005e+00]], [[-5.500000119e-01, 1.029999971e+00], [1.700000018e-01, -6.000000238e-01]]], [[[-1.070000052e+00, -5.299999714e-01], [-4.000000060e-01, -5.699999928e-01]], [[-1.429999948e+00, -4.799999893e-01], [1.019999981e+00, -2.170000076e+00]]]]> : tensor<2x2x2x2xf32>
  %0:3 = "stablehlo.batch_norm_grad"(%a0, %a1, %a2, %a3, %a4) <{epsilon = 1.0e-3 : f32, feature_index = 3 : i64}> : (tensor<2x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2x2x2x2xf32>) -> (tensor<2x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>)
  check.expect_almost_eq_const(%0#0, dense<[[[[2.839567661e-01, 4.206109345e-01], [-9.860714674e-01, 3.857201934e-01]], [[-2.329951897e-02, 2.504087687e-01], [4.448502362e-01, 8.983815787e-04]]], [[[-2.914446890e-01, 8.768922091e-02], [4.355767369e-01, -6.988003384e-03]], [[-7.867066860e-01, 3.963102996e-01], [9.599866271e-01, -2.139985263e-01]]]]> : tensor<2x2x2x2xf32>) : tensor<2x2x2x2xf32>
  check.expect_almost_eq_const(%0#1, dense<[-1.973107457e+00, 9.258955002e+00]> : tensor<2xf32>) : tensor<2xf32>
  check.expect_almost_eq_const(%0#2, dense<[-4.769999981e+00, -6.380000114e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}
