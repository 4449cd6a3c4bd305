// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_sort_pairs() {
  %a = check.input dense<[[3.0, 1.0, 2.0], [9.0, 8.0, 7.0]]> : tensor<2x3xf32>
  %b = check.input dense<[[0, 1, 2], [0, 1, 2]]> : tensor<2x3xi32>
  %0:2 = "stablehlo.sort"(%a, %b) <{dimension = 1 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>, %x1: tensor<i32>, %y1: tensor<i32>):
    %1 = stablehlo.compare LT, %x0, %y0 : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<2x3xf32>, tensor<2x3xi32>) -> (tensor<2x3xf32>, tensor<2x3xi32>)
  check.expect_eq_const(%0#0, dense<[[1.0, 2.0, 3.0], [7.0, 8.0, 9.0]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  check.expect_eq_const(%0#1, dense<[[1, 2, 0], [2, 1, 0]]> : tensor<2x3xi32>) : tensor<2x3xi32>
  return
}

func.func @test_sort_first_dimension() {
  %a = check.input dense<[[-1, 0, 4], [8, -9, -7], [5, 8, -5], [-4, 6, -2]]> : tensor<4x3xi32>
  %0 = "stablehlo.sort"(%a) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<i32>, %y0: tensor<i32>):
    %1 = stablehlo.compare LT, %x0, %y0 : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<4x3xi32>) -> (tensor<4x3xi32>)
  check.expect_eq_const(%0, dense<[[-4, -9, -7], [-1, 0, -5], [5, 6, -2], [8, 8, 4]]> : tensor<4x3xi32>) : tensor<4x3xi32>
  return
}

func.func @test_sort_middle_dimension_descending() {
  %a = check.input dense<[[[-5.0, 5.0], [-5.0, -2.0], [2.0, 0.0]], [[-8.0, -9.0], [6.0, 4.0], [6.0, 0.0]]]> : tensor<2x3x2xf32>
  %0 = "stablehlo.sort"(%a) <{dimension = 1 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %1 = stablehlo.compare GT, %x0, %y0 : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<2x3x2xf32>) -> (tensor<2x3x2xf32>)
  check.expect_eq_const(%0, dense<[[[2.0, 5.0], [-5.0, 0.0], [-5.0, -2.0]], [[6.0, 4.0], [6.0, 0.0], [-8.0, -9.0]]]> : tensor<2x3x2xf32>) : tensor<2x3x2xf32>
  return
}

func.func @test_sort_negative_dimension() {
  %a = check.input dense<[[5, -4, -1], [5, -7, -4]]> : tensor<2x3xi64>
  %0 = "stablehlo.sort"(%a) <{dimension = -2 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<i64>, %y0: tensor<i64>):
    %1 = stablehlo.compare LT, %x0, %y0 : (tensor<i64>, tensor<i64>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<2x3xi64>) -> (tensor<2x3xi64>)
  check.expect_eq_const(%0, dense<[[5, -7, -4], [5, -4, -1]]> : tensor<2x3xi64>) : tensor<2x3xi64>
  return
}

func.func @test_sort_last_dimension_by_default() {
  %a = check.input dense<[[-7, -1, 8], [-7, -3, -2]]> : tensor<2x3xi32>
  %0 = "stablehlo.sort"(%a) <{is_stable = true}> ({
  ^bb0(%x0: tensor<i32>, %y0: tensor<i32>):
    %1 = stablehlo.compare LT, %x0, %y0 : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<2x3xi32>) -> (tensor<2x3xi32>)
  check.expect_eq_const(%0, dense<[[-7, -1, 8], [-7, -3, -2]]> : tensor<2x3xi32>) : tensor<2x3xi32>
  return
}

func.func @test_sort_keeps_the_order_of_equals() {
  %a = check.input dense<[2, 0, 1, 0, 0, 2, 0, 0, 1, 1, 0, 2, 2, 2, 0, 2, 0, 1, 2, 0, 2, 0, 0, 2, 1, 1, 0, 0, 1, 1]> : tensor<30xi32>
  %b = check.input dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29]> : tensor<30xi32>
  %0:2 = "stablehlo.sort"(%a, %b) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<i32>, %y0: tensor<i32>, %x1: tensor<i32>, %y1: tensor<i32>):
    %1 = stablehlo.compare LT, %x0, %y0 : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<30xi32>, tensor<30xi32>) -> (tensor<30xi32>, tensor<30xi32>)
  check.expect_eq_const(%0#0, dense<[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2]> : tensor<30xi32>) : tensor<30xi32>
  check.expect_eq_const(%0#1, dense<[1, 3, 4, 6, 7, 10, 14, 16, 19, 21, 22, 26, 27, 2, 8, 9, 17, 24, 25, 28, 29, 0, 5, 11, 12, 13, 15, 18, 20, 23]> : tensor<30xi32>) : tensor<30xi32>
  return
}

func.func @test_sort_of_more_than_two_runs() {
  %a = check.input dense<[11, 13, 34, 14, 2, 8, 19, 16, 25, 4, 5, 35, 28, 6, 20, 27, 26, 23, 0, 17, 15, 32, 9, 36, 12, 24, 1, 29, 18, 3, 21, 30, 7, 10, 22, 31, 33]> : tensor<37xi16>
  %0 = "stablehlo.sort"(%a) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<i16>, %y0: tensor<i16>):
    %1 = stablehlo.compare LT, %x0, %y0 : (tensor<i16>, tensor<i16>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<37xi16>) -> (tensor<37xi16>)
  check.expect_eq_const(%0, dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36]> : tensor<37xi16>) : tensor<37xi16>
  return
}

