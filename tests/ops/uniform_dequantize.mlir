// Expected values: (stored - zero point) * scale.

func.func @test_per_tensor() {
  %a = check.input dense<[-128, -1, 0, 3, 127]> : tensor<5xi8>
  %0 = stablehlo.bitcast_convert %a : (tensor<5xi8>) -> tensor<5x!quant.uniform<i8:f32, 0.5:3>>
  %1 = stablehlo.uniform_dequantize %0 : (tensor<5x!quant.uniform<i8:f32, 0.5:3>>) -> tensor<5xf32>
  check.expect_eq_const(%1, dense<[-65.5, -2.0, -1.5, 0.0, 62.0]> : tensor<5xf32>) : tensor<5xf32>
  return
}

func.func @test_per_axis() {
  %a = check.input dense<[[2, 1], [-4, 9]]> : tensor<2x2xi8>
  %0 = stablehlo.bitcast_convert %a : (tensor<2x2xi8>) -> tensor<2x2x!quant.uniform<i8:f32:0, {0.5, 0.25:-3}>>
  %1 = stablehlo.uniform_dequantize %0 : (tensor<2x2x!quant.uniform<i8:f32:0, {0.5, 0.25:-3}>>) -> tensor<2x2xf32>
  check.expect_eq_const(%1, dense<[[1.0, 0.5], [-0.25, 3.0]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}

func.func @test_constant_of_i4() {
  %0 = stablehlo.constant() {value = dense<[-8, 7]> : tensor<2xi4>} : () -> tensor<2x!quant.uniform<i4:f16, 0.5:-1>>
  %1 = stablehlo.uniform_dequantize %0 : (tensor<2x!quant.uniform<i4:f16, 0.5:-1>>) -> tensor<2xf16>
  check.expect_eq_const(%1, dense<[-3.5, 4.0]> : tensor<2xf16>) : tensor<2xf16>
  return
}
