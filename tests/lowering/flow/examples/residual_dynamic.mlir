builtin.module {
  util.global private @k1 = #flow.parameter.named<"model"::"k1"> : tensor<1x1x4x8xf32>
  util.global private @beta = #flow.parameter.named<"model"::"beta"> : tensor<8xf32>
  util.global private @hoisted_0 = #flow.parameter.named<"hoisted"::"hoisted_0"> : tensor<8xf32>
  util.global private @hoisted_1 = #flow.parameter.named<"hoisted"::"hoisted_1"> : tensor<1x1x4x8xf32>
  flow.executable @main_dispatch_0 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_0_conv_2d_nhwc_hwcf_Dx6x6x8x1x1x4_f32(@main_dispatch_0_conv_2d_nhwc_hwcf_Dx6x6x8x1x1x4_f32)
    builtin.module {
      func.func @main_dispatch_0_conv_2d_nhwc_hwcf_Dx6x6x8x1x1x4_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x6x6x4xf32>>, %1: !iree_tensor_ext.dispatch.tensor<readonly:tensor<1x1x4x8xf32>>, %2: index, %3: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x6x6x8xf32>>) {
        %4 = iree_tensor_ext.dispatch.tensor.load %0{%2}, offsets = [0, 0, 0, 0], sizes = [%2, 6, 6, 4], strides = [1, 1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x6x6x4xf32>> -> tensor<?x6x6x4xf32>
        %5 = iree_tensor_ext.dispatch.tensor.load %1, offsets = [0, 0, 0, 0], sizes = [1, 1, 4, 8], strides = [1, 1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<1x1x4x8xf32>> -> tensor<1x1x4x8xf32>
        %zero = arith.constant 0.000000e+00 : f32
        %e0 = tensor.empty(%2) : tensor<?x6x6x8xf32>
        %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<?x6x6x8xf32>) -> tensor<?x6x6x8xf32>
        %c1 = linalg.conv_2d_nhwc_hwcf {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>} ins(%4, %5 : tensor<?x6x6x4xf32>, tensor<1x1x4x8xf32>) outs(%f0 : tensor<?x6x6x8xf32>) -> tensor<?x6x6x8xf32>
        iree_tensor_ext.dispatch.tensor.store %c1, %3{%2}, offsets = [0, 0, 0, 0], sizes = [%2, 6, 6, 8], strides = [1, 1, 1, 1] : tensor<?x6x6x8xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x6x6x8xf32>>
        func.return
      }
    }
  }
  flow.executable @main_dispatch_1 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_1_conv_2d_nhwc_hwcf_Dx6x6x8x1x1x4_f32(@main_dispatch_1_conv_2d_nhwc_hwcf_Dx6x6x8x1x1x4_f32)
    builtin.module {
      func.func @main_dispatch_1_conv_2d_nhwc_hwcf_Dx6x6x8x1x1x4_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x6x6x4xf32>>, %1: !iree_tensor_ext.dispatch.tensor<readonly:tensor<1x1x4x8xf32>>, %2: !iree_tensor_ext.dispatch.tensor<readonly:tensor<8xf32>>, %3: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x6x6x8xf32>>, %4: !iree_tensor_ext.dispatch.tensor<readonly:tensor<8xf32>>, %5: index, %6: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x6x6x8xf32>>) {
        %7 = iree_tensor_ext.dispatch.tensor.load %0{%5}, offsets = [0, 0, 0, 0], sizes = [%5, 6, 6, 4], strides = [1, 1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x6x6x4xf32>> -> tensor<?x6x6x4xf32>
        %8 = iree_tensor_ext.dispatch.tensor.load %1, offsets = [0, 0, 0, 0], sizes = [1, 1, 4, 8], strides = [1, 1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<1x1x4x8xf32>> -> tensor<1x1x4x8xf32>
        %9 = iree_tensor_ext.dispatch.tensor.load %2, offsets = [0], sizes = [8], strides = [1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8xf32>> -> tensor<8xf32>
        %10 = iree_tensor_ext.dispatch.tensor.load %3{%5}, offsets = [0, 0, 0, 0], sizes = [%5, 6, 6, 8], strides = [1, 1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x6x6x8xf32>> -> tensor<?x6x6x8xf32>
        %11 = iree_tensor_ext.dispatch.tensor.load %4, offsets = [0], sizes = [8], strides = [1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8xf32>> -> tensor<8xf32>
        %zero = arith.constant 0.000000e+00 : f32
        %e0 = tensor.empty(%5) : tensor<?x6x6x8xf32>
        %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<?x6x6x8xf32>) -> tensor<?x6x6x8xf32>
        %c0 = linalg.conv_2d_nhwc_hwcf {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>} ins(%7, %8 : tensor<?x6x6x4xf32>, tensor<1x1x4x8xf32>) outs(%f0 : tensor<?x6x6x8xf32>) -> tensor<?x6x6x8xf32>
        %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c0, %9, %10, %11 : tensor<?x6x6x8xf32>, tensor<8xf32>, tensor<?x6x6x8xf32>, tensor<8xf32>) outs(%e0 : tensor<?x6x6x8xf32>) {
        ^bb0(%12: f32, %13: f32, %14: f32, %15: f32, %16: f32):
          %17 = arith.subf %14, %15 : f32
          %18 = arith.addf %12, %13 : f32
          %19 = arith.addf %18, %17 : f32
          %20 = arith.maximumf %19, %zero : f32
          linalg.yield %20 : f32
        } -> tensor<?x6x6x8xf32>
        iree_tensor_ext.dispatch.tensor.store %r, %6{%5}, offsets = [0, 0, 0, 0], sizes = [%5, 6, 6, 8], strides = [1, 1, 1, 1] : tensor<?x6x6x8xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x6x6x8xf32>>
        func.return
      }
    }
  }
  func.func public @main(%view: !hal.buffer_view) -> !hal.buffer_view {
    %n = hal.buffer_view.dim %view dim(0 : i64) : index
    %x = hal.tensor.import %view{%n} : !hal.buffer_view -> tensor<?x6x6x4xf32>
    %k1 = util.global.load @k1 : tensor<1x1x4x8xf32>
    %beta = util.global.load @beta : tensor<8xf32>
    %0 = util.global.load @hoisted_0 : tensor<8xf32>
    %1 = util.global.load @hoisted_1 : tensor<1x1x4x8xf32>
    %c1 = flow.dispatch @main_dispatch_0::@main_dispatch_0_conv_2d_nhwc_hwcf_Dx6x6x8x1x1x4_f32[%n] (%x, %k1, %n) {%n} result_dims{%n} : (tensor<?x6x6x4xf32>, tensor<1x1x4x8xf32>, index) -> (tensor<?x6x6x8xf32>)
    %r = flow.dispatch @main_dispatch_1::@main_dispatch_1_conv_2d_nhwc_hwcf_Dx6x6x8x1x1x4_f32[%n] (%x, %1, %0, %c1, %beta, %n) {%n, %n} result_dims{%n} : (tensor<?x6x6x4xf32>, tensor<1x1x4x8xf32>, tensor<8xf32>, tensor<?x6x6x8xf32>, tensor<8xf32>, index) -> (tensor<?x6x6x8xf32>)
    %out = hal.tensor.export %r{%n} : tensor<?x6x6x8xf32> -> !hal.buffer_view
    func.return %out : !hal.buffer_view
  }
}
