// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @test_all_reduce_one() {
  %a0 = check.input dense<[[1.000000000e+00, -2.000000000e+00], [3.000000000e+00, 4.000000000e+00]]> : tensor<2x2xf32>
  %0 = "stablehlo.all_reduce"(%a0) <{replica_groups = dense<0> : tensor<1x1xi64>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %z = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %z : tensor<f32>
  }) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  check.expect_eq_const(%0, dense<[[1.000000000e+00, -2.000000000e+00], [3.000000000e+00, 4.000000000e+00]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}

func.func @test_all_reduce_padded() {
  %a0 = check.input dense<[[1.000000000e+00, -2.000000000e+00], [3.000000000e+00, 4.000000000e+00]]> : tensor<2x2xf32>
  %0 = "stablehlo.all_reduce"(%a0) <{replica_groups = dense<[[0, -1]]> : tensor<1x2xi64>, use_global_device_ids, channel_handle = #stablehlo.channel_handle<handle = 1, type = 0>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %z = stablehlo.maximum %x, %y : tensor<f32>
    stablehlo.return %z : tensor<f32>
  }) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  check.expect_eq_const(%0, dense<[[1.000000000e+00, -2.000000000e+00], [3.000000000e+00, 4.000000000e+00]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}

func.func @test_all_reduce_two_operands() {
  %a0 = check.input dense<[[1.000000000e+00, -2.000000000e+00], [3.000000000e+00, 4.000000000e+00]]> : tensor<2x2xf32>
  %a1 = check.input dense<[5, 6]> : tensor<2xi32>
  %0:2 = "stablehlo.all_reduce"(%a0, %a0) <{replica_groups = dense<0> : tensor<1x1xi64>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %z = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %z : tensor<f32>
  }) : (tensor<2x2xf32>, tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>)
  check.expect_eq_const(%0#0, dense<[[1.000000000e+00, -2.000000000e+00], [3.000000000e+00, 4.000000000e+00]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  check.expect_eq_const(%0#1, dense<[[1.000000000e+00, -2.000000000e+00], [3.000000000e+00, 4.000000000e+00]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}
