// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_top_k_rows() {
  %a = check.input dense<[[3.0, 1.0, 2.0, 5.0], [9.0, 8.0, 7.0, 9.0]]> : tensor<2x4xf32>
  %v, %i = chlo.top_k(%a, k = 2) : tensor<2x4xf32> -> (tensor<2x2xf32>, tensor<2x2xi32>)
  check.expect_eq_const(%v, dense<[[5.0, 3.0], [9.0, 9.0]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  check.expect_eq_const(%i, dense<[[3, 0], [0, 3]]> : tensor<2x2xi32>) : tensor<2x2xi32>
  return
}

func.func @test_top_k_total_order() {
  %a = check.input dense<[1.0, 0x7FC00000, -0.0, 0.0, 0x7F800000, 0xFF800000, -1.0, 2.0, 0x7FC00000]> : tensor<9xf32>
  %v, %i = chlo.top_k(%a, k = 9) : tensor<9xf32> -> (tensor<9xf32>, tensor<9xi32>)
  check.expect_eq_const(%v, dense<[0x7FC00000, 0x7FC00000, 0x7F800000, 2.0, 1.0, 0.0, -0.0, -1.0, 0xFF800000]> : tensor<9xf32>) : tensor<9xf32>
  check.expect_eq_const(%i, dense<[1, 8, 4, 7, 0, 3, 2, 6, 5]> : tensor<9xi32>) : tensor<9xi32>
  return
}

func.func @test_top_k_total_order_f16() {
  %a = check.input dense<[1.0, 0x7E00, -0.0, 0.0, 0x7C00, 0xFC00, -1.0, 2.0, 0x7E00]> : tensor<9xf16>
  %v, %i = chlo.top_k(%a, k = 4) : tensor<9xf16> -> (tensor<4xf16>, tensor<4xi32>)
  check.expect_eq_const(%v, dense<[0x7E00, 0x7E00, 0x7C00, 2.0]> : tensor<4xf16>) : tensor<4xf16>
  check.expect_eq_const(%i, dense<[1, 8, 4, 7]> : tensor<4xi32>) : tensor<4xi32>
  return
}

func.func @test_top_k_total_order_bf16() {
  %a = check.input dense<[1.0, 0x7FC0, -0.0, 0.0, 0x7F80, 0xFF80, -1.0, 2.0, 0x7FC0]> : tensor<9xbf16>
  %v, %i = chlo.top_k(%a, k = 7) : tensor<9xbf16> -> (tensor<7xbf16>, tensor<7xi32>)
  check.expect_eq_const(%v, dense<[0x7FC0, 0x7FC0, 0x7F80, 2.0, 1.0, 0.0, -0.0]> : tensor<7xbf16>) : tensor<7xbf16>
  check.expect_eq_const(%i, dense<[1, 8, 4, 7, 0, 3, 2]> : tensor<7xi32>) : tensor<7xi32>
  return
}

func.func @test_top_k_f64() {
  %a = check.input dense<[1.0, 0x7FF8000000000000, -0.0, 0.0, 0x7FF0000000000000, 0xFFF0000000000000, -1.0, 2.0, 0x7FF8000000000000]> : tensor<9xf64>
  %v, %i = chlo.top_k(%a, k = 3) : tensor<9xf64> -> (tensor<3xf64>, tensor<3xi32>)
  check.expect_eq_const(%v, dense<[0x7FF8000000000000, 0x7FF8000000000000, 0x7FF0000000000000]> : tensor<3xf64>) : tensor<3xf64>
  check.expect_eq_const(%i, dense<[1, 8, 4]> : tensor<3xi32>) : tensor<3xi32>
  return
}

func.func @test_top_k_ties_by_index() {
  %a = check.input dense<[2, 1, 2, 1, 2, 0]> : tensor<6xi32>
  %v, %i = chlo.top_k(%a, k = 5) : tensor<6xi32> -> (tensor<5xi32>, tensor<5xi32>)
  check.expect_eq_const(%v, dense<[2, 2, 2, 1, 1]> : tensor<5xi32>) : tensor<5xi32>
  check.expect_eq_const(%i, dense<[0, 2, 4, 1, 3]> : tensor<5xi32>) : tensor<5xi32>
  return
}

func.func @test_top_k_signed_extremes() {
  %a = check.input dense<[0, -9223372036854775808, 9223372036854775807, -1]> : tensor<4xi64>
  %v, %i = chlo.top_k(%a, k = 4) : tensor<4xi64> -> (tensor<4xi64>, tensor<4xi32>)
  check.expect_eq_const(%v, dense<[9223372036854775807, 0, -1, -9223372036854775808]> : tensor<4xi64>) : tensor<4xi64>
  check.expect_eq_const(%i, dense<[2, 0, 3, 1]> : tensor<4xi32>) : tensor<4xi32>
  return
}

func.func @test_top_k_unsigned() {
  %a = check.input dense<[0, 255, 128, 127, 1]> : tensor<5xui8>
  %v, %i = chlo.top_k(%a, k = 3) : tensor<5xui8> -> (tensor<3xui8>, tensor<3xi32>)
  check.expect_eq_const(%v, dense<[255, 128, 127]> : tensor<3xui8>) : tensor<3xui8>
  check.expect_eq_const(%i, dense<[1, 2, 3]> : tensor<3xi32>) : tensor<3xi32>
  return
}

func.func @test_top_k_booleans() {
  %a = check.input dense<[false, true, false, true, true]> : tensor<5xi1>
  %v, %i = chlo.top_k(%a, k = 4) : tensor<5xi1> -> (tensor<4xi1>, tensor<4xi32>)
  check.expect_eq_const(%v, dense<[true, true, true, false]> : tensor<4xi1>) : tensor<4xi1>
  check.expect_eq_const(%i, dense<[1, 3, 4, 0]> : tensor<4xi32>) : tensor<4xi32>
  return
}

func.func @test_top_k_rank_three() {
  %a = check.input dense<[[[-1, 6, -8, 2, -5], [-5, 3, 4, 6, -6]], [[6, 5, -4, -8, 4], [5, -1, -7, -7, -3]]]> : tensor<2x2x5xi16>
  %v, %i = chlo.top_k(%a, k = 2) : tensor<2x2x5xi16> -> (tensor<2x2x2xi16>, tensor<2x2x2xi32>)
  check.expect_eq_const(%v, dense<[[[6, 2], [6, 4]], [[6, 5], [5, -1]]]> : tensor<2x2x2xi16>) : tensor<2x2x2xi16>
  check.expect_eq_const(%i, dense<[[[1, 3], [3, 2]], [[0, 1], [0, 1]]]> : tensor<2x2x2xi32>) : tensor<2x2x2xi32>
  return
}

func.func @test_top_k_all_of_many() {
  %a = check.input dense<[93, 59, 17, 21, 91, 139, 140, 83, 137, 107, 120, 35, 50, 69, 108, 53, 133, 62, 18, 7, 23, 24, 43, 138, 112, 78, 100, 1, 81, 95, 22, 102, 31, 121, 94, 122, 76, 65, 96, 110, 25, 13, 116, 101, 98, 82, 103, 2, 29, 148, 32, 14, 136, 0, 6, 99, 149, 54, 87, 5, 30, 143, 10, 8, 71, 3, 66, 36, 84, 48, 85, 132, 19, 134, 89, 147, 123, 63, 92, 80, 34, 144, 67, 111, 20, 88, 12, 11, 52, 56, 15, 68, 135, 73, 127, 41, 113, 129, 60, 58, 51, 142, 145, 74, 109, 47, 49, 9, 86, 117, 55, 27, 131, 70, 72, 46, 146, 40, 28, 90, 39, 75, 130, 97, 44, 105, 4, 61, 128, 141, 64, 106, 104, 118, 42, 79, 115, 77, 114, 16, 37, 26, 45, 119, 126, 125, 57, 124, 38, 33]> : tensor<150xi32>
  %v, %i = chlo.top_k(%a, k = 140) : tensor<150xi32> -> (tensor<140xi32>, tensor<140xi32>)
  check.expect_eq_const(%v, dense<[149, 148, 147, 146, 145, 144, 143, 142, 141, 140, 139, 138, 137, 136, 135, 134, 133, 132, 131, 130, 129, 128, 127, 126, 125, 124, 123, 122, 121, 120, 119, 118, 117, 116, 115, 114, 113, 112, 111, 110, 109, 108, 107, 106, 105, 104, 103, 102, 101, 100, 99, 98, 97, 96, 95, 94, 93, 92, 91, 90, 89, 88, 87, 86, 85, 84, 83, 82, 81, 80, 79, 78, 77, 76, 75, 74, 73, 72, 71, 70, 69, 68, 67, 66, 65, 64, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10]> : tensor<140xi32>) : tensor<140xi32>
  check.expect_eq_const(%i, dense<[56, 49, 75, 116, 102, 81, 61, 101, 129, 6, 5, 23, 8, 52, 92, 73, 16, 71, 112, 122, 97, 128, 94, 144, 145, 147, 76, 35, 33, 10, 143, 133, 109, 42, 136, 138, 96, 24, 83, 39, 104, 14, 9, 131, 125, 132, 46, 31, 43, 26, 55, 44, 123, 38, 29, 34, 0, 78, 4, 119, 74, 85, 58, 108, 70, 68, 7, 45, 28, 79, 135, 25, 137, 36, 121, 103, 93, 114, 64, 113, 13, 91, 82, 66, 37, 130, 77, 17, 127, 98, 1, 99, 146, 89, 110, 57, 15, 88, 100, 12, 106, 69, 105, 115, 142, 124, 22, 134, 95, 117, 120, 148, 140, 67, 11, 80, 149, 50, 32, 60, 48, 118, 111, 141, 40, 21, 20, 30, 3, 84, 72, 18, 2, 139, 90, 51, 41, 86, 87, 62]> : tensor<140xi32>) : tensor<140xi32>
  return
}

func.func @test_top_k_none() {
  %a = check.input dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %v, %i = chlo.top_k(%a, k = 0) : tensor<3xf32> -> (tensor<0xf32>, tensor<0xi32>)
  check.expect_eq_const(%v, dense<> : tensor<0xf32>) : tensor<0xf32>
  check.expect_eq_const(%i, dense<> : tensor<0xi32>) : tensor<0xi32>
  return
}

func.func @test_top_k_no_lines() {
  %a = check.input dense<> : tensor<0x3xf32>
  %v, %i = chlo.top_k(%a, k = 2) : tensor<0x3xf32> -> (tensor<0x2xf32>, tensor<0x2xi32>)
  check.expect_eq_const(%v, dense<> : tensor<0x2xf32>) : tensor<0x2xf32>
  check.expect_eq_const(%i, dense<> : tensor<0x2xi32>) : tensor<0x2xi32>
  return
}

func.func @test_top_k_smallest() {
  %a = check.input dense<[2.0, 1.0, 2.0, 1.0, -0.0, 0.0]> : tensor<6xf32>
  %v, %i = chlo.top_k(%a, k = 3) {largest = false} : tensor<6xf32> -> (tensor<3xf32>, tensor<3xi32>)
  check.expect_eq_const(%v, dense<[-0.0, 0.0, 1.0]> : tensor<3xf32>) : tensor<3xf32>
  check.expect_eq_const(%i, dense<[4, 5, 1]> : tensor<3xi32>) : tensor<3xi32>
  return
}
