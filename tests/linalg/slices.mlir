// Slices, concatenation by insertion, padding, a lookup, a returned fill; everything dynamic in n.
util.global private @table = #flow.parameter.named<"model"::"table"> : tensor<8x4xf32>
func.func public @main(%view: !hal.buffer_view) -> (!hal.buffer_view, !hal.buffer_view, !hal.buffer_view) {
  %zero = arith.constant 0.0 : f32
  %c2 = arith.constant 2 : index
  %n = hal.buffer_view.dim %view dim(0) : index
  %x = hal.tensor.import %view{%n} : !hal.buffer_view -> tensor<?x4xf32>
  %table = util.global.load @table : tensor<8x4xf32>
  %a = tensor.extract_slice %x[0, 1] [%n, 2] [1, 1] : tensor<?x4xf32> to tensor<?x2xf32>
  %e2 = tensor.empty(%n) : tensor<?x2xf32>
  %a2 = linalg.exp ins(%a : tensor<?x2xf32>) outs(%e2 : tensor<?x2xf32>) -> tensor<?x2xf32>
  %m = arith.addi %n, %c2 : index
  %e6 = tensor.empty(%n) : tensor<?x6xf32>
  %c0 = tensor.insert_slice %x into %e6[0, 0] [%n, 4] [1, 1] : tensor<?x4xf32> into tensor<?x6xf32>
  %c1 = tensor.insert_slice %a2 into %c0[0, 4] [%n, 2] [1, 1] : tensor<?x2xf32> into tensor<?x6xf32>
  %p = tensor.pad %c1 low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<?x6xf32> to tensor<?x6xf32>
  %e4 = tensor.empty(%n) : tensor<?x4xf32>
  %g = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<?x4xf32>) outs(%e4 : tensor<?x4xf32>) {
  ^bb0(%v: f32, %o: f32):
    %k = arith.fptosi %v : f32 to i32
    %ki = arith.index_cast %k : i32 to index
    %j = linalg.index 1 : index
    %t = tensor.extract %table[%ki, %j] : tensor<8x4xf32>
    linalg.yield %t : f32
  } -> tensor<?x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e4 : tensor<?x4xf32>) -> tensor<?x4xf32>
  %o0 = hal.tensor.export %p{%m} : tensor<?x6xf32> -> !hal.buffer_view
  %o1 = hal.tensor.export %g{%n} : tensor<?x4xf32> -> !hal.buffer_view
  %o2 = hal.tensor.export %f{%n} : tensor<?x4xf32> -> !hal.buffer_view
  func.return %o0, %o1, %o2 : !hal.buffer_view, !hal.buffer_view, !hal.buffer_view
}