func.func @test_sort_total_order() {
  %a = check.input dense<[1.0, 0x7FC00000, -0.0, 0.0, 0x7F800000, 0xFF800000, -1.0, 2.0, 0x7FC00000]> : tensor<9xf32>
  %0 = "stablehlo.sort"(%a) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %1 = stablehlo.compare LT, %x0, %y0, TOTALORDER : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<9xf32>) -> (tensor<9xf32>)
  check.expect_eq_const(%0, dense<[0xFF800000, -1.0, -0.0, 0.0, 1.0, 2.0, 0x7F800000, 0x7FC00000, 0x7FC00000]> : tensor<9xf32>) : tensor<9xf32>
  return
}

func.func @test_sort_total_order_bf16() {
  %a = check.input dense<[1.0, 0x7FC0, -0.0, 0.0, 0x7F80, 0xFF80, -1.0, 2.0, 0x7FC0]> : tensor<9xbf16>
  %0 = "stablehlo.sort"(%a) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<bf16>, %y0: tensor<bf16>):
    %1 = stablehlo.compare GT, %x0, %y0, TOTALORDER : (tensor<bf16>, tensor<bf16>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<9xbf16>) -> (tensor<9xbf16>)
  check.expect_eq_const(%0, dense<[0x7FC0, 0x7FC0, 0x7F80, 2.0, 1.0, 0.0, -0.0, -1.0, 0xFF80]> : tensor<9xbf16>) : tensor<9xbf16>
  return
}

func.func @test_sort_f16_with_payload() {
  %a = check.input dense<[4.0, -5.0, 3.0, 1.0, -3.0, 2.0, -1.0, 3.0, 4.0, -3.0, -1.0, -3.0]> : tensor<12xf16>
  %b = check.input dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]> : tensor<12xui8>
  %0:2 = "stablehlo.sort"(%a, %b) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<f16>, %y0: tensor<f16>, %x1: tensor<ui8>, %y1: tensor<ui8>):
    %1 = stablehlo.compare LT, %x0, %y0 : (tensor<f16>, tensor<f16>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<12xf16>, tensor<12xui8>) -> (tensor<12xf16>, tensor<12xui8>)
  check.expect_eq_const(%0#0, dense<[-5.0, -3.0, -3.0, -3.0, -1.0, -1.0, 1.0, 2.0, 3.0, 3.0, 4.0, 4.0]> : tensor<12xf16>) : tensor<12xf16>
  check.expect_eq_const(%0#1, dense<[1, 4, 9, 11, 6, 10, 3, 5, 2, 7, 0, 8]> : tensor<12xui8>) : tensor<12xui8>
  return
}

func.func @test_sort_unsigned() {
  %a = check.input dense<[0, 255, 128, 127, 1]> : tensor<5xui8>
  %0 = "stablehlo.sort"(%a) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<ui8>, %y0: tensor<ui8>):
    %1 = stablehlo.compare LT, %x0, %y0 : (tensor<ui8>, tensor<ui8>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<5xui8>) -> (tensor<5xui8>)
  check.expect_eq_const(%0, dense<[0, 1, 127, 128, 255]> : tensor<5xui8>) : tensor<5xui8>
  return
}

