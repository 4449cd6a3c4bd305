builtin.module {
  util.global private @k0 = #flow.parameter.named<"model"::"k0"> : tensor<3x3x1x8xf32>
  util.global private @b0 = #flow.parameter.named<"model"::"b0"> : tensor<8xf32>
  util.global private @w1 = #flow.parameter.named<"model"::"w1"> : tensor<128x10xf32>
  util.global private @b1 = #flow.parameter.named<"model"::"b1"> : tensor<10xf32>
  flow.executable @main_dispatch_0 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_0_pad_4x10x10x1xf32(@main_dispatch_0_pad_4x10x10x1xf32)
    builtin.module {
      func.func @main_dispatch_0_pad_4x10x10x1xf32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<4x8x8x1xf32>>, %1: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4x10x10x1xf32>>) {
        %2 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0, 0, 0, 0], sizes = [4, 8, 8, 1], strides = [1, 1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<4x8x8x1xf32>> -> tensor<4x8x8x1xf32>
        %zero = arith.constant 0.000000e+00 : f32
        %p = tensor.pad %2 low[0, 1, 1, 0] high[0, 1, 1, 0] {
        ^bb0(%i: index, %j: index, %k: index, %l: index):
          tensor.yield %zero : f32
        } : tensor<4x8x8x1xf32> to tensor<4x10x10x1xf32>
        iree_tensor_ext.dispatch.tensor.store %p, %1, offsets = [0, 0, 0, 0], sizes = [4, 10, 10, 1], strides = [1, 1, 1, 1] : tensor<4x10x10x1xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4x10x10x1xf32>>
        func.return
      }
    }
  }
  flow.executable @main_dispatch_1 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_1_conv_2d_nhwc_hwcf_4x8x8x8x3x3x1_f32(@main_dispatch_1_conv_2d_nhwc_hwcf_4x8x8x8x3x3x1_f32)
    builtin.module {
      func.func @main_dispatch_1_conv_2d_nhwc_hwcf_4x8x8x8x3x3x1_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<4x10x10x1xf32>>, %1: !iree_tensor_ext.dispatch.tensor<readonly:tensor<3x3x1x8xf32>>, %2: !iree_tensor_ext.dispatch.tensor<readonly:tensor<8xf32>>, %3: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4x8x8x8xf32>>) {
        %4 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0, 0, 0, 0], sizes = [4, 10, 10, 1], strides = [1, 1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<4x10x10x1xf32>> -> tensor<4x10x10x1xf32>
        %5 = iree_tensor_ext.dispatch.tensor.load %1, offsets = [0, 0, 0, 0], sizes = [3, 3, 1, 8], strides = [1, 1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<3x3x1x8xf32>> -> tensor<3x3x1x8xf32>
        %6 = iree_tensor_ext.dispatch.tensor.load %2, offsets = [0], sizes = [8], strides = [1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8xf32>> -> tensor<8xf32>
        %zero = arith.constant 0.000000e+00 : f32
        %e0 = tensor.empty() : tensor<4x8x8x8xf32>
        %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<4x8x8x8xf32>) -> tensor<4x8x8x8xf32>
        %c0 = linalg.conv_2d_nhwc_hwcf {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>} ins(%4, %5 : tensor<4x10x10x1xf32>, tensor<3x3x1x8xf32>) outs(%f0 : tensor<4x8x8x8xf32>) -> tensor<4x8x8x8xf32>
        %r0 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c0, %6 : tensor<4x8x8x8xf32>, tensor<8xf32>) outs(%e0 : tensor<4x8x8x8xf32>) {
        ^bb0(%a: f32, %b: f32, %o: f32):
          %s = arith.addf %a, %b : f32
          %t = arith.maximumf %s, %zero : f32
          linalg.yield %t : f32
        } -> tensor<4x8x8x8xf32>
        iree_tensor_ext.dispatch.tensor.store %r0, %3, offsets = [0, 0, 0, 0], sizes = [4, 8, 8, 8], strides = [1, 1, 1, 1] : tensor<4x8x8x8xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4x8x8x8xf32>>
        func.return
      }
    }
  }
  flow.executable @main_dispatch_2 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_2_reduction_4x4x4x8x2x2_f32(@main_dispatch_2_reduction_4x4x4x8x2x2_f32)
    builtin.module {
      func.func @main_dispatch_2_reduction_4x4x4x8x2x2_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<4x8x8x8xf32>>, %1: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4x4x4x8xf32>>) {
        %2 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0, 0, 0, 0], sizes = [4, 8, 8, 8], strides = [1, 1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<4x8x8x8xf32>> -> tensor<4x8x8x8xf32>
        %win = tensor.empty() : tensor<2x2xf32>
        %ninf = arith.constant 0xff800000 : f32
        %e1 = tensor.empty() : tensor<4x4x4x8xf32>
        %f1 = linalg.fill ins(%ninf : f32) outs(%e1 : tensor<4x4x4x8xf32>) -> tensor<4x4x4x8xf32>
        %m = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, ((d1 * 2) + d4), ((d2 * 2) + d5), d3)>, affine_map<(d0, d1, d2, d3, d4, d5) -> (d4, d5)>, affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]} ins(%2, %win : tensor<4x8x8x8xf32>, tensor<2x2xf32>) outs(%f1 : tensor<4x4x4x8xf32>) {
        ^bb0(%a: f32, %w: f32, %o: f32):
          %s = arith.maximumf %o, %a : f32
          linalg.yield %s : f32
        } -> tensor<4x4x4x8xf32>
        iree_tensor_ext.dispatch.tensor.store %m, %1, offsets = [0, 0, 0, 0], sizes = [4, 4, 4, 8], strides = [1, 1, 1, 1] : tensor<4x4x4x8xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4x4x4x8xf32>>
        func.return
      }
    }
  }
  flow.executable @main_dispatch_3 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_3_matmul_4x10x128_f32(@main_dispatch_3_matmul_4x10x128_f32)
    builtin.module {
      func.func @main_dispatch_3_matmul_4x10x128_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<4x128xf32>>, %1: !iree_tensor_ext.dispatch.tensor<readonly:tensor<128x10xf32>>, %2: !iree_tensor_ext.dispatch.tensor<readonly:tensor<10xf32>>, %3: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4x10xf32>>) {
        %4 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0, 0], sizes = [4, 128], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<4x128xf32>> -> tensor<4x128xf32>
        %5 = iree_tensor_ext.dispatch.tensor.load %1, offsets = [0, 0], sizes = [128, 10], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<128x10xf32>> -> tensor<128x10xf32>
        %6 = iree_tensor_ext.dispatch.tensor.load %2, offsets = [0], sizes = [10], strides = [1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<10xf32>> -> tensor<10xf32>
        %zero = arith.constant 0.000000e+00 : f32
        %e2 = tensor.empty() : tensor<4x10xf32>
        %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<4x10xf32>) -> tensor<4x10xf32>
        %d = linalg.matmul ins(%4, %5 : tensor<4x128xf32>, tensor<128x10xf32>) outs(%f2 : tensor<4x10xf32>) -> tensor<4x10xf32>
        %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%d, %6 : tensor<4x10xf32>, tensor<10xf32>) outs(%e2 : tensor<4x10xf32>) {
        ^bb0(%a: f32, %b: f32, %o: f32):
          %s = arith.addf %a, %b : f32
          linalg.yield %s : f32
        } -> tensor<4x10xf32>
        iree_tensor_ext.dispatch.tensor.store %r, %3, offsets = [0, 0], sizes = [4, 10], strides = [1, 1] : tensor<4x10xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4x10xf32>>
        func.return
      }
    }
  }
  func.func public @main(%view: !hal.buffer_view) -> !hal.buffer_view {
    %x = hal.tensor.import %view : !hal.buffer_view -> tensor<4x8x8x1xf32>
    %k0 = util.global.load @k0 : tensor<3x3x1x8xf32>
    %b0 = util.global.load @b0 : tensor<8xf32>
    %w1 = util.global.load @w1 : tensor<128x10xf32>
    %b1 = util.global.load @b1 : tensor<10xf32>
    %p = flow.dispatch @main_dispatch_0::@main_dispatch_0_pad_4x10x10x1xf32(%x) : (tensor<4x8x8x1xf32>) -> (tensor<4x10x10x1xf32>)
    %r0 = flow.dispatch @main_dispatch_1::@main_dispatch_1_conv_2d_nhwc_hwcf_4x8x8x8x3x3x1_f32(%p, %k0, %b0) : (tensor<4x10x10x1xf32>, tensor<3x3x1x8xf32>, tensor<8xf32>) -> (tensor<4x8x8x8xf32>)
    %m = flow.dispatch @main_dispatch_2::@main_dispatch_2_reduction_4x4x4x8x2x2_f32(%r0) : (tensor<4x8x8x8xf32>) -> (tensor<4x4x4x8xf32>)
    %flat = flow.tensor.reshape %m : tensor<4x4x4x8xf32> -> tensor<4x128xf32>
    %r = flow.dispatch @main_dispatch_3::@main_dispatch_3_matmul_4x10x128_f32(%flat, %w1, %b1) : (tensor<4x128xf32>, tensor<128x10xf32>, tensor<10xf32>) -> (tensor<4x10xf32>)
    %out = hal.tensor.export %r : tensor<4x10xf32> -> !hal.buffer_view
    func.return %out : !hal.buffer_view
  }
}
