// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_batch_norm_inference_last() {
  %a0 = check.input dense<[[3.499999940e-01, 8.199999928e-01, 3.300000131e-01], [-1.299999952e+00, 9.100000262e-01, 4.499999881e-01], [-5.400000215e-01, 5.799999833e-01, 3.600000143e-01], [2.899999917e-01, 2.999999933e-02, 5.500000119e-01]]> : tensor<4x3xf32>
  %a1 = check.input dense<[-7.400000095e-01, -1.599999964e-01, -4.799999893e-01]> : tensor<3xf32>
  %a2 = check.input dense<[6.000000238e-01, 3.999999911e-02, -2.899999917e-01]> : tensor<3xf32>
  %a3 = check.input dense<[-7.799999714e-01, -2.599999905e-01, 9.999999776e-03]> : tensor<3xf32>
  %a4 = check.input dense<[7.799999714e-01, 9.900000095e-01, 1.480000019e+00]> : tensor<3xf32>
  %0 = "stablehlo.batch_norm_inference"(%a0, %a1, %a2, %a3, %a4) <{epsilon = 1.0e-3 : f32, feature_index = 1 : i64}> : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<4x3xf32>)
  check.expect_almost_eq_const(%0, dense<[[-3.462037146e-01, -1.335828602e-01, -4.162157774e-01], [1.035421252e+00, -1.480481178e-01, -4.635466933e-01], [3.990364373e-01, -9.500889480e-02, -4.280485213e-01], [-2.959628105e-01, -6.610213779e-03, -5.029891133e-01]]> : tensor<4x3xf32>) : tensor<4x3xf32>
  return
}

func.func @test_batch_norm_inference_first() {
  %a0 = check.input dense<[[-8.200000000e-01, 7.300000000e-01, -5.000000000e-01, 8.800000000e-01, -1.070000000e+00], [9.100000000e-01, -2.000000000e-02, -1.250000000e+00, -3.100000000e-01, 5.000000000e-02]]> : tensor<2x5xf64>
  %a1 = check.input dense<[2.700000000e-01, -9.800000000e-01]> : tensor<2xf64>
  %a2 = check.input dense<[-1.110000000e+00, 2.000000000e-01]> : tensor<2xf64>
  %a3 = check.input dense<[-4.700000000e-01, 2.400000000e-01]> : tensor<2xf64>
  %a4 = check.input dense<[1.310000000e+00, 1.460000000e+00]> : tensor<2xf64>
  %0 = "stablehlo.batch_norm_inference"(%a0, %a1, %a2, %a3, %a4) <{epsilon = 1.0e-3 : f32, feature_index = 0 : i64}> : (tensor<2x5xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>) -> (tensor<2x5xf64>)
  check.expect_almost_eq_const(%0, dense<[[-1.192533538e+00, -8.270278697e-01, -1.117074303e+00, -7.916563534e-01, -1.251486065e+00], [-3.432200240e-01, 4.108018004e-01, 1.408056471e+00, 6.459268854e-01, 3.540474695e-01]]> : tensor<2x5xf64>) : tensor<2x5xf64>
  return
}

