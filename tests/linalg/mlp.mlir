// An MLP as the input phase leaves it: two dense layers, relu, softmax; dynamic batch.
util.global private @w0 = #flow.parameter.named<"model"::"w0"> : tensor<16x32xf32>
util.global private @b0 = #flow.parameter.named<"model"::"b0"> : tensor<32xf32>
util.global private @w1 = #flow.parameter.named<"model"::"w1"> : tensor<32x10xf32>
util.global private @b1 = #flow.parameter.named<"model"::"b1"> : tensor<10xf32>
func.func public @main(%view: !hal.buffer_view) -> !hal.buffer_view {
  %n0 = hal.buffer_view.dim %view dim(0) : index
  %x = hal.tensor.import %view{%n0} : !hal.buffer_view -> tensor<?x16xf32>
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %ninf = arith.constant 0xFF800000 : f32
  %w0 = util.global.load @w0 : tensor<16x32xf32>
  %b0 = util.global.load @b0 : tensor<32xf32>
  %w1 = util.global.load @w1 : tensor<32x10xf32>
  %b1 = util.global.load @b1 : tensor<10xf32>
  %n = tensor.dim %x, %c0 : tensor<?x16xf32>
  %e0 = tensor.empty(%n) : tensor<?x32xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<?x32xf32>) -> tensor<?x32xf32>
  %m0 = linalg.matmul ins(%x, %w0 : tensor<?x16xf32>, tensor<16x32xf32>) outs(%f0 : tensor<?x32xf32>) -> tensor<?x32xf32>
  %n1 = tensor.dim %m0, %c0 : tensor<?x32xf32>
  %e1 = tensor.empty(%n1) : tensor<?x32xf32>
  %bb0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%b0 : tensor<32xf32>) outs(%e1 : tensor<?x32xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<?x32xf32>
  %a0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%m0, %bb0 : tensor<?x32xf32>, tensor<?x32xf32>) outs(%e1 : tensor<?x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<?x32xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?x32xf32>) -> tensor<?x32xf32>
  %r0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%a0, %zeros : tensor<?x32xf32>, tensor<?x32xf32>) outs(%e1 : tensor<?x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.maximumf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<?x32xf32>
  %e2 = tensor.empty(%n) : tensor<?x10xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<?x10xf32>) -> tensor<?x10xf32>
  %m1 = linalg.matmul ins(%r0, %w1 : tensor<?x32xf32>, tensor<32x10xf32>) outs(%f1 : tensor<?x10xf32>) -> tensor<?x10xf32>
  %a1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%m1, %b1 : tensor<?x10xf32>, tensor<10xf32>) outs(%e2 : tensor<?x10xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<?x10xf32>
  %e3 = tensor.empty(%n) : tensor<?xf32>
  %f3 = linalg.fill ins(%ninf : f32) outs(%e3 : tensor<?xf32>) -> tensor<?xf32>
  %mx = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%a1 : tensor<?x10xf32>) outs(%f3 : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.maximumf %a, %o : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %ex = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%a1, %mx : tensor<?x10xf32>, tensor<?xf32>) outs(%e2 : tensor<?x10xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.subf %a, %b : f32
    %t = math.exp %s : f32
    linalg.yield %t : f32
  } -> tensor<?x10xf32>
  %f4 = linalg.fill ins(%zero : f32) outs(%e3 : tensor<?xf32>) -> tensor<?xf32>
  %sm = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%ex : tensor<?x10xf32>) outs(%f4 : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %dv = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%ex, %sm : tensor<?x10xf32>, tensor<?xf32>) outs(%e2 : tensor<?x10xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.divf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<?x10xf32>
  %out = hal.tensor.export %dv{%n} : tensor<?x10xf32> -> !hal.buffer_view
  func.return %out : !hal.buffer_view
}
