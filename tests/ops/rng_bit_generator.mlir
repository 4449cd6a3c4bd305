// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_rng_bit_generator_three_fry_odd() {
  %s = check.input dense<[7, 18446744073709551614]> : tensor<2xui64>
  %0, %1 = stablehlo.rng_bit_generator %s, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<5xui32>)
  check.expect_eq_const(%0, dense<[7, 1]> : tensor<2xui64>) : tensor<2xui64>
  check.expect_eq_const(%1, dense<[3290684823, 2706353130, 3493762567, 1599218323, 3901892970]> : tensor<5xui32>) : tensor<5xui32>
  return
}

func.func @test_rng_bit_generator_three_fry_rank_0() {
  %s = check.input dense<[1, 2]> : tensor<2xui64>
  %0, %1 = stablehlo.rng_bit_generator %s, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<ui32>)
  check.expect_eq_const(%0, dense<[1, 3]> : tensor<2xui64>) : tensor<2xui64>
  check.expect_eq_const(%1, dense<43444564> : tensor<ui32>) : tensor<ui32>
  return
}

func.func @test_rng_bit_generator_three_fry_matrix() {
  %s = check.input dense<[1, 2]> : tensor<2xui64>
  %0, %1 = stablehlo.rng_bit_generator %s, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<3x2xui32>)
  check.expect_eq_const(%0, dense<[1, 5]> : tensor<2xui64>) : tensor<2xui64>
  check.expect_eq_const(%1, dense<[[43444564, 2150618427], [3979645651, 3745730563], [1672743891, 4240503393]]> : tensor<3x2xui32>) : tensor<3x2xui32>
  return
}

func.func @test_rng_bit_generator_three_fry_ui64() {
  %s = check.input dense<[1, 2]> : tensor<2xui64>
  %0, %1 = stablehlo.rng_bit_generator %s, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<3xui64>)
  check.expect_eq_const(%0, dense<[1, 5]> : tensor<2xui64>) : tensor<2xui64>
  check.expect_eq_const(%1, dense<[9236835810183407956, 16087790271692313299, 18212823393184779219]> : tensor<3xui64>) : tensor<3xui64>
  return
}

func.func @test_rng_bit_generator_three_fry_i8() {
  %s = check.input dense<[1, 2]> : tensor<2xui64>
  %0, %1 = stablehlo.rng_bit_generator %s, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<4xui8>)
  check.expect_eq_const(%0, dense<[1, 4]> : tensor<2xui64>) : tensor<2xui64>
  check.expect_eq_const(%1, dense<[84, 59, 211, 3]> : tensor<4xui8>) : tensor<4xui8>
  return
}

func.func @test_rng_bit_generator_three_fry_zero_size() {
  %s = check.input dense<[1, 2]> : tensor<2xui64>
  %0, %1 = stablehlo.rng_bit_generator %s, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<0xui32>)
  check.expect_eq_const(%0, dense<[1, 2]> : tensor<2xui64>) : tensor<2xui64>
  check.expect_eq_const(%1, dense<> : tensor<0xui32>) : tensor<0xui32>
  return
}

func.func @test_rng_bit_generator_philox_two_words() {
  %s = check.input dense<[9223372036854775808, 18446744073709551615]> : tensor<2xui64>
  %0, %1 = stablehlo.rng_bit_generator %s, algorithm = PHILOX : (tensor<2xui64>) -> (tensor<2xui64>, tensor<6xui32>)
  check.expect_eq_const(%0, dense<[9223372036854775808, 1]> : tensor<2xui64>) : tensor<2xui64>
  check.expect_eq_const(%1, dense<[3646060987, 3369668353, 2273044956, 3238334028, 1931627652, 3323137936]> : tensor<6xui32>) : tensor<6xui32>
  return
}

func.func @test_rng_bit_generator_philox_three_words() {
  %s = check.input dense<[5, 18446744073709551615, 18446744073709551615]> : tensor<3xui64>
  %0, %1 = stablehlo.rng_bit_generator %s, algorithm = PHILOX : (tensor<3xui64>) -> (tensor<3xui64>, tensor<2x3xui16>)
  check.expect_eq_const(%0, dense<[5, 1, 0]> : tensor<3xui64>) : tensor<3xui64>
  check.expect_eq_const(%1, dense<[[50547, 65211, 63318], [30162, 26653, 20884]]> : tensor<2x3xui16>) : tensor<2x3xui16>
  return
}

func.func @test_rng_bit_generator_philox_ui64() {
  %s = check.input dense<[5, 6, 7]> : tensor<3xui64>
  %0, %1 = stablehlo.rng_bit_generator %s, algorithm = PHILOX : (tensor<3xui64>) -> (tensor<3xui64>, tensor<3xui64>)
  check.expect_eq_const(%0, dense<[5, 8, 7]> : tensor<3xui64>) : tensor<3xui64>
  check.expect_eq_const(%1, dense<[11216340449253832163, 4288563746624209323, 15297054879353834718]> : tensor<3xui64>) : tensor<3xui64>
  return
}

func.func @test_rng_bit_generator_default() {
  %s = check.input dense<[1, 2]> : tensor<2xui64>
  %0, %1 = stablehlo.rng_bit_generator %s, algorithm = DEFAULT : (tensor<2xui64>) -> (tensor<2xui64>, tensor<3xui32>)
  check.expect_eq_const(%0, dense<[1, 3]> : tensor<2xui64>) : tensor<2xui64>
  check.expect_eq_const(%1, dense<[2100602697, 2847456232, 2074354647]> : tensor<3xui32>) : tensor<3xui32>
  return
}
