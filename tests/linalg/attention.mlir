// Scores of a sequence against itself (a transposed operand), softmax, values, layer norm; the
// batch is dynamic.
util.global private @g = #flow.parameter.named<"model"::"g"> : tensor<8xf32>
func.func public @main(%view: !hal.buffer_view) -> !hal.buffer_view {
  %zero = arith.constant 0.0 : f32
  %ninf = arith.constant 0xFF800000 : f32
  %eight = arith.constant 8.0 : f32
  %eps = arith.constant 1.0e-3 : f32
  %n = hal.buffer_view.dim %view dim(0) : index
  %x = hal.tensor.import %view{%n} : !hal.buffer_view -> tensor<?x5x8xf32>
  %g = util.global.load @g : tensor<8xf32>
  %et = tensor.empty(%n) : tensor<?x8x5xf32>
  %xt = linalg.transpose ins(%x:tensor<?x5x8xf32>) outs(%et:tensor<?x8x5xf32>) permutation = [0, 2, 1]
  %es = tensor.empty(%n) : tensor<?x5x5xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<?x5x5xf32>) -> tensor<?x5x5xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%x, %xt : tensor<?x5x8xf32>, tensor<?x8x5xf32>) outs(%fs : tensor<?x5x5xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %t = arith.addf %o, %m : f32
    linalg.yield %t : f32
  } -> tensor<?x5x5xf32>
  %er = tensor.empty(%n) : tensor<?x5xf32>
  %fr = linalg.fill ins(%ninf : f32) outs(%er : tensor<?x5xf32>) -> tensor<?x5xf32>
  %mx = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%s : tensor<?x5x5xf32>) outs(%fr : tensor<?x5xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.maximumf %a, %o : f32
    linalg.yield %t : f32
  } -> tensor<?x5xf32>
  %mb = linalg.broadcast ins(%mx:tensor<?x5xf32>) outs(%es:tensor<?x5x5xf32>) dimensions = [2]
  %d = linalg.sub ins(%s, %mb : tensor<?x5x5xf32>, tensor<?x5x5xf32>) outs(%es : tensor<?x5x5xf32>) -> tensor<?x5x5xf32>
  %ex = linalg.exp ins(%d : tensor<?x5x5xf32>) outs(%es : tensor<?x5x5xf32>) -> tensor<?x5x5xf32>
  %fz = linalg.fill ins(%zero : f32) outs(%er : tensor<?x5xf32>) -> tensor<?x5xf32>
  %sm = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%ex : tensor<?x5x5xf32>) outs(%fz : tensor<?x5xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %a, %o : f32
    linalg.yield %t : f32
  } -> tensor<?x5xf32>
  %sb = linalg.broadcast ins(%sm:tensor<?x5xf32>) outs(%es:tensor<?x5x5xf32>) dimensions = [2]
  %p = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%ex, %sb : tensor<?x5x5xf32>, tensor<?x5x5xf32>) outs(%es : tensor<?x5x5xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.divf %a, %b : f32
    linalg.yield %t : f32
  } -> tensor<?x5x5xf32>
  %ev = tensor.empty(%n) : tensor<?x5x8xf32>
  %fv = linalg.fill ins(%zero : f32) outs(%ev : tensor<?x5x8xf32>) -> tensor<?x5x8xf32>
  %v = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%p, %x : tensor<?x5x5xf32>, tensor<?x5x8xf32>) outs(%fv : tensor<?x5x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %t = arith.addf %o, %m : f32
    linalg.yield %t : f32
  } -> tensor<?x5x8xf32>
  %h = linalg.add ins(%v, %x : tensor<?x5x8xf32>, tensor<?x5x8xf32>) outs(%ev : tensor<?x5x8xf32>) -> tensor<?x5x8xf32>
  %total = linalg.reduce ins(%h:tensor<?x5x8xf32>) outs(%fz:tensor<?x5xf32>) dimensions = [2]
  (%a: f32, %o: f32) {
    %t = arith.addf %a, %o : f32
    linalg.yield %t : f32
  }
  %c8 = linalg.fill ins(%eight : f32) outs(%er : tensor<?x5xf32>) -> tensor<?x5xf32>
  %mean = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%total, %c8 : tensor<?x5xf32>, tensor<?x5xf32>) outs(%er : tensor<?x5xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.divf %a, %b : f32
    linalg.yield %t : f32
  } -> tensor<?x5xf32>
  %meanb = linalg.broadcast ins(%mean:tensor<?x5xf32>) outs(%ev:tensor<?x5x8xf32>) dimensions = [2]
  %dev = linalg.sub ins(%h, %meanb : tensor<?x5x8xf32>, tensor<?x5x8xf32>) outs(%ev : tensor<?x5x8xf32>) -> tensor<?x5x8xf32>
  %sq = linalg.mul ins(%dev, %dev : tensor<?x5x8xf32>, tensor<?x5x8xf32>) outs(%ev : tensor<?x5x8xf32>) -> tensor<?x5x8xf32>
  %ss = linalg.reduce ins(%sq:tensor<?x5x8xf32>) outs(%fz:tensor<?x5xf32>) dimensions = [2]
  (%a: f32, %o: f32) {
    %t = arith.addf %a, %o : f32
    linalg.yield %t : f32
  }
  %inv = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%ss : tensor<?x5xf32>) outs(%er : tensor<?x5xf32>) {
  ^bb0(%a: f32, %o: f32):
    %q = arith.divf %a, %eight : f32
    %t = arith.addf %q, %eps : f32
    %u = math.rsqrt %t : f32
    linalg.yield %u : f32
  } -> tensor<?x5xf32>
  %invb = linalg.broadcast ins(%inv:tensor<?x5xf32>) outs(%ev:tensor<?x5x8xf32>) dimensions = [2]
  %gb = linalg.broadcast ins(%g:tensor<8xf32>) outs(%ev:tensor<?x5x8xf32>) dimensions = [0, 1]
  %y0 = linalg.mul ins(%dev, %invb : tensor<?x5x8xf32>, tensor<?x5x8xf32>) outs(%ev : tensor<?x5x8xf32>) -> tensor<?x5x8xf32>
  %y1 = linalg.mul ins(%y0, %gb : tensor<?x5x8xf32>, tensor<?x5x8xf32>) outs(%ev : tensor<?x5x8xf32>) -> tensor<?x5x8xf32>
  %out = hal.tensor.export %y1{%n} : tensor<?x5x8xf32> -> !hal.buffer_view
  func.return %out : !hal.buffer_view
}