func.func @test_sort_signed_extremes() {
  %a = check.input dense<[0, -128, 127, -1, 1]> : tensor<5xi8>
  %0 = "stablehlo.sort"(%a) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<i8>, %y0: tensor<i8>):
    %1 = stablehlo.compare LT, %x0, %y0 : (tensor<i8>, tensor<i8>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<5xi8>) -> (tensor<5xi8>)
  check.expect_eq_const(%0, dense<[-128, -1, 0, 1, 127]> : tensor<5xi8>) : tensor<5xi8>
  return
}

func.func @test_sort_booleans() {
  %a = check.input dense<[true, false, true, true, false, false, false, true, false, true, false]> : tensor<11xi1>
  %b = check.input dense<[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]> : tensor<11xf64>
  %0:2 = "stablehlo.sort"(%a, %b) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<i1>, %y0: tensor<i1>, %x1: tensor<f64>, %y1: tensor<f64>):
    %1 = stablehlo.compare LT, %x0, %y0 : (tensor<i1>, tensor<i1>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<11xi1>, tensor<11xf64>) -> (tensor<11xi1>, tensor<11xf64>)
  check.expect_eq_const(%0#0, dense<[false, false, false, false, false, false, true, true, true, true, true]> : tensor<11xi1>) : tensor<11xi1>
  check.expect_eq_const(%0#1, dense<[1.0, 4.0, 5.0, 6.0, 8.0, 10.0, 0.0, 2.0, 3.0, 7.0, 9.0]> : tensor<11xf64>) : tensor<11xf64>
  return
}

func.func @test_sort_by_two_keys() {
  %a = check.input dense<[2, 1, 2, 2, 2, 2, 2, 0, 0, 1, 1, 2]> : tensor<12xi32>
  %b = check.input dense<[2.0, 1.0, 1.0, 1.0, 2.0, 0.0, 1.0, 2.0, 1.0, 2.0, 2.0, 2.0]> : tensor<12xf32>
  %c = check.input dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]> : tensor<12xi8>
  %0:3 = "stablehlo.sort"(%a, %b, %c) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<i32>, %y0: tensor<i32>, %x1: tensor<f32>, %y1: tensor<f32>, %x2: tensor<i8>, %y2: tensor<i8>):
    %2 = stablehlo.compare LT, %x0, %y0 : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %3 = stablehlo.compare EQ, %x0, %y0 : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %4 = stablehlo.compare GT, %x1, %y1 : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %5 = stablehlo.and %3, %4 : tensor<i1>
    %1 = stablehlo.or %2, %5 : tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<12xi32>, tensor<12xf32>, tensor<12xi8>) -> (tensor<12xi32>, tensor<12xf32>, tensor<12xi8>)
  check.expect_eq_const(%0#0, dense<[0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2]> : tensor<12xi32>) : tensor<12xi32>
  check.expect_eq_const(%0#1, dense<[2.0, 1.0, 2.0, 2.0, 1.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 0.0]> : tensor<12xf32>) : tensor<12xf32>
  check.expect_eq_const(%0#2, dense<[7, 8, 9, 10, 1, 0, 4, 11, 2, 3, 6, 5]> : tensor<12xi8>) : tensor<12xi8>
  return
}

func.func @test_sort_by_distance_to_a_constant() {
  %a = check.input dense<[3, -7, 0, 9, 2, 5, -1, 4, 8, 6]> : tensor<10xi32>
  %0 = "stablehlo.sort"(%a) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<i32>, %y0: tensor<i32>):
    %c = stablehlo.constant dense<4> : tensor<i32>
    %2 = stablehlo.subtract %x0, %c : tensor<i32>
    %3 = stablehlo.abs %2 : tensor<i32>
    %4 = stablehlo.subtract %y0, %c : tensor<i32>
    %5 = stablehlo.abs %4 : tensor<i32>
    %1 = stablehlo.compare LT, %3, %5 : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<10xi32>) -> (tensor<10xi32>)
  check.expect_eq_const(%0, dense<[4, 3, 5, 2, 6, 0, 8, 9, -1, -7]> : tensor<10xi32>) : tensor<10xi32>
  return
}

func.func @test_sort_one_element() {
  %a = check.input dense<[[5.0], [6.0]]> : tensor<2x1xf32>
  %0 = "stablehlo.sort"(%a) <{dimension = 1 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %1 = stablehlo.compare LT, %x0, %y0 : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<2x1xf32>) -> (tensor<2x1xf32>)
  check.expect_eq_const(%0, dense<[[5.0], [6.0]]> : tensor<2x1xf32>) : tensor<2x1xf32>
  return
}