func.func @test_batch_norm_inference_middle() {
  %a0 = check.input dense<[[[4.699999988e-01, 8.799999952e-01, 2.599999905e-01], [-9.000000358e-02, -2.599999905e-01, 1.059999943e+00]], [[-2.250000000e+00, -1.400000006e-01, 2.999999933e-02], [-1.429999948e+00, 3.300000131e-01, -6.499999762e-01]]]> : tensor<2x2x3xf32>
  %a1 = check.input dense<[8.600000143e-01, -1.299999952e-01]> : tensor<2xf32>
  %a2 = check.input dense<[6.700000167e-01, 1.220000029e+00]> : tensor<2xf32>
  %a3 = check.input dense<[3.799999952e-01, -8.799999952e-01]> : tensor<2xf32>
  %a4 = check.input dense<[1.500000000e+00, 7.400000095e-01]> : tensor<2xf32>
  %0 = "stablehlo.batch_norm_inference"(%a0, %a1, %a2, %a3, %a4) <{epsilon = 1.0e-3 : f32, feature_index = 1 : i64}> : (tensor<2x2x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> (tensor<2x2x3xf32>)
  check.expect_almost_eq_const(%0, dense<[[[7.331758142e-01, 1.020976543e+00, 5.857656598e-01], [1.100694299e+00, 1.126367688e+00, 9.270214438e-01]], [[-1.176136613e+00, 3.049844205e-01, 4.243164361e-01], [1.303061008e+00, 1.037266016e+00, 1.185265422e+00]]]> : tensor<2x2x3xf32>) : tensor<2x2x3xf32>
  return
}

func.func @test_batch_norm_inference_f16() {
  %a0 = check.input dense<[[5.297851562e-01, -4.099121094e-01], [2.800292969e-01, -1.800537109e-01], [-8.398437500e-01, -3.200683594e-01], [-9.501953125e-01, 1.000213623e-02]]> : tensor<4x2xf16>
  %a1 = check.input dense<[-1.120117188e+00, -1.089843750e+00]> : tensor<2xf16>
  %a2 = check.input dense<[1.459960938e+00, -4.998779297e-02]> : tensor<2xf16>
  %a3 = check.input dense<[-4.998779297e-02, 5.097656250e-01]> : tensor<2xf16>
  %a4 = check.input dense<[7.998046875e-01, 1.269531250e+00]> : tensor<2xf16>
  %0 = "stablehlo.batch_norm_inference"(%a0, %a1, %a2, %a3, %a4) <{epsilon = 1.0e-3 : f32, feature_index = 1 : i64}> : (tensor<4x2xf16>, tensor<2xf16>, tensor<2xf16>, tensor<2xf16>, tensor<2xf16>) -> (tensor<4x2xf16>)
  check.expect_almost_eq_const(%0, dense<[[7.348632812e-01, 8.388671875e-01], [1.046875000e+00, 6.171875000e-01], [2.449218750e+00, 7.519531250e-01], [2.585937500e+00, 4.331054688e-01]]> : tensor<4x2xf16>) : tensor<4x2xf16>
  return
}

func.func @test_batch_norm_inference_one() {
  %a0 = check.input dense<[6.600000262e-01, 1.970000029e+00, 2.099999934e-01, -5.899999738e-01, -1.299999952e-01, -7.000000030e-02]> : tensor<6xf32>
  %a1 = check.input dense<[1.099999994e-01, -2.999999933e-02, 1.700000018e-01, -1.669999957e+00, 8.299999833e-01, -5.699999928e-01]> : tensor<6xf32>
  %a2 = check.input dense<[-1.169999957e+00, 6.399999857e-01, 1.320000052e+00, 4.900000095e-01, 1.599999964e-01, -9.300000072e-01]> : tensor<6xf32>
  %a3 = check.input dense<[2.869999886e+00, 8.799999952e-01, -1.139999986e+00, -7.799999714e-01, 9.000000358e-02, -1.549999952e+00]> : tensor<6xf32>
  %a4 = check.input dense<[1.259999990e+00, 5.299999714e-01, 9.499999881e-01, 8.700000048e-01, 9.800000191e-01, 6.299999952e-01]> : tensor<6xf32>
  %0 = "stablehlo.batch_norm_inference"(%a0, %a1, %a2, %a3, %a4) <{epsilon = 1.0e-3 : f32, feature_index = 0 : i64}> : (tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) -> (tensor<6xf32>)
  check.expect_almost_eq_const(%0, dense<[-1.386484742e+00, 5.951253772e-01, 1.555338264e+00, 1.500140131e-01, -2.435980923e-02, -1.991993546e+00]> : tensor<6xf32>) : tensor<6xf32>
  return
}
