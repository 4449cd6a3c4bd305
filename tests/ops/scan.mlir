// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_scan_last_dimension() {
  %a = check.input dense<[[3, -8, 6, -6, -8], [-1, -8, 3, 8, 7]]> : tensor<2x5xi32>
  %b = check.input dense<[7, 6]> : tensor<2xi32>
  %0:2 = chlo.scan(%a) inits (%b) dimension=1 attributes {is_reverse = false} {
  ^bb0(%x: tensor<2xi32>, %y: tensor<2xi32>):
    %1 = stablehlo.add %x, %y : tensor<2xi32>
    stablehlo.return %1, %1 : tensor<2xi32>, tensor<2xi32>
  } : (tensor<2x5xi32>, tensor<2xi32>) -> (tensor<2x5xi32>, tensor<2xi32>)
  check.expect_eq_const(%0#0, dense<[[10, 2, 8, 2, -6], [5, -3, 0, 8, 15]]> : tensor<2x5xi32>) : tensor<2x5xi32>
  check.expect_eq_const(%0#1, dense<[-6, 15]> : tensor<2xi32>) : tensor<2xi32>
  return
}

func.func @test_scan_first_dimension() {
  %a = check.input dense<[[-5, 5, -5], [-9, 4, 8], [5, 2, 8], [-8, -8, -5]]> : tensor<4x3xi32>
  %b = check.input dense<[-8, 2, -9]> : tensor<3xi32>
  %0:2 = chlo.scan(%a) inits (%b) dimension=0 attributes {is_reverse = false} {
  ^bb0(%x: tensor<3xi32>, %y: tensor<3xi32>):
    %1 = stablehlo.add %x, %y : tensor<3xi32>
    stablehlo.return %1, %1 : tensor<3xi32>, tensor<3xi32>
  } : (tensor<4x3xi32>, tensor<3xi32>) -> (tensor<4x3xi32>, tensor<3xi32>)
  check.expect_eq_const(%0#0, dense<[[-13, 7, -14], [-22, 11, -6], [-17, 13, 2], [-25, 5, -3]]> : tensor<4x3xi32>) : tensor<4x3xi32>
  check.expect_eq_const(%0#1, dense<[-25, 5, -3]> : tensor<3xi32>) : tensor<3xi32>
  return
}

func.func @test_scan_middle_dimension() {
  %a = check.input dense<[[[-3, 0], [-1, 1], [5, 6]], [[5, 4], [0, 1], [5, -1]]]> : tensor<2x3x2xi32>
  %b = check.input dense<[[-2, 5], [8, -3]]> : tensor<2x2xi32>
  %0:2 = chlo.scan(%a) inits (%b) dimension=1 attributes {is_reverse = false} {
  ^bb0(%x: tensor<2x2xi32>, %y: tensor<2x2xi32>):
    %1 = stablehlo.add %x, %y : tensor<2x2xi32>
    stablehlo.return %1, %1 : tensor<2x2xi32>, tensor<2x2xi32>
  } : (tensor<2x3x2xi32>, tensor<2x2xi32>) -> (tensor<2x3x2xi32>, tensor<2x2xi32>)
  check.expect_eq_const(%0#0, dense<[[[-5, 5], [-6, 6], [-1, 12]], [[13, 1], [13, 2], [18, 1]]]> : tensor<2x3x2xi32>) : tensor<2x3x2xi32>
  check.expect_eq_const(%0#1, dense<[[-1, 12], [18, 1]]> : tensor<2x2xi32>) : tensor<2x2xi32>
  return
}

func.func @test_scan_reverse() {
  %a = check.input dense<[1, -9, 8, 5, -9]> : tensor<5xi32>
  %b = check.input dense<-3> : tensor<i32>
  %0:2 = chlo.scan(%a) inits (%b) dimension=0 attributes {is_reverse = true} {
  ^bb0(%x: tensor<i32>, %y: tensor<i32>):
    %1 = stablehlo.add %x, %y : tensor<i32>
    stablehlo.return %1, %1 : tensor<i32>, tensor<i32>
  } : (tensor<5xi32>, tensor<i32>) -> (tensor<5xi32>, tensor<i32>)
  check.expect_eq_const(%0#0, dense<[-7, -8, 1, -7, -12]> : tensor<5xi32>) : tensor<5xi32>
  check.expect_eq_const(%0#1, dense<-7> : tensor<i32>) : tensor<i32>
  return
}

func.func @test_scan_reverse_first_dimension() {
  %a = check.input dense<[[6, 2], [1, -7], [3, 2]]> : tensor<3x2xi32>
  %b = check.input dense<[-6, -1]> : tensor<2xi32>
  %0:2 = chlo.scan(%a) inits (%b) dimension=0 attributes {is_reverse = true} {
  ^bb0(%x: tensor<2xi32>, %y: tensor<2xi32>):
    %1 = stablehlo.add %x, %y : tensor<2xi32>
    stablehlo.return %1, %1 : tensor<2xi32>, tensor<2xi32>
  } : (tensor<3x2xi32>, tensor<2xi32>) -> (tensor<3x2xi32>, tensor<2xi32>)
  check.expect_eq_const(%0#0, dense<[[4, -4], [-2, -6], [-3, 1]]> : tensor<3x2xi32>) : tensor<3x2xi32>
  check.expect_eq_const(%0#1, dense<[4, -4]> : tensor<2xi32>) : tensor<2xi32>
  return
}

func.func @test_scan_one_step() {
  %a = check.input dense<[[0, 1, -4]]> : tensor<1x3xi32>
  %b = check.input dense<[0, -8, 1]> : tensor<3xi32>
  %0:2 = chlo.scan(%a) inits (%b) dimension=0 attributes {is_reverse = false} {
  ^bb0(%x: tensor<3xi32>, %y: tensor<3xi32>):
    %1 = stablehlo.add %x, %y : tensor<3xi32>
    stablehlo.return %1, %1 : tensor<3xi32>, tensor<3xi32>
  } : (tensor<1x3xi32>, tensor<3xi32>) -> (tensor<1x3xi32>, tensor<3xi32>)
  check.expect_eq_const(%0#0, dense<[[0, -7, -3]]> : tensor<1x3xi32>) : tensor<1x3xi32>
  check.expect_eq_const(%0#1, dense<[0, -7, -3]> : tensor<3xi32>) : tensor<3xi32>
  return
}

func.func @test_scan_bf16() {
  %a = check.input dense<[[6.0, -5.0, -8.0], [-4.0, -2.0, 5.0], [-1.0, -8.0, -3.0], [1.0, 5.0, 4.0], [8.0, -6.0, 6.0], [-9.0, 1.0, -5.0], [-6.0, 2.0, -4.0], [1.0, -5.0, -7.0], [4.0, -2.0, 3.0]]> : tensor<9x3xbf16>
  %b = check.input dense<[3.0, 8.0, -2.0]> : tensor<3xbf16>
  %0:2 = chlo.scan(%a) inits (%b) dimension=0 attributes {is_reverse = false} {
  ^bb0(%x: tensor<3xbf16>, %y: tensor<3xbf16>):
    %1 = stablehlo.maximum %x, %y : tensor<3xbf16>
    stablehlo.return %1, %1 : tensor<3xbf16>, tensor<3xbf16>
  } : (tensor<9x3xbf16>, tensor<3xbf16>) -> (tensor<9x3xbf16>, tensor<3xbf16>)
  check.expect_eq_const(%0#0, dense<[[6.0, 8.0, -2.0], [6.0, 8.0, 5.0], [6.0, 8.0, 5.0], [6.0, 8.0, 5.0], [8.0, 8.0, 6.0], [8.0, 8.0, 6.0], [8.0, 8.0, 6.0], [8.0, 8.0, 6.0], [8.0, 8.0, 6.0]]> : tensor<9x3xbf16>) : tensor<9x3xbf16>
  check.expect_eq_const(%0#1, dense<[8.0, 8.0, 6.0]> : tensor<3xbf16>) : tensor<3xbf16>
  return
}

func.func @test_scan_i1() {
  %a = check.input dense<[[false, true, true], [true, true, true], [false, false, false], [false, false, false], [true, true, true], [true, true, true], [true, false, true], [true, false, false], [true, true, true]]> : tensor<9x3xi1>
  %b = check.input dense<false> : tensor<3xi1>
  %0:2 = chlo.scan(%a) inits (%b) dimension=0 attributes {is_reverse = false} {
  ^bb0(%x: tensor<3xi1>, %y: tensor<3xi1>):
    %1 = stablehlo.xor %x, %y : tensor<3xi1>
    stablehlo.return %1, %1 : tensor<3xi1>, tensor<3xi1>
  } : (tensor<9x3xi1>, tensor<3xi1>) -> (tensor<9x3xi1>, tensor<3xi1>)
  check.expect_eq_const(%0#0, dense<[[false, true, true], [true, false, false], [true, false, false], [true, false, false], [false, true, true], [true, false, false], [false, false, true], [true, false, true], [false, true, false]]> : tensor<9x3xi1>) : tensor<9x3xi1>
  check.expect_eq_const(%0#1, dense<[false, true, false]> : tensor<3xi1>) : tensor<3xi1>
  return
}

func.func @test_scan_i1_last_dimension() {
  %a = check.input dense<[[true, false, false], [true, true, true], [false, true, true], [true, false, false], [true, true, true], [true, false, true], [false, false, false], [true, false, true], [false, true, false]]> : tensor<9x3xi1>
  %b = check.input dense<[false, false, true, true, false, true, true, false, false]> : tensor<9xi1>
  %0:2 = chlo.scan(%a) inits (%b) dimension=1 attributes {is_reverse = false} {
  ^bb0(%x: tensor<9xi1>, %y: tensor<9xi1>):
    %1 = stablehlo.xor %x, %y : tensor<9xi1>
    stablehlo.return %1, %1 : tensor<9xi1>, tensor<9xi1>
  } : (tensor<9x3xi1>, tensor<9xi1>) -> (tensor<9x3xi1>, tensor<9xi1>)
  check.expect_eq_const(%0#0, dense<[[true, true, true], [true, false, true], [true, false, true], [false, false, false], [true, false, true], [false, false, true], [true, true, true], [true, true, false], [false, true, true]]> : tensor<9x3xi1>) : tensor<9x3xi1>
  check.expect_eq_const(%0#1, dense<[true, true, true, false, true, true, true, false, true]> : tensor<9xi1>) : tensor<9xi1>
  return
}

func.func @test_scan_ui8() {
  %a = check.input dense<[[65, 25, 127], [9, 133, 178], [147, 116, 68], [228, 82, 212], [113, 98, 176], [248, 200, 150], [27, 195, 200], [103, 92, 50], [250, 43, 125]]> : tensor<9x3xui8>
  %b = check.input dense<[46, 200, 153, 40, 28, 24, 5, 218, 212]> : tensor<9xui8>
  %0:2 = chlo.scan(%a) inits (%b) dimension=1 attributes {is_reverse = false} {
  ^bb0(%x: tensor<9xui8>, %y: tensor<9xui8>):
    %1 = stablehlo.maximum %x, %y : tensor<9xui8>
    stablehlo.return %1, %1 : tensor<9xui8>, tensor<9xui8>
  } : (tensor<9x3xui8>, tensor<9xui8>) -> (tensor<9x3xui8>, tensor<9xui8>)
  check.expect_eq_const(%0#0, dense<[[65, 65, 127], [200, 200, 200], [153, 153, 153], [228, 228, 228], [113, 113, 176], [248, 248, 248], [27, 195, 200], [218, 218, 218], [250, 250, 250]]> : tensor<9x3xui8>) : tensor<9x3xui8>
  check.expect_eq_const(%0#1, dense<[127, 200, 153, 228, 176, 248, 200, 218, 250]> : tensor<9xui8>) : tensor<9xui8>
  return
}

func.func @test_scan_matrix() {
  %a = check.input dense<[[-1.0663396, -1.5298765], [-2.4338768, 1.1986709], [0.07379336, 1.5101194], [-0.008956298, -0.74215543]]> : tensor<4x2xf32>
  %b = check.input dense<[[0.4779293, -0.076588415], [-1.2541866, -0.88506657]]> : tensor<2x2xf32>
  %c = check.input dense<[1.7667793, 0.3543506]> : tensor<2xf32>
  %0:3 = chlo.scan(%a) inits (%b, %c) dimension=0  {
  ^bb0(%x: tensor<2xf32>, %mm: tensor<2x2xf32>, %y: tensor<2xf32>):
    %1 = stablehlo.dot_general %mm, %y, contracting_dims = [1] x [0] : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %2 = stablehlo.add %1, %x : tensor<2xf32>
    %c_ = stablehlo.constant dense<0.0> : tensor<f32>
    %3 = stablehlo.reduce(%2 init: %c_) applies stablehlo.add across dimensions = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<f32>
    stablehlo.return %3, %mm, %2 : tensor<f32>, tensor<2x2xf32>, tensor<2xf32>
  } : (tensor<4x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> (tensor<4xf32>, tensor<2x2xf32>, tensor<2xf32>)
  check.expect_almost_eq_const(%0#0, dense<[-4.3084545, 2.8618617, -1.5838761, 0.51458156]> : tensor<4xf32>) : tensor<4xf32>
  check.expect_almost_eq_const(%0#1, dense<[[0.4779293, -0.076588415], [-1.2541866, -0.88506657]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  check.expect_almost_eq_const(%0#2, dense<[-0.65767074, 1.1722523]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_scan_matrix_reverse() {
  %a = check.input dense<[[0.41638654, -0.27655172], [-0.68971956, 0.8916558], [-0.104626454, -0.7591081], [-0.13412853, -0.90560603]]> : tensor<4x2xf32>
  %b = check.input dense<[[0.19004583, 1.1292276], [-0.83608514, 1.428544]]> : tensor<2x2xf32>
  %c = check.input dense<[-0.66761994, 0.15341216]> : tensor<2xf32>
  %0:3 = chlo.scan(%a) inits (%b, %c) dimension=0 attributes {is_reverse = true} {
  ^bb0(%x: tensor<2xf32>, %mm: tensor<2x2xf32>, %y: tensor<2xf32>):
    %1 = stablehlo.dot_general %mm, %y, contracting_dims = [1] x [0] : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %2 = stablehlo.add %1, %x : tensor<2xf32>
    %c_ = stablehlo.constant dense<0.0> : tensor<f32>
    %3 = stablehlo.reduce(%2 init: %c_) applies stablehlo.add across dimensions = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<f32>
    stablehlo.return %3, %mm, %2 : tensor<f32>, tensor<2x2xf32>, tensor<2xf32>
  } : (tensor<4x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> (tensor<4xf32>, tensor<2x2xf32>, tensor<2xf32>)
  check.expect_almost_eq_const(%0#0, dense<[0.92676467, -1.8487107, -1.135099, -0.21603255]> : tensor<4xf32>) : tensor<4xf32>
  check.expect_almost_eq_const(%0#1, dense<[[0.19004583, 1.1292276], [-0.83608514, 1.428544]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  check.expect_almost_eq_const(%0#2, dense<[-0.054383457, 0.9811481]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @test_scan_two_inputs_several_outputs() {
  %a = check.input dense<[[-0.8363865, -0.22223517, 0.047404412, -0.43468493, -0.7028879], [-0.6778862, -0.82115996, -1.57008, -0.2629696, 0.4011582]]> : tensor<2x5xf32>
  %b = check.input dense<[[-1, 8, -4, -8, 3], [-6, 8, 1, 8, 4]]> : tensor<2x5xi32>
  %c = check.input dense<1.0> : tensor<2xf32>
  %d = check.input dense<0> : tensor<2xi32>
  %0:5 = chlo.scan(%a, %b) inits (%c, %d) dimension=1 {
  ^bb0(%x: tensor<2xf32>, %y: tensor<2xi32>, %f_: tensor<2xf32>, %n: tensor<2xi32>):
    %k = stablehlo.constant dense<0.5> : tensor<f32>
    %kk = stablehlo.broadcast_in_dim %k, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %1 = stablehlo.multiply %kk, %f_ : tensor<2xf32>
    %2 = stablehlo.add %1, %x : tensor<2xf32>
    %c_ = stablehlo.constant dense<3> : tensor<2xi32>
    %3 = stablehlo.add %n, %c_ : tensor<2xi32>
    %4 = stablehlo.maximum %3, %y : tensor<2xi32>
    %5 = stablehlo.compare GT, %3, %y : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi1>
    stablehlo.return %n, %2, %5, %2, %4 : tensor<2xi32>, tensor<2xf32>, tensor<2xi1>, tensor<2xf32>, tensor<2xi32>
  } : (tensor<2x5xf32>, tensor<2x5xi32>, tensor<2xf32>, tensor<2xi32>) -> (tensor<2x5xi32>, tensor<2x5xf32>, tensor<2x5xi1>, tensor<2xf32>, tensor<2xi32>)
  check.expect_almost_eq_const(%0#0, dense<[[0, 3, 8, 11, 14], [0, 3, 8, 11, 14]]> : tensor<2x5xi32>) : tensor<2x5xi32>
  check.expect_almost_eq_const(%0#1, dense<[[-0.3363865, -0.39042842, -0.1478098, -0.50858986, -0.9571828], [-0.17788619, -0.9101031, -2.0251317, -1.2755355, -0.23660952]]> : tensor<2x5xf32>) : tensor<2x5xf32>
  check.expect_almost_eq_const(%0#2, dense<[[true, false, true, true, true], [true, false, true, true, true]]> : tensor<2x5xi1>) : tensor<2x5xi1>
  check.expect_almost_eq_const(%0#3, dense<[-0.9571828, -0.23660952]> : tensor<2xf32>) : tensor<2xf32>
  check.expect_almost_eq_const(%0#4, dense<17> : tensor<2xi32>) : tensor<2xi32>
  return
}

func.func @test_scan_no_inputs() {
  %a = check.input dense<[1, 2]> : tensor<2xi32>
  %0:2 = chlo.scan() inits (%a) dimension=1 attributes {scan_dim_size = 4 : i64} {
  ^bb0(%y: tensor<2xi32>):
    %1 = stablehlo.add %y, %y : tensor<2xi32>
    stablehlo.return %1, %1 : tensor<2xi32>, tensor<2xi32>
  } : (tensor<2xi32>) -> (tensor<2x4xi32>, tensor<2xi32>)
  check.expect_eq_const(%0#0, dense<[[2, 4, 8, 16], [4, 8, 16, 32]]> : tensor<2x4xi32>) : tensor<2x4xi32>
  check.expect_eq_const(%0#1, dense<[16, 32]> : tensor<2xi32>) : tensor<2xi32>
  return
}

func.func @test_scan_no_carry() {
  %a = check.input dense<[[0, 1], [2, 3], [4, 5]]> : tensor<3x2xi32>
  %0 = chlo.scan(%a) inits () dimension=0 {
  ^bb0(%y: tensor<2xi32>):
    %1 = stablehlo.add %y, %y : tensor<2xi32>
    stablehlo.return %1 : tensor<2xi32>
  } : (tensor<3x2xi32>) -> (tensor<3x2xi32>)
  check.expect_eq_const(%0, dense<[[0, 2], [4, 6], [8, 10]]> : tensor<3x2xi32>) : tensor<3x2xi32>
  return
}

func.func @test_scan_no_outputs() {
  %a = check.input dense<[[0, 1], [2, 3], [4, 5]]> : tensor<3x2xi32>
  %b = check.input dense<[0, 1]> : tensor<2xi32>
  %0 = chlo.scan(%a) inits (%b) dimension=0 {
  ^bb0(%x: tensor<2xi32>, %y: tensor<2xi32>):
    %1 = stablehlo.add %y, %x : tensor<2xi32>
    stablehlo.return %1 : tensor<2xi32>
  } : (tensor<3x2xi32>, tensor<2xi32>) -> (tensor<2xi32>)
  check.expect_eq_const(%0, dense<[6, 10]> : tensor<2xi32>) : tensor<2xi32>
  return
}

func.func @test_scan_no_steps() {
  %a = check.input dense<> : tensor<0x3xi32>
  %b = check.input dense<[1, 2, 3]> : tensor<3xi32>
  %0:2 = chlo.scan(%a) inits (%b) dimension=0 attributes {is_reverse = false} {
  ^bb0(%x: tensor<3xi32>, %y: tensor<3xi32>):
    %1 = stablehlo.add %x, %y : tensor<3xi32>
    stablehlo.return %1, %1 : tensor<3xi32>, tensor<3xi32>
  } : (tensor<0x3xi32>, tensor<3xi32>) -> (tensor<0x3xi32>, tensor<3xi32>)
  check.expect_eq_const(%0#0, dense<> : tensor<0x3xi32>) : tensor<0x3xi32>
  check.expect_eq_const(%0#1, dense<[1, 2, 3]> : tensor<3xi32>) : tensor<3xi32>
  return
}

func.func @test_scan_no_lines() {
  %a = check.input dense<> : tensor<0x3xi32>
  %b = check.input dense<> : tensor<0xi32>
  %0:2 = chlo.scan(%a) inits (%b) dimension=1 attributes {is_reverse = false} {
  ^bb0(%x: tensor<0xi32>, %y: tensor<0xi32>):
    %1 = stablehlo.add %x, %y : tensor<0xi32>
    stablehlo.return %1, %1 : tensor<0xi32>, tensor<0xi32>
  } : (tensor<0x3xi32>, tensor<0xi32>) -> (tensor<0x3xi32>, tensor<0xi32>)
  check.expect_eq_const(%0#0, dense<> : tensor<0x3xi32>) : tensor<0x3xi32>
  check.expect_eq_const(%0#1, dense<> : tensor<0xi32>) : tensor<0xi32>
  return
}

func.func @test_scan_nan_and_infinity() {
  %a = check.input dense<[1.0, 0x7F800000, 0xFF800000, 0x7FC00000, 2.0, -1.0]> : tensor<6xf32>
  %b = check.input dense<-3.0> : tensor<f32>
  %0:2 = chlo.scan(%a) inits (%b) dimension=0 attributes {is_reverse = false} {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %1 = stablehlo.maximum %x, %y : tensor<f32>
    stablehlo.return %1, %1 : tensor<f32>, tensor<f32>
  } : (tensor<6xf32>, tensor<f32>) -> (tensor<6xf32>, tensor<f32>)
  check.expect_eq_const(%0#0, dense<[1.0, 0x7F800000, 0x7F800000, 0x7FC00000, 0x7FC00000, 0x7FC00000]> : tensor<6xf32>) : tensor<6xf32>
  check.expect_eq_const(%0#1, dense<0x7FC00000> : tensor<f32>) : tensor<f32>
  return
}

func.func @test_scan_integer_overflow() {
  %a = check.input dense<[127, 1, 1]> : tensor<3xi8>
  %b = check.input dense<0> : tensor<i8>
  %0:2 = chlo.scan(%a) inits (%b) dimension=0 attributes {is_reverse = false} {
  ^bb0(%x: tensor<i8>, %y: tensor<i8>):
    %1 = stablehlo.add %x, %y : tensor<i8>
    stablehlo.return %1, %1 : tensor<i8>, tensor<i8>
  } : (tensor<3xi8>, tensor<i8>) -> (tensor<3xi8>, tensor<i8>)
  check.expect_eq_const(%0#0, dense<[127, -128, -127]> : tensor<3xi8>) : tensor<3xi8>
  check.expect_eq_const(%0#1, dense<-127> : tensor<i8>) : tensor<i8>
  return
}