func.func @test_sort_no_elements() {
  %a = check.input dense<> : tensor<2x0xf32>
  %0 = "stablehlo.sort"(%a) <{dimension = 1 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %1 = stablehlo.compare LT, %x0, %y0 : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<2x0xf32>) -> (tensor<2x0xf32>)
  check.expect_eq_const(%0, dense<> : tensor<2x0xf32>) : tensor<2x0xf32>
  return
}

func.func @test_sort_no_lines() {
  %a = check.input dense<> : tensor<0x3xf32>
  %0 = "stablehlo.sort"(%a) <{dimension = 1 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<f32>, %y0: tensor<f32>):
    %1 = stablehlo.compare LT, %x0, %y0 : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<0x3xf32>) -> (tensor<0x3xf32>)
  check.expect_eq_const(%0, dense<> : tensor<0x3xf32>) : tensor<0x3xf32>
  return
}

func.func @test_sort_nothing_goes_first() {
  %a = check.input dense<[3, 1, 2]> : tensor<3xi32>
  %0 = "stablehlo.sort"(%a) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<i32>, %y0: tensor<i32>):
    %1 = stablehlo.constant dense<false> : tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<3xi32>) -> (tensor<3xi32>)
  check.expect_eq_const(%0, dense<[3, 1, 2]> : tensor<3xi32>) : tensor<3xi32>
  return
}

func.func @test_sort_comparator_reads_from_above() {
  %a = check.input dense<[3.0, 1.0, 2.0]> : tensor<3xf32>
  %b = check.input dense<-1.0> : tensor<f32>
  %0 = "stablehlo.sort"(%a) <{dimension = 0 : i64}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %2 = stablehlo.multiply %x, %b : tensor<f32>
    %3 = stablehlo.multiply %y, %b : tensor<f32>
    %1 = stablehlo.compare LT, %2, %3 : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<3xf32>) -> tensor<3xf32>
  check.expect_eq_const(%0, dense<[3.0, 2.0, 1.0]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @test_sort_comparator_branches() {
  %a = check.input dense<[3, -1, 2, -5, 4, 0, -2, 7, -9]> : tensor<9xi32>
  %0 = "stablehlo.sort"(%a) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%x0: tensor<i32>, %y0: tensor<i32>):
    %z = stablehlo.constant dense<0> : tensor<i32>
    %2 = stablehlo.compare LT, %x0, %z : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %1 = "stablehlo.if"(%2) ({
      %3 = stablehlo.compare GT, %x0, %y0 : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %4 = stablehlo.compare LT, %y0, %z : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %5 = stablehlo.and %3, %4 : tensor<i1>
      stablehlo.return %5 : tensor<i1>
    }, {
      %6 = stablehlo.compare LT, %x0, %y0 : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %7 = stablehlo.compare LT, %y0, %z : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %8 = stablehlo.or %6, %7 : tensor<i1>
      stablehlo.return %8 : tensor<i1>
    }) : (tensor<i1>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<9xi32>) -> (tensor<9xi32>)
  check.expect_eq_const(%0, dense<[0, 2, 3, 4, 7, -1, -2, -5, -9]> : tensor<9xi32>) : tensor<9xi32>
  return
}

func.func @test_sort_complex_by_parts() {
  %a = check.input dense<[(2.0, 1.0), (-1.0, 3.0), (2.0, -4.0), (-1.0, 0.5)]> : tensor<4xcomplex<f32>>
  %0 = "stablehlo.sort"(%a) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%x: tensor<complex<f32>>, %y: tensor<complex<f32>>):
    %xr = stablehlo.real %x : (tensor<complex<f32>>) -> tensor<f32>
    %yr = stablehlo.real %y : (tensor<complex<f32>>) -> tensor<f32>
    %xi = stablehlo.imag %x : (tensor<complex<f32>>) -> tensor<f32>
    %yi = stablehlo.imag %y : (tensor<complex<f32>>) -> tensor<f32>
    %less = stablehlo.compare LT, %xr, %yr : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %same = stablehlo.compare EQ, %xr, %yr : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %below = stablehlo.compare LT, %xi, %yi : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %second = stablehlo.and %same, %below : tensor<i1>
    %first = stablehlo.or %less, %second : tensor<i1>
    stablehlo.return %first : tensor<i1>
  }) : (tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>>
  check.expect_eq_const(%0, dense<[(-1.0, 0.5), (-1.0, 3.0), (2.0, -4.0), (2.0, 1.0)]> : tensor<4xcomplex<f32>>) : tensor<4xcomplex<f32>>
  return
}
