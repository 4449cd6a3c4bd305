// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_bessel_i1e_f32() {
  %a = check.input dense<[5.000000000e-01, -2.500000000e-01, 1.000000047e-03, -3.000000000e+00, 7.500000000e+00, 8.000000000e+00, 8.500000000e+00, -1.000000000e+02, 1.000000000e+10]> : tensor<9xf32>
  %0 = chlo.bessel_i1e %a : tensor<9xf32> -> tensor<9xf32>
  check.expect_almost_eq_const(%0, dense<[1.564207971e-01, -9.811262786e-02, 4.995003110e-04, -1.968267113e-01, 1.380412132e-01, 1.341424882e-01, 1.305493563e-01, -3.974415362e-02, 3.989423021e-06]> : tensor<9xf32>) : tensor<9xf32>
  return
}

func.func @test_bessel_i1e_f64() {
  %a = check.input dense<[5.00000000000000000e-01, -2.50000000000000000e-01, 1.00000000000000002e-03, -3.00000000000000000e+00, 7.50000000000000000e+00, 8.00000000000000000e+00, 8.50000000000000000e+00, -1.00000000000000000e+02, 1.00000000000000000e+10]> : tensor<9xf64>
  %0 = chlo.bessel_i1e %a : tensor<9xf64> -> tensor<9xf64>
  check.expect_almost_eq_const(%0, dense<[1.56420803184871698e-01, -9.81126286973682399e-02, 4.99500312354221316e-04, -1.96826713297300865e-01, 1.38041211548554199e-01, 1.34142493292698173e-01, 1.30549355094595865e-01, -3.97441530251302494e-02, 3.98942280386472334e-06]> : tensor<9xf64>) : tensor<9xf64>
  return
}

func.func @test_bessel_i1e_f16() {
  %a = check.input dense<[5.000000000e-01, -2.500000000e-01, 1.000404358e-03, -3.000000000e+00, 7.500000000e+00, 8.000000000e+00, 8.500000000e+00, -1.000000000e+02]> : tensor<8xf16>
  %0 = chlo.bessel_i1e %a : tensor<8xf16> -> tensor<8xf16>
  check.expect_almost_eq_const(%0, dense<[1.563720703e-01, -9.808349609e-02, 4.997253418e-04, -1.967773438e-01, 1.380615234e-01, 1.341552734e-01, 1.304931641e-01, -3.973388672e-02]> : tensor<8xf16>) : tensor<8xf16>
  return
}

func.func @test_bessel_i1e_bf16() {
  %a = check.input dense<[5.000000000e-01, -2.500000000e-01, 9.994506836e-04, -3.000000000e+00, 7.500000000e+00, 8.000000000e+00, 8.500000000e+00, -1.000000000e+02, 9.999220736e+09]> : tensor<9xbf16>
  %0 = chlo.bessel_i1e %a : tensor<9xbf16> -> tensor<9xbf16>
  check.expect_almost_eq_const(%0, dense<[1.562500000e-01, -9.814453125e-02, 4.997253418e-04, -1.972656250e-01, 1.376953125e-01, 1.337890625e-01, 1.308593750e-01, -3.979492188e-02, 3.993511200e-06]> : tensor<9xbf16>) : tensor<9xbf16>
  return
}

func.func @test_bessel_i1e_special_f32() {
  %a = check.input dense<[0.000000000e+00, -0.000000000e+00, 0x7F800000, 0xFF800000, 0x7FC00000]> : tensor<5xf32>
  %0 = chlo.bessel_i1e %a : tensor<5xf32> -> tensor<5xf32>
  check.expect_eq_const(%0, dense<[0.000000000e+00, -0.000000000e+00, 0.000000000e+00, -0.000000000e+00, 0x7FC00000]> : tensor<5xf32>) : tensor<5xf32>
  return
}

func.func @test_bessel_i1e_special_f64() {
  %a = check.input dense<[0.00000000000000000e+00, -0.00000000000000000e+00, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000]> : tensor<5xf64>
  %0 = chlo.bessel_i1e %a : tensor<5xf64> -> tensor<5xf64>
  check.expect_eq_const(%0, dense<[0.00000000000000000e+00, -0.00000000000000000e+00, 0.00000000000000000e+00, -0.00000000000000000e+00, 0x7FF8000000000000]> : tensor<5xf64>) : tensor<5xf64>
  return
}

func.func @test_bessel_i1e_rank_0() {
  %a = check.input dense<7.500000000e-01> : tensor<f32>
  %0 = chlo.bessel_i1e %a : tensor<f32> -> tensor<f32>
  check.expect_almost_eq_const(%0, dense<1.898877919e-01> : tensor<f32>) : tensor<f32>
  return
}

func.func @test_bessel_i1e_no_elements() {
  %a = check.input dense<[]> : tensor<0xf32>
  %0 = chlo.bessel_i1e %a : tensor<0xf32> -> tensor<0xf32>
  check.expect_almost_eq_const(%0, dense<[]> : tensor<0xf32>) : tensor<0xf32>
  return
}
