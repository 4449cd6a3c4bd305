builtin.module {
  util.global private @w0 = #flow.parameter.named<"model"::"w0"> : tensor<16x32xf32>
  util.global private @b0 = #flow.parameter.named<"model"::"b0"> : tensor<32xf32>
  util.global private @w1 = #flow.parameter.named<"model"::"w1"> : tensor<32x10xf32>
  util.global private @b1 = #flow.parameter.named<"model"::"b1"> : tensor<10xf32>
  flow.executable @main_dispatch_0 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_0_matmul_4x32x16_f32(@main_dispatch_0_matmul_4x32x16_f32)
    builtin.module {
      func.func @main_dispatch_0_matmul_4x32x16_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<4x16xf32>>, %1: !iree_tensor_ext.dispatch.tensor<readonly:tensor<16x32xf32>>, %2: !iree_tensor_ext.dispatch.tensor<readonly:tensor<32xf32>>, %3: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4x32xf32>>) {
        %4 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0, 0], sizes = [4, 16], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<4x16xf32>> -> tensor<4x16xf32>
        %5 = iree_tensor_ext.dispatch.tensor.load %1, offsets = [0, 0], sizes = [16, 32], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<16x32xf32>> -> tensor<16x32xf32>
        %6 = iree_tensor_ext.dispatch.tensor.load %2, offsets = [0], sizes = [32], strides = [1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<32xf32>> -> tensor<32xf32>
        %zero = arith.constant 0.000000e+00 : f32
        %e0 = tensor.empty() : tensor<4x32xf32>
        %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<4x32xf32>) -> tensor<4x32xf32>
        %m0 = linalg.matmul ins(%4, %5 : tensor<4x16xf32>, tensor<16x32xf32>) outs(%f0 : tensor<4x32xf32>) -> tensor<4x32xf32>
        %r0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%m0, %6 : tensor<4x32xf32>, tensor<32xf32>) outs(%e0 : tensor<4x32xf32>) {
        ^bb0(%7: f32, %8: f32, %9: f32):
          %s = arith.addf %7, %8 : f32
          %s_1 = arith.maximumf %s, %zero : f32
          linalg.yield %s_1 : f32
        } -> tensor<4x32xf32>
        iree_tensor_ext.dispatch.tensor.store %r0, %3, offsets = [0, 0], sizes = [4, 32], strides = [1, 1] : tensor<4x32xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4x32xf32>>
        func.return
      }
    }
  }
  flow.executable @main_dispatch_1 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_1_matmul_4x10x32_f32(@main_dispatch_1_matmul_4x10x32_f32)
    builtin.module {
      func.func @main_dispatch_1_matmul_4x10x32_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<4x32xf32>>, %1: !iree_tensor_ext.dispatch.tensor<readonly:tensor<32x10xf32>>, %2: !iree_tensor_ext.dispatch.tensor<readonly:tensor<10xf32>>, %3: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4x10xf32>>) {
        %4 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0, 0], sizes = [4, 32], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<4x32xf32>> -> tensor<4x32xf32>
        %5 = iree_tensor_ext.dispatch.tensor.load %1, offsets = [0, 0], sizes = [32, 10], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<32x10xf32>> -> tensor<32x10xf32>
        %6 = iree_tensor_ext.dispatch.tensor.load %2, offsets = [0], sizes = [10], strides = [1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<10xf32>> -> tensor<10xf32>
        %zero = arith.constant 0.000000e+00 : f32
        %e2 = tensor.empty() : tensor<4x10xf32>
        %f1 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<4x10xf32>) -> tensor<4x10xf32>
        %m1 = linalg.matmul ins(%4, %5 : tensor<4x32xf32>, tensor<32x10xf32>) outs(%f1 : tensor<4x10xf32>) -> tensor<4x10xf32>
        %a1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%m1, %6 : tensor<4x10xf32>, tensor<10xf32>) outs(%e2 : tensor<4x10xf32>) {
        ^bb0(%a: f32, %b: f32, %o: f32):
          %s = arith.addf %a, %b : f32
          linalg.yield %s : f32
        } -> tensor<4x10xf32>
        iree_tensor_ext.dispatch.tensor.store %a1, %3, offsets = [0, 0], sizes = [4, 10], strides = [1, 1] : tensor<4x10xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4x10xf32>>
        func.return
      }
    }
  }
  flow.executable @main_dispatch_2 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_2_reduction_4x10_f32(@main_dispatch_2_reduction_4x10_f32)
    builtin.module {
      func.func @main_dispatch_2_reduction_4x10_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<4x10xf32>>, %1: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4x10xf32>>) {
        %2 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0, 0], sizes = [4, 10], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<4x10xf32>> -> tensor<4x10xf32>
        %ninf = arith.constant 0xff800000 : f32
        %e3 = tensor.empty() : tensor<4xf32>
        %f3 = linalg.fill ins(%ninf : f32) outs(%e3 : tensor<4xf32>) -> tensor<4xf32>
        %mx = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%2 : tensor<4x10xf32>) outs(%f3 : tensor<4xf32>) {
        ^bb0(%a: f32, %o: f32):
          %s = arith.maximumf %a, %o : f32
          linalg.yield %s : f32
        } -> tensor<4xf32>
        %e2 = tensor.empty() : tensor<4x10xf32>
        %ex = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%2, %mx : tensor<4x10xf32>, tensor<4xf32>) outs(%e2 : tensor<4x10xf32>) {
        ^bb0(%a_1: f32, %b: f32, %o_1: f32):
          %s_1 = arith.subf %a_1, %b : f32
          %t = math.exp %s_1 : f32
          linalg.yield %t : f32
        } -> tensor<4x10xf32>
        %zero = arith.constant 0.000000e+00 : f32
        %f4 = linalg.fill ins(%zero : f32) outs(%e3 : tensor<4xf32>) -> tensor<4xf32>
        %sm = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%ex : tensor<4x10xf32>) outs(%f4 : tensor<4xf32>) {
        ^bb0(%a_2: f32, %o_2: f32):
          %s_2 = arith.addf %o_2, %a_2 : f32
          linalg.yield %s_2 : f32
        } -> tensor<4xf32>
        %dv = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%ex, %sm : tensor<4x10xf32>, tensor<4xf32>) outs(%e2 : tensor<4x10xf32>) {
        ^bb0(%a_3: f32, %b_1: f32, %o_3: f32):
          %s_3 = arith.divf %a_3, %b_1 : f32
          linalg.yield %s_3 : f32
        } -> tensor<4x10xf32>
        iree_tensor_ext.dispatch.tensor.store %dv, %1, offsets = [0, 0], sizes = [4, 10], strides = [1, 1] : tensor<4x10xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4x10xf32>>
        func.return
      }
    }
  }
  func.func public @main(%view: !hal.buffer_view) -> !hal.buffer_view {
    %x = hal.tensor.import %view : !hal.buffer_view -> tensor<4x16xf32>
    %w0 = util.global.load @w0 : tensor<16x32xf32>
    %b0 = util.global.load @b0 : tensor<32xf32>
    %w1 = util.global.load @w1 : tensor<32x10xf32>
    %b1 = util.global.load @b1 : tensor<10xf32>
    %r0 = flow.dispatch @main_dispatch_0::@main_dispatch_0_matmul_4x32x16_f32(%x, %w0, %b0) : (tensor<4x16xf32>, tensor<16x32xf32>, tensor<32xf32>) -> (tensor<4x32xf32>)
    %a1 = flow.dispatch @main_dispatch_1::@main_dispatch_1_matmul_4x10x32_f32(%r0, %w1, %b1) : (tensor<4x32xf32>, tensor<32x10xf32>, tensor<10xf32>) -> (tensor<4x10xf32>)
    %dv = flow.dispatch @main_dispatch_2::@main_dispatch_2_reduction_4x10_f32(%a1) : (tensor<4x10xf32>) -> (tensor<4x10xf32>)
    %out = hal.tensor.export %dv : tensor<4x10xf32> -> !hal.buffer_view
    func.return %out : !hal.buffer_view
  }
}
