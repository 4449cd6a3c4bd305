// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_batch_norm_training_last() {
  %a0 = check.input dense<[[4.000000060e-01, -4.000000060e-01, -2.019999981e+00], [4.199999869e-01, 2.599999905e-01, -1.409999967e+00], [7.699999809e-01, -6.999999881e-01, -1.129999995e+00], [1.000000015e-01, -1.800000072e-01, 2.000000030e-01]]> : tensor<4x3xf32>
  %a1 = check.input dense<[-4.699999988e-01, -8.700000048e-01, 7.999999821e-02]> : tensor<3xf32>
  %a2 = check.input dense<[4.499999881e-01, -2.300000042e-01, -8.600000143e-01]> : tensor<3xf32>
  %0:3 = "stablehlo.batch_norm_training"(%a0, %a1, %a2) <{epsilon = 1.0e-3 : f32, feature_index = 1 : i64}> : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>)
  check.expect_almost_eq_const(%0#0, dense<[[4.941704273e-01, 1.290027350e-01, -9.516321421e-01], [4.549078047e-01, -1.505078554e+00, -8.915293813e-01], [-2.321884483e-01, 8.717669249e-01, -8.639411926e-01], [1.083110094e+00, -4.156910181e-01, -7.328973413e-01]]> : tensor<4x3xf32>) : tensor<4x3xf32>
  check.expect_almost_eq_const(%0#1, dense<[4.224999845e-01, -2.549999952e-01, -1.090000033e+00]> : tensor<3xf32>) : tensor<3xf32>
  check.expect_almost_eq_const(%0#2, dense<[5.631874502e-02, 1.224750057e-01, 6.582498550e-01]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @test_batch_norm_training_first() {
  %a0 = check.input dense<[[-4.500000000e-01, -2.800000000e-01, 4.900000000e-01, -9.100000000e-01, 4.400000000e-01], [2.000000000e-01, -6.700000000e-01, -1.390000000e+00, -2.300000000e-01, -8.800000000e-01]]> : tensor<2x5xf64>
  %a1 = check.input dense<[-3.100000000e-01, -5.900000000e-01]> : tensor<2xf64>
  %a2 = check.input dense<[-1.600000000e-01, -4.800000000e-01]> : tensor<2xf64>
  %0:3 = "stablehlo.batch_norm_training"(%a0, %a1, %a2) <{epsilon = 1.0e-3 : f32, feature_index = 0 : i64}> : (tensor<2x5xf64>, tensor<2xf64>, tensor<2xf64>) -> (tensor<2x5xf64>, tensor<2xf64>, tensor<2xf64>)
  check.expect_almost_eq_const(%0#0, dense<[[1.749296966e-02, -8.047392918e-02, -5.242063533e-01, 2.825798724e-01, -4.953925596e-01], [-1.338405849e+00, -3.978352085e-01, 3.805680799e-01, -8.735261069e-01, -1.708009160e-01]]> : tensor<2x5xf64>) : tensor<2x5xf64>
  check.expect_almost_eq_const(%0#1, dense<[-1.420000000e-01, -5.940000000e-01]> : tensor<2xf64>) : tensor<2xf64>
  check.expect_almost_eq_const(%0#2, dense<[2.883760000e-01, 2.968240000e-01]> : tensor<2xf64>) : tensor<2xf64>
  return
}

func.func @test_batch_norm_training_middle() {
  %a0 = check.input dense<[[[1.389999986e+00, -7.999999821e-02, -6.399999857e-01], [-9.100000262e-01, -3.799999952e-01, -2.199999988e-01]], [[-1.039999962e+00, -9.200000167e-01, -1.899999976e-01], [-5.199999809e-01, 9.399999976e-01, 1.139999986e+00]]]> : tensor<2x2x3xf32>
  %a1 = check.input dense<[2.599999905e-01, -1.100000024e+00]> : tensor<2xf32>
  %a2 = check.input dense<[5.899999738e-01, -1.309999943e+00]> : tensor<2xf32>
  %0:3 = "stablehlo.batch_norm_training"(%a0, %a1, %a2) <{epsilon = 1.0e-3 : f32, feature_index = 1 : i64}> : (tensor<2x2x3xf32>, tensor<2xf32>, tensor<2xf32>) -> (tensor<2x2x3xf32>, tensor<2xf32>, tensor<2xf32>)
  check.expect_almost_eq_const(%0#0, dense<[[[1.114249945e+00, 6.433859468e-01, 4.640091360e-01], [1.639798097e-02, -7.491093278e-01, -9.802058935e-01]], [[3.358828723e-01, 3.743207455e-01, 6.081511974e-01], [-5.468998551e-01, -2.655655861e+00, -2.944526672e+00]]]> : tensor<2x2x3xf32>) : tensor<2x2x3xf32>
  check.expect_almost_eq_const(%0#1, dense<[-2.466666698e-01, 8.333345875e-03]> : tensor<2xf32>) : tensor<2xf32>
  check.expect_almost_eq_const(%0#2, dense<[6.578555703e-01, 5.790138841e-01]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_batch_norm_training_f16() {
  %a0 = check.input dense<[[1.009765625e+00, -7.402343750e-01], [-4.998779297e-02, 4.000854492e-02], [1.190429688e+00, 7.099609375e-01], [-1.219726562e+00, 4.599609375e-01]]> : tensor<4x2xf16>
  %a1 = check.input dense<[1.019531250e+00, -6.699218750e-01]> : tensor<2xf16>
  %a2 = check.input dense<[5.400390625e-01, 1.199951172e-01]> : tensor<2xf16>
  %0:3 = "stablehlo.batch_norm_training"(%a0, %a1, %a2) <{epsilon = 1.0e-3 : f32, feature_index = 1 : i64}> : (tensor<4x2xf16>, tensor<2xf16>, tensor<2xf16>) -> (tensor<4x2xf16>, tensor<2xf16>, tensor<2xf16>)
  check.expect_almost_eq_const(%0#0, dense<[[1.363281250e+00, 1.164062500e+00], [2.409667969e-01, 2.142333984e-01], [1.553710938e+00, -6.015625000e-01], [-9.970703125e-01, -2.968750000e-01]]> : tensor<4x2xf16>) : tensor<4x2xf16>
  check.expect_almost_eq_const(%0#1, dense<[2.326660156e-01, 1.174316406e-01]> : tensor<2xf16>) : tensor<2xf16>
  check.expect_almost_eq_const(%0#2, dense<[9.272460938e-01, 3.022460938e-01]> : tensor<2xf16>) : tensor<2xf16>
  return
}

func.func @test_batch_norm_training_deep() {
  %a0 = check.input dense<[[[[-1.690000057e+00, 1.899999976e-01], [2.300000042e-01, -8.700000048e-01]], [[7.400000095e-01, -1.370000005e+00], [-5.500000119e-01, -4.799999893e-01]]], [[[1.990000010e+00, -1.600000024e+00], [5.600000024e-01, 9.399999976e-01]], [[3.799999952e-01, 1.179999948e+00], [-1.000000000e+00, -2.279999971e+00]]]]> : tensor<2x2x2x2xf32>
  %a1 = check.input dense<[1.199999973e-01, -1.400000006e-01]> : tensor<2xf32>
  %a2 = check.input dense<[5.999999866e-02, -2.000000030e-01]> : tensor<2xf32>
  %0:3 = "stablehlo.batch_norm_training"(%a0, %a1, %a2) <{epsilon = 1.0e-3 : f32, feature_index = 3 : i64}> : (tensor<2x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>) -> (tensor<2x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>)
  check.expect_almost_eq_const(%0#0, dense<[[[[-1.390945017e-01, -2.881543636e-01], [7.656780630e-02, -1.594884545e-01]], [[1.338531077e-01, -9.879699349e-02], [-1.104500704e-02, -2.068277895e-01]]], [[[2.742582560e-01, -7.087892294e-02], [1.136347651e-01, -3.791915178e-01]], [[9.341642261e-02, -4.083234370e-01], [-6.159085780e-02, 1.166145131e-02]]]]> : tensor<2x2x2x2xf32>) : tensor<2x2x2x2xf32>
  check.expect_almost_eq_const(%0#1, dense<[8.249999583e-02, -5.362499952e-01]> : tensor<2xf32>) : tensor<2xf32>
  check.expect_almost_eq_const(%0#2, dense<[1.140343666e+00, 1.329273462e+00]> : tensor<2xf32>) : tensor<2xf32>
  return
}
