// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_mulhi_i8() {
  %a = check.input dense<[-128, 127, -128, 0, 79, 107, -113, 35]> : tensor<8xi8>
  %b = check.input dense<[-128, 127, 127, 5, 120, 61, -112, -59]> : tensor<8xi8>
  %0 = chlo.mulhi %a, %b : tensor<8xi8>, tensor<8xi8> -> tensor<8xi8>
  check.expect_eq_const(%0, dense<[64, 63, -64, 0, 37, 25, 49, -9]> : tensor<8xi8>) : tensor<8xi8>
  return
}

func.func @test_mulhi_ui8() {
  %a = check.input dense<[0, 255, 0, 0, 169, 61, 125, 10]> : tensor<8xui8>
  %b = check.input dense<[0, 255, 255, 5, 182, 39, 59, 4]> : tensor<8xui8>
  %0 = chlo.mulhi %a, %b : tensor<8xui8>, tensor<8xui8> -> tensor<8xui8>
  check.expect_eq_const(%0, dense<[0, 254, 0, 0, 120, 9, 28, 0]> : tensor<8xui8>) : tensor<8xui8>
  return
}

func.func @test_mulhi_i16() {
  %a = check.input dense<[-32768, 32767, -32768, 0, -25522, 9792, -9863, 27050]> : tensor<8xi16>
  %b = check.input dense<[-32768, 32767, 32767, 5, 6725, 30850, -13985, 15040]> : tensor<8xi16>
  %0 = chlo.mulhi %a, %b : tensor<8xi16>, tensor<8xi16> -> tensor<8xi16>
  check.expect_eq_const(%0, dense<[16384, 16383, -16384, 0, -2619, 4609, 2104, 6207]> : tensor<8xi16>) : tensor<8xi16>
  return
}

func.func @test_mulhi_i32() {
  %a = check.input dense<[-2147483648, 2147483647, -2147483648, 0, -956287156, 1356580685, 733909168, -2135721880]> : tensor<8xi32>
  %b = check.input dense<[-2147483648, 2147483647, 2147483647, 5, 1137693561, 986362631, 1488529318, -1393048503]> : tensor<8xi32>
  %0 = chlo.mulhi %a, %b : tensor<8xi32>, tensor<8xi32> -> tensor<8xi32>
  check.expect_eq_const(%0, dense<[1073741824, 1073741823, -1073741824, 0, -253310833, 311546142, 254354745, 692709388]> : tensor<8xi32>) : tensor<8xi32>
  return
}

func.func @test_mulhi_ui32() {
  %a = check.input dense<[0, 4294967295, 0, 0, 345313848, 1287252768, 2066142961, 1815427791]> : tensor<8xui32>
  %b = check.input dense<[0, 4294967295, 4294967295, 5, 35580840, 2880309929, 2257511099, 2779657786]> : tensor<8xui32>
  %0 = chlo.mulhi %a, %b : tensor<8xui32>, tensor<8xui32> -> tensor<8xui32>
  check.expect_eq_const(%0, dense<[0, 4294967294, 0, 0, 2860686, 863263134, 1086001439, 1174925825]> : tensor<8xui32>) : tensor<8xui32>
  return
}

func.func @test_mulhi_i64() {
  %a = check.input dense<[-9223372036854775808, 9223372036854775807, -9223372036854775808, 0, 3422645502643564845, 2775483762827970110, 3476228610369430972, -2049038063929562705]> : tensor<8xi64>
  %b = check.input dense<[-9223372036854775808, 9223372036854775807, 9223372036854775807, 5, -261291510525915880, 7184782400059388739, 8006689655698007698, -2623215612359991140]> : tensor<8xi64>
  %0 = chlo.mulhi %a, %b : tensor<8xi64>, tensor<8xi64> -> tensor<8xi64>
  check.expect_eq_const(%0, dense<[4611686018427387904, 4611686018427387903, -4611686018427387904, 0, -48480545390936765, 1081017160054680446, 1508834488312456085, 291383054816731027]> : tensor<8xi64>) : tensor<8xi64>
  return
}

func.func @test_mulhi_ui64() {
  %a = check.input dense<[0, 18446744073709551615, 0, 0, 7224095477144916668, 16422663126820014570, 4190317992309996195, 11495773768049230524]> : tensor<8xui64>
  %b = check.input dense<[0, 18446744073709551615, 18446744073709551615, 5, 16168280290407227140, 1080389548951534700, 6200265394693335470, 2772166865342604472]> : tensor<8xui64>
  %0 = chlo.mulhi %a, %b : tensor<8xui64>, tensor<8xui64> -> tensor<8xui64>
  check.expect_eq_const(%0, dense<[0, 18446744073709551614, 0, 0, 6331805767588447334, 961843105605577440, 1408437366326829107, 1727578753406114420]> : tensor<8xui64>) : tensor<8xui64>
  return
}
