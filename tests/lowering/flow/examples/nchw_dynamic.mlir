builtin.module {
  util.global private @hoisted_0 = #flow.parameter.named<"hoisted"::"hoisted_0"> : tensor<3x3x4x8xf32>
  util.global private @hoisted_1 = #flow.parameter.named<"hoisted"::"hoisted_1"> : tensor<3x3x8x8xf32>
  flow.executable @main_dispatch_0 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_0_elementwise_Dx6x6x4_f32(@main_dispatch_0_elementwise_Dx6x6x4_f32)
    builtin.module {
      func.func @main_dispatch_0_elementwise_Dx6x6x4_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x4x6x6xf32>>, %1: index, %2: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x6x6x4xf32>>) {
        %3 = iree_tensor_ext.dispatch.tensor.load %0{%1}, offsets = [0, 0, 0, 0], sizes = [%1, 4, 6, 6], strides = [1, 1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x4x6x6xf32>> -> tensor<?x4x6x6xf32>
        %4 = tensor.empty(%1) : tensor<?x6x6x4xf32>
        %5 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d3, d1, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%3 : tensor<?x4x6x6xf32>) outs(%4 : tensor<?x6x6x4xf32>) {
        ^bb0(%6: f32, %7: f32):
          linalg.yield %6 : f32
        } -> tensor<?x6x6x4xf32>
        iree_tensor_ext.dispatch.tensor.store %5, %2{%1}, offsets = [0, 0, 0, 0], sizes = [%1, 6, 6, 4], strides = [1, 1, 1, 1] : tensor<?x6x6x4xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x6x6x4xf32>>
        func.return
      }
    }
  }
  flow.executable @main_dispatch_1 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_1_conv_2d_nhwc_hwcf_Dx4x4x8x3x3x4_f32(@main_dispatch_1_conv_2d_nhwc_hwcf_Dx4x4x8x3x3x4_f32)
    builtin.module {
      func.func @main_dispatch_1_conv_2d_nhwc_hwcf_Dx4x4x8x3x3x4_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x6x6x4xf32>>, %1: !iree_tensor_ext.dispatch.tensor<readonly:tensor<3x3x4x8xf32>>, %2: index, %3: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x4x4x8xf32>>) {
        %4 = iree_tensor_ext.dispatch.tensor.load %0{%2}, offsets = [0, 0, 0, 0], sizes = [%2, 6, 6, 4], strides = [1, 1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x6x6x4xf32>> -> tensor<?x6x6x4xf32>
        %5 = iree_tensor_ext.dispatch.tensor.load %1, offsets = [0, 0, 0, 0], sizes = [3, 3, 4, 8], strides = [1, 1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<3x3x4x8xf32>> -> tensor<3x3x4x8xf32>
        %zero = arith.constant 0.000000e+00 : f32
        %6 = tensor.empty(%2) : tensor<?x4x4x8xf32>
        %7 = linalg.fill ins(%zero : f32) outs(%6 : tensor<?x4x4x8xf32>) -> tensor<?x4x4x8xf32>
        %8 = linalg.conv_2d_nhwc_hwcf {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>} ins(%4, %5 : tensor<?x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%7 : tensor<?x4x4x8xf32>) -> tensor<?x4x4x8xf32>
        %9 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%8 : tensor<?x4x4x8xf32>) outs(%6 : tensor<?x4x4x8xf32>) {
        ^bb0(%10: f32, %11: f32):
          %12 = arith.maximumf %10, %zero : f32
          linalg.yield %12 : f32
        } -> tensor<?x4x4x8xf32>
        iree_tensor_ext.dispatch.tensor.store %9, %3{%2}, offsets = [0, 0, 0, 0], sizes = [%2, 4, 4, 8], strides = [1, 1, 1, 1] : tensor<?x4x4x8xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x4x4x8xf32>>
        func.return
      }
    }
  }
  flow.executable @main_dispatch_2 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_2_pad_Dx7x7x8xf32(@main_dispatch_2_pad_Dx7x7x8xf32)
    builtin.module {
      func.func @main_dispatch_2_pad_Dx7x7x8xf32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x4x4x8xf32>>, %1: index, %2: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x7x7x8xf32>>) {
        %3 = iree_tensor_ext.dispatch.tensor.load %0{%1}, offsets = [0, 0, 0, 0], sizes = [%1, 4, 4, 8], strides = [1, 1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x4x4x8xf32>> -> tensor<?x4x4x8xf32>
        %zero = arith.constant 0.000000e+00 : f32
        %4 = tensor.pad %3 low[0, 1, 1, 0] high[0, 2, 2, 0] {
        ^bb0(%5: index, %6: index, %7: index, %8: index):
          tensor.yield %zero : f32
        } : tensor<?x4x4x8xf32> to tensor<?x7x7x8xf32>
        iree_tensor_ext.dispatch.tensor.store %4, %2{%1}, offsets = [0, 0, 0, 0], sizes = [%1, 7, 7, 8], strides = [1, 1, 1, 1] : tensor<?x7x7x8xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x7x7x8xf32>>
        func.return
      }
    }
  }
  flow.executable @main_dispatch_3 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_3_conv_2d_nhwc_hwcf_Dx3x2x8x3x3x8_f32(@main_dispatch_3_conv_2d_nhwc_hwcf_Dx3x2x8x3x3x8_f32)
    builtin.module {
      func.func @main_dispatch_3_conv_2d_nhwc_hwcf_Dx3x2x8x3x3x8_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x7x7x8xf32>>, %1: !iree_tensor_ext.dispatch.tensor<readonly:tensor<3x3x8x8xf32>>, %2: index, %3: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x3x2x8xf32>>) {
        %4 = iree_tensor_ext.dispatch.tensor.load %0{%2}, offsets = [0, 0, 0, 0], sizes = [%2, 7, 7, 8], strides = [1, 1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x7x7x8xf32>> -> tensor<?x7x7x8xf32>
        %5 = iree_tensor_ext.dispatch.tensor.load %1, offsets = [0, 0, 0, 0], sizes = [3, 3, 8, 8], strides = [1, 1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<3x3x8x8xf32>> -> tensor<3x3x8x8xf32>
        %zero = arith.constant 0.000000e+00 : f32
        %6 = tensor.empty(%2) : tensor<?x3x2x8xf32>
        %7 = linalg.fill ins(%zero : f32) outs(%6 : tensor<?x3x2x8xf32>) -> tensor<?x3x2x8xf32>
        %8 = linalg.conv_2d_nhwc_hwcf {strides = dense<[2, 3]> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>} ins(%4, %5 : tensor<?x7x7x8xf32>, tensor<3x3x8x8xf32>) outs(%7 : tensor<?x3x2x8xf32>) -> tensor<?x3x2x8xf32>
        iree_tensor_ext.dispatch.tensor.store %8, %3{%2}, offsets = [0, 0, 0, 0], sizes = [%2, 3, 2, 8], strides = [1, 1, 1, 1] : tensor<?x3x2x8xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x3x2x8xf32>>
        func.return
      }
    }
  }
  flow.executable @main_dispatch_4 attributes {sym_visibility = "private"} {
    flow.executable.export @main_dispatch_4_elementwise_Dx8x3x2_f32(@main_dispatch_4_elementwise_Dx8x3x2_f32)
    builtin.module {
      func.func @main_dispatch_4_elementwise_Dx8x3x2_f32(%0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x3x2x8xf32>>, %1: index, %2: !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x8x3x2xf32>>) {
        %3 = iree_tensor_ext.dispatch.tensor.load %0{%1}, offsets = [0, 0, 0, 0], sizes = [%1, 3, 2, 8], strides = [1, 1, 1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?x3x2x8xf32>> -> tensor<?x3x2x8xf32>
        %4 = tensor.empty(%1) : tensor<?x8x3x2xf32>
        %c1 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%3 : tensor<?x3x2x8xf32>) outs(%4 : tensor<?x8x3x2xf32>) {
        ^bb0(%5: f32, %6: f32):
          linalg.yield %5 : f32
        } -> tensor<?x8x3x2xf32>
        iree_tensor_ext.dispatch.tensor.store %c1, %2{%1}, offsets = [0, 0, 0, 0], sizes = [%1, 8, 3, 2], strides = [1, 1, 1, 1] : tensor<?x8x3x2xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<?x8x3x2xf32>>
        func.return
      }
    }
  }
  func.func public @main(%view: !hal.buffer_view) -> !hal.buffer_view {
    %n = hal.buffer_view.dim %view dim(0 : i64) : index
    %x = hal.tensor.import %view{%n} : !hal.buffer_view -> tensor<?x4x6x6xf32>
    %0 = flow.dispatch @main_dispatch_0::@main_dispatch_0_elementwise_Dx6x6x4_f32[%n] (%x, %n) {%n} result_dims{%n} : (tensor<?x4x6x6xf32>, index) -> (tensor<?x6x6x4xf32>)
    %1 = util.global.load @hoisted_0 : tensor<3x3x4x8xf32>
    %2 = flow.dispatch @main_dispatch_1::@main_dispatch_1_conv_2d_nhwc_hwcf_Dx4x4x8x3x3x4_f32[%n] (%0, %1, %n) {%n} result_dims{%n} : (tensor<?x6x6x4xf32>, tensor<3x3x4x8xf32>, index) -> (tensor<?x4x4x8xf32>)
    %3 = flow.dispatch @main_dispatch_2::@main_dispatch_2_pad_Dx7x7x8xf32[%n] (%2, %n) {%n} result_dims{%n} : (tensor<?x4x4x8xf32>, index) -> (tensor<?x7x7x8xf32>)
    %4 = util.global.load @hoisted_1 : tensor<3x3x8x8xf32>
    %5 = flow.dispatch @main_dispatch_3::@main_dispatch_3_conv_2d_nhwc_hwcf_Dx3x2x8x3x3x8_f32[%n] (%3, %4, %n) {%n} result_dims{%n} : (tensor<?x7x7x8xf32>, tensor<3x3x8x8xf32>, index) -> (tensor<?x3x2x8xf32>)
    %c1 = flow.dispatch @main_dispatch_4::@main_dispatch_4_elementwise_Dx8x3x2_f32[%n] (%5, %n) {%n} result_dims{%n} : (tensor<?x3x2x8xf32>, index) -> (tensor<?x8x3x2xf32>)
    %out = hal.tensor.export %c1{%n} : tensor<?x8x3x2xf32> -> !hal.buffer_view
    func.return %out : !hal.buffer_view
  }
}
