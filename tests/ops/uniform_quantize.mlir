// Expected values: x / scale + zero point, clamped, to the nearest, ties to even.

func.func @test_per_tensor() {
  %a = check.input dense<[0.0, -0.0, 0.25, 0.75, 1.25, -0.25, 62.0, 62.2]> : tensor<8xf32>
  %0 = stablehlo.uniform_quantize %a : (tensor<8xf32>) -> tensor<8x!quant.uniform<i8:f32, 0.5:3>>
  %1 = stablehlo.bitcast_convert %0 : (tensor<8x!quant.uniform<i8:f32, 0.5:3>>) -> tensor<8xi8>
  check.expect_eq_const(%1, dense<[3, 3, 4, 4, 6, 2, 127, 127]> : tensor<8xi8>) : tensor<8xi8>
  return
}

func.func @test_special_values() {
  %a = check.input dense<[0x7F800000, 0xFF800000, 1.0e30, -1.0e30]> : tensor<4xf32>
  %0 = stablehlo.uniform_quantize %a : (tensor<4xf32>) -> tensor<4x!quant.uniform<i8<-127:100>:f32, 0.5>>
  %1 = stablehlo.bitcast_convert %0 : (tensor<4x!quant.uniform<i8<-127:100>:f32, 0.5>>) -> tensor<4xi8>
  check.expect_eq_const(%1, dense<[100, -127, 100, -127]> : tensor<4xi8>) : tensor<4xi8>
  return
}

func.func @test_per_axis() {
  %a = check.input dense<[[1.0, 1.0], [-2.0, 3.0]]> : tensor<2x2xf32>
  %0 = stablehlo.uniform_quantize %a : (tensor<2x2xf32>) -> tensor<2x2x!quant.uniform<i8:f32:1, {0.5, 0.25:-3}>>
  %1 = stablehlo.bitcast_convert %0 : (tensor<2x2x!quant.uniform<i8:f32:1, {0.5, 0.25:-3}>>) -> tensor<2x2xi8>
  check.expect_eq_const(%1, dense<[[2, 1], [-4, 9]]> : tensor<2x2xi8>) : tensor<2x2xi8>
  return
}

func.func @test_unsigned_storage_of_bf16() {
  %a = check.input dense<[-64.0, 0.0, 1.0, 200.0]> : tensor<4xbf16>
  %0 = stablehlo.uniform_quantize %a : (tensor<4xbf16>) -> tensor<4x!quant.uniform<u8:bf16, 0.5:128>>
  %1 = stablehlo.bitcast_convert %0 : (tensor<4x!quant.uniform<u8:bf16, 0.5:128>>) -> tensor<4xui8>
  check.expect_eq_const(%1, dense<[0, 128, 130, 255]> : tensor<4xui8>) : tensor<4xui8>
  return
}

func.func @test_rank_0() {
  %a = check.input dense<2.5> : tensor<f32>
  %0 = stablehlo.uniform_quantize %a : (tensor<f32>) -> tensor<!quant.uniform<i4:f32, 1.0>>
  %1 = stablehlo.uniform_dequantize %0 : (tensor<!quant.uniform<i4:f32, 1.0>>) -> tensor<f32>
  check.expect_eq_const(%1, dense<2.0> : tensor<f32>) : tensor<f32>
  return
}

func.func @test_no_elements() {
  %a = check.input dense<> : tensor<0x2xf32>
  %0 = stablehlo.uniform_quantize %a : (tensor<0x2xf32>) -> tensor<0x2x!quant.uniform<i8:f32, 1.0>>
  %1 = stablehlo.uniform_dequantize %0 : (tensor<0x2x!quant.uniform<i8:f32, 1.0>>) -> tensor<0x2xf32>
  check.expect_eq_const(%1, dense<> : tensor<0x2xf32>) : tensor<0x2xf32>
  return
}
