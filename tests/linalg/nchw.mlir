// Two channels-first convolutions with relu between them, the second padded.
util.global private @k0 = #flow.parameter.named<"model"::"k0"> : tensor<8x4x3x3xf32>
util.global private @k1 = #flow.parameter.named<"model"::"k1"> : tensor<8x8x3x3xf32>
func.func public @main(%view: !hal.buffer_view) -> !hal.buffer_view {
  %zero = arith.constant 0.0 : f32
  %n = hal.buffer_view.dim %view dim(0) : index
  %x = hal.tensor.import %view{%n} : !hal.buffer_view -> tensor<?x4x6x6xf32>
  %k0 = util.global.load @k0 : tensor<8x4x3x3xf32>
  %k1 = util.global.load @k1 : tensor<8x8x3x3xf32>
  %e0 = tensor.empty(%n) : tensor<?x8x4x4xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<?x8x4x4xf32>) -> tensor<?x8x4x4xf32>
  %c0 = linalg.conv_2d_nchw_fchw {strides = dense<[1, 1]> : tensor<2xi64>, dilations = dense<[1, 1]> : tensor<2xi64>} ins(%x, %k0 : tensor<?x4x6x6xf32>, tensor<8x4x3x3xf32>) outs(%f0 : tensor<?x8x4x4xf32>) -> tensor<?x8x4x4xf32>
  %r0 = linalg.max ins(%c0, %f0 : tensor<?x8x4x4xf32>, tensor<?x8x4x4xf32>) outs(%e0 : tensor<?x8x4x4xf32>) -> tensor<?x8x4x4xf32>
  %p = tensor.pad %r0 low[0, 0, 1, 1] high[0, 0, 2, 2] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<?x8x4x4xf32> to tensor<?x8x7x7xf32>
  %e1 = tensor.empty(%n) : tensor<?x8x3x2xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?x8x3x2xf32>) -> tensor<?x8x3x2xf32>
  %c1 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d4, d2 * 2 + d5, d3 * 3 + d6)>, affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d1, d4, d5, d6)>, affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]} ins(%p, %k1 : tensor<?x8x7x7xf32>, tensor<8x8x3x3xf32>) outs(%f1 : tensor<?x8x3x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  } -> tensor<?x8x3x2xf32>
  %out = hal.tensor.export %c1{%n} : tensor<?x8x3x2xf32> -> !hal.buffer_view
  func.return %out : !hal.buffer_view
}
