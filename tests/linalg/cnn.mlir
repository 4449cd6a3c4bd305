// A small CNN as the abi phase leaves it: SAME convolution, bias, relu, max pooling, dense.
util.global private @k0 = #flow.parameter.named<"model"::"k0"> : tensor<3x3x1x8xf32>
util.global private @b0 = #flow.parameter.named<"model"::"b0"> : tensor<8xf32>
util.global private @w1 = #flow.parameter.named<"model"::"w1"> : tensor<128x10xf32>
util.global private @b1 = #flow.parameter.named<"model"::"b1"> : tensor<10xf32>
func.func public @main(%view: !hal.buffer_view) -> !hal.buffer_view {
  %zero = arith.constant 0.0 : f32
  %ninf = arith.constant 0xFF800000 : f32
  %n = hal.buffer_view.dim %view dim(0) : index
  %x = hal.tensor.import %view{%n} : !hal.buffer_view -> tensor<?x8x8x1xf32>
  %k0 = util.global.load @k0 : tensor<3x3x1x8xf32>
  %b0 = util.global.load @b0 : tensor<8xf32>
  %w1 = util.global.load @w1 : tensor<128x10xf32>
  %b1 = util.global.load @b1 : tensor<10xf32>
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<?x8x8x1xf32> to tensor<?x10x10x1xf32>
  %e0 = tensor.empty(%n) : tensor<?x8x8x8xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<?x8x8x8xf32>) -> tensor<?x8x8x8xf32>
  %c0 = linalg.conv_2d_nhwc_hwcf {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>} ins(%p, %k0 : tensor<?x10x10x1xf32>, tensor<3x3x1x8xf32>) outs(%f0 : tensor<?x8x8x8xf32>) -> tensor<?x8x8x8xf32>
  %r0 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c0, %b0 : tensor<?x8x8x8xf32>, tensor<8xf32>) outs(%e0 : tensor<?x8x8x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    %t = arith.maximumf %s, %zero : f32
    linalg.yield %t : f32
  } -> tensor<?x8x8x8xf32>
  %e1 = tensor.empty(%n) : tensor<?x4x4x8xf32>
  %f1 = linalg.fill ins(%ninf : f32) outs(%e1 : tensor<?x4x4x8xf32>) -> tensor<?x4x4x8xf32>
  %win = tensor.empty() : tensor<2x2xf32>
  %m = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 * 2 + d4, d2 * 2 + d5, d3)>, affine_map<(d0, d1, d2, d3, d4, d5) -> (d4, d5)>, affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]} ins(%r0, %win : tensor<?x8x8x8xf32>, tensor<2x2xf32>) outs(%f1 : tensor<?x4x4x8xf32>) {
  ^bb0(%a: f32, %w: f32, %o: f32):
    %s = arith.maximumf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<?x4x4x8xf32>
  %flat = tensor.collapse_shape %m [[0], [1, 2, 3]] : tensor<?x4x4x8xf32> into tensor<?x128xf32>
  %e2 = tensor.empty(%n) : tensor<?x10xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<?x10xf32>) -> tensor<?x10xf32>
  %d = linalg.matmul ins(%flat, %w1 : tensor<?x128xf32>, tensor<128x10xf32>) outs(%f2 : tensor<?x10xf32>) -> tensor<?x10xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%d, %b1 : tensor<?x10xf32>, tensor<10xf32>) outs(%e2 : tensor<?x10xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<?x10xf32>
  %out = hal.tensor.export %r{%n} : tensor<?x10xf32> -> !hal.buffer_view
  func.return %out : !hal.buffer_view
}
