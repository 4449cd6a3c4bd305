builtin.module {
  util.global private @g = #flow.parameter.named<"model"::"g"> : tensor<8xf32>
  flow.executable @main_dispatch_0 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_0_matmul_like_Dx5x5x8_f32(@main_dispatch_0_matmul_like_Dx5x5x8_f32)
    builtin.module {
      func.func @main_dispatch_0_matmul_like_Dx5x5x8_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x5x8xf32>>, %1: index, %2: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x5x5xf32>>) {
        %3 = iree_tensor_ext.dispatch.tensor.load %0{%1}, offsets = [0, 0, 0], sizes = [%1, 5, 8], strides = [1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x5x8xf32>> -> tensor<?x5x8xf32>
        %zero = arith.constant 0.000000e+00 : f32
        %es = tensor.empty(%1) : tensor<?x5x5xf32>
        %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<?x5x5xf32>) -> tensor<?x5x5xf32>
        %s = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%3, %3 : tensor<?x5x8xf32>, tensor<?x5x8xf32>) outs(%fs : tensor<?x5x5xf32>) {
        ^bb0(%4: f32, %5: f32, %6: f32):
          %m = arith.mulf %4, %5 : f32
          %t = arith.addf %6, %m : f32
          linalg.yield %t : f32
        } -> tensor<?x5x5xf32>
        iree_tensor_ext.dispatch.tensor.store %s, %2{%1}, offsets = [0, 0, 0], sizes = [%1, 5, 5], strides = [1, 1, 1] : tensor<?x5x5xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x5x5xf32>>
        func.return
      }
    }
  }
  flow.executable @main_dispatch_1 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_1_reduction_Dx5x5_f32(@main_dispatch_1_reduction_Dx5x5_f32)
    builtin.module {
      func.func @main_dispatch_1_reduction_Dx5x5_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x5x5xf32>>, %1: index, %2: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x5x5xf32>>) {
        %3 = iree_tensor_ext.dispatch.tensor.load %0{%1}, offsets = [0, 0, 0], sizes = [%1, 5, 5], strides = [1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x5x5xf32>> -> tensor<?x5x5xf32>
        %ninf = arith.constant 0xff800000 : f32
        %er = tensor.empty(%1) : tensor<?x5xf32>
        %fr = linalg.fill ins(%ninf : f32) outs(%er : tensor<?x5xf32>) -> tensor<?x5xf32>
        %mx = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%3 : tensor<?x5x5xf32>) outs(%fr : tensor<?x5xf32>) {
        ^bb0(%a: f32, %o: f32):
          %t = arith.maximumf %a, %o : f32
          linalg.yield %t : f32
        } -> tensor<?x5xf32>
        %es = tensor.empty(%1) : tensor<?x5x5xf32>
        %ex = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%3, %mx : tensor<?x5x5xf32>, tensor<?x5xf32>) outs(%es : tensor<?x5x5xf32>) {
        ^bb0(%4: f32, %5: f32, %6: f32):
          %7 = arith.subf %4, %5 : f32
          %8 = math.exp %7 : f32
          linalg.yield %8 : f32
        } -> tensor<?x5x5xf32>
        %zero = arith.constant 0.000000e+00 : f32
        %fz = linalg.fill ins(%zero : f32) outs(%er : tensor<?x5xf32>) -> tensor<?x5xf32>
        %sm = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%ex : tensor<?x5x5xf32>) outs(%fz : tensor<?x5xf32>) {
        ^bb0(%a_1: f32, %o_1: f32):
          %t_1 = arith.addf %a_1, %o_1 : f32
          linalg.yield %t_1 : f32
        } -> tensor<?x5xf32>
        %p = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%ex, %sm : tensor<?x5x5xf32>, tensor<?x5xf32>) outs(%es : tensor<?x5x5xf32>) {
        ^bb0(%9: f32, %10: f32, %11: f32):
          %t_2 = arith.divf %9, %10 : f32
          linalg.yield %t_2 : f32
        } -> tensor<?x5x5xf32>
        iree_tensor_ext.dispatch.tensor.store %p, %2{%1}, offsets = [0, 0, 0], sizes = [%1, 5, 5], strides = [1, 1, 1] : tensor<?x5x5xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x5x5xf32>>
        func.return
      }
    }
  }
  flow.executable @main_dispatch_2 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_2_matmul_like_Dx5x8x5_f32(@main_dispatch_2_matmul_like_Dx5x8x5_f32)
    builtin.module {
      func.func @main_dispatch_2_matmul_like_Dx5x8x5_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x5x5xf32>>, %1: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x5x8xf32>>, %2: index, %3: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x5x8xf32>>) {
        %4 = iree_tensor_ext.dispatch.tensor.load %0{%2}, offsets = [0, 0, 0], sizes = [%2, 5, 5], strides = [1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x5x5xf32>> -> tensor<?x5x5xf32>
        %5 = iree_tensor_ext.dispatch.tensor.load %1{%2}, offsets = [0, 0, 0], sizes = [%2, 5, 8], strides = [1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x5x8xf32>> -> tensor<?x5x8xf32>
        %zero = arith.constant 0.000000e+00 : f32
        %ev = tensor.empty(%2) : tensor<?x5x8xf32>
        %fv = linalg.fill ins(%zero : f32) outs(%ev : tensor<?x5x8xf32>) -> tensor<?x5x8xf32>
        %v = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%4, %5 : tensor<?x5x5xf32>, tensor<?x5x8xf32>) outs(%fv : tensor<?x5x8xf32>) {
        ^bb0(%a: f32, %b: f32, %o: f32):
          %m = arith.mulf %a, %b : f32
          %t = arith.addf %o, %m : f32
          linalg.yield %t : f32
        } -> tensor<?x5x8xf32>
        %h = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v, %5 : tensor<?x5x8xf32>, tensor<?x5x8xf32>) outs(%ev : tensor<?x5x8xf32>) {
        ^bb0(%6: f32, %7: f32, %8: f32):
          %9 = arith.addf %6, %7 : f32
          linalg.yield %9 : f32
        } -> tensor<?x5x8xf32>
        iree_tensor_ext.dispatch.tensor.store %h, %3{%2}, offsets = [0, 0, 0], sizes = [%2, 5, 8], strides = [1, 1, 1] : tensor<?x5x8xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x5x8xf32>>
        func.return
      }
    }
  }
  flow.executable @main_dispatch_3 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_3_reduction_Dx5x8_f32(@main_dispatch_3_reduction_Dx5x8_f32)
    builtin.module {
      func.func @main_dispatch_3_reduction_Dx5x8_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x5x8xf32>>, %1: !iree_tensor_ext.dispatch.tensor<readonly:tensor<8xf32>>, %2: index, %3: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x5x8xf32>>) {
        %4 = iree_tensor_ext.dispatch.tensor.load %0{%2}, offsets = [0, 0, 0], sizes = [%2, 5, 8], strides = [1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x5x8xf32>> -> tensor<?x5x8xf32>
        %5 = iree_tensor_ext.dispatch.tensor.load %1, offsets = [0], sizes = [8], strides = [1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8xf32>> -> tensor<8xf32>
        %zero = arith.constant 0.000000e+00 : f32
        %er = tensor.empty(%2) : tensor<?x5xf32>
        %fz = linalg.fill ins(%zero : f32) outs(%er : tensor<?x5xf32>) -> tensor<?x5xf32>
        %total = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%4 : tensor<?x5x8xf32>) outs(%fz : tensor<?x5xf32>) {
        ^bb0(%6: f32, %7: f32):
          %t = arith.addf %6, %7 : f32
          linalg.yield %t : f32
        } -> tensor<?x5xf32>
        %eight = arith.constant 8.000000e+00 : f32
        %mean = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%total : tensor<?x5xf32>) outs(%er : tensor<?x5xf32>) {
        ^bb0(%8: f32, %9: f32):
          %t_1 = arith.divf %8, %eight : f32
          linalg.yield %t_1 : f32
        } -> tensor<?x5xf32>
        %ev = tensor.empty(%2) : tensor<?x5x8xf32>
        %dev = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%4, %mean : tensor<?x5x8xf32>, tensor<?x5xf32>) outs(%ev : tensor<?x5x8xf32>) {
        ^bb0(%10: f32, %11: f32, %12: f32):
          %13 = arith.subf %10, %11 : f32
          linalg.yield %13 : f32
        } -> tensor<?x5x8xf32>
        %ss = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%dev : tensor<?x5x8xf32>) outs(%fz : tensor<?x5xf32>) {
        ^bb0(%14: f32, %15: f32):
          %16 = arith.mulf %14, %14 : f32
          %t_2 = arith.addf %16, %15 : f32
          linalg.yield %t_2 : f32
        } -> tensor<?x5xf32>
        %eps = arith.constant 1.000000e-03 : f32
        %inv = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%ss : tensor<?x5xf32>) outs(%er : tensor<?x5xf32>) {
        ^bb0(%a: f32, %o: f32):
          %q = arith.divf %a, %eight : f32
          %t_3 = arith.addf %q, %eps : f32
          %u = math.rsqrt %t_3 : f32
          linalg.yield %u : f32
        } -> tensor<?x5xf32>
        %y1 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%dev, %inv, %5 : tensor<?x5x8xf32>, tensor<?x5xf32>, tensor<8xf32>) outs(%ev : tensor<?x5x8xf32>) {
        ^bb0(%17: f32, %18: f32, %19: f32, %20: f32):
          %21 = arith.mulf %17, %18 : f32
          %22 = arith.mulf %21, %19 : f32
          linalg.yield %22 : f32
        } -> tensor<?x5x8xf32>
        iree_tensor_ext.dispatch.tensor.store %y1, %3{%2}, offsets = [0, 0, 0], sizes = [%2, 5, 8], strides = [1, 1, 1] : tensor<?x5x8xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x5x8xf32>>
        func.return
      }
    }
  }
  func.func public @main(%view: !hal.buffer_view) -> !hal.buffer_view {
    %n = hal.buffer_view.dim %view dim(0 : i64) : index
    %x = hal.tensor.import %view{%n} : !hal.buffer_view -> tensor<?x5x8xf32>
    %g = util.global.load @g : tensor<8xf32>
    %s = flow.dispatch @main_dispatch_0::@main_dispatch_0_matmul_like_Dx5x5x8_f32[%n] (%x, %n) {%n} result_dims{%n} : (tensor<?x5x8xf32>, index) -> (tensor<?x5x5xf32>)
    %p = flow.dispatch @main_dispatch_1::@main_dispatch_1_reduction_Dx5x5_f32[%n] (%s, %n) {%n} result_dims{%n} : (tensor<?x5x5xf32>, index) -> (tensor<?x5x5xf32>)
    %h = flow.dispatch @main_dispatch_2::@main_dispatch_2_matmul_like_Dx5x8x5_f32[%n] (%p, %x, %n) {%n, %n} result_dims{%n} : (tensor<?x5x5xf32>, tensor<?x5x8xf32>, index) -> (tensor<?x5x8xf32>)
    %y1 = flow.dispatch @main_dispatch_3::@main_dispatch_3_reduction_Dx5x8_f32[%n] (%h, %g, %n) {%n} result_dims{%n} : (tensor<?x5x8xf32>, tensor<8xf32>, index) -> (tensor<?x5x8xf32>)
    %out = hal.tensor.export %y1{%n} : tensor<?x5x8xf32> -> !hal.buffer_view
    func.return %out : !hal.buffer_view
  }
}
