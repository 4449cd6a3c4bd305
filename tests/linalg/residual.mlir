// Two convolutions with batch normalisation, a shortcut, relu: half of a residual block.
util.global private @k0 = #flow.parameter.named<"model"::"k0"> : tensor<1x1x4x8xf32>
util.global private @k1 = #flow.parameter.named<"model"::"k1"> : tensor<1x1x4x8xf32>
util.global private @mean = #flow.parameter.named<"model"::"mean"> : tensor<8xf32>
util.global private @var = #flow.parameter.named<"model"::"var"> : tensor<8xf32>
util.global private @gamma = #flow.parameter.named<"model"::"gamma"> : tensor<8xf32>
util.global private @beta = #flow.parameter.named<"model"::"beta"> : tensor<8xf32>
func.func public @main(%view: !hal.buffer_view) -> !hal.buffer_view {
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant dense<1.0e-3> : tensor<8xf32>
  %n = hal.buffer_view.dim %view dim(0) : index
  %x = hal.tensor.import %view{%n} : !hal.buffer_view -> tensor<?x6x6x4xf32>
  %k0 = util.global.load @k0 : tensor<1x1x4x8xf32>
  %k1 = util.global.load @k1 : tensor<1x1x4x8xf32>
  %mean = util.global.load @mean : tensor<8xf32>
  %var = util.global.load @var : tensor<8xf32>
  %gamma = util.global.load @gamma : tensor<8xf32>
  %beta = util.global.load @beta : tensor<8xf32>
  %e0 = tensor.empty(%n) : tensor<?x6x6x8xf32>
  %ec = tensor.empty() : tensor<8xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<?x6x6x8xf32>) -> tensor<?x6x6x8xf32>
  %c0 = linalg.conv_2d_nhwc_hwcf {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>} ins(%x, %k0 : tensor<?x6x6x4xf32>, tensor<1x1x4x8xf32>) outs(%f0 : tensor<?x6x6x8xf32>) -> tensor<?x6x6x8xf32>
  %ve = linalg.add ins(%var, %eps : tensor<8xf32>, tensor<8xf32>) outs(%ec : tensor<8xf32>) -> tensor<8xf32>
  %sd = linalg.sqrt ins(%ve : tensor<8xf32>) outs(%ec : tensor<8xf32>) -> tensor<8xf32>
  %meanb = linalg.broadcast ins(%mean:tensor<8xf32>) outs(%e0:tensor<?x6x6x8xf32>) dimensions = [0, 1, 2]
  %sdb = linalg.broadcast ins(%sd:tensor<8xf32>) outs(%e0:tensor<?x6x6x8xf32>) dimensions = [0, 1, 2]
  %gammab = linalg.broadcast ins(%gamma:tensor<8xf32>) outs(%e0:tensor<?x6x6x8xf32>) dimensions = [0, 1, 2]
  %betab = linalg.broadcast ins(%beta:tensor<8xf32>) outs(%e0:tensor<?x6x6x8xf32>) dimensions = [0, 1, 2]
  %b0 = linalg.sub ins(%c0, %meanb : tensor<?x6x6x8xf32>, tensor<?x6x6x8xf32>) outs(%e0 : tensor<?x6x6x8xf32>) -> tensor<?x6x6x8xf32>
  %b1 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%b0, %sdb : tensor<?x6x6x8xf32>, tensor<?x6x6x8xf32>) outs(%e0 : tensor<?x6x6x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.divf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<?x6x6x8xf32>
  %b2 = linalg.mul ins(%b1, %gammab : tensor<?x6x6x8xf32>, tensor<?x6x6x8xf32>) outs(%e0 : tensor<?x6x6x8xf32>) -> tensor<?x6x6x8xf32>
  %b3 = linalg.add ins(%b2, %betab : tensor<?x6x6x8xf32>, tensor<?x6x6x8xf32>) outs(%e0 : tensor<?x6x6x8xf32>) -> tensor<?x6x6x8xf32>
  %c1 = linalg.conv_2d_nhwc_hwcf {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>} ins(%x, %k1 : tensor<?x6x6x4xf32>, tensor<1x1x4x8xf32>) outs(%f0 : tensor<?x6x6x8xf32>) -> tensor<?x6x6x8xf32>
  %d0 = linalg.sub ins(%c1, %betab : tensor<?x6x6x8xf32>, tensor<?x6x6x8xf32>) outs(%e0 : tensor<?x6x6x8xf32>) -> tensor<?x6x6x8xf32>
  %sum = linalg.add ins(%b3, %d0 : tensor<?x6x6x8xf32>, tensor<?x6x6x8xf32>) outs(%e0 : tensor<?x6x6x8xf32>) -> tensor<?x6x6x8xf32>
  %r = linalg.max ins(%sum, %f0 : tensor<?x6x6x8xf32>, tensor<?x6x6x8xf32>) outs(%e0 : tensor<?x6x6x8xf32>) -> tensor<?x6x6x8xf32>
  %out = hal.tensor.export %r{%n} : tensor<?x6x6x8xf32> -> !hal.buffer_view
  func.return %out : !hal.buffer_view
}
